// SPDX-License-Identifier: Apache-2.0
#include "sw/nn/lanes.h"

#include <gtest/gtest.h>

#include <set>
#include <vector>

#include "sw/compiler/network.h"

namespace gradcore::nn {
namespace {

// Tiles of any two matrices are others, and column by column those of different sides are in
// different banks.
TEST(Lanes, KeepSidesInBanksOfTheirOwn) {
  Lanes lanes({.n = 4});
  std::set<std::uint32_t> used;
  std::size_t tiles = 0;
  struct Matrix {
    TileSide side;
    std::uint32_t rows, cols;
  };
  for (const Matrix& m : std::vector<Matrix>{{TileSide::kEven, 9, 3},
                                             {TileSide::kOdd, 40, 4},
                                             {TileSide::kOdd, 5, 12},
                                             {TileSide::kEven, 1, 2},
                                             {TileSide::kEven, 8, 5},
                                             {TileSide::kOdd, 7, 1}}) {
    const View v = lanes.take(m.side, m.rows, m.cols);
    EXPECT_TRUE(v.accumulator);
    for (std::uint32_t r = 0; r < compiler::tiles(m.rows, 4); ++r) {
      for (std::uint32_t c = 0; c < compiler::tiles(m.cols, 4); ++c, ++tiles) {
        const std::uint32_t tile = v.first + r * v.stride + c;
        used.insert(tile);
        EXPECT_EQ(tile % 2, (static_cast<std::uint32_t>(m.side) + c) % 2);
        EXPECT_LT(tile, lanes.used());
      }
    }
  }
  EXPECT_EQ(used.size(), tiles);
}

TEST(Lanes, EndWithTheMemory) {
  Lanes lanes({.n = 4, .accumulator_kib = 1});  // 16 tiles
  lanes.take(TileSide::kEven, 32, 4);
  lanes.take(TileSide::kOdd, 32, 4);
  EXPECT_THROW(lanes.take(TileSide::kOdd, 1, 1), compiler::CompileError);
}

}  // namespace
}  // namespace gradcore::nn
