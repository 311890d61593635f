// SPDX-License-Identifier: Apache-2.0
#include "sw/model/transfer.h"

#include <algorithm>

namespace gradcore::model {
namespace {

namespace field = isa::load;  // a store's are the same
using isa::Error;
using isa::Instruction;

// The fields, widened.
struct Transfer {
  explicit Transfer(const Instruction& i)
      : store(i.opcode() == static_cast<unsigned>(isa::Opcode::kStore)),
        fp32(static_cast<isa::Format>(i.get(field::kFormat)) == isa::Format::kFp32),
        element(fp32 ? 4 : 2),
        rows(i.get(field::kRows)),
        cols(i.get(field::kCols)),
        mem(i.get(field::kMem)),
        mem_rows(i.get(field::kMemRows)),
        dram(std::uint64_t{i.get(field::kDramHigh)} << 32 | i.get(field::kDram)),
        pitch(i.get(field::kPitch)) {}

  // From the first byte in DRAM to the last.
  std::uint64_t extent() const { return (rows - 1) * pitch + cols * element; }

  bool store, fp32;
  std::uint64_t element, rows, cols;
  std::uint32_t mem;
  std::uint64_t mem_rows, dram, pitch;
};

std::uint64_t tiles(std::uint64_t size, unsigned n) { return (size + n - 1) / n; }

std::uint16_t converted(std::uint32_t bits, std::uint16_t) { return fp32_to_bf16_rne(bits); }
std::uint32_t converted(std::uint16_t bits, std::uint32_t) { return bf16_to_fp32(bits); }
template <typename T>
T converted(T bits, T) {
  return bits;
}

// Least significant byte first, whatever the host's order is.
template <typename T>
T from_bytes(const std::byte* bytes) {
  T out = 0;
  for (std::size_t k = 0; k < sizeof(T); ++k) {
    out = static_cast<T>(out | std::to_integer<T>(bytes[k]) << (8 * k));
  }
  return out;
}
template <typename T>
void to_bytes(T bits, std::byte* bytes) {
  for (std::size_t k = 0; k < sizeof(T); ++k) bytes[k] = static_cast<std::byte>(bits >> (8 * k));
}

// `count` numbers, a T each in DRAM, an element of local memory here.
template <typename T, typename Element>
void move_as(bool store, Element* here, std::byte* there, std::size_t count) {
  for (std::size_t k = 0; store && k < count; ++k) {
    to_bytes(converted(here[k], T{}), there + k * sizeof(T));
  }
  for (std::size_t k = 0; !store && k < count; ++k) {
    here[k] = converted(from_bytes<T>(there + k * sizeof(T)), Element{});
  }
}
template <typename Element>
void move(const Transfer& t, Element* here, std::byte* there, std::size_t count) {
  if (t.fp32) {
    move_as<std::uint32_t>(t.store, here, there, count);
  } else {
    move_as<std::uint16_t>(t.store, here, there, count);
  }
}

}  // namespace

Fault check_transfer(const LocalMemory& memory, unsigned n, const Instruction& i,
                     const Window& window) {
  const Transfer t(i);
  const std::uint64_t tile_bytes = memory.tile_bytes(t.mem);
  if (t.rows == 0 || t.cols == 0) return {Error::kZeroSize, 0};
  if (t.mem % tile_bytes != 0 || t.mem_rows % tile_bytes != 0) return {Error::kMisaligned, 1};
  if (t.dram % t.element != 0 || t.pitch % t.element != 0) return {Error::kMisaligned, 2};
  const std::uint64_t row_tiles = tiles(t.rows, n);
  const std::uint64_t col_bytes = tiles(t.cols, n) * tile_bytes;
  // Both products are below 2^61.
  if (t.mem % device::kAccumulatorBase + (row_tiles - 1) * t.mem_rows + col_bytes >
      memory.bytes(t.mem)) {
    return {Error::kOutOfRange, 1};
  }
  if (!t.store && row_tiles > 1 && t.mem_rows < col_bytes) return {Error::kOverlap, 1};
  if (t.store && t.rows > 1 && t.pitch < t.cols * t.element) return {Error::kOverlap, 2};
  if (i.has_reserved_bits()) return {Error::kReserved, 0};
  if (!window.holds(t.dram, t.extent())) return {Error::kWindow, 2};
  return {};
}

bool execute_transfer(LocalMemory& memory, unsigned n, const Instruction& i,
                      std::span<std::byte> dram) {
  const Transfer t(i);
  if (!Window{0, dram.size()}.holds(t.dram, t.extent())) return false;
  const bool is_accumulator = LocalMemory::is_accumulator(t.mem);
  const std::uint64_t tile_bytes = memory.tile_bytes(t.mem);
  const std::uint64_t first = t.mem % device::kAccumulatorBase / tile_bytes;
  for (std::uint64_t row = 0; row < t.rows; ++row) {
    for (std::uint64_t col = 0; col < t.cols; col += n) {
      const std::uint64_t tile = first + row / n * (t.mem_rows / tile_bytes) + col / n;
      const std::uint64_t at = tile * n * n + row % n * n;
      const std::uint64_t count = std::min<std::uint64_t>(n, t.cols - col);
      std::byte* const there = dram.data() + t.dram + row * t.pitch + col * t.element;
      if (is_accumulator) {
        move(t, memory.accumulators().data() + at, there, count);
      } else {
        move(t, memory.operands().data() + at, there, count);
      }
    }
  }
  return true;
}

}  // namespace gradcore::model
