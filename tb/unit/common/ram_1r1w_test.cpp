// SPDX-License-Identifier: Apache-2.0
#include "tb/unit/common/ram_bench.h"

namespace gradcore::harness {
namespace {

using Ram1r1w = RamTest;

// Port A of the bench reads, port B writes. Reading what is being written is left out: undefined.
TEST_F(Ram1r1w, RandomReadsAndWrites) {
  Words words{};
  for (std::uint8_t word = 0; word < kWords; ++word) {
    for (unsigned bank = 0; bank < kBanks; ++bank) drive_b(bank, {true, true, word, 0});
    bench_.cycle();
  }
  std::array<std::uint16_t, kBanks> read{};
  std::array<bool, kBanks> has_read{};
  for (int t = 0; t < 200'000; ++t) {
    std::array<RamAccess, kBanks> a;
    std::array<RamAccess, kBanks> b;
    for (unsigned bank = 0; bank < kBanks; ++bank) {
      a[bank] = RamAccess::draw(random_);
      b[bank] = RamAccess::draw(random_);
      if (a[bank].address == b[bank].address && b[bank].enable) a[bank].enable = false;
      drive_a(bank, a[bank]);
      drive_b(bank, b[bank]);
    }
    bench_.cycle();
    for (unsigned bank = 0; bank < kBanks; ++bank) {
      if (a[bank].enable) {
        read[bank] = words[bank][a[bank].address];
        has_read[bank] = true;
      }
      if (has_read[bank]) {
        ASSERT_EQ(bench_->ram_o[bank], read[bank]) << "bank " << bank << ", cycle " << t;
      }
      if (b[bank].enable) words[bank][b[bank].address] = b[bank].data;
    }
  }
}

}  // namespace
}  // namespace gradcore::harness
