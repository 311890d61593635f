// SPDX-License-Identifier: Apache-2.0
#include "tb/unit/command/command_bench.h"

namespace gradcore::harness {
namespace {

constexpr unsigned kCounters = 5;

class EventCounters : public CommandTest {
 protected:
  void cycle(unsigned events, bool clear = false) {
    bench_->counters_count_i = static_cast<CData>(events);
    bench_->counters_clear_i = clear;
    bench_.cycle();
    bench_->counters_read_i = 0;
    for (unsigned i = 0; i < kCounters; ++i) {
      want_[i] = (clear ? 0 : want_[i]) + ((events >> i) & 1u);
    }
  }
  // While events go on.
  void expect_read(unsigned index) {
    bench_->counters_read_i = 1;
    bench_->counters_index_i = static_cast<CData>(index);
    cycle(random_.below(32));
    for (unsigned i = 0; i < 4; ++i) {
      bench_.settle();
      if (bench_->counters_valid_o != 0) {
        ASSERT_EQ(bench_->counters_value_o, want_[index]) << "counter " << index;
        return;
      }
      cycle(random_.below(32));
    }
    FAIL() << "no answer";
  }

  std::array<std::uint64_t, kCounters> want_{};
};

TEST_F(EventCounters, CountEveryEvent) {
  cycle(0, true);
  for (int round = 0; round < 2000; ++round) {
    const std::uint32_t pause = random_.below(random_.one_in(4) ? 200 : 4);
    for (std::uint32_t i = 0; i < pause; ++i) {
      cycle(random_.one_in(2) ? 31 : random_.below(32), random_.one_in(2000));
    }
    ASSERT_NO_FATAL_FAILURE(expect_read(random_.below(kCounters)));
  }
}

// Reads as often as they may come do not make the low bits overflow.
TEST_F(EventCounters, ReadAllTheTime) {
  cycle(31, true);
  for (int i = 0; i < 1000; ++i) {
    bench_->counters_read_i = i % 4 == 0;
    bench_->counters_index_i = 1;
    cycle(31);
  }
  for (unsigned i = 0; i < 10; ++i) cycle(0);
  for (unsigned i = 0; i < kCounters; ++i) ASSERT_NO_FATAL_FAILURE(expect_read(i));
}

}  // namespace
}  // namespace gradcore::harness
