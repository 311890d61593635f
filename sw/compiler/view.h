// SPDX-License-Identifier: Apache-2.0
// A matrix in local memory, or a part of it, as instructions name it.
#pragma once

#include <cstdint>
#include <stdexcept>

#include "sw/device/device.h"

namespace gradcore::compiler {

// In so many tiles lie `size` rows or columns.
constexpr std::uint32_t tiles(std::uint32_t size, unsigned n) { return (size + n - 1) / n; }

// rows and cols are those of the matrix as memory holds it; `transposed` asks for its transpose.
struct View {
  bool accumulator = false;
  std::uint32_t first = 0;   // tile
  std::uint32_t stride = 0;  // tiles from one row of tiles to the next
  std::uint32_t rows = 0, cols = 0;
  bool transposed = false;
  unsigned base = 0;  // register that holds an address to be added

  View t() const {
    View out = *this;
    out.transposed = !transposed;
    return out;
  }
  // As seen through the flag.
  std::uint32_t seen_rows() const { return transposed ? cols : rows; }
  std::uint32_t seen_cols() const { return transposed ? rows : cols; }

  // A block that starts at multiples of the array's size, before transposing.
  View block(unsigned n, std::uint32_t row, std::uint32_t col, std::uint32_t height,
             std::uint32_t width) const {
    if (row % n != 0 || col % n != 0 || row + height > rows || col + width > cols) {
      throw std::logic_error("a block begins between tiles, or leaves its matrix");
    }
    View out = *this;
    out.first += row / n * stride + col / n;
    out.rows = height;
    out.cols = width;
    return out;
  }

  std::uint32_t tile_bytes(unsigned n) const { return (accumulator ? 4 : 2) * n * n; }
  std::uint32_t address(unsigned n) const {
    return (accumulator ? device::kAccumulatorBase : 0) + first * tile_bytes(n);
  }
};

}  // namespace gradcore::compiler
