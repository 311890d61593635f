// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include "sw/generate/writers.h"

namespace gradcore::isa {
namespace {

constexpr const char* kFrom =
    "// SPDX-License-Identifier: Apache-2.0\n"
    "// Generated from sw/isa/registers.yaml by `make generate`: the registers that the host "
    "sees.\n";

// A packed struct of 32 bits; it begins at the top.
std::string packed_struct(const RegisterDescription& one) {
  std::string out = fmt::format("\n  // {}\n", one.doc);
  std::string members;
  unsigned at = 0;
  const auto add = [&members, &at](unsigned width, const std::string& name,
                                   const std::string& doc) {
    const std::string range = width == 1 ? "" : fmt::format("[{}:0]", width - 1);
    members = fmt::format("    logic {:<6} {};{}\n", range, name, doc) + members;
    at += width;
  };
  for (const RegisterField& field : one.fields) {
    if (field.lsb > at) add(field.lsb - at, fmt::format("zero_{}", at), "");
    add(field.width, field.name, "  // " + field.doc);
  }
  if (at < 32) add(32 - at, fmt::format("zero_{}", at), "");
  return out + "  typedef struct packed {\n" + members + fmt::format("  }} {}_reg_t;\n", one.name);
}

std::string bits(const RegisterField& field) {
  return field.width == 1 ? fmt::format("{}", field.lsb)
                          : fmt::format("{}:{}", field.lsb + field.width - 1, field.lsb);
}

// kRegisters of the header: what tests need to know of each register.
std::string register_table(const RegisterMap& map) {
  std::string out = "\ninline constexpr RegisterInfo kRegisters[] = {\n";
  for (const RegisterDescription& one : map.registers) {
    std::uint32_t bits = one.fields.empty() ? 0xFFFF'FFFFu : 0;
    for (const RegisterField& field : one.fields) {
      bits |= (0xFFFF'FFFFu >> (32 - field.width)) << field.lsb;
    }
    out += fmt::format("    {{\"{}\", k{}, Access::k{}, 0x{:08x}u, 0x{:08x}u}},\n", one.name,
                       camel_case(one.name), camel_case(one.access), one.reset, bits);
  }
  return out + "};\n";
}

std::string offset_text(std::uint32_t offset, unsigned width) {
  return width == 64 ? fmt::format("0x{:03x}, 0x{:03x}", offset, offset + 4)
                     : fmt::format("0x{:03x}", offset);
}

}  // namespace

std::string write_register_package(const RegisterMap& map, std::uint32_t hash) {
  std::string out = std::string(kFrom) + "package registers_pkg;\n\n";
  out += "  localparam int unsigned RegisterAddressWidth = 12;\n";
  out += fmt::format("  localparam logic [31:0] DescriptionHash = 32'h{:08x};\n", hash);
  out += "\n  // Offsets in bytes.\n";
  const auto offset = [&out](const std::string& name, std::uint32_t value, const char* half) {
    out += fmt::format("  localparam logic [11:0] Reg{}{} = 12'h{:03x};\n", camel_case(name), half,
                       value);
  };
  for (const RegisterDescription& one : map.registers) {
    offset(one.name, one.offset, one.width == 64 ? "Low" : "");
    if (one.width == 64) offset(one.name, one.offset + 4, "High");
  }
  out += "\n  // What they hold after a reset, where it is not 0.\n";
  for (const RegisterDescription& one : map.registers) {
    if (one.reset == 0) continue;
    out += fmt::format("  localparam logic [31:0] Reset{} = 32'h{:08x};\n", camel_case(one.name),
                       one.reset);
  }
  for (const RegisterDescription& one : map.registers) {
    if (!one.fields.empty()) out += packed_struct(one);
  }
  out += fmt::format(
      "\n  // Counters of 64 bits one after the other; these are their numbers.\n"
      "  localparam logic [11:0] RegCounters = 12'h{:03x};\n"
      "  localparam int unsigned Counters = {};\n",
      map.counter_base, map.counters.size());
  for (std::size_t i = 0; i < map.counters.size(); ++i) {
    out += fmt::format("  localparam int unsigned Counter{} = {};  // {}\n",
                       camel_case(map.counters[i].name), i, map.counters[i].doc);
  }
  out +=
      "\n  // Whether there is a register at a multiple of 4.\n"
      "  function automatic logic is_register(logic [11:0] address);\n"
      "    unique case (address)\n";
  for (std::size_t i = 0; i < map.registers.size(); ++i) {
    const RegisterDescription& one = map.registers[i];
    const std::string name = "Reg" + camel_case(one.name);
    out +=
        fmt::format("      {}{}\n", one.width == 64 ? fmt::format("{0}Low, {0}High", name) : name,
                    i + 1 < map.registers.size() ? "," : ":");
  }
  out +=
      "        return 1'b1;\n"
      "      default:\n"
      "        return address >= RegCounters && address < RegCounters + 12'(8 * Counters);\n"
      "    endcase\n"
      "  endfunction\n";
  return out + "\nendpackage\n";
}

std::string write_register_header(const RegisterMap& map, std::uint32_t hash) {
  std::string out = std::string(kFrom) +
                    "#pragma once\n\n#include <cstdint>\n#include <string_view>\n\n"
                    "namespace gradcore::isa::reg {\n\n"
                    "// Of a register: offset in bytes; of 64 bits where there is a high half at "
                    "offset + 4.\n"
                    "struct Register {\n  std::uint16_t offset = 0;\n  std::uint8_t width = 32;\n"
                    "};\n\n"
                    "// Bits [lsb, lsb + width) of one.\n"
                    "struct Field {\n  std::uint8_t lsb = 0, width = 1;\n\n"
                    "  constexpr std::uint32_t mask() const { return (0xFFFF'FFFFu >> (32 - "
                    "width)) << lsb; }\n"
                    "  constexpr std::uint32_t of(std::uint32_t value) const { return (value & "
                    "mask()) >> lsb; }\n};\n\n"
                    "struct Counter {\n  std::string_view name;\n  Register at;\n};\n\n"
                    "// What the host may do; kClear: writing 1 to a bit clears it.\n"
                    "enum class Access : std::uint8_t { kRead, kWrite, kReadWrite, kClear };\n\n"
                    "struct RegisterInfo {\n"
                    "  std::string_view name;\n"
                    "  Register at;\n"
                    "  Access access = Access::kRead;\n"
                    "  std::uint32_t reset = 0;  // of the low half; 0 where the chip's parameters "
                    "decide\n"
                    "  std::uint32_t bits = 0;   // that exist, in each half; others read as 0\n"
                    "};\n\n"
                    "// clang-format off\n";
  out += fmt::format("inline constexpr std::uint32_t kDescriptionHash = 0x{:08x}u;\n\n", hash);
  for (const RegisterDescription& one : map.registers) {
    out += fmt::format("inline constexpr Register k{}{{0x{:03x}, {}}};  // {}\n",
                       camel_case(one.name), one.offset, one.width, one.doc);
  }
  out += '\n';
  for (const RegisterDescription& one : map.registers) {
    if (one.reset == 0) continue;
    out += fmt::format("inline constexpr std::uint32_t kReset{} = 0x{:08x}u;\n",
                       camel_case(one.name), one.reset);
  }
  for (const RegisterDescription& one : map.registers) {
    if (one.fields.empty()) continue;
    out += fmt::format("\nnamespace {} {{\n", one.name);
    for (const RegisterField& field : one.fields) {
      out += fmt::format("inline constexpr Field k{}{{{}, {}}};  // {}\n", camel_case(field.name),
                         field.lsb, field.width, field.doc);
    }
    out += fmt::format("}}  // namespace {}\n", one.name);
  }
  out += "\nnamespace counter {\n";
  for (std::size_t i = 0; i < map.counters.size(); ++i) {
    out +=
        fmt::format("inline constexpr Register k{}{{0x{:03x}, 64}};  // {}\n",
                    camel_case(map.counters[i].name), map.counter_offset(i), map.counters[i].doc);
  }
  out += "}  // namespace counter\n\ninline constexpr Counter kCounters[] = {\n";
  for (const CounterDescription& one : map.counters) {
    out += fmt::format("    {{\"{}\", counter::k{}}},\n", one.name, camel_case(one.name));
  }
  out += "};\n" + register_table(map);
  return out + "// clang-format on\n\n}  // namespace gradcore::isa::reg\n";
}

std::string write_register_page(const RegisterMap& map) {
  std::string out =
      R"(<!-- Generated from registers.yaml by `make generate`. -->
# The registers

What the host sees of the chip, through AXI4-Lite: 32 bits each, offsets in bytes. A register of 64 bits is two of them,
the low half first. Where such a register can only be read, reading its low half keeps the high half as it was in that
cycle for the read that follows. Writing what can only be read does nothing; what does not exist answers with SLVERR.

| offset | name | access | after reset | what |
|---|---|---|---|---|
)";
  for (const RegisterDescription& one : map.registers) {
    out += fmt::format(
        "| {} | `{}` | {} | {} | {} |\n", offset_text(one.offset, one.width), one.name, one.access,
        one.reset == 0 ? std::string("0") : fmt::format("0x{:08x}", one.reset), cell(one.doc));
  }
  out += "\n## Fields\n\n| register | bits | field | what |\n|---|---|---|---|\n";
  for (const RegisterDescription& one : map.registers) {
    for (const RegisterField& field : one.fields) {
      out += fmt::format("| `{}` | {} | `{}` | {} |\n", one.name, bits(field), field.name,
                         cell(field.doc));
    }
  }
  out +=
      "\n## Counters\n\nOf 64 bits, read only. They start at 0 with each program and stand still "
      "after it. Of a unit busy, token, memory\nand idle add up to the cycles.\n\n"
      "| offset | name | what |\n|---|---|---|\n";
  for (std::size_t i = 0; i < map.counters.size(); ++i) {
    out += fmt::format("| {} | `{}` | {} |\n", offset_text(map.counter_offset(i), 64),
                       map.counters[i].name, cell(map.counters[i].doc));
  }
  return out;
}

}  // namespace gradcore::isa
