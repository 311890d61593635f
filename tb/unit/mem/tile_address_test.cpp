// SPDX-License-Identifier: Apache-2.0
#include "tb/harness/unit_bench.h"

namespace gradcore::harness {
namespace {

using TileAddress = BenchTest;

TEST_F(TileAddress, EveryLineOfEveryTile) {
  for (std::uint32_t tile = 0; tile < 4; ++tile) {
    for (std::uint32_t index = 0; index < kLanes; ++index) {
      for (const bool by_col : {false, true}) {
        const Line line{tile, index, by_col};
        bench_->line_a_i = line.pack();
        bench_.settle();
        for (unsigned bank = 0; bank < kLanes; ++bank) {
          const unsigned word = by_col ? (bank + kLanes - index) % kLanes : index;
          ASSERT_EQ(bench_->address_o[bank], tile * kLanes + word) << line << ", bank " << bank;
        }
      }
    }
  }
}

}  // namespace
}  // namespace gradcore::harness
