// SPDX-License-Identifier: Apache-2.0
#include <deque>

#include "tb/harness/unit_bench.h"
#include "tb/unit/vector/reduce.h"

namespace gradcore::harness {
namespace {

constexpr unsigned kLatency = 88;  // at least, and less than kLanes more

class SerialReduce : public BenchTest {
 protected:
  struct Result {
    std::uint64_t line = 0;  // the cycle of its last line
    unsigned row = 0;
    std::uint32_t value = 0;
  };

  void cycle() {
    bench_.settle();
    if (bench_->serial_valid_o != 0) {
      ASSERT_FALSE(results_.empty()) << "cycle " << now_;
      const Result& want = results_.front();
      ASSERT_EQ(bench_->serial_row_o, want.row) << "cycle " << now_;
      ASSERT_EQ(bench_->serial_o, want.value) << "cycle " << now_;
      ASSERT_GE(now_, want.line + kLatency);
      ASSERT_LT(now_, want.line + kLatency + kLanes);
      results_.pop_front();
    } else if (!results_.empty()) {
      ASSERT_LT(now_, results_.front().line + kLatency + kLanes) << "a result is late";
    }
    bench_.edge();
    ++now_;
  }

  // The rows of one row of tiles, of a matrix with `cols` columns; lines kLanes cycles apart, and
  // up to `gap` more.
  void run(unsigned rows, unsigned cols, bool max, unsigned gap) {
    std::vector<std::uint32_t> total(rows);
    for (unsigned start = 0; start < cols; start += kLanes) {
      const unsigned count = std::min(kLanes, cols - start);
      for (unsigned row = 0; row < rows; ++row) {
        std::vector<std::uint32_t> lanes(kLanes, max ? 0xFF80'0000u : 0x8000'0000u);
        for (unsigned i = 0; i < kLanes; ++i) {
          bench_->a_i[i] = random_.fp32();
          if (i < count) lanes[i] = bench_->a_i[i];
        }
        const std::uint32_t line = reduce_lanes(max, lanes);
        total[row] = start == 0 ? line : reduce_pair(max, total[row], line);
        bench_->serial_valid_i = 1;
        bench_->reduce_max_i = max;
        bench_->count_i = static_cast<CData>(count);
        bench_->reduce_row_i = static_cast<CData>(row);
        bench_->reduce_first_i = start == 0;
        bench_->reduce_last_i = start + kLanes >= cols;
        if (start + kLanes >= cols) results_.push_back({now_, row, total[row]});
        ASSERT_NO_FATAL_FAILURE(cycle());
        bench_->serial_valid_i = 0;
        for (unsigned int& a : bench_->a_i) a = random_.fp32();
        const unsigned wait = kLanes - 1 + random_.below(gap + 1);
        for (unsigned i = 0; i < wait; ++i) ASSERT_NO_FATAL_FAILURE(cycle());
      }
    }
  }

  void drain() {
    while (!results_.empty()) ASSERT_NO_FATAL_FAILURE(cycle());
  }

 private:
  std::deque<Result> results_;
  std::uint64_t now_ = 0;
};

TEST_F(SerialReduce, EveryWidthOfOneTile) {
  for (unsigned cols = 1; cols <= kLanes; ++cols) {
    ASSERT_NO_FATAL_FAILURE(run(kLanes, cols, false, 0));
    ASSERT_NO_FATAL_FAILURE(run(kLanes, cols, true, 0));
  }
  drain();
}

// Lines as close as they may be in every place of a window, and farther apart.
TEST_F(SerialReduce, RandomMatricesWithAndWithoutGaps) {
  for (int i = 0; i < 1'000; ++i) {
    ASSERT_NO_FATAL_FAILURE(run(1 + random_.below(kLanes), 1 + random_.below(100),
                                random_.one_in(2), random_.one_in(2) ? 0 : 1 + random_.below(20)));
    const unsigned shift = random_.below(kLanes);
    for (unsigned k = 0; k < shift; ++k) ASSERT_NO_FATAL_FAILURE(cycle());
  }
  drain();
}

}  // namespace
}  // namespace gradcore::harness
