// SPDX-License-Identifier: Apache-2.0
// A memory of tiles as the headers of rtl/mem describe it: what the tests of both memories share.
#pragma once

#include "tb/harness/unit_bench.h"

namespace gradcore::harness {

inline constexpr std::uint32_t kTiles = 4;  // of the memories on the bench
inline constexpr unsigned kReadLatency = 2;

template <typename T>
class TileMemory {
 public:
  using Vector = std::array<T, kLanes>;

  T& at(const Line& line, unsigned lane) {
    return line.by_col ? elements_[line.tile][lane][line.index]
                       : elements_[line.tile][line.index][lane];
  }
  Vector read(const Line& line) {
    Vector out;
    for (unsigned lane = 0; lane < kLanes; ++lane) out[lane] = at(line, lane);
    return out;
  }
  template <typename Values>
  void write(const Line& line, std::uint32_t mask, const Values& values) {
    for (unsigned lane = 0; lane < kLanes; ++lane) {
      if (((mask >> lane) & 1u) != 0) at(line, lane) = values[lane];
    }
  }
  static Line random_line(RandomPatterns& random) {
    const std::uint32_t tile = random.below(kTiles);
    const std::uint32_t index = random.below(kLanes);
    return {tile, index, random.one_in(2)};
  }
  static bool intersect(const Line& a, const Line& b) {
    return a.tile == b.tile && (a.by_col != b.by_col || a.index == b.index);
  }
  static std::vector<Line> all_lines() {
    std::vector<Line> out;
    for (const bool by_col : {false, true}) {
      for (std::uint32_t tile = 0; tile < kTiles; ++tile) {
        for (std::uint32_t i = 0; i < kLanes; ++i) out.push_back({tile, i, by_col});
      }
    }
    return out;
  }

 private:
  std::array<std::array<std::array<T, kLanes>, kLanes>, kTiles> elements_{};
};

// One read port: what it must show, two cycles after the request.
template <typename T>
class ReadPort {
 public:
  // In every cycle, after its edge: the request of this cycle, if any, and the data it must bring.
  template <typename Outputs>
  void check(bool valid, const Line& line, const typename TileMemory<T>::Vector& want,
             const Outputs& outputs) {
    if (flying_.valid) {
      for (unsigned lane = 0; lane < kLanes; ++lane) {
        ASSERT_EQ(outputs[lane], flying_.want[lane]) << flying_.line << ", lane " << lane;
      }
    }
    flying_ = {valid, line, want};
  }

 private:
  struct Flight {
    bool valid = false;
    Line line;
    typename TileMemory<T>::Vector want{};
  };
  Flight flying_;  // requested one edge ago
};

}  // namespace gradcore::harness
