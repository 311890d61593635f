// SPDX-License-Identifier: Apache-2.0
#include "tb/unit/common/ram_bench.h"

namespace gradcore::harness {
namespace {

using Ram1r1w = RamTest;

// The bench's port A writes, port B reads.
TEST_F(Ram1r1w, RandomReadsAndWrites) {
  clear();
  Port port;
  for (int t = 0; t < 200'000; ++t) {
    const RamAccess it = draw();
    access(it);
    if (it.read_b) read(port, it.b);
    for (unsigned bank = 0; bank < kBanks && port.has_read; ++bank) {
      ASSERT_EQ(bench_->ram_1r1w_o[bank], port.data[bank]) << "bank " << bank << ", cycle " << t;
    }
    note(it);
  }
}

}  // namespace
}  // namespace gradcore::harness
