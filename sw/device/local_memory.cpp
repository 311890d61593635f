// SPDX-License-Identifier: Apache-2.0
#include "sw/device/local_memory.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace gradcore::device {
namespace {

std::uint64_t ceil_div(std::uint64_t a, std::uint64_t b) { return (a + b - 1) / b; }

std::uint32_t tile_bytes(const Hardware& hardware, Memory memory) {
  return memory == Memory::kOperand ? hardware.operand_tile_bytes()
                                    : hardware.accumulator_tile_bytes();
}

const char* name(Memory memory) { return memory == Memory::kOperand ? "operand" : "accumulator"; }

// Calls visit(address of the line, index of its first element in the host's matrix, elements).
template <typename Visit>
void for_each_line(const Hardware& hardware, const LocalMatrix& matrix, std::size_t leading,
                   std::size_t batch_stride, Visit visit) {
  const unsigned n = hardware.n;
  const std::uint32_t tile = tile_bytes(hardware, matrix.memory);
  for (std::uint32_t b = 0; b < matrix.batch; ++b) {
    for (std::uint32_t r = 0; r < matrix.rows; ++r) {
      const std::uint32_t row = matrix.ref.address + b * matrix.ref.batch_stride +
                                (r / n) * matrix.ref.row_stride + (r % n) * (tile / n);
      for (std::uint32_t c = 0; c < matrix.cols; c += n) {
        visit(row + (c / n) * tile, b * batch_stride + r * leading + c,
              std::min(n, matrix.cols - c));
      }
    }
  }
}

void check_host(const LocalMatrix& matrix, std::size_t size, std::size_t leading,
                std::size_t batch_stride) {
  const std::size_t last = (matrix.batch - std::size_t{1}) * batch_stride +
                           (matrix.rows - std::size_t{1}) * leading + matrix.cols;
  if (leading < matrix.cols || last > size) {
    throw std::invalid_argument(
        fmt::format("{} matrices of {} x {} do not fit into {} values with rows {} apart",
                    matrix.batch, matrix.rows, matrix.cols, size, leading));
  }
}

}  // namespace

std::uint64_t tile_count(unsigned n, std::uint64_t rows, std::uint64_t cols, std::uint64_t batch) {
  return ceil_div(rows, n) * ceil_div(cols, n) * batch;
}

std::uint64_t capacity(const Hardware& hardware, Memory memory) {
  const std::uint64_t kib =
      memory == Memory::kOperand ? hardware.operand_kib : hardware.accumulator_kib;
  return kib * 1024 / tile_bytes(hardware, memory);
}

LocalMatrix LocalMatrix::first_rows(std::uint32_t count) const {
  if (count == 0 || count > rows) {
    throw std::invalid_argument(fmt::format("{} of the {} rows of a matrix", count, rows));
  }
  LocalMatrix part = *this;
  part.rows = count;
  return part;
}

LocalAllocator::LocalAllocator(const Hardware& hardware) : hardware_(hardware) {}

LocalMatrix LocalAllocator::allocate(Memory memory, std::uint32_t rows, std::uint32_t cols,
                                     std::uint32_t batch) {
  if (rows == 0 || cols == 0 || batch == 0) {
    throw std::invalid_argument(fmt::format("{} matrices of {} x {}", batch, rows, cols));
  }
  const unsigned n = hardware_.n;
  const std::uint64_t tile = tile_bytes(hardware_, memory);
  const std::uint64_t free = free_tiles(memory);
  // By parts, so that the product of three large numbers cannot wrap.
  const std::uint64_t one = tile_count(n, rows, cols);
  if (one > free || batch > free / one) {
    throw AllocationError(fmt::format(
        "{} {} x {} does not fit into {} memory: {} tiles of {} x {} needed, {} of {} free ({} KiB "
        "in all)",
        batch == 1 ? std::string("a matrix of") : fmt::format("a batch of {} matrices of", batch),
        rows, cols, name(memory),
        batch == 1 ? fmt::format("{}", one) : fmt::format("{} times {}", batch, one), n, n, free,
        capacity(hardware_, memory),
        memory == Memory::kOperand ? hardware_.operand_kib : hardware_.accumulator_kib));
  }
  LocalMatrix matrix;
  const std::uint32_t base = memory == Memory::kOperand ? 0u : kAccumulatorBase;
  matrix.ref.address = base + static_cast<std::uint32_t>(used(memory) * tile);
  matrix.ref.row_stride = static_cast<std::uint32_t>(ceil_div(cols, n) * tile);
  matrix.ref.batch_stride = static_cast<std::uint32_t>(one * tile);
  matrix.rows = rows;
  matrix.cols = cols;
  matrix.batch = batch;
  matrix.memory = memory;
  used(memory) += one * batch;
  return matrix;
}

std::uint64_t LocalAllocator::free_tiles(Memory memory) const {
  return capacity(hardware_, memory) -
         (memory == Memory::kOperand ? used_operand_ : used_accumulator_);
}

void LocalAllocator::reset(Memory memory) { used(memory) = 0; }

std::uint64_t& LocalAllocator::used(Memory memory) {
  return memory == Memory::kOperand ? used_operand_ : used_accumulator_;
}

void upload(Device& device, const LocalMatrix& to, const HostMatrix<const std::uint32_t>& from) {
  check_host(to, from.data.size(), from.leading, from.batch_stride);
  const unsigned n = device.hardware().n;
  std::array<std::uint32_t, 32> line{};
  for_each_line(device.hardware(), to, from.leading, from.batch_stride,
                [&](std::uint32_t address, std::size_t index, std::uint32_t count) {
                  const auto values = from.data.subspan(index, count);
                  std::copy(values.begin(), values.end(), line.begin());
                  // A shift by the width of the type would not be defined.
                  const std::uint32_t mask = ~std::uint32_t{0} >> (32 - count);
                  device.write_line(address, std::span(line).first(n), mask);
                });
}

void upload(Device& device, const LocalMatrix& to, std::span<const std::uint32_t> dense) {
  upload(device, to,
         HostMatrix<const std::uint32_t>{dense, to.cols, std::size_t{to.rows} * to.cols});
}

void download(Device& device, const LocalMatrix& from, const HostMatrix<std::uint32_t>& to) {
  check_host(from, to.data.size(), to.leading, to.batch_stride);
  const unsigned n = device.hardware().n;
  std::array<std::uint32_t, 32> line{};
  for_each_line(device.hardware(), from, to.leading, to.batch_stride,
                [&](std::uint32_t address, std::size_t index, std::uint32_t count) {
                  device.read_line(address, std::span(line).first(n));
                  std::copy_n(line.begin(), count, to.data.begin() + index);
                });
}

void download(Device& device, const LocalMatrix& from, std::span<std::uint32_t> dense) {
  download(device, from,
           HostMatrix<std::uint32_t>{dense, from.cols, std::size_t{from.rows} * from.cols});
}

}  // namespace gradcore::device
