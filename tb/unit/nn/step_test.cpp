// SPDX-License-Identifier: Apache-2.0
#include "sw/nn/step.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

namespace gradcore::nn {
namespace {

using compiler::constant;
using compiler::matrix;
using testing::ElementsAre;
using testing::Pair;
namespace v = isa::vector;

class StepTest : public testing::Test {
 protected:
  static std::vector<std::string> notes(Step& step) { return step.out().assembly().source; }
  static std::size_t count(Step& step) { return step.out().program().size(); }

  Matrices shared_{4};
  Step step_{shared_, true};
};

TEST_F(StepTest, CutsColumnsIntoPiecesOfSixteenTiles) {
  EXPECT_THAT(step_.pieces(4, 50), ElementsAre(Pair(0, 50)));  // 13 tiles
  EXPECT_THAT(step_.pieces(4, 64), ElementsAre(Pair(0, 64)));
  EXPECT_THAT(step_.pieces(4, 95), ElementsAre(Pair(0, 95)));  // no small piece
  EXPECT_THAT(step_.pieces(4, 96), ElementsAre(Pair(0, 64), Pair(64, 32)));
  EXPECT_THAT(step_.pieces(16, 50), ElementsAre(Pair(0, 16), Pair(16, 16), Pair(32, 18)));
  EXPECT_THAT(step_.pieces(1000, 9), ElementsAre(Pair(0, 4), Pair(4, 5)));  // a tile at least
  EXPECT_THAT(step_.pieces(1000, 1), ElementsAre(Pair(0, 1)));
  for (std::uint32_t rows = 1; rows < 70; ++rows) {
    for (std::uint32_t cols = 1; cols < 70; ++cols) {
      std::uint32_t next = 0;
      for (const auto& [first, width] : step_.pieces(rows, cols)) {
        ASSERT_EQ(first, next);
        ASSERT_EQ(first % 4, 0u);
        ASSERT_GT(width, 0u);
        next = first + width;
      }
      ASSERT_EQ(next, cols);
    }
  }
}

TEST_F(StepTest, CutsProductsThatTakeLong) {
  const View x = step_.operand("x", 64, 64), w = step_.operand("w", 64, 90);
  const View y = step_.product("y", 64, 90);
  step_.gemm("short", x.block(4, 0, 0, 8, 64), w, y.block(4, 0, 0, 8, 90));
  ASSERT_EQ(count(step_), 1u);  // 23 columns of tiles, 16 tiles of 8 cycles each: 2944 cycles
  step_.gemm("long", x, w, y);  // 16 tiles of 64 cycles: 1024 cycles a column of tiles
  const isa::Program& p = step_.out().program();
  ASSERT_EQ(p.size(), 1u + 6);
  std::uint32_t cols = 0;
  for (std::size_t i = 1; i < p.size(); ++i) {
    EXPECT_EQ(p[i].get(isa::gemm::kY), y.block(4, 0, cols, 64, 4 < 90 - cols ? 4 : 2).address(4));
    EXPECT_EQ(p[i].get(isa::gemm::kW), w.block(4, 0, cols, 64, 1).address(4));
    EXPECT_LE(p[i].get(isa::gemm::kN), 16u);
    cols += p[i].get(isa::gemm::kN);
  }
  EXPECT_EQ(cols, 90u);
  // The transposed ones are cut along their rows.
  const View turned = step_.operand("w transposed", 90, 64);
  step_.gemm("transposed", x, turned.t(), y);
  EXPECT_EQ(p.at(8).get(isa::gemm::kW), turned.block(4, 16, 0, 1, 64).address(4));
}

TEST_F(StepTest, MakesAValueOnceInEitherMemory) {
  const View from = step_.accumulator("from", 5, 7);
  const Value value(5, 7, {.a = matrix(from), .combine = isa::Combine::kAdd, .c = constant(1)});
  const View first = step_.operand_of("operand", value);
  EXPECT_FALSE(first.accumulator);
  EXPECT_EQ(step_.operand_of("again", value).first, first.first);
  EXPECT_EQ(count(step_), 1u);
  // Not from the one that is rounded.
  const View whole = step_.accumulator_of("accumulator", value);
  EXPECT_TRUE(whole.accumulator);
  ASSERT_EQ(count(step_), 2u);
  EXPECT_EQ(step_.out().program()[1].get(v::kA), from.address(4));
  EXPECT_EQ(step_.source_of("source", value).view.first, whole.first);
  EXPECT_EQ(step_.operation_of("operation", value).a.view.first, whole.first);
  EXPECT_EQ(count(step_), 2u);
}

TEST_F(StepTest, PutsPiecesSideBySide) {
  const View left = step_.product("left", 4, 8), right = step_.product("right", 4, 3);
  const Value value(std::vector<Value>{Value(left), Value(right)});
  EXPECT_EQ(Step::pieces_of(value).size(), 2u);
  const View to = step_.operand_of("both", value);
  ASSERT_EQ(count(step_), 2u);
  const isa::Program& p = step_.out().program();
  EXPECT_EQ(p[0].get(v::kD), to.address(4));
  EXPECT_EQ(p[1].get(v::kD), to.block(4, 0, 8, 4, 3).address(4));
  EXPECT_EQ(p[1].get(v::kA), right.address(4));
  EXPECT_EQ(p[1].get(v::kCols), 3u);
  EXPECT_EQ(Step::pieces_of(value).size(), 1u) << "it is in one piece now";
}

TEST_F(StepTest, SumsRowsInThePassThatMakesAValue) {
  const View from = step_.accumulator("from", 5, 7);
  const Value value(5, 7, {.a = matrix(from), .b = constant(3)});
  const auto [view, sums] = step_.accumulator_with_sums("value", value);
  ASSERT_EQ(count(step_), 1u);
  EXPECT_EQ(sums.rows, 5u);
  EXPECT_EQ(sums.cols, 1u);
  const isa::Instruction& made = step_.out().program()[0];
  EXPECT_EQ(made.get(v::kReduce), static_cast<std::uint32_t>(isa::Reduce::kSum));
  EXPECT_EQ(made.get(v::kWriteD), 1u);
  EXPECT_EQ(made.get(v::kE), sums.address(4));
  // A second time only the sums.
  const auto again = step_.accumulator_with_sums("again", value);
  EXPECT_EQ(again.view.first, view.first);
  ASSERT_EQ(count(step_), 2u);
  EXPECT_EQ(step_.out().program()[1].get(v::kWriteD), 0u);
  EXPECT_EQ(step_.out().program()[1].get(v::kA), view.address(4));
  // Of pieces they are put together first.
  const Value pieces(std::vector<Value>{Value(5, 4, {.a = matrix(from.block(4, 0, 0, 5, 4))}),
                                        Value(5, 3, {.a = matrix(from.block(4, 0, 4, 5, 3))})});
  step_.accumulator_with_sums("pieces", pieces);
  EXPECT_EQ(count(step_), 5u);
}

TEST_F(StepTest, BeginsWithTheMatricesThatProgramsShare) {
  shared_.operand("shared", 8, 8);
  Step one(shared_, true), other(shared_, false);
  EXPECT_EQ(one.operand("own", 4, 4).first, 5u);  // 2 rows of tiles, 3 apart, without a gap: 5
  EXPECT_EQ(one.matrices().all().size(), 2u);
  EXPECT_EQ(other.matrices().all().size(), 1u);
  EXPECT_TRUE(one.trains());
  EXPECT_FALSE(other.trains());
}

}  // namespace
}  // namespace gradcore::nn
