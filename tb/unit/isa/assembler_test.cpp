// SPDX-License-Identifier: Apache-2.0
#include "sw/isa/assembler.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <string>

#include "tb/harness/random_patterns.h"

namespace gradcore::isa {
namespace {

using testing::HasSubstr;

// The one instruction of a program of two.
Instruction one(const std::string& line) { return assemble(line + "\nhalt\n", "test").at(0); }

void expect_error(const std::string& text, const std::string& message) {
  try {
    assemble(text, "p.s");
    ADD_FAILURE() << "no error in " << text;
  } catch (const AssemblyError& error) {
    EXPECT_THAT(error.what(), HasSubstr(message));
  }
}

TEST(Assembler, EveryKindOfField) {
  const Instruction g =
      one("gemm m=32 k=0x10 trans_x=1 x=r3+0x40+2 y=0x80000000 take=t0,t15 give=t2");
  EXPECT_EQ(g.opcode(), static_cast<unsigned>(Opcode::kGemm));
  EXPECT_EQ(g.get(gemm::kM), 32u);
  EXPECT_EQ(g.get(gemm::kK), 16u);
  EXPECT_EQ(g.get(gemm::kN), 0u);
  EXPECT_EQ(g.get(gemm::kTransX), 1u);
  EXPECT_EQ(g.get(gemm::kX), 0x42u);
  EXPECT_EQ(g.get(gemm::kXBase), 3u);
  EXPECT_EQ(g.get(gemm::kY), 0x8000'0000u);
  EXPECT_EQ(g.get(gemm::kYBase), 0u);
  EXPECT_EQ(g.get(gemm::kTake), 0x8001u);
  EXPECT_EQ(g.get(gemm::kGive), 4u);

  const Instruction v =
      one("vector a_is=column combine=dropout apply=tanh b_is=constant b_constant=-0.1 order=free");
  EXPECT_EQ(v.get(vector::kAIs), static_cast<unsigned>(Operand::kColumn));
  EXPECT_EQ(v.get(vector::kCombine), static_cast<unsigned>(Combine::kDropout));
  EXPECT_EQ(v.get(vector::kApply), static_cast<unsigned>(Apply::kTanh));
  EXPECT_EQ(v.get(vector::kBConstant), std::bit_cast<std::uint32_t>(-0.1f));
  EXPECT_EQ(one("vector b_constant=0x7f800001").get(vector::kBConstant), 0x7F80'0001u);
  EXPECT_EQ(one("vector b_constant=-inf").get(vector::kBConstant), 0xFF80'0000u);
  EXPECT_EQ(one("set rd=r7 value=4294967295").get(set::kRd), 7u);
}

TEST(Assembler, NamesCommentsAndSpace) {
  const Program program = assemble(
      "# weights\n\nW = 0x100\nTWICE = W + W\n\tset   rd=r1 value=TWICE+1  # comment\r\nhalt",
      "test");
  ASSERT_EQ(program.size(), 2u);
  EXPECT_EQ(program[0].get(set::kValue), 0x201u);
}

TEST(Assembler, ErrorsNameLineAndExpectation) {
  expect_error("halt\nhalr\nhalt", "p.s:2: there is no instruction 'halr', nearest is 'halt'");
  expect_error("gemm mm=3\nhalt", "p.s:1: there is no field of gemm 'mm', nearest is 'm'");
  expect_error("gemm m\nhalt", "'m' has no value");
  expect_error("gemm m=1 m=2\nhalt", "'m' is given twice");
  expect_error("gemm m=4294967296\nhalt", "'4294967296' is no number");
  expect_error("gemm trans_x=2\nhalt", "2 does not fit trans_x, expected at most 1");
  expect_error("gemm take=t16\nhalt", "'t16' is no token");
  expect_error("gemm x=r1+r2\nhalt", "'r2' is no number");
  expect_error("set rd=16\nhalt", "'16' is no register");
  expect_error("vector apply=sin\nhalt", "there is no value of apply 'sin'");
  expect_error("vector b_constant=x\nhalt", "'x' is no binary32 number");
  expect_error("loop count=0\nend\nhalt", "a loop needs a count");
  expect_error("loop count=2\nhalt", "1 of the loops are not closed");
  expect_error("end\nhalt", "end without a loop");
  expect_error("set rd=r1", "expected halt");
  expect_error("", "expected halt");
  expect_error("r1 = 3\nhalt", "'r1' cannot be a name");
  expect_error("A = 3\nA = 4\nhalt", "'A' has a value already");
  expect_error(".words 1 2\nhalt", "expected 16 numbers");
  std::string deep;
  for (unsigned i = 0; i <= kLoopDepth; ++i) deep += "loop count=2\n";
  expect_error(deep, "p.s:5: loops nest deeper than 4");
}

TEST(Assembler, WhatIsNoInstructionIsWords) {
  Instruction odd(Opcode::kHalt);
  EXPECT_EQ(disassemble(odd), "halt");
  InstructionWords words = odd.words();
  words[15] = 1;
  EXPECT_THAT(disassemble(Instruction(words)), HasSubstr(".words 0x00000001 0x0"));
  EXPECT_EQ(one(disassemble(Instruction(words))), Instruction(words));
  EXPECT_THAT(disassemble(Instruction()), HasSubstr(".words 0x00000000"));
  // A choice that has no name.
  Instruction v(Opcode::kVector);
  v.set(vector::kCombine, 15u);
  EXPECT_THAT(disassemble(v), HasSubstr(".words"));
}

TEST(Assembler, ListingIsIndentedByLoops) {
  const std::string text = "loop count=3\n  add rd=r1 rs=r1 value=4\nend\nhalt\n";
  EXPECT_EQ(disassemble(assemble(text, "test")), text);
}

// Any words at all survive the way through text.
TEST(Assembler, RoundTripOfRandomWords) {
  const std::uint64_t seed = harness::seed_from_environment(3);
  SCOPED_TRACE(harness::seed_message(seed));
  harness::RandomPatterns random(seed);
  for (int i = 0; i < 20'000; ++i) {
    const InstructionInfo& info = kInstructions[random.below(std::size(kInstructions))];
    if (info.unit == Unit::kControl && info.name != "set" && info.name != "add") continue;
    Instruction instruction(static_cast<Opcode>(info.opcode));
    for (const FieldInfo& field : info.fields) {
      if (random.one_in(3)) continue;
      const std::uint32_t value =
          field.kind == Kind::kFloat ? random.fp32() : random.bits32() >> random.below(32);
      instruction.set(field.field, value & field.field.mask());
      if (field.kind == Kind::kAddress) instruction.set(field.base, random.below(kRegisters));
    }
    ASSERT_EQ(one(disassemble(instruction)), instruction) << disassemble(instruction);
  }
}

}  // namespace
}  // namespace gradcore::isa
