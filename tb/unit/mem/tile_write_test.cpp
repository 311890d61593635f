// SPDX-License-Identifier: Apache-2.0
#include "tb/harness/unit_bench.h"

namespace gradcore::harness {
namespace {

using TileWrite = BenchTest;

// Lane i of row or column `index` belongs in bank (i + index) mod 16, with its bit of the mask.
TEST_F(TileWrite, EveryIndexAndRandomMasks) {
  for (int round = 0; round < 2000; ++round) {
    const std::uint32_t mask = random_.bits32() & 0xFFFFu;
    bench_->mask_i = static_cast<SData>(mask);
    for (auto& lane : bench_->a_i) lane = random_.bits32();
    for (std::uint32_t index = 0; index < kLanes; ++index) {
      bench_->line_a_i = Line{0, index, random_.one_in(2)}.pack();
      bench_.settle();
      for (unsigned i = 0; i < kLanes; ++i) {
        const unsigned bank = (i + index) % kLanes;
        ASSERT_EQ(bench_->tile_write_o[bank], bench_->a_i[i]) << "lane " << i << " of " << index;
        ASSERT_EQ((bench_->tile_mask_o >> bank) & 1u, (mask >> i) & 1u)
            << "lane " << i << " of " << index;
      }
    }
  }
}

}  // namespace
}  // namespace gradcore::harness
