// SPDX-License-Identifier: Apache-2.0
#include "sw/model/functional_core.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <bit>
#include <cstdint>
#include <stdexcept>
#include <utility>
#include <vector>

#include "tb/harness/random_patterns.h"
#include "tb/unit/model/core_fixture.h"

namespace gradcore::model {
namespace {

using device::GemmCommand;
using device::GemmError;
using device::Hardware;
using device::kAccumulatorBase;
using harness::RandomPatterns;

// Where element (r, c) of batch b of a stored matrix is in an image of its half.
std::size_t place(const Hardware& hw, const device::MatrixRef& ref, std::uint32_t tile_bytes,
                  std::uint32_t r, std::uint32_t c, std::uint32_t b) {
  const std::size_t byte = ref.address % kAccumulatorBase + std::size_t{r / hw.n} * ref.row_stride +
                           std::size_t{c / hw.n} * tile_bytes + std::size_t{b} * ref.batch_stride;
  return byte / tile_bytes * hw.n * hw.n + r % hw.n * hw.n + c % hw.n;
}

// What accumulator memory must hold after `c`, from the definition in gemm_command.h.
std::vector<std::uint32_t> expected_image(const Hardware& hw, const GemmCommand& c,
                                          const std::vector<std::uint32_t>& operands,
                                          std::vector<std::uint32_t> accumulators) {
  const auto at = [](bool transposed, std::uint32_t r, std::uint32_t col) {
    return transposed ? std::pair(col, r) : std::pair(r, col);
  };
  for (std::uint32_t b = 0; b < c.batch; ++b) {
    for (std::uint32_t i = 0; i < c.m; ++i) {
      for (std::uint32_t j = 0; j < c.n; ++j) {
        const auto [yr, yc] = at(c.trans_y, i, j);
        std::uint32_t& y = accumulators[place(hw, c.y, hw.accumulator_tile_bytes(), yr, yc, b)];
        std::uint32_t sum = c.accumulate ? y : 0;
        for (std::uint32_t start = 0; start < c.k; start += hw.n) {
          std::vector<std::uint16_t> a, w;
          for (std::uint32_t k = start; k < std::min(start + hw.n, c.k); ++k) {
            const auto [xr, xc] = at(c.trans_x, i, k);
            const auto [wr, wc] = at(c.trans_w, k, j);
            const std::uint32_t tile = hw.operand_tile_bytes();
            a.push_back(
                static_cast<std::uint16_t>(operands[place(hw, c.x, tile, xr, xc, b)] >> 16));
            w.push_back(
                static_cast<std::uint16_t>(operands[place(hw, c.w, tile, wr, wc, b)] >> 16));
          }
          sum = fp32_add(sum, sum_to_fp32(tile_dot(a, w, hw.f), hw.f));
        }
        y = sum;
      }
    }
  }
  return accumulators;
}

// A command of up to 2 x 2 tiles per matrix and up to 2 batches, with gaps between rows of tiles.
GemmCommand random_command(RandomPatterns& random, const Hardware& hw) {
  const auto tiles = [&](std::uint32_t count, std::uint32_t bytes) { return count * bytes; };
  const std::uint32_t op = hw.operand_tile_bytes(), acc = hw.accumulator_tile_bytes();
  const auto size = [&] { return 1 + random.below(2 * hw.n); };
  const auto flag = [&] { return random.one_in(2); };
  const auto ref = [&](std::uint32_t base, std::uint32_t tile) {
    return device::MatrixRef{.address = base + tiles(random.below(8), tile),
                             .row_stride = tiles(2 + random.below(3), tile),
                             .batch_stride = tiles(random.below(9), tile)};
  };
  return {.m = size(),
          .k = size(),
          .n = size(),
          .batch = 1 + random.below(3),
          .trans_x = flag(),
          .trans_w = flag(),
          .trans_y = flag(),
          .accumulate = flag(),
          .x = ref(0, op),
          .w = ref(tiles(24, op), op),
          .y = ref(kAccumulatorBase, acc),
          .id = random.bits32()};
}

TEST(FunctionalCore, CommandsDoWhatTheHeaderSaysAndTouchNothingElse) {
  const std::uint64_t seed = harness::seed_from_environment(31);
  SCOPED_TRACE(harness::seed_message(seed));
  RandomPatterns random(seed);
  for (const unsigned n : {4u, 8u, 16u, 32u}) {
    FunctionalCore core(small_hardware(n, 24 + random.below(25)));
    fill(core, random);
    for (int i = 0; i < (n == 32 ? 20 : 60); ++i) {
      const GemmCommand command = random_command(random, core.hardware());
      const auto operands = image(core, 0);
      const auto expected =
          expected_image(core.hardware(), command, operands, image(core, kAccumulatorBase));
      core.submit(command);
      const device::Completion completion = core.wait();
      ASSERT_EQ(completion.error, GemmError::kNone);
      ASSERT_EQ(completion.id, command.id);
      ASSERT_EQ(image(core, kAccumulatorBase), expected) << "n=" << n << " command " << i;
      ASSERT_EQ(image(core, 0), operands) << "n=" << n << " command " << i;
    }
  }
}

TEST(FunctionalCore, BatchesSeeTheSumsOfEarlierOnes) {
  FunctionalCore core(small_hardware(4));
  const std::uint32_t one = 0x3F80'0000, three = 0x4040'0000;
  core.write_line(0, std::vector<std::uint32_t>{one, 0, 0, 0}, 0xF);
  core.submit({.m = 1,
               .k = 1,
               .n = 1,
               .batch = 3,
               .accumulate = true,
               .x = {},
               .w = {},
               .y = {.address = kAccumulatorBase}});
  EXPECT_EQ(core.wait().error, GemmError::kNone);
  std::vector<std::uint32_t> line(4);
  core.read_line(kAccumulatorBase, line);
  EXPECT_EQ(line, (std::vector<std::uint32_t>{three, 0, 0, 0}));
}

// With row strides of 0 a command may be far larger than memory, and its sums go on where the
// model, which copies bounded parts, goes on to the next one.
TEST(FunctionalCore, LongRepeatedOperandsAreOneSum) {
  FunctionalCore core(small_hardware(4));
  const std::uint32_t one = 0x3F80'0000;
  for (std::uint32_t line = 0; line < 4; ++line) {
    core.write_line(line * 8, std::vector<std::uint32_t>{one, 0, 0, 0}, 0xF);
  }
  constexpr std::uint32_t kInner = 10'003;
  core.submit({.m = 1,
               .k = kInner,
               .n = 1,
               .trans_x = true,
               .x = {},
               .w = {},
               .y = {.address = kAccumulatorBase}});
  EXPECT_EQ(core.wait().error, GemmError::kNone);
  std::vector<std::uint32_t> line(4);
  core.read_line(kAccumulatorBase, line);
  EXPECT_EQ(line[0], std::bit_cast<std::uint32_t>(static_cast<float>(kInner)));

  FunctionalCore large({.n = 4, .operand_kib = 1, .accumulator_kib = 128});
  const std::vector<std::uint32_t> column = {0x3F80'0000, 0x4000'0000, 0x4040'0000, 0x4080'0000};
  for (std::uint32_t row = 0; row < 4; ++row) {
    large.write_line(row * 8, std::vector<std::uint32_t>{column[row], 0, 0, 0}, 0xF);
  }
  large.write_line(32, std::vector<std::uint32_t>{one, 0, 0, 0}, 0xF);
  constexpr std::uint32_t kRows = 5'001;
  large.submit({.m = kRows,
                .k = 1,
                .n = 1,
                .x = {},
                .w = {.address = 32},
                .y = {.address = kAccumulatorBase, .row_stride = 64}});
  EXPECT_EQ(large.wait().error, GemmError::kNone);
  for (std::uint32_t row = 0; row < kRows; ++row) {
    large.read_line(kAccumulatorBase + row * 16, line);
    ASSERT_EQ(line[0], column[row % 4]) << row;
  }
}

TEST(FunctionalCore, WritesObeyTheMaskAndRoundOperands) {
  FunctionalCore core(small_hardware(4));
  const std::vector<std::uint32_t> values = {0x3F80'8001, 0x7F80'0001, 0x8000'0001, 0x3F80'0000};
  std::vector<std::uint32_t> line(4);
  core.write_line(8, values, 0b0111);
  core.read_line(8, line);
  EXPECT_EQ(line, (std::vector<std::uint32_t>{0x3F81'0000, kFp32Nan, 0x8000'0000, 0}));
  core.write_line(kAccumulatorBase + 16, values, 0b1101);
  core.read_line(kAccumulatorBase + 16, line);
  EXPECT_EQ(line, (std::vector<std::uint32_t>{0x3F80'8001, 0, 0x8000'0001, 0x3F80'0000}));
}

TEST(FunctionalCore, LinesOutsideMemoryThrow) {
  FunctionalCore core(small_hardware(4));  // 2 KiB and 4 KiB
  std::vector<std::uint32_t> line(4);
  for (const std::uint32_t address : {4u, 2048u, kAccumulatorBase - 8, kAccumulatorBase + 8,
                                      kAccumulatorBase + 4096, 0xFFFF'FFF0u}) {
    EXPECT_THROW(core.write_line(address, line, 0xF), std::out_of_range) << address;
    EXPECT_THROW(core.read_line(address, line), std::out_of_range) << address;
  }
  EXPECT_NO_THROW(core.read_line(2040, line));
  EXPECT_NO_THROW(core.read_line(kAccumulatorBase + 4080, line));
  line.resize(5);
  EXPECT_THROW(core.read_line(0, line), std::invalid_argument);
  EXPECT_THROW(core.write_line(0, line, 0), std::invalid_argument);
}

TEST(FunctionalCore, WaitWithoutACommandThrows) {
  FunctionalCore core(small_hardware(4));
  EXPECT_THROW(core.wait(), std::logic_error);
}

TEST(FunctionalCore, ImpossibleHardwareThrows) {
  EXPECT_THROW(FunctionalCore(Hardware{.n = 5}), std::invalid_argument);
  EXPECT_THROW(FunctionalCore(Hardware{.f = 49}), std::invalid_argument);
  EXPECT_THROW(FunctionalCore(Hardware{.operand_kib = 2097153}), std::invalid_argument);
}

TEST(FunctionalCore, CountsDroppedProductsWhenAsked) {
  FunctionalCore counting(small_hardware(4), true), plain(small_hardware(4));
  for (FunctionalCore* core : {&counting, &plain}) {
    core->write_line(0, std::vector<std::uint32_t>{0x5380'0000, 0x3F80'0000, 0, 0}, 0xF);
    core->write_line(32, std::vector<std::uint32_t>{0, 0x3F80'0000, 0, 0}, 0xF);
    core->submit({.m = 1,
                  .k = 2,
                  .n = 1,
                  .trans_w = true,
                  .x = {},
                  .w = {.address = 32},
                  .y = {.address = kAccumulatorBase}});
  }
  EXPECT_EQ(counting.statistics().products, 1u);
  EXPECT_EQ(counting.statistics().dropped, 1u);
  EXPECT_EQ(plain.statistics().products, 0u);
}

TEST(FunctionalCore, CompletesInOrder) {
  FunctionalCore core(small_hardware(4));
  for (std::uint32_t id = 0; id < 5; ++id) {
    GemmCommand command = good_command();
    command.id = id;
    if (id == 2) command.k = 0;
    core.submit(command);
  }
  for (std::uint32_t id = 0; id < 5; ++id) {
    const device::Completion completion = core.wait();
    EXPECT_EQ(completion.id, id);
    EXPECT_EQ(completion.error, id == 2 ? GemmError::kZeroSize : GemmError::kNone);
  }
}

}  // namespace
}  // namespace gradcore::model
