// SPDX-License-Identifier: Apache-2.0
// Levels with fewer adders than pairs: a tree over 16 lanes with at most 2 in a level.
#include <deque>
#include <optional>

#include "tb/harness/unit_bench.h"
#include "tb/unit/vector/reduce.h"

namespace gradcore::harness {
namespace {

constexpr unsigned kPace = 4;  // of 8 pairs
constexpr unsigned kLatency = (7 + 4) + (7 + 2) + 7 + 7;

using ReduceLevel = BenchTest;

TEST_F(ReduceLevel, GroupByGroup) {
  std::deque<std::optional<std::uint32_t>> flying;
  unsigned since = kPace;
  for (int t = 0; t < 200'000; ++t) {
    const bool valid = since >= kPace && random_.one_in(2);
    const bool max = random_.one_in(2);
    const bool near = random_.one_in(2);
    since = valid ? 1 : since + 1;
    bench_->valid_i = valid;
    bench_->reduce_max_i = max;
    std::vector<std::uint32_t> lanes(kLanes);
    for (unsigned i = 0; i < kLanes; ++i) {
      lanes[i] = near ? (random_.bits32() & 0x80FF'FFFFu) | 0x3F00'0000u : random_.fp32();
      bench_->a_i[i] = lanes[i];
    }
    flying.push_back(valid ? std::optional(reduce_lanes(max, lanes)) : std::nullopt);
    bench_.settle();
    if (flying.size() > kLatency) {
      if (flying.front()) {
        ASSERT_EQ(bench_->narrow_tree_o, *flying.front()) << "cycle " << t;
      }
      flying.pop_front();
    }
    bench_.edge();
  }
}

}  // namespace
}  // namespace gradcore::harness
