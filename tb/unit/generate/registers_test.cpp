// SPDX-License-Identifier: Apache-2.0
#include "sw/generate/registers.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "sw/config/yaml_reader.h"
#include "sw/generate/writers.h"
#include "sw/isa/registers.h"
#include "tb/unit/io/scratch_folder.h"

namespace gradcore::isa {
namespace {

using testing::HasSubstr;

std::string with_register(const std::string& more,
                          const std::string& counters = "{name: ticks, doc: d}") {
  return "registers:\n- {name: first, offset: 0, access: read, reset: 7, doc: d}\n" + more +
         "\ncounters: {base: 0x20, list: [" + counters + "]}\n";
}

RegisterMap load(const std::string& text) {
  tb::ScratchFolder folder;
  return load_registers(folder.file("registers.yaml", text));
}

void expect_error(const std::string& text, const std::string& message) {
  try {
    load(text);
    ADD_FAILURE() << "no error in\n" << text;
  } catch (const config::ConfigError& error) {
    EXPECT_THAT(error.what(), HasSubstr(message));
  }
}

TEST(Registers, EveryLanguageHasThem) {
  const RegisterMap map = load(with_register(
      "- {name: wide_one, offset: 8, width: 64, access: read_write, doc: d}\n"
      "- {name: flags, offset: 4, access: clear, doc: d, fields: [{name: b, lsb: 4, width: 3, doc: "
      "d}, {name: a, lsb: 1, doc: 'x | y'}]}",
      "{name: ticks, doc: d}, {name: tocks, doc: d}"));
  const std::string package = write_register_package(map, 0x1234'5678u);
  EXPECT_THAT(package, HasSubstr("RegWideOneLow = 12'h008;"));
  EXPECT_THAT(package, HasSubstr("RegWideOneHigh = 12'h00c;"));
  EXPECT_THAT(package, HasSubstr("ResetFirst = 32'h00000007;"));
  EXPECT_THAT(package, HasSubstr("DescriptionHash = 32'h12345678;"));
  EXPECT_THAT(package, HasSubstr("    logic [24:0] zero_7;\n    logic [2:0]  b;  // d\n"
                                 "    logic [1:0]  zero_2;\n    logic        a;  // x | y\n"
                                 "    logic        zero_0;\n  } flags_reg_t;"));
  EXPECT_THAT(package, HasSubstr("Counters = 2;"));
  EXPECT_THAT(package, HasSubstr("CounterTocks = 1;"));
  const std::string header = write_register_header(map, 0x1234'5678u);
  EXPECT_THAT(header, HasSubstr("Register kWideOne{0x008, 64};"));
  EXPECT_THAT(header, HasSubstr("Field kB{4, 3};"));
  EXPECT_THAT(header, HasSubstr("Register kTocks{0x028, 64};"));
  EXPECT_THAT(header, HasSubstr("{\"first\", kFirst, Access::kRead, 0x00000007u, 0xffffffffu},"));
  EXPECT_THAT(header, HasSubstr("{\"flags\", kFlags, Access::kClear, 0x00000000u, 0x00000072u},"));
  EXPECT_THAT(header, HasSubstr("{\"wide_one\", kWideOne, Access::kReadWrite,"));
  const std::string page = write_register_page(map);
  EXPECT_THAT(page, HasSubstr("| 0x008, 0x00c | `wide_one` | read_write | 0 | d |"));
  EXPECT_THAT(page, HasSubstr("| `flags` | 1 | `a` | x \\| y |"));
  EXPECT_THAT(page, HasSubstr("| `flags` | 6:4 | `b` | d |"));
}

TEST(Registers, RefusesWhatIsInconsistent) {
  const auto one = [](const std::string& text) { return with_register("- {" + text + "}"); };
  expect_error(one("name: a, offset: 0, access: read, doc: d"), "another register lies there");
  expect_error(one("name: first, offset: 4, access: read, doc: d"), "'first' twice");
  expect_error(one("name: ticks, offset: 4, access: read, doc: d"), "'ticks' twice");
  expect_error(one("name: a, offset: 6, access: read, doc: d"), "no multiple of the register's");
  expect_error(one("name: a, offset: 4, width: 64, access: read, doc: d"), "no multiple");
  expect_error(one("name: a, offset: 8, width: 48, access: read, doc: d"), "expected 32 or 64");
  expect_error(one("name: a, offset: 0x1000, access: read, doc: d"), "an integer from 0");
  expect_error(one("name: a, offset: 4, access: peek, doc: d"), "peek");
  expect_error(one("name: a, offset: 0x20, access: read, doc: d"), "another register lies there");
  const auto fields = [&one](const std::string& text) {
    return one("name: a, offset: 4, access: read, doc: d, fields: [" + text + "]");
  };
  expect_error(fields("{name: x, lsb: 30, width: 3, doc: d}"), "leaves its register");
  expect_error(fields("{name: x, lsb: 3, width: 3, doc: d}, {name: y, lsb: 5, doc: d}"),
               "'y' overlaps another");
  expect_error(fields("{name: x, lsb: 3, doc: d}, {name: x, lsb: 5, doc: d}"), "'x' twice");
}

// What software is built with is what the file says.
TEST(Registers, TheHeaderIsTheFiles) {
  const RegisterMap map = load_registers(GRADCORE_SOURCE_DIR "/sw/isa/registers.yaml");
  ASSERT_EQ(map.counters.size(), std::size(reg::kCounters));
  for (std::size_t i = 0; i < map.counters.size(); ++i) {
    EXPECT_EQ(map.counters[i].name, reg::kCounters[i].name);
    EXPECT_EQ(map.counter_offset(i), reg::kCounters[i].at.offset);
  }
  ASSERT_EQ(map.registers.size(), std::size(reg::kRegisters));
  const char* const accesses[] = {"read", "write", "read_write", "clear"};
  for (std::size_t i = 0; i < map.registers.size(); ++i) {
    const reg::RegisterInfo& info = reg::kRegisters[i];
    EXPECT_EQ(map.registers[i].name, info.name);
    EXPECT_EQ(map.registers[i].offset, info.at.offset);
    EXPECT_EQ(map.registers[i].width, info.at.width);
    EXPECT_EQ(map.registers[i].reset, info.reset);
    EXPECT_EQ(map.registers[i].access, accesses[static_cast<unsigned>(info.access)]);
    for (const RegisterField& field : map.registers[i].fields) {
      EXPECT_NE(info.bits >> field.lsb & 1u, 0u) << info.name << ' ' << field.name;
    }
  }
  EXPECT_EQ(map.registers.front().offset, reg::kIdentity.offset);
  EXPECT_EQ(map.registers.front().reset, reg::kResetIdentity);
}

}  // namespace
}  // namespace gradcore::isa
