// SPDX-License-Identifier: Apache-2.0
#include "sw/generate/description.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "sw/config/yaml_reader.h"
#include "sw/generate/writers.h"
#include "sw/isa/instruction.h"
#include "tb/unit/io/scratch_folder.h"

namespace gradcore::isa {
namespace {

using testing::HasSubstr;

const std::string kEnums =
    "enums:\n- {name: color, doc: d, values: [{name: red, value: 0, doc: d}, "
    "{name: green, value: 3, doc: d}]}\n";

// The description of one instruction with these fields.
std::string with_fields(const std::string& fields) {
  return kEnums +
         "header:\n- {name: give, word: 1, kind: tokens, doc: d}\n"
         "instructions:\n- {name: paint, opcode: 9, unit: store, doc: d, fields: [" +
         fields + "]}\n";
}

void expect_error(const std::string& text, const std::string& message) {
  tb::ScratchFolder folder;
  const std::string path = folder.file("isa.yaml", text);
  try {
    load_description(path);
    ADD_FAILURE() << "no error in\n" << text;
  } catch (const config::ConfigError& error) {
    EXPECT_THAT(error.what(), HasSubstr(message));
  }
}

TEST(Description, FieldsAndHeaderInOrder) {
  tb::ScratchFolder folder;
  const Description got = load_description(folder.file(
      "isa.yaml",
      with_fields("{name: size, word: 2, lsb: 4, width: 8, doc: d}, "
                  "{name: at, word: 3, kind: address, base: {word: 2, lsb: 0}, doc: d}, "
                  "{name: tint, word: 0, lsb: 8, width: 2, kind: enum, enum: color, doc: d}")));
  ASSERT_EQ(got.instructions.size(), 1u);
  const auto& fields = got.instructions[0].fields;
  ASSERT_EQ(fields.size(), 4u);
  EXPECT_EQ(fields[0].name, "tint");
  EXPECT_EQ(fields[1].name, "give");
  EXPECT_EQ(fields[2].name, "size");
  EXPECT_EQ(fields[3].name, "at");

  const std::string package = write_package(got);
  EXPECT_THAT(package, HasSubstr("OpPaint = 8'h09"));
  EXPECT_THAT(package, HasSubstr("ColorGreen = 2'd3"));
  EXPECT_THAT(package, HasSubstr("logic [7:0]  size;"));
  EXPECT_THAT(package, HasSubstr("logic [3:0]  at_base;"));
  EXPECT_THAT(package, HasSubstr("reserved_0_10"));
  const std::string header = write_header(got);
  EXPECT_THAT(header, HasSubstr("kSize{2, 4, 8}"));
  EXPECT_THAT(header, HasSubstr("{0x3ffu, 0xffffffffu, 0xfffu, 0xffffffffu, 0x0u"));
  EXPECT_THAT(write_page(got), HasSubstr("| `at` | 3, base 2[3:0] | d |"));
}

TEST(Description, RefusesWhatIsInconsistent) {
  expect_error(with_fields("{name: a, word: 3, lsb: 4, doc: d}"), "the field leaves its word");
  expect_error(with_fields("{name: a, word: 0, width: 4, doc: d}"), "the opcode lies there");
  expect_error(with_fields("{name: a, word: 1, lsb: 31, width: 1, doc: d}"),
               "'a' overlaps another");
  expect_error(with_fields("{name: a, word: 2, doc: d}, {name: a, word: 3, doc: d}"), "'a' twice");
  expect_error(with_fields("{name: A, word: 2, doc: d}"), "expected lower-case letters");
  expect_error(with_fields("{name: a, word: 16, doc: d}"), "an integer from 0 to 15");
  expect_error(with_fields("{name: a, word: 2, kind: address, doc: d}"), "'base' belongs to");
  expect_error(with_fields("{name: a, word: 2, width: 1, kind: enum, enum: color, doc: d}"),
               "'green' does not fit");
  expect_error(with_fields("{name: a, word: 2, kind: enum, doc: d}"), "'enum' belongs to");
  expect_error(with_fields("{name: a, word: 2, width: 8, kind: float, doc: d}"), "has 32 bits");
  expect_error(with_fields("{name: a, word: 2, colour: red, doc: d}"), "colour");
}

// The tables that software is built with are those of the file.
TEST(Description, TheTablesAreTheFiles) {
  const Description file = load_description(GRADCORE_SOURCE_DIR "/sw/isa/instructions.yaml");
  ASSERT_EQ(file.instructions.size(), std::size(kInstructions));
  for (std::size_t i = 0; i < file.instructions.size(); ++i) {
    EXPECT_EQ(file.instructions[i].name, kInstructions[i].name);
    EXPECT_EQ(file.instructions[i].opcode, kInstructions[i].opcode);
    ASSERT_EQ(file.instructions[i].fields.size(), kInstructions[i].fields.size());
    for (std::size_t j = 0; j < file.instructions[i].fields.size(); ++j) {
      const FieldDescription& field = file.instructions[i].fields[j];
      const FieldInfo& info = kInstructions[i].fields[j];
      EXPECT_EQ(field.name, info.name);
      EXPECT_EQ(field.bits.word, info.field.word);
      EXPECT_EQ(field.bits.lsb, info.field.lsb);
      EXPECT_EQ(field.bits.width, info.field.width);
    }
  }
}

TEST(Instruction, SetsAndGetsOnlyItsField) {
  Instruction i(Opcode::kVector);
  i.set(vector::kARows, 0xFFFFu).set(vector::kBRows, 0x1234u).set(vector::kWriteD, true);
  EXPECT_EQ(i.words()[10], 0x1234'FFFFu);
  EXPECT_EQ(i.get(vector::kBRows), 0x1234u);
  EXPECT_EQ(i.set(vector::kARows, 1u).words()[10], 0x1234'0001u);
  EXPECT_THROW(i.set(vector::kARows, 0x1'0000u), std::out_of_range);
  EXPECT_THROW(i.set(vector::kARows, -1), std::out_of_range);
  EXPECT_FALSE(i.has_reserved_bits());
  EXPECT_EQ(Instruction().info(), nullptr);
}

}  // namespace
}  // namespace gradcore::isa
