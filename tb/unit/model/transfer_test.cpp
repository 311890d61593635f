// SPDX-License-Identifier: Apache-2.0
// Lists and steps of loads and stores; plain ones are in functional_chip_test.cpp.
#include "sw/model/transfer.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

#include "tb/harness/random_patterns.h"

namespace gradcore::model {
namespace {

namespace field = isa::load;
using isa::Error;
using isa::Instruction;
using isa::Opcode;

constexpr std::uint32_t kUpper = device::kAccumulatorBase;
constexpr std::size_t kDram = 0x8000;

class TransferTest : public testing::TestWithParam<unsigned> {
 protected:
  TransferTest() {
    for (std::byte& b : dram_) b = static_cast<std::byte>(random_.bits32());
    for (std::uint16_t& x : memory_.operands()) x = static_cast<std::uint16_t>(random_.bits32());
    for (std::uint32_t& x : memory_.accumulators()) x = random_.bits32();
    for (std::uint32_t& x : memory_.list()) x = random_.bits32();
  }
  // rows x cols of binary32 at the start of accumulator memory, rows of four tiles.
  Instruction plain(Opcode opcode, std::uint32_t rows, std::uint32_t cols) const {
    Instruction i(opcode);
    i.set(field::kRows, rows).set(field::kCols, cols).set(field::kMem, kUpper);
    i.set(field::kMemRows, 16 * n_ * n_).set(field::kPitch, 4 * cols);
    return i;
  }
  Instruction indexed(Opcode opcode, std::uint32_t rows, std::uint32_t cols,
                      std::uint32_t limit) const {
    Instruction i = plain(opcode, rows, cols);
    return i.set(field::kIndexed, true).set(field::kLimit, limit).set(field::kDram, 64);
  }
  Fault check(const Instruction& i, const Window& window = {0, kDram}) const {
    return check_transfer(memory_, n_, i, window);
  }
  Fault run(const Instruction& i) {
    const Fault fault = check(i);
    return fault.error == Error::kNone ? execute_transfer(memory_, n_, i, dram_) : fault;
  }
  void list(std::uint32_t at, const std::vector<std::uint32_t>& entries) {
    std::copy(entries.begin(), entries.end(), memory_.list().begin() + at);
  }
  std::uint32_t word(std::uint64_t at) const {
    std::uint32_t out = 0;
    for (unsigned k = 0; k < 4; ++k) {
      out |= std::to_integer<std::uint32_t>(dram_[at + k]) << (8 * k);
    }
    return out;
  }
  std::uint32_t local(std::uint32_t row, std::uint32_t col) const {
    return memory_.read({kUpper, 4, false}, row, col);
  }

  unsigned n_ = GetParam();
  LocalMemory memory_{{.n = n_, .operand_kib = 64, .accumulator_kib = 256}};
  std::vector<std::byte> dram_ = std::vector<std::byte>(kDram);
  harness::RandomPatterns random_{harness::seed_from_environment(12)};
};

TEST_P(TransferTest, ListsKeepTheirBitsAndNothingElseChanges) {
  Instruction i = plain(Opcode::kLoad, 3, 7);
  i.set(field::kToList, true).set(field::kListAt, 8).set(field::kPitch, 36).set(field::kDram, 20);
  i.set(field::kMem, 3u).set(field::kMemRows, 1u);  // nothing looks at them
  LocalMemory want = memory_;
  for (unsigned r = 0; r < 3; ++r) {
    for (unsigned c = 0; c < 7; ++c) want.list()[8 + 7 * r + c] = word(20 + 36 * r + 4 * c);
  }
  ASSERT_EQ(run(i), Fault{});
  EXPECT_EQ(memory_.list(), want.list());
  EXPECT_EQ(memory_.accumulators(), want.accumulators());
  EXPECT_EQ(memory_.operands(), want.operands());
}

TEST_P(TransferTest, GathersRowsAlsoTwiceAndNone) {
  const std::uint32_t cols = n_ + 1;
  list(4, {5, 0, kNoRow, 5, 7});
  Instruction i = indexed(Opcode::kLoad, 5, cols, 8);
  i.set(field::kListAt, 4).set(field::kPitch, 4 * cols + 8);
  const LocalMemory before = memory_;
  ASSERT_EQ(run(i), Fault{});
  for (std::uint32_t r = 0; r < 5; ++r) {
    for (std::uint32_t c = 0; c < cols; ++c) {
      const std::uint32_t index = memory_.list()[4 + r];
      const std::uint32_t want = index == kNoRow
                                     ? before.read({kUpper, 4, false}, r, c)
                                     : word(64 + index * (4 * cols + 8) + std::uint64_t{4} * c);
      EXPECT_EQ(local(r, c), want) << r << "," << c;
    }
    EXPECT_EQ(local(r, cols), before.read({kUpper, 4, false}, r, cols)) << "beside the matrix";
  }
}

TEST_P(TransferTest, OfRowsStoredTwiceTheLastOneStays) {
  list(0, {2, kNoRow, 1, 2});
  const std::vector<std::byte> before = dram_;
  Instruction i = indexed(Opcode::kStore, 4, 3, 4);
  i.set(field::kPitch, 16);
  ASSERT_EQ(run(i), Fault{});
  for (std::uint64_t at = 0; at < 256; ++at) {
    const std::uint64_t row = (at - 64) / 16;
    const std::uint64_t col = (at - 64) % 16 / 4;
    if (at >= 64 && (row == 1 || row == 2) && col < 3) {
      EXPECT_EQ(word(at / 4 * 4), local(row == 1 ? 2 : 3, static_cast<std::uint32_t>(col)));
    } else {
      EXPECT_EQ(dram_[at], before[at]) << at;
    }
  }
}

TEST_P(TransferTest, AnEntryBeyondTheLimitStopsBeforeAnythingMoves) {
  for (const Opcode opcode : {Opcode::kLoad, Opcode::kStore}) {
    list(0, {1, kNoRow, 0xFFFF'FFFE, 9});
    LocalMemory before = memory_;
    const std::vector<std::byte> dram_before = dram_;
    EXPECT_EQ(run(indexed(opcode, 4, 3, 4)), (Fault{Error::kIndex, 3, 2, 0xFFFF'FFFE}));
    list(0, {1, kNoRow, 3, 4});
    EXPECT_EQ(run(indexed(opcode, 4, 3, 4)), (Fault{Error::kIndex, 3, 3, 4}));
    EXPECT_EQ(memory_.accumulators(), before.accumulators());
    EXPECT_EQ(dram_, dram_before);
    EXPECT_EQ(run(indexed(opcode, 3, 3, 4)), Fault{}) << "the bad entry is behind the list";
  }
}

TEST_P(TransferTest, OnlyRowsThatAListNamesMustBeInDram) {
  list(0, {1, 5});
  Instruction i = indexed(Opcode::kLoad, 2, 4, 6);
  i.set(field::kDram, kDram - 32);
  ASSERT_EQ(check(i, {0, 2 * kDram}), Fault{});
  EXPECT_EQ(execute_transfer(memory_, n_, i, dram_), (Fault{Error::kBus, 2}));
  list(0, {1, 0});
  EXPECT_EQ(execute_transfer(memory_, n_, i, dram_), Fault{});
}

TEST_P(TransferTest, StepsThroughRowsOfElements) {
  for (const Opcode opcode : {Opcode::kLoad, Opcode::kStore}) {
    for (const std::uint32_t step : {0u, 1u, 3u, n_, n_ + 1, 2 * n_}) {
      const std::uint32_t first = step == 3 ? n_ + 2 : 1;
      Instruction i = plain(opcode, 5, n_ + 2);
      i.set(field::kRowFirst, first).set(field::kRowStep, step);
      const LocalMemory before = memory_;
      ASSERT_EQ(run(i), Fault{}) << step;
      for (std::uint32_t row = 0; row < 12 * n_; ++row) {
        const std::uint32_t r = (row - first) / std::max(step, 1u);
        const bool is_moved = row >= first && (row - first) % std::max(step, 1u) == 0 && r < 5;
        for (std::uint32_t c = 0; c < n_ + 3; ++c) {
          const std::uint32_t want = is_moved && c < n_ + 2
                                         ? word(r * 4 * (n_ + 2) + std::uint64_t{4} * c)
                                         : before.read({kUpper, 4, false}, row, c);
          ASSERT_EQ(local(row, c), want) << "step " << step << ": " << row << "," << c;
        }
      }
    }
  }
}

TEST_P(TransferTest, WhatIsRefused) {
  const auto with = [&](Instruction i, isa::Field at, std::uint32_t value) {
    return i.set(at, value);
  };
  const Instruction gather = indexed(Opcode::kLoad, 8, 4, 10);
  const Instruction fill = plain(Opcode::kLoad, 2, 4).set(field::kToList, true);
  const auto entries = static_cast<std::uint32_t>(memory_.list().size());
  ASSERT_EQ(check(gather), Fault{});
  ASSERT_EQ(check(fill), Fault{});
  EXPECT_EQ(check(with(gather, field::kLimit, 0)), (Fault{Error::kZeroSize, 0}));
  EXPECT_EQ(check(with(gather, field::kListAt, 2)), (Fault{Error::kMisaligned, 3}));
  EXPECT_EQ(check(with(fill, field::kListAt, 5)), (Fault{Error::kMisaligned, 3}));
  EXPECT_EQ(check(with(plain(Opcode::kLoad, 2, 4), field::kListAt, 5)), Fault{}) << "no list";
  EXPECT_EQ(check(with(gather, field::kListAt, entries - 8)), Fault{});
  EXPECT_EQ(check(with(gather, field::kListAt, entries - 4)), (Fault{Error::kOutOfRange, 3}));
  EXPECT_EQ(check(with(fill, field::kListAt, entries - 8)), Fault{});
  EXPECT_EQ(check(with(fill, field::kListAt, entries - 4)), (Fault{Error::kOutOfRange, 3}));
  EXPECT_EQ(check(with(fill, field::kRows, 0xFFFF'FFFF)), (Fault{Error::kOutOfRange, 3}));
  EXPECT_EQ(check(with(gather, field::kPitch, 12)), (Fault{Error::kOverlap, 2}));
  EXPECT_EQ(check(with(indexed(Opcode::kStore, 1, 4, 1), field::kPitch, 12)),
            (Fault{Error::kOverlap, 2}));
  EXPECT_EQ(check(with(fill, field::kFormat, 1)), (Fault{Error::kChoice, 0}));
  EXPECT_EQ(check(with(fill, field::kIndexed, 1).set(field::kLimit, 1)),
            (Fault{Error::kChoice, 0}));
  EXPECT_EQ(check(with(plain(Opcode::kStore, 2, 4), field::kToList, 1)),
            (Fault{Error::kChoice, 0}));
  // All of the table must be in the window, whatever the list names.
  EXPECT_EQ(check(gather, {64, 160}), Fault{});
  EXPECT_EQ(check(gather, {64, 159}), (Fault{Error::kWindow, 2}));
  EXPECT_EQ(check(with(gather, field::kLimit, 0xFFFF'FFFF)), (Fault{Error::kWindow, 2}));
  // The last row of a step, and of elements before it.
  const std::uint32_t rows = 16 * 1024 / n_;  // of elements, in memory
  const Instruction steps = with(plain(Opcode::kLoad, 3, 4), field::kRowStep, n_);
  EXPECT_EQ(check(with(steps, field::kRowFirst, rows - 2 * n_ - 1)), Fault{});
  EXPECT_EQ(check(with(steps, field::kRowFirst, rows - 2 * n_)), (Fault{Error::kOutOfRange, 1}));
  // Rows of tiles of a load that are the same one.
  EXPECT_EQ(check(with(steps, field::kMemRows, 0)), (Fault{Error::kOverlap, 1}));
  EXPECT_EQ(check(with(steps, field::kMemRows, 0).set(field::kRowStep, 1)), Fault{});
  EXPECT_EQ(
      check(with(steps, field::kMemRows, 0).set(field::kRowStep, 1).set(field::kRowFirst, n_ - 1)),
      (Fault{Error::kOverlap, 1}));
}

INSTANTIATE_TEST_SUITE_P(Sizes, TransferTest, testing::Values(4u, 8u, 16u),
                         [](const auto& info) { return "N" + std::to_string(info.param); });

}  // namespace
}  // namespace gradcore::model
