// SPDX-License-Identifier: Apache-2.0
#include "sw/nn/parameters.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <optional>
#include <stdexcept>
#include <string>

namespace gradcore::nn {
namespace {

using Use = Parameters::Use;

class ParametersTest : public testing::Test {
 protected:
  Parameters make(Residence residence) { return {matrices_, optimizer_, residence}; }
  static std::size_t count(Step& step, isa::Unit unit) {
    std::size_t out = 0;
    for (const isa::Instruction& i : step.out().program()) out += i.info()->unit == unit ? 1 : 0;
    return out;
  }

  Matrices matrices_{4};
  compiler::Optimizer optimizer_{.method = compiler::Method::kAdamW, .weight_decay = 0.1f};
  compiler::Schedule schedule_;
};

// Blocks of at most 36 tiles, an odd number of columns of tiles wide (one more than a multiple of
// four), side by side.
TEST_F(ParametersTest, CutsWideMatricesIntoBlocks) {
  for (const std::uint32_t rows : {1u, 4u, 9u, 30u, 100u, 400u}) {
    for (const std::uint32_t cols : {1u, 3u, 21u, 90u}) {
      Parameters all = make(Residence::kAll);
      const Parameter& p = all.add("p", rows, cols, Use::kMatrix, {}, true);
      std::uint32_t next = 0;
      for (const Parameter::Block& block : p.blocks()) {
        EXPECT_EQ(block.first, next);
        EXPECT_EQ(block.first % 4, 0u);
        EXPECT_EQ(block.master.rows, rows);
        EXPECT_EQ(block.master.cols, block.cols);
        EXPECT_EQ(block.state[1].cols, block.cols);
        EXPECT_LE(compiler::tiles(rows, 4) * compiler::tiles(block.cols, 4),
                  std::max(36u, compiler::tiles(rows, 4)));
        if (&block != &p.blocks().back()) {
          EXPECT_EQ(block.cols / 4 % 4, 1u);
        }
        EXPECT_EQ(p.offset(block), std::uint64_t{4} * rows * next);
        next += block.cols;
      }
      EXPECT_EQ(next, cols);
      EXPECT_EQ(p.weights().cols, cols);
    }
  }
}

TEST_F(ParametersTest, KeepsInLocalMemoryWhatItIsToldTo) {
  for (const Residence residence : {Residence::kAll, Residence::kWeights, Residence::kCopies}) {
    Parameters all = make(residence);
    const Parameter& weights = all.add("weights", 9, 9, Use::kMatrix, {}, true);
    const Parameter& bias = all.add("bias", 1, 90, Use::kVector, {}, false);
    const Parameter& both = all.add("both", 90, 90, Use::kBoth, {}, false);
    EXPECT_TRUE(weights.has_weights());
    EXPECT_FALSE(bias.has_weights());
    EXPECT_TRUE(both.has_weights());
    EXPECT_THROW(static_cast<void>(bias.weights()), std::bad_optional_access);
    EXPECT_EQ(weights.blocks()[0].master.rows > 0, residence != Residence::kCopies);
    EXPECT_EQ(bias.master().cols, 90u) << "never cut, always there";
    EXPECT_EQ(both.master().cols, 90u);
    for (const Parameter* p : {&weights, &bias, &both}) {
      for (const View& state : p->blocks()[0].state) {
        EXPECT_EQ(state.rows > 0, residence == Residence::kAll) << p->name();
      }
    }
    EXPECT_EQ(all.widest(), 90u);
  }
  Parameters all = make(Residence::kAll);
  const Parameter& cut = all.add("cut", 90, 90, Use::kMatrix, {}, true);
  EXPECT_THROW(static_cast<void>(cut.master()), std::logic_error);
}

TEST_F(ParametersTest, RemembersAsMuchAsTheOptimizerNeeds) {
  EXPECT_EQ(make(Residence::kAll).states(), 2u);
  optimizer_.method = compiler::Method::kSgd;
  Parameters all = make(Residence::kAll);
  EXPECT_EQ(all.states(), 1u);
  const Parameter& p = all.add("p", 4, 4, Use::kMatrix, {}, true);
  EXPECT_EQ(p.blocks()[0].state[0].rows, 4u);
  EXPECT_EQ(p.blocks()[0].state[1].rows, 0u);
}

TEST_F(ParametersTest, WritesTheFirstContributionAndAddsTheOthers) {
  Parameters all = make(Residence::kAll);
  const Parameter& weights = all.add("weights", 100, 90, Use::kMatrix, {}, true);
  const Parameter& bias = all.add("bias", 1, 7, Use::kVector, {}, false);
  Step step(matrices_, true);
  const GradientBlock first = all.gradient(step, weights, 0);
  EXPECT_TRUE(first.is_first);
  EXPECT_TRUE(all.gradient(step, weights, 1).is_first) << "another block";
  const GradientBlock again = all.gradient(step, weights, 0);
  EXPECT_FALSE(again.is_first);
  EXPECT_EQ(again.view.first, first.view.first);

  const View column = step.accumulator("column", 7, 1);
  all.add_row(step, bias, column);
  all.add_row(step, bias, column);
  const isa::Program& p = step.out().program();
  ASSERT_EQ(p.size(), 2u);
  namespace v = isa::vector;
  EXPECT_EQ(p[0].get(v::kCombine), static_cast<std::uint32_t>(isa::Combine::kProduct));
  EXPECT_EQ(p[1].get(v::kCombine), static_cast<std::uint32_t>(isa::Combine::kAdd));
  EXPECT_EQ(p[1].get(v::kC), p[0].get(v::kD));
  EXPECT_EQ(p[0].get(v::kTransA), 1u);
}

// An update of what has a gradient, once; with decay only where it is wanted; then the next step's
// gradients begin anew.
TEST_F(ParametersTest, UpdatesWhatIsDue) {
  const std::string decay = ": decay";
  for (const Residence residence : {Residence::kAll, Residence::kWeights, Residence::kCopies}) {
    Matrices matrices(4);
    Parameters all(matrices, optimizer_, residence);
    const Parameter& early = all.add("early", 4, 4, Use::kMatrix, {}, true);
    const Parameter& late = all.add("late", 9, 9, Use::kMatrix, {}, true);
    const Parameter& bias = all.add("bias", 1, 9, Use::kVector, {}, false);
    all.add("without gradient", 4, 4, Use::kMatrix, {}, true);
    Step step(matrices, true);
    std::vector<View> tables;
    for (const char* name : {"moment", "epsilon", "keep"}) {
      tables.push_back(step.accumulator(name, 1, all.widest()));
    }
    for (const Parameter* p : {&early, &late, &bias}) all.gradient(step, *p, 0);
    all.set_numbers({compiler::tables_of(optimizer_, schedule_), tables, schedule_});
    all.update(step, 1);
    const std::vector<std::string>& notes = step.out().assembly().source;
    const auto has = [&](const std::string& note) {
      return std::count(notes.begin(), notes.end(), note);
    };
    EXPECT_EQ(has("late: step"), 1);
    EXPECT_EQ(has("bias: step"), 1);
    EXPECT_EQ(has("early: step"), 0);
    EXPECT_EQ(has("late" + decay), 1);
    EXPECT_EQ(has("bias" + decay), 0);
    // What is not in local memory comes and goes: state, and weights of what the matrix unit has.
    const std::size_t guests = residence == Residence::kAll ? 0 : 4;
    const std::size_t weights = residence == Residence::kCopies ? 1 : 0;
    EXPECT_EQ(count(step, isa::Unit::kLoad), guests + weights);
    EXPECT_EQ(count(step, isa::Unit::kStore), guests + weights);
    all.update(step, 0);
    EXPECT_EQ(has("late: step"), 1) << "once";
    EXPECT_EQ(has("early: step"), 1);
    EXPECT_TRUE(all.gradient(step, late, 0).is_first);
  }
}

}  // namespace
}  // namespace gradcore::nn
