// SPDX-License-Identifier: Apache-2.0
#include "tb/unit/common/ram_bench.h"

namespace gradcore::harness {
namespace {

using RamTdp = RamTest;

// All that the header defines: latency of one cycle, data that stays until the next read, writes
// that leave it alone. What it leaves undefined is not driven.
TEST_F(RamTdp, RandomAccessesOnBothPorts) {
  Words words{};
  std::array<std::array<std::uint16_t, kBanks>, 2> read{};  // by port and bank
  std::array<std::array<bool, kBanks>, 2> has_read{};
  for (unsigned bank = 0; bank < kBanks; ++bank) {
    for (std::uint8_t word = 0; word < kWords; ++word) {
      drive_a(bank, {true, true, word, 0});
      bench_.cycle();
    }
    drive_a(bank, {});
  }
  for (int t = 0; t < 200'000; ++t) {
    std::array<std::array<RamAccess, kBanks>, 2> access;
    for (unsigned bank = 0; bank < kBanks; ++bank) {
      RamAccess& a = access[0][bank];
      RamAccess& b = access[1][bank];
      a = RamAccess::draw(random_);
      b = RamAccess::draw(random_);
      const bool conflict = a.address == b.address && (a.write || b.write);
      if (conflict && a.enable) b.enable = false;
      drive_a(bank, a);
      drive_b(bank, b);
    }
    bench_.cycle();
    for (unsigned port = 0; port < 2; ++port) {
      for (unsigned bank = 0; bank < kBanks; ++bank) {
        const RamAccess& it = access[port][bank];
        if (it.enable && !it.write) {
          read[port][bank] = words[bank][it.address];
          has_read[port][bank] = true;
        }
        const std::uint16_t got = port == 0 ? bench_->tdp_a_o[bank] : bench_->tdp_b_o[bank];
        if (has_read[port][bank]) {
          ASSERT_EQ(got, read[port][bank])
              << "port " << port << ", bank " << bank << ", cycle " << t;
        }
      }
    }
    for (const auto& port : access) {
      for (unsigned bank = 0; bank < kBanks; ++bank) {
        const RamAccess& it = port[bank];
        if (it.enable && it.write) words[bank][it.address] = it.data;
      }
    }
  }
}

}  // namespace
}  // namespace gradcore::harness
