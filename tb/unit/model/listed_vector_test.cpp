// SPDX-License-Identifier: Apache-2.0
// Vector instructions that take their rows from list memory.
#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

#include "sw/model/vector.h"
#include "sw/model/vector_unit.h"
#include "tb/harness/random_patterns.h"

namespace gradcore::model {
namespace {

namespace field = isa::vector;
using isa::Combine;
using isa::Error;
using isa::Instruction;
using isa::Opcode;
using isa::Operand;

constexpr std::uint32_t kUpper = device::kAccumulatorBase;

class ListedVector : public testing::TestWithParam<unsigned> {
 protected:
  ListedVector() {
    for (std::uint16_t& x : memory_.operands()) x = static_cast<std::uint16_t>(random_.bf16());
    for (std::uint32_t& x : memory_.accumulators()) x = random_.fp32();
  }
  std::uint32_t tile(std::uint32_t base, std::uint32_t index) const {
    return base + index * memory_.tile_bytes(base);
  }
  // Adds rows of a, of which there are kSources, to rows of d = c, of which there are kTargets.
  Instruction sums(std::uint32_t entries, std::uint32_t cols) const {
    Instruction i(Opcode::kVector);
    i.set(field::kListed, true).set(field::kRows, entries).set(field::kCols, cols);
    i.set(field::kBIs, Operand::kConstant).set(field::kBConstant, 1.0f);
    i.set(field::kCombine, Combine::kAdd).set(field::kWriteD, true);
    i.set(field::kA, tile(0, 2)).set(field::kARows, 3u).set(field::kERows, kSources);
    i.set(field::kC, tile(kUpper, 5)).set(field::kCRows, 4u);
    return i.set(field::kD, tile(kUpper, 5)).set(field::kDRows, 4u).set(field::kStream, kTargets);
  }
  void list(std::uint32_t at, const std::vector<std::uint32_t>& entries) {
    std::copy(entries.begin(), entries.end(), memory_.list().begin() + at);
  }
  static constexpr std::uint32_t entry(std::uint32_t source, std::uint32_t target) {
    return source | target << 16;
  }
  Fault check(const Instruction& i) const { return check_vector(memory_, n_, i); }
  Fault run(const Instruction& i) {
    const Fault fault = check(i);
    return fault.error == Error::kNone ? execute_vector(memory_, n_, i) : fault;
  }

  static constexpr std::uint32_t kSources = 40, kTargets = 20;
  unsigned n_ = GetParam();
  LocalMemory memory_{{.n = n_, .operand_kib = 256, .accumulator_kib = 512}};
  TileMatrix a_{tile(0, 2), 3, false}, d_{tile(kUpper, 5), 4, false};
  harness::RandomPatterns random_{harness::seed_from_environment(13)};
};

// Sums over repeated rows, one after the other as the list has them; other rows stay.
TEST_P(ListedVector, AddsUpInTheOrderOfTheList) {
  const std::uint32_t cols = 2 * n_ + 1;
  std::vector<std::uint32_t> entries(300);
  for (std::uint32_t& e : entries) {
    e = random_.one_in(8) ? kNoRow : entry(random_.below(kSources), random_.below(5) * 3);
  }
  list(8, entries);
  LocalMemory want = memory_;
  for (const std::uint32_t e : entries) {
    for (std::uint32_t c = 0; e != kNoRow && c < cols; ++c) {
      const std::uint32_t a = want.read(a_, e & 0xFFFFu, c);
      want.write(d_, e >> 16, c, fp32_add(fp32_canonical(a), want.read(d_, e >> 16, c)));
    }
  }
  ASSERT_EQ(run(sums(300, cols).set(field::kListFours, 2)), Fault{});
  EXPECT_EQ(memory_.accumulators(), want.accumulators());
  EXPECT_EQ(memory_.operands(), want.operands());
}

// Rows of a scaled by a row b, into bfloat16, with c by target from somewhere else.
TEST_P(ListedVector, CombinesWithOtherMatrices) {
  const std::uint32_t cols = n_ + 2;
  list(0, {entry(3, 7), entry(39, 0), kNoRow, entry(0, 19)});
  Instruction i = sums(4, cols);
  i.set(field::kBIs, Operand::kRow).set(field::kB, tile(0, 0)).set(field::kBRows, 9u);
  i.set(field::kC, tile(0, 40)).set(field::kCRows, 2u).set(field::kCombine, Combine::kMax);
  i.set(field::kApply, isa::Apply::kRelu).set(field::kD, tile(0, 60));
  LocalMemory want = memory_;
  for (const auto& [source, target] : {std::pair(3u, 7u), std::pair(39u, 0u), std::pair(0u, 19u)}) {
    for (std::uint32_t c = 0; c < cols; ++c) {
      const std::uint32_t p = fp32_mul(want.read(a_, source, c), want.read({0, 9, false}, 0, c));
      const std::uint32_t x =
          combine(Combine::kMax, p, want.read({tile(0, 40), 2, false}, target, c));
      want.write({tile(0, 60), 4, false}, target, c, apply(isa::Apply::kRelu, x));
    }
  }
  ASSERT_EQ(run(i), Fault{});
  EXPECT_EQ(memory_.operands(), want.operands());
}

TEST_P(ListedVector, ABadEntryAndThoseBehindItWriteNothing) {
  for (const std::uint32_t bad : {entry(kSources, 0), entry(0, kTargets), 0xFFFF'FFFEu}) {
    list(0, {entry(1, 1), kNoRow, bad, entry(2, 2), entry(3, 1)});
    LocalMemory want = memory_;
    ASSERT_EQ(execute_vector(want, n_, sums(1, 5)), Fault{});
    EXPECT_EQ(run(sums(5, 5)), (Fault{Error::kIndex, 6, 2, bad}));
    EXPECT_EQ(memory_.accumulators(), want.accumulators());
  }
}

TEST_P(ListedVector, WhatIsRefused) {
  const Instruction good = sums(8, n_ + 1);
  const auto with = [&good](isa::Field at, auto value) {
    Instruction i = good;
    return i.set(at, value);
  };
  const auto entries = static_cast<std::uint32_t>(memory_.list().size());
  ASSERT_EQ(check(good), Fault{});
  EXPECT_EQ(check(with(field::kERows, 0)), (Fault{Error::kZeroSize, 0}));
  EXPECT_EQ(check(with(field::kStream, 0)), (Fault{Error::kZeroSize, 0}));
  EXPECT_EQ(check(with(field::kListFours, entries / 4 - 2)), Fault{});
  EXPECT_EQ(check(with(field::kListFours, entries / 4 - 1)), (Fault{Error::kOutOfRange, 6}));
  EXPECT_EQ(check(with(field::kRows, entries + 1)), (Fault{Error::kOutOfRange, 6}));
  EXPECT_EQ(check(with(field::kERows, 0xFFFF)), (Fault{Error::kOutOfRange, 1}));
  EXPECT_EQ(check(with(field::kStream, 0xFFFF)), (Fault{Error::kOutOfRange, 3}));
  EXPECT_EQ(check(with(field::kStream, 0xFFFF).set(field::kCIs, Operand::kRow)),
            (Fault{Error::kOutOfRange, 4}));
  EXPECT_EQ(check(with(field::kStream, n_).set(field::kDRows, 0)), Fault{});
  EXPECT_EQ(check(with(field::kStream, n_ + 1).set(field::kDRows, 1)), (Fault{Error::kOverlap, 4}));
  const Fault choice{Error::kChoice, 0};
  for (const Operand kind : {Operand::kRow, Operand::kColumn, Operand::kConstant}) {
    EXPECT_EQ(check(with(field::kAIs, kind)), choice);
  }
  EXPECT_EQ(check(with(field::kBIs, Operand::kMatrix)), choice);
  EXPECT_EQ(check(with(field::kBIs, Operand::kColumn)), choice);
  EXPECT_EQ(check(with(field::kCIs, Operand::kColumn)), choice);
  EXPECT_EQ(check(with(field::kCIs, Operand::kColumn).set(field::kCombine, Combine::kProduct)),
            Fault{});
  EXPECT_EQ(check(with(field::kCIs, Operand::kRow)), Fault{});
  EXPECT_EQ(check(with(field::kCIs, Operand::kConstant)), Fault{});
  for (const isa::Field flag :
       {field::kTransA, field::kTransB, field::kTransC, field::kWriteE, field::kStochastic}) {
    EXPECT_EQ(check(with(flag, true).set(field::kERows, 3)), choice);
  }
  EXPECT_EQ(check(with(field::kWriteD, false)), choice);
  EXPECT_EQ(check(with(field::kCombine, Combine::kDropout)), choice);
  EXPECT_EQ(check(with(field::kReduce, isa::Reduce::kSum).set(field::kWriteE, true)), choice);
}

INSTANTIATE_TEST_SUITE_P(Sizes, ListedVector, testing::Values(4u, 8u, 16u, 32u),
                         [](const auto& info) { return "N" + std::to_string(info.param); });

}  // namespace
}  // namespace gradcore::model
