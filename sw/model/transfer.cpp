// SPDX-License-Identifier: Apache-2.0
#include "sw/model/transfer.h"

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

bool execute_transfer(LocalMemory& memory, const Instruction& i, std::span<std::byte> dram) {
  const Transfer t(i);
  if (!Window{0, dram.size()}.holds(t.dram, t.extent())) return false;
  const TileMatrix place{t.mem, static_cast<std::uint32_t>(t.mem_rows / memory.tile_bytes(t.mem)),
                         false};
  const bool is_accumulator = LocalMemory::is_accumulator(t.mem);
  for (std::uint64_t row = 0; row < t.rows; ++row) {
    for (std::uint64_t col = 0; col < t.cols; ++col) {
      std::byte* const at = dram.data() + t.dram + row * t.pitch + col * t.element;
      if (t.store) {
        std::uint32_t bits = is_accumulator ? memory.read(place, row, col)
                                            : std::uint32_t{memory.bf16(place, row, col)};
        if (is_accumulator && !t.fp32) bits = fp32_to_bf16_rne(bits);
        if (!is_accumulator && t.fp32) bits = bf16_to_fp32(static_cast<std::uint16_t>(bits));
        for (std::uint64_t k = 0; k < t.element; ++k) {
          at[k] = static_cast<std::byte>(bits >> (8 * k));
        }
      } else {
        std::uint32_t bits = 0;
        for (std::uint64_t k = 0; k < t.element; ++k) {
          bits |= std::to_integer<std::uint32_t>(at[k]) << (8 * k);
        }
        const auto half = static_cast<std::uint16_t>(bits);
        memory.write(place, row, col, t.fp32 ? bits : bf16_to_fp32(half),
                     t.fp32 ? fp32_to_bf16_rne(bits) : half);
      }
    }
  }
  return true;
}

}  // namespace gradcore::model
