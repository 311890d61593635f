// SPDX-License-Identifier: Apache-2.0
// Functions of 16 lanes with units for 4.
#include <sstream>

#include "sw/isa/isa.h"
#include "sw/model/vector.h"
#include "tb/harness/unit_bench.h"

namespace gradcore::harness {
namespace {

using isa::Apply;

constexpr unsigned kGroups = 4;
constexpr unsigned kLatency = kGroups + 16;
constexpr unsigned kFunctions = static_cast<unsigned>(Apply::kRsqrt) + 1;

struct NarrowCase {
  std::uint32_t x = 0, want = 0;
  Apply apply = Apply::kIdentity;

  std::string describe() const {
    std::ostringstream text;
    text << "function " << static_cast<unsigned>(apply) << std::hex << " of " << x;
    return text.str();
  }
};

class NarrowFunction : public BenchTest {
 protected:
  // A vector in every cycle. Some, `kGroups` of `every` whose turn it may be, are approximated.
  void check(std::uint64_t vectors, unsigned every) {
    bench_->narrow_valid_i = 1;
    unsigned since = kGroups;
    Apply apply = Apply::kIdentity;
    check_lanes(bench_, kLatency, vectors, bench_->narrow_function_o, [&](unsigned lane) {
      if (lane == 0) {
        const bool slow = since >= kGroups && random_.below(every) < kGroups;
        const unsigned first = slow ? static_cast<unsigned>(Apply::kExp) : 0;
        const unsigned last = slow ? kFunctions : static_cast<unsigned>(Apply::kExp);
        apply = static_cast<Apply>(first + random_.below(last - first));
        since = slow ? 1 : since + 1;
        bench_->apply_i = static_cast<CData>(apply);
      }
      const std::uint32_t x = random_.fp32();
      bench_->a_i[lane] = x;
      return NarrowCase{x, model::apply(apply, x), apply};
    });
  }
};

TEST_F(NarrowFunction, ApproximatedAsOftenAsPossible) { check(100'000, kGroups); }
TEST_F(NarrowFunction, ApproximatedNowAndThen) { check(100'000, 4 * kGroups); }

// What has no valid beside it changes nothing of what is under way.
TEST_F(NarrowFunction, RestsWithoutValid) {
  for (int t = 0; t < 1'000; ++t) {
    std::array<std::uint32_t, kLanes> want{};
    bench_->narrow_valid_i = 1;
    bench_->apply_i = static_cast<CData>(Apply::kExp);
    for (unsigned lane = 0; lane < kLanes; ++lane) {
      const std::uint32_t x = random_.fp32();
      bench_->a_i[lane] = x;
      want[lane] = model::apply(Apply::kExp, x);
    }
    for (unsigned cycle = 0; cycle < kLatency; ++cycle) {
      bench_.cycle();
      bench_->narrow_valid_i = 0;
      bench_->apply_i = static_cast<CData>(random_.below(kFunctions));
      for (IData& value : bench_->a_i) value = random_.bits32();
    }
    for (unsigned lane = 0; lane < kLanes; ++lane) {
      ASSERT_EQ(bench_->narrow_function_o[lane], want[lane]) << "lane " << lane;
    }
  }
}

}  // namespace
}  // namespace gradcore::harness
