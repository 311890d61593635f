// SPDX-License-Identifier: Apache-2.0
// The banks of operand memory, inside local memory.
#include "tb/unit/mem/local_memory_bench.h"

namespace gradcore::harness {
namespace {

using OperandBanks = LocalMemoryTest;

TEST_F(OperandBanks, EveryLineByRowAndColumnThroughEveryPort) {
  for (unsigned tile = 0; tile < kTiles; ++tile) {
    for (unsigned i = 0; i < 2 * kN; ++i) {
      const Line line{tile, i % kN, i >= kN};
      for (unsigned c = 0; c < 3; ++c) {
        Requests all;
        all.stream = read_request(false, line);
        all.load = read_request(false, {tile ^ 1u, i % kN, i < kN});
        all.read[c] = read_request(false, line);
        cycle(all);
        all = {};
        all.write[c] = write_request(false, line);
        cycle(all);
      }
    }
  }
  drain();
}

// Of each bank port A serves one and port B one, both banks at once.
TEST_F(OperandBanks, FourAccessesACycle) {
  for (unsigned t = 0; t < 100; ++t) {
    Requests all;
    all.stream = read_request(false, {2 * random_.below(8), 1, false});
    all.load = read_request(false, {2 * random_.below(8), 2, true});
    all.read[1] = read_request(false, {17 + 2 * random_.below(8), 3, false});
    all.write[1] = write_request(false, {33 + 2 * random_.below(8), 0, true});
    const Requests served = cycle(all);
    ASSERT_TRUE(served.stream.valid && served.read[1].valid && served.write[1].valid);
  }
  drain();
}

}  // namespace
}  // namespace gradcore::harness
