// SPDX-License-Identifier: Apache-2.0
#include <deque>

#include "tb/harness/unit_bench.h"

namespace gradcore::harness {
namespace {

// The outputs of one of the two queues on the bench, and what it must hold.
struct Queue {
  const CData& ready;
  const CData& valid;
  const IData& data;
  std::size_t depth;
  std::deque<std::uint32_t> held;

  void compare() const {
    ASSERT_EQ(ready != 0, held.size() < depth) << held.size() << " held of " << depth;
    ASSERT_EQ(valid != 0, !held.empty());
    if (!held.empty()) {
      ASSERT_EQ(data, held.front());
    }
  }
};

class SyncFifo : public BenchTest {
 protected:
  // One cycle with these inputs; outputs are compared before its edge.
  void cycle(bool push, bool pop, std::uint32_t data) {
    bench_->valid_i = push;
    bench_->a_i[0] = data;
    bench_->ready_i = !pop;  // what the outputs do not depend on
    bench_.settle();
    for (const Queue& queue : queues_) ASSERT_NO_FATAL_FAILURE(queue.compare());
    bench_->ready_i = pop;
    bench_.settle();
    for (const Queue& queue : queues_) ASSERT_NO_FATAL_FAILURE(queue.compare());
    for (Queue& queue : queues_) {
      const bool room = queue.held.size() < queue.depth;
      if (pop && !queue.held.empty()) queue.held.pop_front();
      if (push && room) queue.held.push_back(data);
    }
    bench_.edge();
  }

  std::array<Queue, 2> queues_ = {{
      {bench_->fifo2_ready_o, bench_->fifo2_valid_o, bench_->fifo2_o, 2, {}},
      {bench_->fifo8_ready_o, bench_->fifo8_valid_o, bench_->fifo8_o, 8, {}},
  }};
};

TEST_F(SyncFifo, FillsToItsDepthAndDrains) {
  for (int round = 0; round < 3; ++round) {
    for (std::uint32_t i = 0; i < 11; ++i) ASSERT_NO_FATAL_FAILURE(cycle(true, false, i));
    for (std::uint32_t i = 0; i < 11; ++i) ASSERT_NO_FATAL_FAILURE(cycle(false, true, i));
  }
}

// Latency of one cycle, one in and one out in every cycle, at any fill.
TEST_F(SyncFifo, FullThroughputAtEveryFill) {
  for (std::uint32_t fill = 0; fill < 8; ++fill) {
    for (std::uint32_t i = 0; i < fill; ++i) ASSERT_NO_FATAL_FAILURE(cycle(true, false, i));
    for (std::uint32_t i = 0; i < 40; ++i) ASSERT_NO_FATAL_FAILURE(cycle(true, true, 100 + i));
    for (std::uint32_t i = 0; i < 9; ++i) ASSERT_NO_FATAL_FAILURE(cycle(false, true, 0));
  }
}

TEST_F(SyncFifo, RandomAgainstDeque) {
  for (int phase = 0; phase < 200; ++phase) {
    const std::uint32_t push = random_.below(17);
    const std::uint32_t pop = random_.below(17);
    for (int i = 0; i < 500; ++i) {
      const bool pushes = random_.below(16) < push;
      const bool pops = random_.below(16) < pop;
      ASSERT_NO_FATAL_FAILURE(cycle(pushes, pops, random_.bits32()));
    }
  }
}

TEST_F(SyncFifo, ResetEmpties) {
  for (std::uint32_t fill = 1; fill < 9; ++fill) {
    for (std::uint32_t i = 0; i < fill; ++i) ASSERT_NO_FATAL_FAILURE(cycle(true, false, i));
    bench_->valid_i = 0;
    bench_.reset();
    for (Queue& queue : queues_) queue.held.clear();
    for (std::uint32_t i = 0; i < 5; ++i) ASSERT_NO_FATAL_FAILURE(cycle(i<2, i> 2, 50 + i));
    bench_->valid_i = 0;
    bench_.reset();
    for (Queue& queue : queues_) queue.held.clear();
  }
}

}  // namespace
}  // namespace gradcore::harness
