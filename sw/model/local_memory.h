// SPDX-License-Identifier: Apache-2.0
// The chip's local memory without a clock: operand memory (bfloat16) and accumulator memory
// (binary32) in tiles of N x N elements, as sw/device/gemm_command.h describes it; and list memory,
// which holds integers.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "sw/device/device.h"
#include "sw/model/bf16.h"

namespace gradcore::model {

// Where a matrix lies: its first tile's address, the distance of its rows of tiles in tiles, and
// whether memory holds its transpose.
struct TileMatrix {
  std::uint32_t address = 0;
  std::uint32_t row_tiles = 0;
  bool transposed = false;
};

// An entry of a list that names no row.
inline constexpr std::uint32_t kNoRow = 0xFFFF'FFFFu;
// Of an entry of a listed instruction: c is +0, whatever its row of c holds.
inline constexpr std::uint32_t kWithoutC = 0x8000'0000u;

class LocalMemory {
 public:
  // Zeros.
  explicit LocalMemory(const device::Hardware& hardware)
      : n_(hardware.n),
        operands_(std::size_t{hardware.operand_kib} * 512),
        accumulators_(std::size_t{hardware.accumulator_kib} * 256),
        list_(hardware.list_entries()) {}

  static bool is_accumulator(std::uint32_t address) { return address >= device::kAccumulatorBase; }

  std::uint32_t tile_bytes(std::uint32_t address) const {
    return (is_accumulator(address) ? 4 : 2) * n_ * n_;
  }
  std::uint64_t bytes(std::uint32_t address) const {
    return is_accumulator(address) ? std::uint64_t{4} * accumulators_.size()
                                   : std::uint64_t{2} * operands_.size();
  }

  // Element (row, column) as binary32. It must lie in memory.
  std::uint32_t read(const TileMatrix& matrix, std::size_t row, std::size_t column) const {
    const std::size_t i = index(matrix, row, column);
    return is_accumulator(matrix.address) ? accumulators_[i] : bf16_to_fp32(operands_[i]);
  }
  // The bits of an element of operand memory.
  std::uint16_t bf16(const TileMatrix& matrix, std::size_t row, std::size_t column) const {
    return operands_[index(matrix, row, column)];
  }
  // Into operand memory the value goes as the bfloat16 given, into accumulator memory as it is.
  void write(const TileMatrix& matrix, std::size_t row, std::size_t column, std::uint32_t value,
             std::uint16_t as_bf16) {
    const std::size_t i = index(matrix, row, column);
    if (is_accumulator(matrix.address)) {
      accumulators_[i] = value;
    } else {
      operands_[i] = as_bf16;
    }
  }
  void write(const TileMatrix& matrix, std::size_t row, std::size_t column, std::uint32_t value) {
    write(matrix, row, column, value, fp32_to_bf16_rne(value));
  }

  std::vector<std::uint16_t>& operands() { return operands_; }
  std::vector<std::uint32_t>& accumulators() { return accumulators_; }
  std::vector<std::uint32_t>& list() { return list_; }
  const std::vector<std::uint32_t>& list() const { return list_; }

 private:
  std::size_t index(const TileMatrix& matrix, std::size_t row, std::size_t column) const {
    if (matrix.transposed) std::swap(row, column);
    const std::size_t tile =
        (matrix.address % device::kAccumulatorBase) / tile_bytes(matrix.address) +
        row / n_ * matrix.row_tiles + column / n_;
    return tile * n_ * n_ + row % n_ * n_ + column % n_;
  }

  unsigned n_;
  std::vector<std::uint16_t> operands_;
  std::vector<std::uint32_t> accumulators_;
  std::vector<std::uint32_t> list_;
};

}  // namespace gradcore::model
