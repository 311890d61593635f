// SPDX-License-Identifier: Apache-2.0
// What the tests of the two RAM wrappers share: the ports as they are driven, and what they hold.
#pragma once

#include "tb/harness/unit_bench.h"

namespace gradcore::harness {

inline constexpr unsigned kBanks = 2;
inline constexpr unsigned kWords = 16;

struct RamAccess {
  bool read_a = false, read_b = false;
  std::array<bool, kBanks> write{};
  std::array<std::uint8_t, kBanks> a{}, b{};  // addresses
  std::array<std::uint16_t, kBanks> data{};
};

class RamTest : public BenchTest {
 protected:
  std::array<std::array<std::uint16_t, kWords>, kBanks> words{};

  // All words are written once: what a RAM holds at first is undefined.
  void clear() {
    for (std::uint8_t word = 0; word < kWords; ++word) {
      access({.write = {true, true}, .a = {word, word}});
    }
  }

  // Reading at port B what is written in the same cycle is left out: undefined.
  RamAccess draw() {
    RamAccess out{.read_a = random_.one_in(2), .read_b = random_.one_in(2)};
    for (unsigned bank = 0; bank < kBanks; ++bank) {
      out.write[bank] = random_.one_in(2);
      out.a[bank] = static_cast<std::uint8_t>(random_.below(kWords));
      out.b[bank] = static_cast<std::uint8_t>(random_.below(kWords));
      out.data[bank] = static_cast<std::uint16_t>(random_.bits32());
      if (out.write[bank] && out.a[bank] == out.b[bank]) out.read_b = false;
    }
    return out;
  }

  // A cycle; `words` is what the RAM holds before it until note() is called.
  void access(const RamAccess& it) {
    bench_->ram_a_read_i = it.read_a;
    bench_->ram_b_read_i = it.read_b;
    for (unsigned bank = 0; bank < kBanks; ++bank) {
      bench_->ram_write_i[bank] = it.write[bank];
      bench_->ram_a_addr_i[bank] = it.a[bank];
      bench_->ram_b_addr_i[bank] = it.b[bank];
      bench_->ram_data_i[bank] = it.data[bank];
    }
    bench_.cycle();
  }
  void note(const RamAccess& it) {
    for (unsigned bank = 0; bank < kBanks; ++bank) {
      if (it.write[bank]) words[bank][it.a[bank]] = it.data[bank];
    }
  }

  // What a port has read last.
  struct Port {
    bool has_read = false;
    std::array<std::uint16_t, kBanks> data{};
  };
  void read(Port& port, const std::array<std::uint8_t, kBanks>& address) {
    port.has_read = true;
    for (unsigned bank = 0; bank < kBanks; ++bank) port.data[bank] = words[bank][address[bank]];
  }
};

}  // namespace gradcore::harness
