// SPDX-License-Identifier: Apache-2.0
#include "sw/generate/description.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <set>

#include "sw/generate/names.h"

namespace gradcore::isa {
namespace {

using config::Mapping;
using config::Value;

constexpr unsigned kOpcodeBits = 8;  // of word 0
const std::vector<std::string>& kinds() {
  static const std::vector<std::string> list = {"number",  "flag",     "enum", "tokens",
                                                "address", "register", "float"};
  return list;
}
const std::vector<std::string>& units() {
  static const std::vector<std::string> list = {"control", "matrix", "vector", "load", "store"};
  return list;
}

EnumDescription read_enum(const Value& value) {
  const Mapping mapping = value.mapping({"name", "doc", "values"});
  EnumDescription out{name_of(mapping), mapping.require("doc").text(), {}};
  std::set<std::string> names;
  std::set<std::uint32_t> numbers;
  for (const Value& item : mapping.require("values").list()) {
    const Mapping entry = item.mapping({"name", "value", "doc"});
    EnumValue one{name_of(entry), entry.require("value").integer<std::uint32_t>(0, 255),
                  entry.require("doc").text()};
    if (!names.insert(one.name).second || !numbers.insert(one.value).second) {
      item.fail("a name or value that the enum already has");
    }
    out.values.push_back(std::move(one));
  }
  return out;
}

BitRange read_bits(const Mapping& mapping, unsigned width) {
  BitRange bits;
  bits.word = mapping.require("word").integer<unsigned>(0, kWords - 1);
  if (const auto lsb = mapping.find("lsb")) bits.lsb = lsb->integer<unsigned>(0, 31);
  bits.width = width;
  if (bits.lsb + bits.width > 32) mapping.value().fail("the field leaves its word");
  if (bits.word == 0 && bits.lsb < kOpcodeBits) mapping.value().fail("the opcode lies there");
  return bits;
}

FieldDescription read_field(const Value& value, const std::vector<EnumDescription>& enums) {
  const Mapping mapping =
      value.mapping({"name", "word", "lsb", "width", "kind", "enum", "base", "doc"});
  FieldDescription out;
  out.name = name_of(mapping);
  out.kind = "number";
  if (const auto kind = mapping.find("kind")) out.kind = kinds()[kind->choice(kinds())];
  unsigned width = out.kind == "flag" ? 1 : 32;
  if (const auto given = mapping.find("width")) width = given->integer<unsigned>(1, 32);
  out.bits = read_bits(mapping, width);
  out.doc = mapping.require("doc").text();
  if ((out.kind == "float" || out.kind == "address") && width != 32) {
    value.fail("such a field has 32 bits");
  }
  const auto enumeration = mapping.find("enum");
  if ((out.kind == "enum") != enumeration.has_value()) value.fail("'enum' belongs to kind enum");
  if (enumeration) {
    std::vector<std::string> names;
    for (const EnumDescription& one : enums) names.push_back(one.name);
    const EnumDescription& of = enums[enumeration->choice(names)];
    out.enumeration = of.name;
    for (const EnumValue& one : of.values) {
      if (one.value >> width != 0) value.fail(fmt::format("'{}' does not fit", one.name));
    }
  }
  const auto base = mapping.find("base");
  if ((out.kind == "address") != base.has_value()) value.fail("'base' belongs to kind address");
  if (base) out.base = read_bits(base->mapping({"word", "lsb"}), 4);
  return out;
}

// Every bit belongs to one field.
void check_overlap(const InstructionDescription& instruction, const Value& value) {
  std::array<std::uint32_t, kWords> taken{};
  std::set<std::string> names;
  const auto take = [&](const BitRange& bits, const std::string& name) {
    const std::uint32_t mask = (0xFFFF'FFFFu >> (32 - bits.width)) << bits.lsb;
    if ((taken[bits.word] & mask) != 0) value.fail(fmt::format("'{}' overlaps another", name));
    taken[bits.word] |= mask;
  };
  for (const FieldDescription& field : instruction.fields) {
    take(field.bits, field.name);
    if (field.base) take(*field.base, "base of " + field.name);
    if (!names.insert(field.name).second) value.fail(fmt::format("'{}' twice", field.name));
  }
}

std::vector<FieldDescription> read_fields(const Mapping& mapping, const std::string& key,
                                          const std::vector<EnumDescription>& enums) {
  std::vector<FieldDescription> out;
  const auto fields = mapping.find(key);
  if (!fields) return out;
  for (const Value& field : fields->list()) out.push_back(read_field(field, enums));
  return out;
}

}  // namespace

std::array<std::uint32_t, kWords> used_bits(const InstructionDescription& instruction) {
  std::array<std::uint32_t, kWords> used{};
  used[0] = (1u << kOpcodeBits) - 1;
  const auto mark = [&used](const BitRange& bits) {
    used[bits.word] |= (0xFFFF'FFFFu >> (32 - bits.width)) << bits.lsb;
  };
  for (const FieldDescription& field : instruction.fields) {
    mark(field.bits);
    if (field.base) mark(*field.base);
  }
  return used;
}

Description load_description(const std::filesystem::path& path) {
  const Value file = Value::load(path);
  const Mapping root = file.mapping({"enums", "header", "instructions"});
  Description out;
  for (const Value& item : root.require("enums").list()) out.enums.push_back(read_enum(item));
  const std::vector<FieldDescription> header = read_fields(root, "header", out.enums);
  std::set<std::string> names;
  std::set<std::uint32_t> opcodes;
  for (const Value& item : root.require("instructions").list()) {
    const Mapping mapping = item.mapping({"name", "opcode", "unit", "doc", "fields"});
    InstructionDescription one;
    one.name = name_of(mapping);
    one.opcode = mapping.require("opcode").integer<std::uint32_t>(1, 255);
    one.unit = units()[mapping.require("unit").choice(units())];
    one.doc = mapping.require("doc").text();
    one.fields = read_fields(mapping, "fields", out.enums);
    if (one.unit != "control") {
      one.fields.insert(one.fields.begin(), header.begin(), header.end());
    }
    std::stable_sort(one.fields.begin(), one.fields.end(),
                     [](const FieldDescription& a, const FieldDescription& b) {
                       return std::pair(a.bits.word, a.bits.lsb) <
                              std::pair(b.bits.word, b.bits.lsb);
                     });
    if (!names.insert(one.name).second || !opcodes.insert(one.opcode).second) {
      item.fail("a name or opcode that another instruction has");
    }
    check_overlap(one, item);
    out.instructions.push_back(std::move(one));
  }
  return out;
}

}  // namespace gradcore::isa
