// SPDX-License-Identifier: Apache-2.0
#include "tb/unit/common/ram_bench.h"

namespace gradcore::harness {
namespace {

using Ram1rw1r = RamTest;

// All that the header defines: latency of one cycle, data that stays until the next read, writes
// that leave it alone. What it leaves undefined is not driven.
TEST_F(Ram1rw1r, RandomAccessesOnBothPorts) {
  clear();
  Port a;
  Port b;
  for (int t = 0; t < 200'000; ++t) {
    RamAccess it = draw();
    if (it.write[0] || it.write[1]) it.read_a = false;
    access(it);
    if (it.read_a) read(a, it.a);
    if (it.read_b) read(b, it.b);
    for (unsigned bank = 0; bank < kBanks; ++bank) {
      if (a.has_read) {
        ASSERT_EQ(bench_->ram_1rw1r_a_o[bank], a.data[bank]) << "bank " << bank << ", cycle " << t;
      }
      if (b.has_read) {
        ASSERT_EQ(bench_->ram_1rw1r_b_o[bank], b.data[bank]) << "bank " << bank << ", cycle " << t;
      }
    }
    note(it);
  }
}

}  // namespace
}  // namespace gradcore::harness
