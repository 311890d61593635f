// SPDX-License-Identifier: Apache-2.0
#include "tb/harness/unit_bench.h"

namespace gradcore::harness {
namespace {

using Delay = BenchTest;

// A new vector in every cycle in which it is enabled comes out after exactly 2 and 7 of them.
TEST_F(Delay, DelaysEveryLaneAlike) {
  std::vector<std::array<std::uint32_t, kLanes>> history;
  while (history.size() < 2000) {
    bench_->delay_enable_i = history.size() < 1000 || random_.one_in(2);
    std::array<std::uint32_t, kLanes> now;
    for (unsigned i = 0; i < kLanes; ++i) now[i] = bench_->a_i[i] = random_.bits32();
    if (bench_->delay_enable_i != 0) history.push_back(now);
    bench_.cycle();
    const std::size_t t = history.size() - 1;
    for (unsigned i = 0; i < kLanes && t >= 6; ++i) {
      ASSERT_EQ(bench_->delay_two_o[i], history[t - 1][i]) << "lane " << i << ", cycle " << t;
      ASSERT_EQ(bench_->delay_seven_o[i], history[t - 6][i]) << "lane " << i << ", cycle " << t;
    }
  }
}

}  // namespace
}  // namespace gradcore::harness
