// SPDX-License-Identifier: Apache-2.0
#include "Vfpga_bench.h"
#include "tb/harness/bench.h"

namespace gradcore::harness {
namespace {

constexpr unsigned kStages = 3;

class ResetSync : public TestOnBench<Vfpga_bench> {
 protected:
  ResetSync() {
    bench_->button_ni = 1;
    for (int i = 0; i < 40; ++i) bench_.cycle();
  }
};

TEST_F(ResetSync, EndsWithTheClockAndBeginsAtOnce) {
  ASSERT_EQ(bench_->reset_no, 1);
  for (int round = 0; round < 20; ++round) {
    bench_->button_ni = 0;
    bench_->eval();
    ASSERT_EQ(bench_->reset_no, 0) << "it waits for the clock";
    for (std::uint32_t i = random_.below(4); i > 0; --i) bench_.cycle();
    bench_->button_ni = 1;
    for (unsigned stage = 0; stage < kStages; ++stage) {
      bench_.settle();
      ASSERT_EQ(bench_->reset_no, 0) << "after " << stage << " edges";
      bench_.edge();
    }
    ASSERT_EQ(bench_->reset_no, 1);
  }
}

// Shorter than the stages: it counts from its end.
TEST_F(ResetSync, BeginsAnewWhenItComesAgain) {
  for (const unsigned edges : {1u, 2u}) {
    bench_->button_ni = 0;
    bench_->eval();
    bench_->button_ni = 1;
    for (unsigned i = 0; i < edges; ++i) bench_.cycle();
    bench_->button_ni = 0;
    bench_->eval();
    bench_->button_ni = 1;
    for (unsigned i = 1; i < kStages; ++i) {
      bench_.cycle();
      ASSERT_EQ(bench_->reset_no, 0);
    }
    bench_.cycle();
    ASSERT_EQ(bench_->reset_no, 1);
  }
}

}  // namespace
}  // namespace gradcore::harness
