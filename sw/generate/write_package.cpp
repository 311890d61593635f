// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>

#include "sw/generate/writers.h"

namespace gradcore::isa {
namespace {

struct Member {
  BitRange bits;
  std::string text;  // "logic [3:0] x_base", or a reserved one
  std::string doc;
};

std::string declare(unsigned width, const std::string& name) {
  return width == 1 ? fmt::format("logic        {};", name)
                    : fmt::format("logic {:<6} {};", fmt::format("[{}:0]", width - 1), name);
}

// All bits of the instruction from word 0 up, gaps filled.
std::vector<Member> members(const InstructionDescription& instruction) {
  std::vector<Member> known = {{{0, 0, 8}, declare(8, "opcode"), ""}};
  for (const FieldDescription& field : instruction.fields) {
    known.push_back({field.bits, declare(field.bits.width, field.name), field.doc});
    if (field.base) {
      known.push_back({*field.base, declare(4, field.name + "_base"),
                       "the register that is added to " + field.name});
    }
  }
  std::sort(known.begin(), known.end(), [](const Member& a, const Member& b) {
    return a.bits.word * 32 + a.bits.lsb < b.bits.word * 32 + b.bits.lsb;
  });
  std::vector<Member> out;
  unsigned at = 0;
  const auto fill_to = [&](unsigned end) {
    while (at < end) {
      const unsigned width = std::min(end - at, 32 - at % 32);
      out.push_back({{at / 32, at % 32, width},
                     declare(width, fmt::format("reserved_{}_{}", at / 32, at % 32)),
                     ""});
      at += width;
    }
  };
  for (const Member& member : known) {
    fill_to(member.bits.word * 32 + member.bits.lsb);
    out.push_back(member);
    at += member.bits.width;
  }
  fill_to(kWords * 32);
  return out;
}

unsigned width_of(std::uint32_t largest) {
  unsigned width = 1;
  while (largest >> width != 0) ++width;
  return width;
}

}  // namespace

std::string write_package(const Description& description) {
  std::string out =
      "// SPDX-License-Identifier: Apache-2.0\n"
      "// Generated from sw/isa/instructions.yaml by `make generate`: encodings of the instruction "
      "set.\n"
      "package isa_pkg;\n\n"
      "  typedef enum logic [7:0] {\n";
  for (std::size_t i = 0; i < description.instructions.size(); ++i) {
    const InstructionDescription& one = description.instructions[i];
    out += fmt::format("    Op{} = 8'h{:02x}{}\n", camel_case(one.name), one.opcode,
                       i + 1 < description.instructions.size() ? "," : "");
  }
  out += "  } opcode_e;\n";
  for (const EnumDescription& one : description.enums) {
    std::uint32_t largest = 0;
    for (const EnumValue& value : one.values) largest = std::max(largest, value.value);
    const unsigned width = width_of(largest);
    out += fmt::format("\n  typedef enum logic [{}:0] {{\n", width - 1);
    for (std::size_t i = 0; i < one.values.size(); ++i) {
      const EnumValue& value = one.values[i];
      out +=
          fmt::format("    {}{} = {}'d{}{}  // {}\n", camel_case(one.name), camel_case(value.name),
                      width, value.value, i + 1 < one.values.size() ? "," : "", value.doc);
    }
    out += fmt::format("  }} {}_e;\n", one.name);
  }
  for (const InstructionDescription& one : description.instructions) {
    out += fmt::format("\n  // {}\n  typedef struct packed {{\n", one.doc);
    std::vector<Member> all = members(one);
    std::reverse(all.begin(), all.end());  // a packed struct begins at the top
    for (const Member& member : all) {
      out += fmt::format("    {}", member.text);
      if (!member.doc.empty()) out += fmt::format("  // {}", member.doc);
      out += '\n';
    }
    out += fmt::format("  }} {}_insn_t;\n", one.name);
  }
  out += "\n  // The bits that the fields of an instruction cover; all others must be 0.\n";
  for (const InstructionDescription& one : description.instructions) {
    std::string digits;
    for (const std::uint32_t word : used_bits(one)) {
      digits = fmt::format("{:08x}{}{}", word, digits.empty() ? "" : "_", digits);
    }
    out +=
        fmt::format("  localparam logic [511:0] Used{} = 512'h{};\n", camel_case(one.name), digits);
  }
  out += "\nendpackage\n";
  return out;
}

}  // namespace gradcore::isa
