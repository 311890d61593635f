// SPDX-License-Identifier: Apache-2.0
#include "tb/harness/unit_bench.h"

namespace gradcore::harness {
namespace {

using TileSelect = BenchTest;

// Two banks of 8 words; the output comes a cycle later and holds.
TEST_F(TileSelect, ChoosesABankAndRotates) {
  std::array<std::uint32_t, 8> want{};
  for (int t = 0; t < 2'000; ++t) {
    const bool valid = !random_.one_in(3);
    const unsigned bank = random_.below(2);
    const unsigned amount = random_.below(8);
    for (IData& value : bench_->a_i) value = random_.bits32();
    bench_->valid_i = valid;
    bench_->mask_i = static_cast<SData>(bank);
    bench_->amount_i = static_cast<CData>(amount);
    bench_.cycle();
    for (unsigned i = 0; i < 8; ++i) {
      if (valid) want[i] = bench_->a_i[8 * bank + (i + amount) % 8];
      ASSERT_EQ(bench_->tile_select_o[i], want[i]) << t;
    }
  }
}

}  // namespace
}  // namespace gradcore::harness
