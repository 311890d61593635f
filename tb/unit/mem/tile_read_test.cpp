// SPDX-License-Identifier: Apache-2.0
#include "tb/harness/unit_bench.h"

namespace gradcore::harness {
namespace {

using TileRead = BenchTest;

// A tile laid out as the header says, element (r, c) in bank (r + c) mod 16 at word r, comes back
// by rows and by columns: a new line in every cycle, each 2 cycles later.
TEST_F(TileRead, RowsAndColumnsOfTilesInBanks) {
  constexpr std::uint32_t kTiles = 4;
  std::array<std::array<std::uint32_t, kTiles * kLanes>, kLanes> banks{};
  std::array<std::array<std::array<std::uint32_t, kLanes>, kLanes>, kTiles> tiles{};
  for (std::uint32_t tile = 0; tile < kTiles; ++tile) {
    for (std::uint32_t r = 0; r < kLanes; ++r) {
      for (std::uint32_t c = 0; c < kLanes; ++c) {
        tiles[tile][r][c] = random_.bits32();
        banks[(r + c) % kLanes][tile * kLanes + r] = tiles[tile][r][c];
      }
    }
  }

  std::array<Line, 3> lines;  // of this cycle and the two before
  std::array<std::uint32_t, kLanes> word{};
  for (unsigned t = 0; t < 20'000; ++t) {
    const Line line{random_.below(kTiles), random_.below(kLanes), random_.one_in(2)};
    lines = {line, lines[0], lines[1]};
    bench_->line_a_i = line.pack();
    // What the banks, which have a register, answer to the addresses of the cycle before.
    for (unsigned bank = 0; bank < kLanes; ++bank) bench_->a_i[bank] = word[bank];
    bench_.settle();
    for (unsigned bank = 0; bank < kLanes; ++bank)
      word[bank] = banks[bank][bench_->tile_addr_o[bank]];
    for (std::uint32_t i = 0; i < kLanes && t >= 2; ++i) {
      const Line& read = lines[2];
      const std::uint32_t want =
          read.by_col ? tiles[read.tile][i][read.index] : tiles[read.tile][read.index][i];
      ASSERT_EQ(bench_->tile_read_o[i], want) << read << ", lane " << i;
    }
    bench_.edge();
  }
}

}  // namespace
}  // namespace gradcore::harness
