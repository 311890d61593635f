// SPDX-License-Identifier: Apache-2.0
#include <deque>

#include "tb/harness/unit_bench.h"
#include "tb/unit/vector/reduce.h"

namespace gradcore::harness {
namespace {

constexpr unsigned kLatency = 36;
constexpr unsigned kApart = 8;  // cycles between the lines of a row

class RowReduce : public BenchTest {
 protected:
  struct Result {
    std::uint64_t cycle = 0;
    unsigned row = 0;
    std::uint32_t value = 0;
  };

  void cycle() {
    bench_.settle();
    const bool due = !results_.empty() && results_.front().cycle == now_;
    ASSERT_EQ(bench_->reduce_valid_o != 0, due) << "cycle " << now_;
    if (due) {
      ASSERT_EQ(bench_->reduce_row_o, results_.front().row);
      ASSERT_EQ(bench_->reduce_o, results_.front().value) << "cycle " << now_;
      results_.pop_front();
    }
    bench_.edge();
    ++now_;
  }

  // The rows of one row of tiles, of a matrix with `cols` columns.
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
        bench_->valid_i = 1;
        bench_->reduce_max_i = max;
        bench_->count_i = static_cast<CData>(count);
        bench_->reduce_row_i = static_cast<CData>(row);
        bench_->reduce_first_i = start == 0;
        bench_->reduce_last_i = start + kLanes >= cols;
        if (start + kLanes >= cols) results_.push_back({now_ + kLatency, row, total[row]});
        ASSERT_NO_FATAL_FAILURE(cycle());
        bench_->valid_i = 0;
        while (gap > 0 && random_.one_in(gap)) ASSERT_NO_FATAL_FAILURE(cycle());
      }
      // Whatever the gaps were, no row comes again too soon.
      for (unsigned i = rows; i < kApart; ++i) ASSERT_NO_FATAL_FAILURE(cycle());
    }
  }

  void drain() {
    while (!results_.empty()) ASSERT_NO_FATAL_FAILURE(cycle());
  }

 private:
  std::deque<Result> results_;
  std::uint64_t now_ = 0;
};

TEST_F(RowReduce, EveryWidthOfOneTile) {
  for (unsigned cols = 1; cols <= kLanes; ++cols) {
    ASSERT_NO_FATAL_FAILURE(run(kLanes, cols, false, 0));
    ASSERT_NO_FATAL_FAILURE(run(kLanes, cols, true, 0));
  }
  drain();
}

TEST_F(RowReduce, RandomMatricesWithAndWithoutGaps) {
  for (int i = 0; i < 3'000; ++i) {
    ASSERT_NO_FATAL_FAILURE(run(1 + random_.below(kLanes), 1 + random_.below(100),
                                random_.one_in(2), random_.one_in(2) ? 0 : 2 + random_.below(3)));
  }
  drain();
}

}  // namespace
}  // namespace gradcore::harness
