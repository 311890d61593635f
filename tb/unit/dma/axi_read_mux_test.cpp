// SPDX-License-Identifier: Apache-2.0
#include <cstring>

#include "tb/unit/dma/dma_system.h"

namespace gradcore::harness {
namespace {

constexpr std::size_t kDram = 64 * 1024;

// The multiplexer between the test as fetch and the engine as load.
class AxiReadMux : public DmaTest<Bench16> {
 protected:
  static Transfer loads() {
    return {.rows = 256, .cols = 16, .accumulator = true, .row_step = 1, .pitch = 64};
  }
};

// Beats go where their requests came from, in any order and mixed, and none is lost.
TEST_F(AxiReadMux, RoutesBeatsByTheirId) {
  for (int round = 0; round < 20; ++round) {
    AxiMemorySettings settings{.latency = 1 + random_.below(30),
                               .reorder = 0.5,
                               .interleave = random_.one_in(2),
                               .seed = random_.bits()};
    settings.stalls = {.ar = 0.2, .r = 0.2};
    DmaSystem<Bench16> system(bench_, random_, kDram, settings);
    system.fetch = 0.3;
    system.fetch_stall = 0.3;
    const std::vector<std::byte> dram = system.dram;
    const Transfer t = loads();
    system.load.queue.push_back(t);
    ASSERT_TRUE(system.run());
    for (std::size_t i = 0; i < 256 * 16; ++i) {
      std::uint32_t want = 0;
      std::memcpy(&want, &dram[4 * i], 4);
      ASSERT_EQ(system.local.accumulators()[i], want);
    }
    system.fetch = 0;
    for (int t2 = 0; t2 < 2000 && !system.memory.is_idle(); ++t2) system.cycle();
    for (int t2 = 0; t2 < 100; ++t2) system.cycle();
    ASSERT_GT(system.fetches, 50u);
    ASSERT_EQ(system.fetched_beats, 4 * system.fetches);
  }
}

// Where both ask all the time, each gets every second request.
TEST_F(AxiReadMux, TakesTurns) {
  DmaSystem<Bench16> system(bench_, random_, kDram, {.latency = 5, .max_reads = 2});
  system.fetch = 1;
  system.load.queue.push_back(loads());
  ASSERT_TRUE(system.run());
  const std::uint64_t requests = system.memory.counters().read_bursts - system.fetches;
  EXPECT_GE(requests + 2, 64u);
  EXPECT_NEAR(static_cast<double>(system.fetches), 64.0, 8.0);
}

}  // namespace
}  // namespace gradcore::harness
