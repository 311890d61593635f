// SPDX-License-Identifier: Apache-2.0
#include "tb/harness/unit_bench.h"

namespace gradcore::harness {
namespace {

using Delay = BenchTest;

// A new vector in every cycle comes out after exactly 2 and 7 cycles.
TEST_F(Delay, DelaysEveryLaneAlike) {
  std::vector<std::array<std::uint32_t, kLanes>> history;
  for (std::size_t t = 0; t < 2000; ++t) {
    auto& now = history.emplace_back();
    for (unsigned i = 0; i < kLanes; ++i) now[i] = bench_->a_i[i] = random_.bits32();
    bench_.cycle();
    for (unsigned i = 0; i < kLanes && t >= 6; ++i) {
      ASSERT_EQ(bench_->delay_two_o[i], history[t - 1][i]) << "lane " << i << ", cycle " << t;
      ASSERT_EQ(bench_->delay_seven_o[i], history[t - 6][i]) << "lane " << i << ", cycle " << t;
    }
  }
}

}  // namespace
}  // namespace gradcore::harness
