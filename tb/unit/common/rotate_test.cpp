// SPDX-License-Identifier: Apache-2.0
#include "tb/harness/unit_bench.h"

namespace gradcore::harness {
namespace {

using Rotate = BenchTest;

TEST_F(Rotate, ByEveryAmountBothWays) {
  for (unsigned round = 0; round < 1000; ++round) {
    for (auto& lane : bench_->a_i) lane = random_.bits32();
    for (unsigned amount = 0; amount < kLanes; ++amount) {
      bench_->amount_i = static_cast<CData>(amount);
      bench_.settle();
      for (unsigned i = 0; i < kLanes; ++i) {
        const unsigned other = (i + amount) % kLanes;
        ASSERT_EQ(bench_->rotate_o[i], bench_->a_i[other]) << "lane " << i << " by " << amount;
        ASSERT_EQ(bench_->rotate_right_o[other], bench_->a_i[i])
            << "lane " << i << " by " << amount;
      }
    }
  }
}

}  // namespace
}  // namespace gradcore::harness
