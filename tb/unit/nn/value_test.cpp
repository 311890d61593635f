// SPDX-License-Identifier: Apache-2.0
#include "sw/nn/value.h"

#include <gtest/gtest.h>

#include <stdexcept>

namespace gradcore::nn {
namespace {

using compiler::column;
using compiler::constant;
using compiler::matrix;
using compiler::row;
using isa::Combine;
using isa::Operand;

const View kOperand{.first = 3, .stride = 2, .rows = 5, .cols = 7};
const View kAccumulator{.accumulator = true, .first = 9, .stride = 2, .rows = 5, .cols = 7};

TEST(NnValue, OfAMatrixIsACopyOfItAndKnowsWhereItIs) {
  const Value value(kAccumulator.t());
  EXPECT_EQ(value.rows(), 7u);
  EXPECT_EQ(value.cols(), 5u);
  EXPECT_TRUE(value.is_whole());
  ASSERT_TRUE(value.accumulator());
  EXPECT_TRUE(value.accumulator()->transposed);
  EXPECT_FALSE(value.operand());
  EXPECT_EQ(value.operation().rows, 7u);
  EXPECT_EQ(value.operation().cols, 5u);
  EXPECT_EQ(value.operation().a.view.first, 9u);
  EXPECT_EQ(value.operation().b.bits, constant(1).bits);
  EXPECT_TRUE(is_product(value.operation()));
  EXPECT_TRUE(Value(kOperand).operand());
  EXPECT_FALSE(Value(kOperand).accumulator());
}

TEST(NnValue, OfAnOperationIsNowhereYet) {
  EXPECT_FALSE(Value());
  const Value value(5, 7, {.a = matrix(kOperand), .combine = Combine::kAdd, .c = constant(2)});
  EXPECT_TRUE(value);
  EXPECT_FALSE(value.operand());
  EXPECT_FALSE(value.accumulator());
  EXPECT_EQ(value.operation().rows, 5u);
  EXPECT_EQ(value.operation().cols, 7u);
  EXPECT_EQ(value.pieces().size(), 1u);
}

TEST(NnValue, OfPiecesStandsSideBySide) {
  const Value left(5, 8, {.a = matrix(kOperand)});
  const Value right(5, 3, {.a = matrix(kOperand)});
  const Value both(std::vector<Value>{left, right});
  EXPECT_EQ(both.rows(), 5u);
  EXPECT_EQ(both.cols(), 11u);
  EXPECT_FALSE(both.is_whole());
  ASSERT_EQ(both.pieces().size(), 2u);
  EXPECT_EQ(both.pieces()[1].cols(), 3u);
  // One piece is the value itself.
  const Value one(std::vector<Value>{left});
  EXPECT_TRUE(one.is_whole());
  EXPECT_EQ(one.cols(), 8u);
}

TEST(NnValue, TransposesRowsAndColumnsTurnedRound) {
  const VectorOperation o{.rows = 5,
                          .cols = 7,
                          .a = matrix(kAccumulator),
                          .b = row(kOperand),
                          .combine = Combine::kSubtract,
                          .c = column(kOperand),
                          .apply = isa::Apply::kExp};
  const VectorOperation t = transposed(o);
  EXPECT_EQ(t.rows, 7u);
  EXPECT_EQ(t.cols, 5u);
  EXPECT_EQ(t.a.is, Operand::kMatrix);
  EXPECT_TRUE(t.a.view.transposed);
  EXPECT_EQ(t.b.is, Operand::kColumn);
  EXPECT_EQ(t.c.is, Operand::kRow);
  EXPECT_EQ(t.combine, Combine::kSubtract);
  EXPECT_EQ(t.apply, isa::Apply::kExp);
  const VectorOperation back = transposed(t);
  EXPECT_FALSE(back.a.view.transposed);
  EXPECT_EQ(back.b.is, Operand::kRow);
  EXPECT_EQ(transposed(VectorOperation{.a = constant(3)}).a.bits, constant(3).bits);
}

TEST(NnValue, HasNoTransposedSumsOfRowsAndNoTransposedDropout) {
  EXPECT_THROW(transposed(VectorOperation{.reduce = isa::Reduce::kSum}), std::logic_error);
  EXPECT_THROW(transposed(VectorOperation{.combine = Combine::kDropout}), std::logic_error);
}

TEST(NnValue, KnowsToWhatSomethingMayBeAdded) {
  EXPECT_TRUE(is_product({.a = matrix(kOperand), .b = row(kOperand)}));
  EXPECT_FALSE(is_product({.combine = Combine::kAdd}));
  EXPECT_FALSE(is_product({.apply = isa::Apply::kTanh}));
  EXPECT_TRUE(is_plain({.combine = Combine::kAdd}));
  EXPECT_FALSE(is_plain({.apply = isa::Apply::kRelu}));
  EXPECT_FALSE(is_plain({.combine = Combine::kDropout}));
}

}  // namespace
}  // namespace gradcore::nn
