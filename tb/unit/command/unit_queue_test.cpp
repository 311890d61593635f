// SPDX-License-Identifier: Apache-2.0
#include "tb/unit/command/command_bench.h"

namespace gradcore::harness {
namespace {

constexpr std::size_t kDepth = 16;

struct Entry {
  std::uint32_t data = 0, take = 0, give = 0;
  unsigned age = 0;  // cycles since its start
};

class UnitQueue : public CommandTest {
 protected:
  // One cycle with these inputs, compared with two deques.
  void cycle(bool push, bool grant, bool ready, bool done, bool hold = false, bool drop = false) {
    const Entry entry{random_.bits32(), random_.bits32() & 0xFFFFu, random_.bits32() & 0xFFFFu};
    const bool stalled = random_.one_in(2);
    const bool ended = random_.one_in(2);
    done = done && !working_.empty() && working_.front().age >= 2;
    bench_->queue_valid_i = push;
    bench_->queue_data_i = entry.data;
    bench_->queue_take_i = static_cast<SData>(entry.take);
    bench_->queue_give_i = static_cast<SData>(entry.give);
    bench_->queue_hold_i = hold;
    bench_->queue_drop_i = drop;
    bench_->queue_ready_i = ready;
    bench_->queue_done_i = done;
    bench_->queue_stalled_i = stalled;
    bench_->queue_ended_i = ended;
    bench_->queue_grant_i = 0;
    bench_.settle();
    const bool request = !waiting_.empty() && !granted_ && !hold && !drop;
    const bool offer = !waiting_.empty() && granted_ && working_.size() < kDepth;
    ASSERT_EQ(bench_->queue_ready_o != 0, waiting_.size() < kDepth);
    ASSERT_EQ(bench_->queue_request_o != 0, request);
    ASSERT_EQ(bench_->queue_valid_o != 0, offer);
    ASSERT_EQ(bench_->queue_quiet_o != 0, waiting_.empty() && working_.empty());
    if (request) {
      ASSERT_EQ(bench_->queue_take_o, waiting_.front().take);
    }
    if (offer) {
      ASSERT_EQ(bench_->queue_data_o, waiting_.front().data);
    }
    if (!working_.empty() && working_.front().age >= 2) {
      ASSERT_EQ(bench_->queue_oldest_o, working_.front().data);
    }
    ASSERT_EQ(bench_->queue_give_o, done ? working_.front().give : 0u);
    const bool works = !working_.empty();
    const unsigned activity =
        (waiting_.empty() && !ended ? 16u : 0u) | (works              ? (stalled ? 4u : 1u)
                                                   : waiting_.empty() ? 8u
                                                   : granted_         ? (ready ? 1u : 4u)
                                                                      : 2u);
    ASSERT_EQ(bench_->queue_activity_o, activity);
    grant = grant && request;
    bench_->queue_grant_i = grant;
    const bool taken = push && waiting_.size() < kDepth;
    bench_.cycle();
    if (done) working_.pop_front();
    for (Entry& working : working_) ++working.age;
    if (offer && ready) {
      working_.push_back(waiting_.front());
      working_.back().age = 1;
      waiting_.pop_front();
      granted_ = false;
    } else if (drop && !granted_ && !waiting_.empty()) {
      waiting_.pop_front();
    }
    if (grant) granted_ = true;
    if (taken) waiting_.push_back(entry);
  }

  void reset() {
    bench_->rst_ni = 0;
    bench_.cycle();
    bench_->rst_ni = 1;
    waiting_.clear();
    working_.clear();
    granted_ = false;
  }

  std::deque<Entry> waiting_, working_;
  bool granted_ = false;
};

TEST_F(UnitQueue, RandomAgainstDeques) {
  for (int phase = 0; phase < 200; ++phase) {
    const std::uint32_t push = random_.below(9), grant = random_.below(9);
    const std::uint32_t ready = random_.below(9), done = random_.below(9);
    const bool hold = random_.one_in(8), drop = random_.one_in(10);
    for (int i = 0; i < 200; ++i) {
      const bool a = random_.below(8) < push && !drop, b = random_.below(8) < grant;
      const bool c = random_.below(8) < ready, d = random_.below(8) < done;
      ASSERT_NO_FATAL_FAILURE(cycle(a, b, c, d, hold, drop));
    }
    if (drop) reset();  // the only way on from there
  }
}

TEST_F(UnitQueue, AnInstructionInTwoCycles) {
  for (int i = 0; i < 4; ++i) ASSERT_NO_FATAL_FAILURE(cycle(true, false, true, true));
  for (int i = 0; i < 8; ++i) ASSERT_NO_FATAL_FAILURE(cycle(false, true, true, false));
  EXPECT_TRUE(waiting_.empty());
  EXPECT_EQ(working_.size(), 4u);
}

TEST(UnitQueueAssertions, ADoneTooManyIsSeen) {
  CommandBench bench;
  bench->queue_done_i = 1;
  bench.cycle();
  EXPECT_EQ(bench.assertion_failures(), 1u);
}

TEST(UnitQueueAssertions, ADoneInTheCycleAfterTheStartIsSeen) {
  CommandBench bench;
  const auto cycle = [&](bool push, bool grant, bool done) {
    bench->queue_valid_i = push;
    bench->queue_grant_i = grant;
    bench->queue_ready_i = 1;
    bench->queue_done_i = done;
    bench.cycle();
  };
  cycle(true, false, false);
  cycle(false, true, false);
  cycle(false, false, false);  // starts
  EXPECT_EQ(bench.assertion_failures(), 0u);
  cycle(false, false, true);
  EXPECT_EQ(bench.assertion_failures(), 1u);
}

}  // namespace
}  // namespace gradcore::harness
