// SPDX-License-Identifier: Apache-2.0
// The order in which a command's vectors are loaded and streamed, as plain loops.
#pragma once

#include <algorithm>
#include <deque>

#include "tb/harness/unit_bench.h"

namespace gradcore::harness {

inline constexpr std::uint32_t kArray = 4;  // N of the sequencers on the bench

inline std::uint32_t tiles(std::uint32_t size) { return (size + kArray - 1) / kArray; }

struct LoadedVector {
  Line line;
  std::uint32_t col = 0, count = 0;
  bool operator==(const LoadedVector&) const = default;
};

struct StreamedVector {
  Line line;
  bool first = false;
  std::uint32_t count = 0;
  Line result;
  std::uint32_t result_count = 0;
  bool add = false, last = false;
  bool operator==(const StreamedVector&) const = default;
};

inline std::uint32_t tile_number(std::uint32_t value) { return value & ((1u << 20) - 1); }

// visit(b, nt, kt, elements along k of the tile) for every stationary tile, in order.
template <typename Visit>
void for_each_tile(const GemmTiles& g, Visit visit) {
  for (std::uint32_t b = 0; b < g.batch; ++b) {
    for (std::uint32_t nt = 0; nt < tiles(g.n); ++nt) {
      for (std::uint32_t kt = 0; kt < tiles(g.k); ++kt) {
        visit(b, nt, kt, std::min(kArray, g.k - kt * kArray));
      }
    }
  }
}

inline std::deque<LoadedVector> loaded_vectors(const GemmTiles& g) {
  std::deque<LoadedVector> out;
  for_each_tile(g, [&](std::uint32_t b, std::uint32_t nt, std::uint32_t kt, std::uint32_t count) {
    const std::uint32_t tile = tile_number(g.w + b * g.w_b + nt * g.w_n + kt * g.w_k);
    for (std::uint32_t col = 0; col < std::min(kArray, g.n - nt * kArray); ++col) {
      out.push_back({{tile, col, !g.trans_w}, col, count});
    }
  });
  return out;
}

inline std::deque<StreamedVector> streamed_vectors(const GemmTiles& g) {
  std::deque<StreamedVector> out;
  for_each_tile(g, [&](std::uint32_t b, std::uint32_t nt, std::uint32_t kt, std::uint32_t count) {
    for (std::uint32_t m = 0; m < g.m; ++m) {
      StreamedVector v;
      const std::uint32_t mt = m / kArray;
      v.line = {tile_number(g.x + b * g.x_b + mt * g.x_m + kt * g.x_k), m % kArray, g.trans_x};
      v.first = m == 0;
      v.count = count;
      v.result = {tile_number(g.y + b * g.y_b + mt * g.y_m + nt * g.y_n), m % kArray, g.trans_y};
      v.result_count = std::min(kArray, g.n - nt * kArray);
      v.add = g.accumulate || kt > 0;
      v.last = false;
      out.push_back(v);
    }
  });
  out.back().last = true;
  return out;
}

inline std::ostream& operator<<(std::ostream& out, const LoadedVector& v) {
  return out << v.line << " for column " << v.col << ", " << v.count << " elements";
}

inline std::ostream& operator<<(std::ostream& out, const StreamedVector& v) {
  return out << v.line << (v.first ? " first" : "") << ", " << v.count << " elements, to "
             << v.result << ", " << v.result_count << " elements" << (v.add ? " added" : "")
             << (v.last ? ", last" : "");
}

// Any sizes up to `limit` and any steps, often such that tiles of Y are met again soon.
inline GemmTiles random_gemm(RandomPatterns& random, std::uint32_t limit) {
  GemmTiles g;
  for (std::uint32_t* size : {&g.m, &g.k, &g.n}) *size = 1 + random.below(limit);
  g.batch = random.one_in(2) ? 1 : 1 + random.below(4);
  const bool wild = random.one_in(4);
  for (std::uint32_t* tile :
       {&g.x, &g.x_m, &g.x_k, &g.x_b, &g.w, &g.w_k, &g.w_n, &g.w_b, &g.y, &g.y_m, &g.y_n, &g.y_b}) {
    *tile = wild ? random.bits32() >> 12 : random.below(4);
  }
  for (bool* flag : {&g.trans_x, &g.trans_w, &g.trans_y, &g.accumulate}) {
    *flag = random.one_in(2);
  }
  return g;
}

}  // namespace gradcore::harness
