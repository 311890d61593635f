// SPDX-License-Identifier: Apache-2.0
// The order and the cycles of the vector unit: its sequencer at work.
#include "tb/unit/vector/vector_instructions.h"

namespace gradcore::harness {
namespace {

using VectorSequencer = VectorUnit;

// v = mu v + g, then w = w - lr v, in place; w also as bfloat16. The second follows the first.
TEST_F(VectorSequencer, UpdateFollows) {
  for (int t = 0; t < 60; ++t) {
    const std::uint32_t rows = 1 + random_.below(12);
    const std::uint32_t cols = 1 + random_.below(12);
    Instruction v(isa::Opcode::kVector);
    v.set(insn::kRows, rows);
    v.set(insn::kCols, cols);
    v.set(insn::kA, address(true, 0));
    v.set(insn::kARows, tiles(cols));
    v.set(insn::kBIs, static_cast<unsigned>(Operand::kConstant));
    v.set(insn::kBConstant, 0x3F66'6666u);
    v.set(insn::kC, address(true, 10));
    v.set(insn::kCRows, tiles(cols));
    v.set(insn::kCombine, static_cast<unsigned>(Combine::kAdd));
    v.set(insn::kWriteD, 1u);
    v.set(insn::kD, address(true, 0));
    v.set(insn::kDRows, tiles(cols));
    Instruction w = v;
    w.set(insn::kBConstant, 0x3D4C'CCCDu);
    w.set(insn::kC, address(true, 21));
    w.set(insn::kD, address(true, 21));
    w.set(insn::kCombine, static_cast<unsigned>(Combine::kReverseSubtract));
    w.set(insn::kWriteE, 1u);
    w.set(insn::kE, address(false, 5));
    w.set(insn::kERows, tiles(cols));
    w.set(insn::kOrder, static_cast<unsigned>(Order::kFollow));
    v.set(insn::kOrder, static_cast<unsigned>(Order::kFree));
    run({v, w}, t % 2 == 0);
    ASSERT_NO_FATAL_FAILURE(compare(text({v, w})));
  }
}

// The maximum of each row is subtracted from it: a column that a reduction before it writes.
TEST_F(VectorSequencer, AColumnFollowsItsReduction) {
  for (int t = 0; t < 60; ++t) {
    const std::uint32_t rows = 1 + random_.below(12);
    const std::uint32_t cols = 1 + random_.below(12);
    Instruction max = copy(rows, cols);
    max.set(insn::kWriteD, 0u);
    max.set(insn::kWriteE, 1u);
    max.set(insn::kReduce, static_cast<unsigned>(Reduce::kMax));
    max.set(insn::kE, address(true, kE));
    max.set(insn::kERows, 1u);
    Instruction subtract = copy(rows, cols);
    subtract.set(insn::kCombine, static_cast<unsigned>(Combine::kSubtract));
    subtract.set(insn::kCIs, static_cast<unsigned>(Operand::kColumn));
    subtract.set(insn::kC, address(true, kE));
    subtract.set(insn::kCRows, 1u);
    subtract.set(insn::kApply, static_cast<unsigned>(Apply::kExp));
    subtract.set(insn::kOrder, static_cast<unsigned>(Order::kFollow));
    run({max, subtract}, t % 2 == 0);
    ASSERT_NO_FATAL_FAILURE(compare(text({max, subtract})));
  }
}

TEST_F(VectorSequencer, OneLineACycle) {
  const unsigned small = run({copy(4, 4)});
  const unsigned large = run({copy(12, 16)});
  EXPECT_EQ(large - small, (12u * 16 - 4 * 4) / kN);
  EXPECT_EQ(small, 4u + kVectorLatency);
  // Free instructions lose a cycle each.
  Instruction free = copy(12, 16);
  free.set(insn::kOrder, static_cast<unsigned>(Order::kFree));
  EXPECT_EQ(run({free, free, free}), 3 * 12u * 16 / kN + kVectorLatency + 2);
}

TEST_F(VectorSequencer, ThreeMatricesTakeTwoCyclesALine) {
  Instruction two = copy(12, 16);
  two.set(insn::kCombine, static_cast<unsigned>(Combine::kAdd));
  two.set(insn::kC, address(true, 13));
  two.set(insn::kCRows, 4u);
  EXPECT_EQ(run({two}), run({copy(12, 16)}));
  Instruction three = two;
  three.set(insn::kBIs, static_cast<unsigned>(Operand::kMatrix));
  three.set(insn::kB, address(false, 0));
  three.set(insn::kBRows, 4u);
  EXPECT_EQ(run({three}), run({two}) + 12 * 16 / kN);
}

// b is a: the same line is read once, and c has the other port to itself.
TEST_F(VectorSequencer, SquaresCostNothing) {
  Instruction square = copy(12, 16);
  square.set(insn::kBIs, static_cast<unsigned>(Operand::kMatrix));
  square.set(insn::kB, square.get(insn::kA));
  square.set(insn::kBRows, square.get(insn::kARows));
  EXPECT_EQ(run({square}), run({copy(12, 16)}));
  square.set(insn::kCombine, static_cast<unsigned>(Combine::kAdd));
  square.set(insn::kC, address(true, 13));
  square.set(insn::kCRows, 4u);
  EXPECT_EQ(run({square}), run({copy(12, 16)}));
}

// A row is read once for each tile, a column once for each row of tiles: neither costs a cycle
// where another source has the other port.
TEST_F(VectorSequencer, RowsAndColumnsCostNothing) {
  for (const Operand kind : {Operand::kRow, Operand::kColumn, Operand::kConstant}) {
    Instruction i = copy(12, 16);
    i.set(insn::kCombine, static_cast<unsigned>(Combine::kAdd));
    i.set(insn::kCIs, static_cast<unsigned>(kind));
    i.set(insn::kC, address(true, 21));
    i.set(insn::kCRows, 4u);
    EXPECT_EQ(run({i}), run({copy(12, 16)}));
  }
}

// Lines of one row are 8 cycles apart in a reduction: tiles of 3 rows take 8 cycles and one more
// for the pause.
TEST_F(VectorSequencer, ShortTilesOfAReductionPause) {
  Instruction i = copy(3, 16);
  i.set(insn::kReduce, static_cast<unsigned>(Reduce::kSum));
  i.set(insn::kWriteE, 1u);
  i.set(insn::kE, address(true, kE));
  i.set(insn::kERows, 1u);
  const unsigned four_tiles = run({i});
  i.set(insn::kCols, 4u);
  EXPECT_EQ(four_tiles - run({i}), 3u * 9);
}

// What comes before and after a line does not matter.
TEST_F(VectorSequencer, FewerLanesTakeMoreCycles) {
  constexpr unsigned kLines = 12 * 16 / kN;
  const Instruction plain = copy(12, 16);
  Instruction exp = plain;
  exp.set(insn::kApply, static_cast<unsigned>(Apply::kExp));
  Instruction free = plain;
  free.set(insn::kOrder, static_cast<unsigned>(Order::kFree));
  for (unsigned unit = 1; unit < kUnits; ++unit) {
    bench_->narrow_i = static_cast<CData>(unit);
    const auto [latency, slow_latency, pace, slow_pace] = kUnitCycles[unit];
    EXPECT_EQ(run({plain}), (kLines - 1) * pace + 1 + latency) << "unit " << unit;
    EXPECT_EQ(run({exp}), (kLines - 1) * slow_pace + 1 + slow_latency) << "unit " << unit;
    EXPECT_EQ(run({exp, free}), kLines * slow_pace + (kLines - 1) * pace + 1 + latency)
        << "unit " << unit;
  }
}

// An instruction that drains starts when the one before has written everything.
TEST_F(VectorSequencer, DrainWaits) {
  EXPECT_EQ(run({copy(12, 16), copy(12, 16)}), 2 * (12u * 16 / kN + kVectorLatency) - 1);
}

}  // namespace
}  // namespace gradcore::harness
