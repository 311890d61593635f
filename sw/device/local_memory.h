// SPDX-License-Identifier: Apache-2.0
// Matrices in a device's local memory: where they lie, and the way there and back.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <stdexcept>

#include "sw/device/device.h"

namespace gradcore::device {

enum class Memory : std::uint8_t { kOperand, kAccumulator };

// Tiles of n x n elements that `batch` matrices of rows x cols take.
std::uint64_t tile_count(unsigned n, std::uint64_t rows, std::uint64_t cols,
                         std::uint64_t batch = 1);
// Tiles that a memory of this hardware has.
std::uint64_t capacity(const Hardware& hardware, Memory memory);

// `batch` matrices of rows x cols, densely packed tile by tile.
struct LocalMatrix {
  MatrixRef ref;
  std::uint32_t rows = 0, cols = 0, batch = 1;
  Memory memory = Memory::kOperand;

  // The first `count` rows of each matrix, in the same place.
  LocalMatrix first_rows(std::uint32_t count) const;
};

// Something does not fit into local memory. what() says the sizes.
class AllocationError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

// Hands out each of the two memories from its start; gives back all of a memory at once.
class LocalAllocator {
 public:
  explicit LocalAllocator(const Hardware& hardware);

  // Throws AllocationError when it does not fit, std::invalid_argument for a size of zero.
  LocalMatrix allocate(Memory memory, std::uint32_t rows, std::uint32_t cols,
                       std::uint32_t batch = 1);
  std::uint64_t free_tiles(Memory memory) const;
  void reset(Memory memory);

 private:
  std::uint64_t& used(Memory memory);

  Hardware hardware_;
  std::uint64_t used_operand_ = 0;
  std::uint64_t used_accumulator_ = 0;
};

// A row-major matrix, or block of one, in host memory: element (r, c) of matrix b is
// data[b * batch_stride + r * leading + c], the bits of a binary32 value.
template <typename T>
struct HostMatrix {
  std::span<T> data;
  std::size_t leading = 0;
  std::size_t batch_stride = 0;
};

// Host to local memory; values are rounded to bfloat16 where they go to operand memory. What pads
// the matrix to whole tiles is not written. Throws std::invalid_argument if the host's memory is
// too small for the matrix.
void upload(Device& device, const LocalMatrix& to, const HostMatrix<const std::uint32_t>& from);
void upload(Device& device, const LocalMatrix& to, std::span<const std::uint32_t> dense);
// Local memory to host; nothing outside the matrix is written.
void download(Device& device, const LocalMatrix& from, const HostMatrix<std::uint32_t>& to);
void download(Device& device, const LocalMatrix& from, std::span<std::uint32_t> dense);

}  // namespace gradcore::device
