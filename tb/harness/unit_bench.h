// SPDX-License-Identifier: Apache-2.0
// The leaf modules of rtl/ under test: Verilated bench, clock, and what their tests share.
#pragma once

#include <array>
#include <cstdint>
#include <ostream>
#include <type_traits>
#include <vector>

#include "Vunit_bench.h"
#include "tb/harness/bench.h"

namespace gradcore::harness {

inline constexpr unsigned kLanes = 16;  // of every module on the bench that has lanes

// The bench of tb/verilated/unit_bench.sv, whose modules share inputs.
using UnitBench = Bench<Vunit_bench>;
using BenchTest = TestOnBench<Vunit_bench>;

// Drives every lane of a pipeline anew in every cycle and compares what comes out exactly
// `latency` cycles later, so that latency and throughput are part of the comparison; 0 stands for
// a combinational module.
//   drive(lane) sets the inputs and returns a Case: anything with a member `want` and a function
//   describe(), which is asked for when a lane of `outputs` differs.
template <typename Outputs, typename Drive>
void check_lanes(UnitBench& bench, unsigned latency, std::uint64_t cycles, const Outputs& outputs,
                 Drive drive) {
  using Case = decltype(drive(0u));
  constexpr unsigned kLimit = 5;  // failures listed
  std::vector<std::array<Case, kLanes>> flying(latency + 1);
  unsigned failures = 0;
  for (std::uint64_t t = 0; t < cycles + latency; ++t) {
    std::array<Case, kLanes>& entering = flying[t % flying.size()];
    for (unsigned lane = 0; lane < kLanes; ++lane) entering[lane] = drive(lane);
    bench.settle();
    if (t >= latency) {
      const std::array<Case, kLanes>& leaving = flying[(t - latency) % flying.size()];
      for (unsigned lane = 0; lane < kLanes; ++lane) {
        if (outputs[lane] == leaving[lane].want) continue;
        ADD_FAILURE() << "cycle " << t << ", lane " << lane << ": " << leaving[lane].describe()
                      << std::hex << ": expected " << +leaving[lane].want << ", got "
                      << +outputs[lane];
        if (++failures == kLimit) return;
      }
    }
    bench.edge();
  }
}

// Bits [lsb, lsb + width) of a value or of the words of a wide port.
constexpr std::uint64_t field(std::uint64_t value, unsigned lsb, unsigned width) {
  return (value >> lsb) & ((std::uint64_t{1} << width) - 1);
}
template <std::size_t kWords>
std::uint32_t field(const VlWide<kWords>& words, unsigned lsb, unsigned width) {
  const unsigned word = lsb / 32;
  const std::uint64_t high = word + 1 < kWords ? words[word + 1] : 0;
  return static_cast<std::uint32_t>(field((high << 32) | words[word], lsb % 32, width));
}

// --- The packed structs of rtl/pkg/gradcore_pkg.sv that ports of the bench have ----------------

struct Line {
  std::uint32_t tile = 0, index = 0;
  bool by_col = false;

  std::uint32_t pack() const { return (tile << 6) | (index << 1) | (by_col ? 1u : 0u); }
  static Line unpack(std::uint64_t bits) {
    return {static_cast<std::uint32_t>(field(bits, 6, 20)),
            static_cast<std::uint32_t>(field(bits, 1, 5)), field(bits, 0, 1) != 0};
  }
  bool operator==(const Line&) const = default;
};

inline std::ostream& operator<<(std::ostream& out, const Line& line) {
  return out << (line.by_col ? "column " : "row ") << line.index << " of tile " << line.tile;
}

// gemm_t: sizes, then for each matrix its first tile and the steps to neighbours, in tiles.
struct GemmTiles {
  std::uint32_t m = 0, k = 0, n = 0, batch = 0;
  std::uint32_t x = 0, x_m = 0, x_k = 0, x_b = 0;
  std::uint32_t w = 0, w_k = 0, w_n = 0, w_b = 0;
  std::uint32_t y = 0, y_m = 0, y_n = 0, y_b = 0;
  bool trans_x = false, trans_w = false, trans_y = false, accumulate = false;

  static constexpr unsigned kWords = 12;
  static constexpr unsigned kBits = 4 * 32 + 12 * 20 + 4;

  void pack(VlWide<kWords>& words) const {
    unsigned lsb = kBits;
    for (unsigned i = 0; i < kWords; ++i) words[i] = 0;
    visit(*this, [&](auto value, unsigned width) {
      lsb -= width;
      for (unsigned i = 0; i < width; ++i) {
        words[(lsb + i) / 32] |= ((std::uint32_t{value} >> i) & 1u) << ((lsb + i) % 32);
      }
    });
  }
  static GemmTiles unpack(const VlWide<kWords>& words) {
    GemmTiles out;
    unsigned lsb = kBits;
    visit(out, [&](auto& value, unsigned width) {
      lsb -= width;
      value = static_cast<std::remove_reference_t<decltype(value)>>(field(words, lsb, width));
    });
    return out;
  }
  bool operator==(const GemmTiles&) const = default;

 private:
  // Every field with its width, the first one at the top.
  template <typename Self, typename Function>
  static void visit(Self& self, Function function) {
    for (auto* size : {&self.m, &self.k, &self.n, &self.batch}) function(*size, 32u);
    for (auto* tile : {&self.x, &self.x_m, &self.x_k, &self.x_b, &self.w, &self.w_k, &self.w_n,
                       &self.w_b, &self.y, &self.y_m, &self.y_n, &self.y_b}) {
      function(*tile, 20u);
    }
    for (auto* flag : {&self.trans_x, &self.trans_w, &self.trans_y, &self.accumulate}) {
      function(*flag, 1u);
    }
  }
};

}  // namespace gradcore::harness
