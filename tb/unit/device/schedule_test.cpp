// SPDX-License-Identifier: Apache-2.0
#include "sw/device/schedule.h"

#include <gtest/gtest.h>

#include <vector>

namespace gradcore::device {
namespace {

constexpr auto kDirect = Orientation::kDirect;
constexpr auto kExchanged = Orientation::kExchanged;

// 784 / 16 = 49 k-tiles, 8 n-tiles, 32 cycles each.
TEST(Schedule, CyclesOfTheMlpByHand) {
  const GemmShape forward{32, 784, 128};
  EXPECT_EQ(cycles(forward, kDirect, 16), 49u * 8 * 32);
  EXPECT_EQ(cycles(forward, kExchanged, 16), 49u * 2 * 128);
  EXPECT_DOUBLE_EQ(ideal_cycles(forward, 16), 12544.0);

  const GemmShape weight_gradient{784, 32, 128};
  EXPECT_EQ(cycles(weight_gradient, kDirect, 16), 2u * 8 * 784);

  const GemmShape narrow{32, 128, 10};  // 10 columns still take a whole tile's stream
  EXPECT_EQ(cycles(narrow, kDirect, 16), 8u * 32);
  EXPECT_EQ(cycles(narrow, kExchanged, 16), 8u * 2 * 16);  // streams of 10, loads of 16
  EXPECT_EQ(best_orientation(narrow, 16), kDirect);        // equal
  EXPECT_DOUBLE_EQ(ideal_cycles(narrow, 16), 160.0);
}

TEST(Schedule, PicksTheOrientationWithFewerCycles) {
  // DLRM's last layer, 64 x 32 x 1: one column per load and 64 per stream, or streams of one.
  const GemmShape column{64, 32, 1};
  EXPECT_EQ(cycles(column, kDirect, 16), 2u * 64);
  EXPECT_EQ(cycles(column, kExchanged, 16), 2u * 4 * 16);
  const GemmShape row{1, 64, 32};
  EXPECT_EQ(cycles(row, kDirect, 16), 4u * 2 * 16);
  EXPECT_EQ(cycles(row, kExchanged, 16), 4u * 32);
  // 13 of 16 columns are used: better the 128 rows stream.
  const GemmShape bottom{13, 128, 64};
  EXPECT_EQ(cycles(bottom, kDirect, 16), 8u * 4 * 16);
  EXPECT_EQ(cycles(bottom, kExchanged, 16), 8u * 64);
  // 17 rows in two tiles, or one stream of 17 in one.
  const GemmShape awkward{17, 16, 16};
  EXPECT_EQ(cycles(awkward, kDirect, 16), 17u);
  EXPECT_EQ(cycles(awkward, kExchanged, 16), 32u);
  EXPECT_EQ(best_orientation(awkward, 16), kDirect);
  EXPECT_EQ(best_orientation({16, 16, 17}, 16), kExchanged);
}

TEST(Schedule, RemainderTilesLoadOnlyTheirColumns) {
  // DLRM's interaction, 9 x 16 x 9, 128 of them.
  const GemmShape interaction{9, 16, 9, 128};
  EXPECT_EQ(cycles(interaction, kDirect, 16), 128u * 9);
  EXPECT_EQ(tiles(interaction, kDirect, 16), 128u);
  // 65 columns: 4 loads of 16 and one of 1, under streams of 5.
  EXPECT_EQ(cycles({5, 64, 65}, kDirect, 16), 4u * (4 * 16 + 5));
  EXPECT_EQ(cycles({5, 64, 64}, kDirect, 32), 2u * 2 * 32);
}

TEST(Schedule, EmptyShapesTakeNoTime) {
  EXPECT_EQ(cycles({0, 4, 4}, kDirect, 4), 0u);
  EXPECT_EQ(cycles({4, 4, 0}, kDirect, 4), 0u);
  EXPECT_EQ(practical_limit({}, 16), 0u);
}

// The definition, tile by tile.
std::uint64_t limit_by_definition(const std::vector<ScheduledGemm>& gemms, unsigned n) {
  struct Tile {
    std::uint64_t rows, columns;
  };
  std::vector<Tile> all;
  for (const ScheduledGemm& gemm : gemms) {
    const GemmShape s = oriented(gemm.shape, gemm.orientation);
    for (unsigned b = 0; b < s.batch; ++b) {
      for (unsigned c = 0; c < s.n; c += n) {
        for (unsigned k = 0; k < s.k; k += n) all.push_back({s.m, std::min(n, s.n - c)});
      }
    }
  }
  std::uint64_t total = 1;
  for (std::size_t i = 0; i + 1 < all.size(); ++i) {
    total += std::max(all[i].rows, all[i + 1].columns);
  }
  return total + all.back().rows + (n - 1) + (all.back().columns - 1);
}

TEST(Schedule, PracticalLimitFollowsItsDefinition) {
  const std::vector<ScheduledGemm> one = {{{256, 256, 256}, kDirect}};
  EXPECT_EQ(practical_limit(one, 16), 1u + 65536 + 15 + 15);

  const std::vector<ScheduledGemm> list = {
      {{32, 784, 128}, kDirect}, {{3, 17, 40}, kDirect},    {{9, 16, 9, 5}, kDirect},
      {{32, 128, 10}, kDirect},  {{1, 64, 32}, kExchanged}, {{100, 1, 1}, kExchanged},
      {{5, 5, 33}, kDirect},
  };
  for (const unsigned n : {4u, 8u, 16u, 32u}) {
    EXPECT_EQ(practical_limit(list, n), limit_by_definition(list, n)) << n;
    for (const ScheduledGemm& gemm : list) {
      EXPECT_EQ(practical_limit(std::span(&gemm, 1), n), limit_by_definition({gemm}, n)) << n;
    }
  }
}

// One MLP 784-128-10 training step at batch 32 keeps the array busy 98 to 99 % of the time.
TEST(Schedule, MlpStepReachesThePracticalLimitOfTheDesign) {
  std::vector<ScheduledGemm> step;
  double ideal = 0;
  for (const GemmShape& shape : std::vector<GemmShape>{
           {32, 784, 128}, {32, 128, 10}, {32, 10, 128}, {128, 32, 10}, {784, 32, 128}}) {
    step.push_back({shape, best_orientation(shape, 16)});
    ideal += ideal_cycles(shape, 16);
  }
  EXPECT_DOUBLE_EQ(ideal, 25568.0);
  const double utilisation = ideal / static_cast<double>(practical_limit(step, 16));
  EXPECT_GT(utilisation, 0.98);
  EXPECT_LT(utilisation, 0.99);
}

TEST(Schedule, ExchangingACommandTogglesEveryFlag) {
  GemmCommand command;
  command.m = 2, command.k = 3, command.n = 5, command.batch = 7, command.id = 9;
  command.trans_x = true;
  command.accumulate = true;
  command.x.address = 100, command.w.address = 200, command.y.address = 300;
  const GemmCommand seen = oriented(command, kExchanged);
  EXPECT_EQ(seen.m, 5u);
  EXPECT_EQ(seen.k, 3u);
  EXPECT_EQ(seen.n, 2u);
  EXPECT_EQ(seen.batch, 7u);
  EXPECT_EQ(seen.x.address, 200u);
  EXPECT_EQ(seen.w.address, 100u);
  EXPECT_EQ(seen.y.address, 300u);
  EXPECT_TRUE(seen.trans_x);   // W was not transposed
  EXPECT_FALSE(seen.trans_w);  // X was
  EXPECT_TRUE(seen.trans_y);
  EXPECT_TRUE(seen.accumulate);
  EXPECT_EQ(oriented(command, kDirect).x.address, 100u);
}

}  // namespace
}  // namespace gradcore::device
