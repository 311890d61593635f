// SPDX-License-Identifier: Apache-2.0
#include "sw/model/functional_core.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <stdexcept>
#include <type_traits>
#include <utility>

namespace gradcore::model {
namespace {

using device::Completion;
using device::GemmCommand;
using device::GemmError;
using device::GemmOperand;
using device::Hardware;
using device::kAccumulatorBase;
using device::MatrixRef;

// A matrix of a command as it is stored, in bytes of its half of local memory.
struct StoredMatrix {
  GemmOperand operand;
  const MatrixRef& ref;
  bool in_right_half;
  std::uint64_t offset;  // of the matrix from the start of its half
  std::uint64_t memory_bytes;
  std::uint64_t tile_bytes;
  std::uint64_t row_tiles, column_tiles;
};

StoredMatrix stored(const Hardware& hardware, GemmOperand operand, const MatrixRef& ref,
                    std::uint32_t rows, std::uint32_t columns, bool transposed) {
  const bool is_result = operand == GemmOperand::kY;
  const auto tiles = [&hardware](std::uint64_t size) {
    return (size + hardware.n - 1) / hardware.n;
  };
  return {
      .operand = operand,
      .ref = ref,
      .in_right_half = (ref.address >= kAccumulatorBase) == is_result,
      .offset = ref.address % kAccumulatorBase,
      .memory_bytes =
          std::uint64_t{1024} * (is_result ? hardware.accumulator_kib : hardware.operand_kib),
      .tile_bytes = is_result ? hardware.accumulator_tile_bytes() : hardware.operand_tile_bytes(),
      .row_tiles = tiles(transposed ? columns : rows),
      .column_tiles = tiles(transposed ? rows : columns)};
}

bool is_misaligned(const StoredMatrix& matrix) {
  return matrix.ref.address % matrix.tile_bytes != 0 ||
         matrix.ref.row_stride % matrix.tile_bytes != 0 ||
         matrix.ref.batch_stride % matrix.tile_bytes != 0;
}

bool is_out_of_range(const StoredMatrix& matrix, std::uint32_t batch) {
  if (!matrix.in_right_half) return true;
  // Each term is below 2^64; comparing before adding keeps their sum there, too.
  const std::array<std::uint64_t, 5> terms = {
      matrix.offset, (matrix.row_tiles - 1) * matrix.ref.row_stride,
      (matrix.column_tiles - 1) * matrix.tile_bytes,
      (std::uint64_t{batch} - 1) * matrix.ref.batch_stride, matrix.tile_bytes};
  std::uint64_t room = matrix.memory_bytes;
  for (const std::uint64_t term : terms) {
    if (term > room) return true;
    room -= term;
  }
  return false;
}

bool overlaps_itself(const StoredMatrix& matrix) {
  return matrix.row_tiles > 1 && matrix.ref.row_stride < matrix.column_tiles * matrix.tile_bytes;
}

// A matrix in local memory, element by element, as seen through its transpose flag.
template <typename T>
struct TiledView {
  std::span<T> memory;
  std::size_t n;
  std::size_t offset, row_stride;  // in elements
  bool transposed;

  TiledView(std::span<T> half, const Hardware& hardware, const MatrixRef& ref, bool transpose,
            std::uint32_t batch_index)
      : memory(half), n(hardware.n), transposed(transpose) {
    const std::uint64_t start =
        ref.address % kAccumulatorBase + std::uint64_t{batch_index} * ref.batch_stride;
    offset = start / sizeof(T);
    row_stride = ref.row_stride / sizeof(T);
  }
  // Where `count` elements of a row begin, all in one tile, and the distance between them.
  struct Run {
    T* first;
    std::size_t step, count;
  };
  Run run(std::size_t row, std::size_t column, std::size_t columns) const {
    const std::size_t count = std::min(columns, n - column % n);
    if (transposed) std::swap(row, column);
    T* const first =
        &memory[offset + row / n * row_stride + column / n * n * n + row % n * n + column % n];
    return {first, transposed ? n : 1, count};
  }
};

// Indices [first, first + count) of one dimension.
struct Range {
  std::size_t first = 0, count = 0;
};

// A dimension in parts of a size that bounds the copies made, whatever a command asks for: with a
// row stride of 0 its K has no bound. A multiple of every N: K may be split there.
constexpr std::size_t kPart = 4096;

std::vector<Range> parts(std::size_t size) {
  std::vector<Range> out;
  for (std::size_t first = 0; first < size; first += kPart) {
    out.push_back({first, std::min(kPart, size - first)});
  }
  return out;
}

// A copy of a block in local memory.
template <typename T>
std::vector<std::remove_const_t<T>> gather(const TiledView<T>& view, const Range& rows,
                                           const Range& columns) {
  std::vector<std::remove_const_t<T>> out(rows.count * columns.count);
  auto to = out.begin();
  for (std::size_t r = 0; r < rows.count; ++r) {
    for (std::size_t c = 0; c < columns.count;) {
      const auto run = view.run(rows.first + r, columns.first + c, columns.count - c);
      for (std::size_t k = 0; k < run.count; ++k) *to++ = run.first[k * run.step];
      c += run.count;
    }
  }
  return out;
}

// The way back.
template <typename T>
void scatter(const TiledView<T>& view, const Range& rows, const Range& columns,
             const std::vector<T>& values) {
  auto from = values.begin();
  for (std::size_t r = 0; r < rows.count; ++r) {
    for (std::size_t c = 0; c < columns.count;) {
      const auto run = view.run(rows.first + r, columns.first + c, columns.count - c);
      for (std::size_t k = 0; k < run.count; ++k) run.first[k * run.step] = *from++;
      c += run.count;
    }
  }
}

// The index of the line's first element in its half of memory.
std::size_t line_start(std::uint32_t address, std::size_t elements, std::size_t element_bytes,
                       std::size_t n) {
  const std::size_t offset = address % kAccumulatorBase;
  if (offset % (n * element_bytes) != 0 || offset / element_bytes + n > elements) {
    throw std::out_of_range("address is no line of local memory");
  }
  return offset / element_bytes;
}

}  // namespace

const Hardware& checked(const Hardware& hardware) {
  constexpr std::uint32_t kMaxKib = kAccumulatorBase / 1024;
  if (!is_supported({hardware.n, hardware.f})) {
    throw std::invalid_argument("hardware: n must be 4, 8, 16 or 32 and f from 24 to 48");
  }
  if (hardware.operand_kib > kMaxKib || hardware.accumulator_kib > kMaxKib) {
    throw std::invalid_argument("hardware: each half of local memory is 2 GiB at most");
  }
  return hardware;
}

Completion check_command(const Hardware& hardware, const GemmCommand& command) {
  const GemmCommand& c = command;
  if (c.m == 0 || c.k == 0 || c.n == 0 || c.batch == 0) {
    return {c.id, GemmError::kZeroSize, GemmOperand::kNone};
  }
  const std::array<StoredMatrix, 3> matrices = {
      stored(hardware, GemmOperand::kX, c.x, c.m, c.k, c.trans_x),
      stored(hardware, GemmOperand::kW, c.w, c.k, c.n, c.trans_w),
      stored(hardware, GemmOperand::kY, c.y, c.m, c.n, c.trans_y)};
  for (const StoredMatrix& matrix : matrices) {
    if (is_misaligned(matrix)) return {c.id, GemmError::kMisaligned, matrix.operand};
  }
  for (const StoredMatrix& matrix : matrices) {
    if (is_out_of_range(matrix, c.batch)) return {c.id, GemmError::kOutOfRange, matrix.operand};
  }
  if (overlaps_itself(matrices[2])) return {c.id, GemmError::kOverlap, GemmOperand::kY};
  return {c.id, GemmError::kNone, GemmOperand::kNone};
}

void execute_gemm(const Hardware& hardware, LocalMemory& memory, const GemmCommand& command,
                  GemmStatistics* statistics) {
  const GemmCommand& c = command;
  const Numerics numerics{hardware.n, hardware.f};
  const std::span<const std::uint16_t> operands = memory.operands();
  const std::span<std::uint32_t> accumulators = memory.accumulators();
  for (std::uint32_t b = 0; b < c.batch; ++b) {
    const TiledView left(operands, hardware, c.x, c.trans_x, b);
    const TiledView right(operands, hardware, c.w, c.trans_w, b);
    const TiledView result(accumulators, hardware, c.y, c.trans_y, b);
    for (const Range& rows : parts(c.m)) {
      for (const Range& columns : parts(c.n)) {
        auto y = gather(result, rows, columns);
        for (std::size_t k = 0; k < c.k; k += kPart) {
          const Range inner{k, std::min<std::size_t>(kPart, c.k - k)};
          const auto x = gather(left, rows, inner);
          const auto w = gather(right, inner, columns);
          gemm(numerics, {rows.count, inner.count, columns.count}, {x, inner.count},
               {w, columns.count}, {y, columns.count}, c.accumulate || k != 0, statistics);
        }
        scatter(result, rows, columns, y);
      }
    }
  }
}

FunctionalCore::FunctionalCore(const Hardware& hardware, bool count_dropped)
    : hardware_(checked(hardware)), count_dropped_(count_dropped), memory_(hardware) {}

void FunctionalCore::write_line(std::uint32_t address, std::span<const std::uint32_t> values,
                                std::uint32_t lane_mask) {
  const std::size_t n = hardware_.n;
  if (values.size() != n) throw std::invalid_argument("a line has n values");
  const auto each_lane = [&](auto write) {
    for (std::size_t lane = 0; lane < n; ++lane) {
      if (((lane_mask >> lane) & 1u) != 0) write(lane);
    }
  };
  if (address < kAccumulatorBase) {
    const std::size_t start =
        line_start(address, memory_.operands().size(), sizeof(std::uint16_t), n);
    each_lane([&](std::size_t i) { memory_.operands()[start + i] = fp32_to_bf16_rne(values[i]); });
  } else {
    const std::size_t start =
        line_start(address, memory_.accumulators().size(), sizeof(std::uint32_t), n);
    each_lane([&](std::size_t i) { memory_.accumulators()[start + i] = values[i]; });
  }
}

void FunctionalCore::read_line(std::uint32_t address, std::span<std::uint32_t> values) {
  const std::size_t n = hardware_.n;
  if (values.size() != n) throw std::invalid_argument("a line has n values");
  if (address < kAccumulatorBase) {
    const std::size_t start =
        line_start(address, memory_.operands().size(), sizeof(std::uint16_t), n);
    for (std::size_t i = 0; i < n; ++i) values[i] = bf16_to_fp32(memory_.operands()[start + i]);
  } else {
    const std::size_t start =
        line_start(address, memory_.accumulators().size(), sizeof(std::uint32_t), n);
    for (std::size_t i = 0; i < n; ++i) values[i] = memory_.accumulators()[start + i];
  }
}

void FunctionalCore::submit(const GemmCommand& command) {
  const Completion completion = check_command(hardware_, command);
  if (completion.error == GemmError::kNone) {
    execute_gemm(hardware_, memory_, command, count_dropped_ ? &statistics_ : nullptr);
  }
  completions_.push_back(completion);
}

Completion FunctionalCore::wait() {
  if (completions_.empty()) throw std::logic_error("there is no command to wait for");
  const Completion completion = completions_.front();
  completions_.pop_front();
  return completion;
}

}  // namespace gradcore::model
