// SPDX-License-Identifier: Apache-2.0
#include <deque>

#include "tb/harness/unit_bench.h"

namespace gradcore::harness {
namespace {

struct Entry {
  std::array<std::uint32_t, 4> lanes;
  std::uint32_t word;
  int since;  // the cycle in which it was written
};

class LineFifo : public BenchTest {
 protected:
  // Random traffic with at most 8 vectors inside; either side rests every so many cycles.
  void run(unsigned write_rest, unsigned read_rest) {
    std::deque<Entry> inside;
    for (int t = 0; t < 5'000; ++t) {
      const bool writes = inside.size() < 8 && !random_.one_in(write_rest);
      const bool reads = !random_.one_in(read_rest);
      for (unsigned i = 0; i < 4; ++i) bench_->a_i[i] = random_.bits32();
      bench_->b_i[0] = random_.bits32();
      bench_->line_fifo_valid_i = writes;
      bench_->ready_i = reads;
      bench_.settle();
      // Valid as soon as the oldest is two cycles old.
      const bool valid = bench_->line_fifo_valid_o != 0;
      ASSERT_EQ(valid, !inside.empty() && t - inside.front().since >= 2) << t;
      if (valid) {
        for (unsigned i = 0; i < 4; ++i) {
          ASSERT_EQ(bench_->line_fifo_o[i], inside.front().lanes[i]) << t;
        }
        ASSERT_EQ(bench_->line_fifo_word_o, inside.front().word) << t;
        if (reads) inside.pop_front();
      }
      if (writes) {
        inside.push_back(
            {{bench_->a_i[0], bench_->a_i[1], bench_->a_i[2], bench_->a_i[3]}, bench_->b_i[0], t});
      }
      bench_.edge();
    }
  }
};

TEST_F(LineFifo, FullRate) { run(1'000'000, 1'000'000); }
TEST_F(LineFifo, SlowWriter) { run(2, 1'000'000); }
TEST_F(LineFifo, SlowReader) { run(1'000'000, 2); }
TEST_F(LineFifo, BothRest) { run(3, 3); }

}  // namespace
}  // namespace gradcore::harness
