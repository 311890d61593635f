// SPDX-License-Identifier: Apache-2.0
#include "sw/model/gemm.h"

#include <algorithm>
#include <array>
#include <stdexcept>
#include <vector>

#include "sw/model/columns.h"

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

// The tile of a block of columns, from the columns' aligned vectors.
template <unsigned kLanes>
ColumnTile<kLanes> column_tile(const std::vector<AlignedVector<kLanes>>& columns, std::size_t tiles,
                               std::size_t tile, std::size_t first, std::size_t count) {
  ColumnTile<kLanes> out{};
  out.max_exponent.fill(1);
  for (std::size_t j = 0; j < count; ++j) {
    const AlignedVector<kLanes>& column = columns[(first + j) * tiles + tile];
    out.max_exponent[j] = column.max_exponent;
    out.is_special |= column.is_special;
    for (unsigned lane = 0; lane < kLanes; ++lane) {
      out.significand[lane][j] = column.significand[lane];
      out.distance[lane][j] = column.distance[lane];
      out.negative[lane][j] = 0u - column.sign[lane];
    }
  }
  return out;
}

// A block of columns is worked through row by row: its tiles stay in the processor's cache.
template <unsigned kLanes>
void gemm_lanes(unsigned f, const GemmShape& shape, const Bf16View& x, const Bf16View& w,
                const Fp32Result& y, bool accumulate, GemmStatistics* statistics) {
  // Decoding once per element and not once per product is what makes this fast.
  const auto rows = align_rows<kLanes>(shape.m, shape.k, x);
  const auto columns = align_rows<kLanes>(
      shape.n, shape.k, [&w](std::size_t column, std::size_t k) { return w(k, column); });
  const std::size_t tiles = (shape.k + kLanes - 1) / kLanes;

  std::vector<ColumnTile<kLanes>> block(tiles);
  for (std::size_t first = 0; first < shape.n; first += kColumns) {
    const std::size_t count = std::min(kColumns, shape.n - first);
    for (std::size_t t = 0; t < tiles; ++t) {
      block[t] = column_tile(columns, tiles, t, first, count);
    }
    for (std::size_t i = 0; i < shape.m; ++i) {
      Columns<std::uint64_t> total{};
      for (std::size_t j = 0; j < count; ++j) total[j] = accumulate ? y(i, first + j) : 0u;
      for (std::size_t t = 0; t < tiles; ++t) {
        const AlignedVector<kLanes>& a = rows[i * tiles + t];
        const auto column = [&](std::size_t j) -> const AlignedVector<kLanes>& {
          return columns[(first + j) * tiles + t];
        };
        const bool is_done = !a.is_special && !block[t].is_special &&
                             accumulate_columns(column_dot(a, block[t], f), a.max_exponent,
                                                block[t].max_exponent, f, total);
        for (std::size_t j = 0; !is_done && j < count; ++j) {
          total[j] = fp32_add(static_cast<std::uint32_t>(total[j]),
                              sum_to_fp32(tile_dot(a, column(j), f), f));
        }
        for (std::size_t j = 0; statistics != nullptr && j < count; ++j) {
          count_dropped(a, column(j), f, *statistics);
        }
      }
      for (std::size_t j = 0; j < count; ++j) {
        y(i, first + j) = static_cast<std::uint32_t>(total[j]);
      }
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
