// SPDX-License-Identifier: Apache-2.0
// Matrix product under the numerics contract, on matrices in host memory.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>

#include "sw/model/dot.h"

namespace gradcore::model {

// A row-major matrix in somebody else's memory, rows `leading` elements apart. `transposed` says
// that memory holds the transpose: element (r, c) is then at [c * leading + r].
template <typename T>
struct MatrixView {
  std::span<T> data;
  std::size_t leading = 0;
  bool transposed = false;

  T& operator()(std::size_t row, std::size_t column) const {
    return data[transposed ? column * leading + row : row * leading + column];
  }
  // Whether a matrix of this many rows and columns (as seen through the flag) lies in `data`.
  bool holds(std::size_t rows, std::size_t columns) const {
    if (transposed) std::swap(rows, columns);
    if (rows == 0 || columns == 0) return true;
    return columns <= leading && columns <= data.size() &&
           rows - 1 <= (data.size() - columns) / leading;
  }
};
using Bf16View = MatrixView<const std::uint16_t>;
using Fp32View = MatrixView<const std::uint32_t>;
using Fp32Result = MatrixView<std::uint32_t>;

struct GemmShape {
  std::size_t m = 0, k = 0, n = 0;
};

// How much the alignment costs. Products with a zero factor and tiles with infinities or NaNs are
// left out.
struct GemmStatistics {
  std::uint64_t products = 0;
  std::uint64_t dropped = 0;  // of these: shifted out whole
};

// y = x * w, or y += x * w; x is m x k, w is k x n, y is m x n and shares no memory with them.
// Every element: +0 or the old y, then the tiles of `numerics.n` consecutive k, in ascending order,
// each reduced by the aligned dot product and added in binary32. Counts into `statistics` if given.
// Throws std::invalid_argument for a view that does not hold its matrix, or unsupported numerics.
void gemm(const Numerics& numerics, const GemmShape& shape, const Bf16View& x, const Bf16View& w,
          const Fp32Result& y, bool accumulate, GemmStatistics* statistics = nullptr);

}  // namespace gradcore::model
