// SPDX-License-Identifier: Apache-2.0
#include "tb/harness/broken_program.h"

#include <gtest/gtest.h>

#include <set>

#include "tb/unit/harness/program_fixture.h"

namespace gradcore::harness {
namespace {

using isa::Error;

std::vector<Error> errors() {
  std::vector<Error> out;
  for (const isa::EnumValueInfo& value : isa::kErrorValues) {
    const auto error = static_cast<Error>(value.value);
    if (error != Error::kNone && error != Error::kTimeout) out.push_back(error);
  }
  return out;
}

// Stops as the functional chip does, with the same memories, however units run ahead.
TEST(BrokenProgram, StopsAsExpectedWhateverTheTiming) {
  const std::uint64_t base = seed_from_environment(1);
  for (const Error error : errors()) {
    for (std::uint64_t seed = base; seed < base + 40; ++seed) {
      SCOPED_TRACE(seed_message(seed) + " error " + std::to_string(static_cast<int>(error)));
      RandomPatterns random(seed);
      const ProgramSpace space = with_random_windows(small_space(), random);
      const BrokenProgram broken = broken_program(space, {}, error, seed);
      SCOPED_TRACE(broken.what + "\n" + broken.program.describe());
      ASSERT_EQ(broken.expected.error, error);
      const Outcome expected = carry_out<model::FunctionalChip>(broken.program, broken.start);
      for (unsigned i = 0; i < 3; ++i) {
        const Outcome actual = carry_out<InterleavedChip>(broken.program, broken.start, random);
        ASSERT_TRUE(actual.same_status(expected));
        ASSERT_TRUE(error == Error::kBus || error == Error::kIndex || actual.same_memory(expected));
      }
    }
  }
}

TEST(BrokenProgram, LeavesTheRestOfDramAlone) {
  for (const Error error : errors()) {
    for (std::uint64_t seed = 1; seed <= 20; ++seed) {
      RandomPatterns random(seed);
      const ProgramSpace space = with_random_windows(small_space(), random);
      const BrokenProgram broken = broken_program(space, {}, error, seed);
      const RandomProgram& program = broken.program;
      const Outcome outcome = carry_out<InterleavedChip>(program, broken.start, random);
      for (std::size_t i = 0; i < program.dram.size(); ++i) {
        const bool is_code = i >= program.code_begin && i < program.code_end;
        const bool may_change = program.space.write.holds(i, 1) && !is_code;
        ASSERT_TRUE(may_change || outcome.dram[i] == program.dram[i]) << i;
      }
    }
  }
}

// Each error where it can be: at every operand, in every unit, early and late, in loops.
TEST(BrokenProgram, BreaksEverythingThatCanBe) {
  std::set<std::array<unsigned, 3>> seen;  // error, opcode, operand
  for (const Error error : errors()) {
    for (std::uint64_t seed = 1; seed <= 300; ++seed) {
      const BrokenProgram broken = broken_program(small_space(), {}, error, seed);
      const std::uint64_t at =
          (broken.expected.address - broken.program.address) / isa::kInstructionBytes;
      if (at >= broken.program.program.size()) {
        seen.insert({static_cast<unsigned>(error), 0, broken.expected.operand});  // no instruction
        continue;
      }
      seen.insert({static_cast<unsigned>(error), broken.program.program[at].opcode(),
                   broken.expected.operand});
    }
  }
  const auto expect = [&seen](Error error, isa::Opcode opcode, unsigned operand) {
    EXPECT_TRUE(
        seen.contains({static_cast<unsigned>(error), static_cast<unsigned>(opcode), operand}))
        << "error " << static_cast<unsigned>(error) << " opcode " << static_cast<unsigned>(opcode)
        << " operand " << operand;
  };
  using isa::Opcode;
  const std::vector<Opcode> units = {Opcode::kGemm, Opcode::kVector, Opcode::kLoad, Opcode::kStore};
  for (const Opcode opcode : units) {
    for (const Error error : {Error::kZeroSize, Error::kDeadlock, Error::kTokens}) {
      expect(error, opcode, 0);
    }
    if (opcode != Opcode::kVector) expect(Error::kReserved, opcode, 0);
    const unsigned matrices = opcode == Opcode::kGemm ? 3 : opcode == Opcode::kVector ? 5 : 1;
    for (unsigned operand = 1; operand <= matrices; ++operand) {
      expect(Error::kMisaligned, opcode, operand);
      expect(Error::kOutOfRange, opcode, operand);
    }
  }
  expect(Error::kZeroSize, Opcode::kLoop, 0);
  for (const Opcode opcode : {Opcode::kLoad, Opcode::kStore}) {
    expect(Error::kMisaligned, opcode, 2);
    expect(Error::kWindow, opcode, 2);
    expect(Error::kBus, opcode, 2);
    expect(Error::kMisaligned, opcode, 3);
    expect(Error::kOutOfRange, opcode, 3);
    expect(Error::kIndex, opcode, 3);
  }
  expect(Error::kOutOfRange, Opcode::kVector, 6);
  expect(Error::kIndex, Opcode::kVector, 6);
  expect(Error::kOverlap, Opcode::kGemm, 3);
  expect(Error::kOverlap, Opcode::kVector, 4);
  expect(Error::kOverlap, Opcode::kVector, 5);
  expect(Error::kOverlap, Opcode::kLoad, 1);
  expect(Error::kOverlap, Opcode::kLoad, 2);
  expect(Error::kOverlap, Opcode::kStore, 2);
  for (const Opcode opcode :
       {Opcode::kHalt, Opcode::kSet, Opcode::kAdd, Opcode::kLoop, Opcode::kEnd, Opcode::kSync}) {
    expect(Error::kReserved, opcode, 0);
  }
  for (const Opcode opcode :
       {Opcode::kSet, Opcode::kAdd, Opcode::kVector, Opcode::kLoad, Opcode::kStore}) {
    expect(Error::kChoice, opcode, 0);
  }
  expect(Error::kNesting, Opcode::kLoop, 0);
  expect(Error::kNesting, Opcode::kEnd, 0);
  for (const Error error : {Error::kWindow, Error::kBus}) {
    EXPECT_TRUE(seen.contains({static_cast<unsigned>(error), 0, 0})) << "where there is no program";
  }
}

}  // namespace
}  // namespace gradcore::harness
