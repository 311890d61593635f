// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <array>

#include "sw/generate/writers.h"

namespace gradcore::isa {
namespace {

std::string braces(const BitRange& bits) {
  return fmt::format("{{{}, {}, {}}}", bits.word, bits.lsb, bits.width);
}

std::string constant(const std::string& name) { return "k" + camel_case(name); }

std::string words(const std::array<std::uint32_t, kWords>& list) {
  std::string out;
  for (const std::uint32_t word : list) {
    out += fmt::format("{}0x{:x}u", out.empty() ? "" : ", ", word);
  }
  return out;
}

std::string fields(const InstructionDescription& instruction) {
  std::string out = fmt::format("\nnamespace {} {{  // {}\n", instruction.name, instruction.doc);
  for (const FieldDescription& field : instruction.fields) {
    out += fmt::format("inline constexpr Field {}{};  // {}\n", constant(field.name),
                       braces(field.bits), field.doc);
    if (field.base) {
      out += fmt::format("inline constexpr Field {}Base{};\n", constant(field.name),
                         braces(*field.base));
    }
  }
  out += "\n";
  if (!instruction.fields.empty()) {
    out += "inline constexpr FieldInfo kFields[] = {\n";
    for (const FieldDescription& field : instruction.fields) {
      out += fmt::format("    {{\"{}\", {}, Kind::{}, {}, {}}},\n", field.name,
                         constant(field.name), constant(field.kind),
                         field.kind == "enum" ? constant(field.enumeration) + "Values" : "{}",
                         field.base ? constant(field.name) + "Base" : "{}");
    }
    out += "};\n";
  }
  return out + fmt::format("}}  // namespace {}\n", instruction.name);
}

}  // namespace

std::string write_header(const Description& description) {
  std::string out =
      "// SPDX-License-Identifier: Apache-2.0\n"
      "// Generated from sw/isa/instructions.yaml by `make generate`: encodings of the instruction "
      "set.\n"
      "#pragma once\n\n"
      "#include \"sw/isa/field.h\"\n\n"
      "namespace gradcore::isa {\n\n"
      "// clang-format off\n"
      "enum class Opcode : std::uint8_t {\n";
  for (const InstructionDescription& one : description.instructions) {
    out += fmt::format("  {} = 0x{:02x},  // {}\n", constant(one.name), one.opcode, one.doc);
  }
  out += "};\n";
  for (const EnumDescription& one : description.enums) {
    out += fmt::format("\n// {}\nenum class {} : std::uint8_t {{\n", one.doc, camel_case(one.name));
    for (const EnumValue& value : one.values) {
      out += fmt::format("  {} = {},  // {}\n", constant(value.name), value.value, value.doc);
    }
    out += fmt::format("}};\ninline constexpr EnumValueInfo {}Values[] = {{\n", constant(one.name));
    for (const EnumValue& value : one.values) {
      out += fmt::format("    {{\"{}\", {}}},\n", value.name, value.value);
    }
    out += "};\n";
  }
  for (const InstructionDescription& one : description.instructions) out += fields(one);
  out += "\ninline constexpr InstructionInfo kInstructions[] = {\n";
  for (const InstructionDescription& one : description.instructions) {
    out += fmt::format("    {{\"{}\", 0x{:02x}, Unit::{}, {},\n     {{{}}}}},\n", one.name,
                       one.opcode, constant(one.unit),
                       one.fields.empty() ? "{}" : fmt::format("{}::kFields", one.name),
                       words(used_bits(one)));
  }
  return out + "};\n// clang-format on\n\n}  // namespace gradcore::isa\n";
}

}  // namespace gradcore::isa
