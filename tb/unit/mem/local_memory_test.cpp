// SPDX-License-Identifier: Apache-2.0
#include "tb/unit/mem/local_memory_bench.h"

namespace gradcore::harness {
namespace {

TEST_F(LocalMemoryTest, AllClientsAtOnce) {
  random_traffic(20'000, [this](unsigned) { return !random_.one_in(3); });
}

TEST_F(LocalMemoryTest, SparseTraffic) {
  random_traffic(20'000, [this](unsigned) { return random_.one_in(8); });
}

// The stream owns its bank but for one cycle in 16 that a writer waits for.
TEST_F(LocalMemoryTest, StreamLetsAPatientWriterPass) {
  Requests all;
  all.stream = read_request(false, {2, 0, false});
  all.write[2] = write_request(false, {6, 1, false});
  for (unsigned t = 1; t < kPatience; ++t) {
    const Requests served = cycle(all);
    ASSERT_TRUE(served.stream.valid && !served.write[2].valid) << t;
  }
  const Requests served = cycle(all);
  EXPECT_TRUE(!served.stream.valid && served.write[2].valid);
  all.write[2] = write_request(false, {5, 1, false});  // another bank
  EXPECT_TRUE(cycle(all).write[2].valid);
  drain();
}

}  // namespace
}  // namespace gradcore::harness
