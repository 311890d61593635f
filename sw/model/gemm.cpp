// SPDX-License-Identifier: Apache-2.0
#include "sw/model/gemm.h"

#include <algorithm>
#include <array>
#include <stdexcept>
#include <vector>

namespace gradcore::model {
namespace {

// The k-tiles of row after row of a matrix with `rows` rows of `k` elements; element(row, k).
template <unsigned kLanes, typename Element>
std::vector<AlignedVector<kLanes>> align_rows(std::size_t rows, std::size_t k, Element element) {
  std::vector<AlignedVector<kLanes>> out;
  out.reserve(rows * ((k + kLanes - 1) / kLanes));
  std::array<std::uint16_t, kLanes> lanes;
  for (std::size_t row = 0; row < rows; ++row) {
    for (std::size_t start = 0; start < k; start += kLanes) {
      const std::size_t count = std::min<std::size_t>(kLanes, k - start);
      for (std::size_t i = 0; i < count; ++i) lanes[i] = element(row, start + i);
      out.push_back(align_vector<kLanes>(std::span(lanes).first(count)));
    }
  }
  return out;
}

template <unsigned kLanes>
void count_dropped(const AlignedVector<kLanes>& a, const AlignedVector<kLanes>& w, unsigned f,
                   GemmStatistics& statistics) {
  if (a.is_special || w.is_special) return;
  for (unsigned lane = 0; lane < kLanes; ++lane) {
    if (a.significand[lane] == 0 || w.significand[lane] == 0) continue;
    ++statistics.products;
    const std::uint32_t distance = a.distance[lane] + w.distance[lane];
    if (aligned_product(a.significand[lane], w.significand[lane], distance, f) == 0) {
      ++statistics.dropped;
    }
  }
}

template <unsigned kLanes>
void gemm_lanes(unsigned f, const GemmShape& shape, const Bf16View& x, const Bf16View& w,
                const Fp32Result& y, bool accumulate, GemmStatistics* statistics) {
  // Decoding once per element and not once per product is what makes this fast.
  const auto rows = align_rows<kLanes>(shape.m, shape.k, x);
  const auto columns = align_rows<kLanes>(
      shape.n, shape.k, [&w](std::size_t column, std::size_t k) { return w(k, column); });
  const std::size_t tiles = (shape.k + kLanes - 1) / kLanes;

  for (std::size_t i = 0; i < shape.m; ++i) {
    for (std::size_t j = 0; j < shape.n; ++j) {
      const AlignedVector<kLanes>* a = rows.data() + i * tiles;
      const AlignedVector<kLanes>* b = columns.data() + j * tiles;
      std::uint32_t sum = accumulate ? y(i, j) : 0u;
      for (std::size_t t = 0; t < tiles; ++t) {
        sum = fp32_add(sum, sum_to_fp32(tile_dot(a[t], b[t], f), f));
        if (statistics != nullptr) count_dropped(a[t], b[t], f, *statistics);
      }
      y(i, j) = sum;
    }
  }
}

}  // namespace

void gemm(const Numerics& numerics, const GemmShape& shape, const Bf16View& x, const Bf16View& w,
          const Fp32Result& y, bool accumulate, GemmStatistics* statistics) {
  if (!is_supported(numerics)) throw std::invalid_argument("gemm: n or f is not supported");
  if (!x.holds(shape.m, shape.k) || !w.holds(shape.k, shape.n) || !y.holds(shape.m, shape.n)) {
    throw std::invalid_argument("gemm: a matrix does not lie within its memory");
  }
  const auto run = numerics.n == 4    ? gemm_lanes<4>
                   : numerics.n == 8  ? gemm_lanes<8>
                   : numerics.n == 16 ? gemm_lanes<16>
                                      : gemm_lanes<32>;
  run(numerics.f, shape, x, w, y, accumulate, statistics);
}

}  // namespace gradcore::model
