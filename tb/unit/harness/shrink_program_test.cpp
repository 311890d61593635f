// SPDX-License-Identifier: Apache-2.0
#include "tb/harness/shrink_program.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tb/harness/program_trace.h"
#include "tb/unit/harness/program_fixture.h"

namespace gradcore::harness {
namespace {

// A failure that one instruction causes comes down to little more than that.
TEST(ShrinkProgram, ComesDownToWhatFails) {
  unsigned found = 0;
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    const auto fails = [](const RandomProgram& program) {
      for (const Step& step : trace(program.program)) {
        const isa::Instruction& i = step.instruction;
        if (i.opcode() == static_cast<unsigned>(isa::Opcode::kGemm) &&
            i.get(isa::gemm::kTransX) != 0 && i.get(isa::gemm::kAccumulate) != 0) {
          return true;
        }
      }
      return false;
    };
    const ProgramOptions options;
    const RandomProgram program = random_program(small_space(), options, seed);
    if (!fails(program)) continue;
    ++found;
    const RandomProgram small = shrink(program, options, fails);
    EXPECT_TRUE(fails(small));
    EXPECT_EQ(in_order(small).status.error, isa::Error::kNone);
    std::size_t steps = 0;
    for (const Step& step : trace(small.program)) {
      steps += step.instruction.info()->unit == isa::Unit::kControl ? 0 : 1;
    }
    EXPECT_EQ(steps, 6u) << small.describe();  // two fills, the one, two dumps
  }
  EXPECT_GT(found, 10u);
}

TEST(ShrinkProgram, SaysWhereTheFirstDifferenceIs) {
  const RandomProgram program = random_program(small_space(), {}, 5);
  const Outcome outcome = in_order(program);
  EXPECT_EQ(first_difference(program, outcome.dram, outcome.dram), "");
  // Every element of the arena, read from where it was dumped, is the one of local memory.
  const TileArena& arena = program.arena;
  for (const bool accumulator : {false, true}) {
    for (unsigned tile = 0; tile < arena.count(accumulator); ++tile) {
      const unsigned row = tile % 4;
      const unsigned column = (tile + 1) % 4;
      const std::uint64_t number = row * 4 * arena.count(accumulator) + tile * 4 + column;
      const std::uint64_t at =
          accumulator ? program.accumulator_dump + 4 * number : program.operand_dump + 2 * number;
      std::uint32_t bits = 0;
      for (unsigned k = 0; k < (accumulator ? 4 : 2); ++k) {
        bits |= std::to_integer<std::uint32_t>(outcome.dram[at + k]) << (8 * k);
      }
      const std::size_t element =
          std::size_t{arena.first(accumulator) + tile} * 16 + row * 4 + column;
      ASSERT_EQ(bits, accumulator ? outcome.accumulators[element] : outcome.operands[element]);

      std::vector<std::byte> wrong = outcome.dram;
      wrong[at + 1] ^= std::byte{1};
      EXPECT_THAT(first_difference(program, outcome.dram, wrong),
                  testing::AllOf(
                      testing::StartsWith(accumulator ? "accumulator memory" : "operand memory"),
                      testing::HasSubstr("tile " + std::to_string(arena.first(accumulator) + tile)),
                      testing::HasSubstr("row " + std::to_string(row) + ", column " +
                                         std::to_string(column) + ": DRAM at 0x")));
    }
  }
  std::vector<std::byte> wrong = outcome.dram;
  wrong[program.address + 2] ^= std::byte{1};
  EXPECT_THAT(first_difference(program, outcome.dram, wrong), testing::StartsWith("DRAM at 0x"));
}

}  // namespace
}  // namespace gradcore::harness
