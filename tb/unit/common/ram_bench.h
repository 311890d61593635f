// SPDX-License-Identifier: Apache-2.0
// What the tests of the two RAM wrappers share: one bank's ports as they are driven.
#pragma once

#include "tb/harness/unit_bench.h"

namespace gradcore::harness {

inline constexpr unsigned kBanks = 2;
inline constexpr unsigned kWords = 16;

struct RamAccess {
  bool enable = false, write = false;
  std::uint8_t address = 0;
  std::uint16_t data = 0;

  static RamAccess draw(RandomPatterns& random) {
    RamAccess out;
    out.enable = !random.one_in(3);
    out.write = random.one_in(2);
    out.address = static_cast<std::uint8_t>(random.below(kWords));
    out.data = static_cast<std::uint16_t>(random.bits32());
    return out;
  }
};

class RamTest : public BenchTest {
 protected:
  using Words = std::array<std::array<std::uint16_t, kWords>, kBanks>;

  void drive_a(unsigned bank, const RamAccess& access) {
    bench_->ram_a_en_i[bank] = access.enable;
    bench_->ram_a_we_i[bank] = access.write;
    bench_->ram_a_addr_i[bank] = access.address;
    bench_->ram_a_data_i[bank] = access.data;
  }
  void drive_b(unsigned bank, const RamAccess& access) {
    bench_->ram_b_en_i[bank] = access.enable;
    bench_->ram_b_we_i[bank] = access.write;
    bench_->ram_b_addr_i[bank] = access.address;
    bench_->ram_b_data_i[bank] = access.data;
  }
};

}  // namespace gradcore::harness
