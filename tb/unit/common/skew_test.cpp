// SPDX-License-Identifier: Apache-2.0
#include "tb/harness/unit_bench.h"

namespace gradcore::harness {
namespace {

using Skew = BenchTest;

// A new vector in every cycle; lane i of it must be seen exactly i + 1 (reversed: 16 - i) cycles
// later, and the two in a row delay all lanes alike.
TEST_F(Skew, DelaysEveryLaneByItsNumber) {
  std::vector<std::array<std::uint32_t, kLanes>> history;
  for (std::size_t t = 0; t < 2000; ++t) {
    auto& now = history.emplace_back();
    for (unsigned i = 0; i < kLanes; ++i) now[i] = bench_->a_i[i] = random_.bits32();
    bench_.cycle();
    for (unsigned i = 0; i < kLanes && t >= kLanes; ++i) {
      ASSERT_EQ(bench_->skew_o[i], history[t - i][i]) << "lane " << i << ", cycle " << t;
      ASSERT_EQ(bench_->skew_reverse_o[i], history[t - (kLanes - 1 - i)][i])
          << "lane " << i << ", cycle " << t;
    }
  }
}

}  // namespace
}  // namespace gradcore::harness
