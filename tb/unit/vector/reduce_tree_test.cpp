// SPDX-License-Identifier: Apache-2.0
#include <deque>

#include "tb/harness/unit_bench.h"
#include "tb/unit/vector/reduce.h"

namespace gradcore::harness {
namespace {

constexpr unsigned kLatency = 28;

using ReduceTree = BenchTest;

TEST_F(ReduceTree, RandomVectorsSumsAndMaximaMixed) {
  std::deque<std::uint32_t> flying;
  for (int t = 0; t < 200'000; ++t) {
    const bool max = random_.one_in(2);
    const bool near = random_.one_in(2);
    bench_->reduce_max_i = max;
    bench_->valid_i = 1;
    std::vector<std::uint32_t> lanes(kLanes);
    for (unsigned i = 0; i < kLanes; ++i) {
      lanes[i] = near ? (random_.bits32() & 0x80FF'FFFFu) | 0x3F00'0000u : random_.fp32();
      bench_->a_i[i] = lanes[i];
    }
    flying.push_back(reduce_lanes(max, lanes));
    bench_.settle();
    if (flying.size() > kLatency) {
      ASSERT_EQ(bench_->tree_o, flying.front()) << "cycle " << t;
      flying.pop_front();
    }
    bench_.edge();
  }
}

}  // namespace
}  // namespace gradcore::harness
