// SPDX-License-Identifier: Apache-2.0
// The banks of accumulator memory, inside local memory.
#include "tb/unit/mem/local_memory_bench.h"

namespace gradcore::harness {
namespace {

using AccumulatorBanks = LocalMemoryTest;

TEST_F(AccumulatorBanks, EveryLineByRowAndColumnThroughEveryPort) {
  for (unsigned tile = 0; tile < kTiles; ++tile) {
    for (unsigned i = 0; i < 2 * kN; ++i) {
      const Line line{tile, i % kN, i >= kN};
      for (unsigned c = 0; c < 4; ++c) {
        Requests all;
        (c == 3 ? all.acc_read : all.read[c % 3]) = read_request(true, line);
        cycle(all);
        all = {};
        (c == 3 ? all.acc_write : all.write[c % 3]) = write_request(true, line);
        cycle(all);
      }
    }
  }
  drain();
}

// Each of the four banks reads a line and writes one.
TEST_F(AccumulatorBanks, EightAccessesACycle) {
  for (unsigned t = 0; t < 100; ++t) {
    Requests all;
    const unsigned tile = 4 * random_.below(8);
    all.acc_read = read_request(true, {tile, 1, false});
    all.acc_write = write_request(true, {tile, 2, false});
    for (unsigned c = 0; c < 3; ++c) {
      all.read[c] = read_request(true, {tile + 1 + c, 1, true});
      all.write[c] = write_request(true, {tile + 1 + c, 2, true});
    }
    const Requests served = cycle(all);
    for (unsigned c = 0; c < 3; ++c) {
      ASSERT_TRUE(served.read[c].valid && served.write[c].valid);
    }
  }
  drain();
}

}  // namespace
}  // namespace gradcore::harness
