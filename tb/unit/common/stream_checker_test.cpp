// SPDX-License-Identifier: Apache-2.0
// The checkers of tb/checkers see every violation, and nothing else.
#include "tb/harness/unit_bench.h"

namespace gradcore::harness {
namespace {

class StreamChecker : public testing::Test {
 protected:
  void cycle(bool valid, bool ready, std::uint32_t payload, std::uint32_t lane = 0) {
    bench_->check_valid_i = valid;
    bench_->check_ready_i = ready;
    bench_->a_i[0] = payload;
    bench_->b_i[9] = lane;
    bench_.cycle();
  }
  void expect_failures(unsigned count) { EXPECT_EQ(bench_.assertion_failures(), count); }

  UnitBench bench_;
};

TEST_F(StreamChecker, LegalTrafficPasses) {
  RandomPatterns random(3);
  bool waiting = false;
  std::uint32_t payload = 0;
  for (int i = 0; i < 10'000; ++i) {
    const bool valid = waiting || random.one_in(2);
    const bool ready = random.one_in(3);
    if (!waiting) payload = random.bits32();
    cycle(valid, ready, payload, ~payload);
    waiting = valid && !ready;
  }
  expect_failures(0);
}

TEST_F(StreamChecker, SeesValidThatIsWithdrawn) {
  cycle(true, false, 1);
  cycle(false, false, 1);
  expect_failures(1);
}

TEST_F(StreamChecker, SeesPayloadThatChanges) {
  cycle(true, false, 1);
  cycle(true, false, 1);
  cycle(true, true, 3);
  expect_failures(1);
}

TEST_F(StreamChecker, SeesLaneThatChanges) {
  cycle(true, false, 1, 5);
  cycle(true, true, 1, 6);
  expect_failures(1);
}

TEST_F(StreamChecker, SeesACompletionWithoutCommand) {
  bench_->check_done_i = 2;
  cycle(true, true, 1);
  expect_failures(0);
  cycle(false, true, 1);
  expect_failures(1);
}

TEST_F(StreamChecker, IsQuietInReset) {
  cycle(true, false, 1);
  bench_->rst_ni = 0;
  cycle(false, false, 2);
  bench_->rst_ni = 1;
  cycle(true, true, 3);
  expect_failures(0);
}

}  // namespace
}  // namespace gradcore::harness
