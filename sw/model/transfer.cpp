// SPDX-License-Identifier: Apache-2.0
#include "sw/model/transfer.h"

#include <algorithm>
#include <optional>

namespace gradcore::model {
namespace {

namespace field = isa::load;  // a store's are the same
using isa::Error;
using isa::Instruction;

constexpr unsigned kLocal = 1, kDram = 2, kList = 3;  // operands of a fault

std::uint64_t tiles(std::uint64_t size, unsigned n) { return (size + n - 1) / n; }

// The fields, widened.
struct Transfer {
  explicit Transfer(const Instruction& i)
      : store(i.opcode() == static_cast<unsigned>(isa::Opcode::kStore)),
        fp32(static_cast<isa::Format>(i.get(field::kFormat)) == isa::Format::kFp32),
        to_list(i.get(field::kToList) != 0),
        indexed(i.get(field::kIndexed) != 0),
        element(fp32 ? 4 : 2),
        rows(i.get(field::kRows)),
        cols(i.get(field::kCols)),
        mem(i.get(field::kMem)),
        mem_rows(i.get(field::kMemRows)),
        dram(std::uint64_t{i.get(field::kDramHigh)} << 32 | i.get(field::kDram)),
        pitch(i.get(field::kPitch)),
        limit(i.get(field::kLimit)),
        list_at(i.get(field::kListAt)),
        row_first(i.get(field::kRowFirst)),
        row_step(std::max<std::uint64_t>(i.get(field::kRowStep), 1)) {}

  bool uses_list() const { return to_list || indexed; }
  std::uint64_t list_entries() const { return to_list ? rows * cols : rows; }
  // Of the matrix's row in local memory, in rows of elements.
  std::uint64_t local_row(std::uint64_t row) const { return row_first + row * row_step; }
  // From the first byte in DRAM that it may touch to the last.
  std::uint64_t extent() const {
    return indexed ? limit * pitch : (rows - 1) * pitch + cols * element;
  }

  bool store, fp32, to_list, indexed;
  std::uint64_t element, rows, cols;
  std::uint32_t mem;
  std::uint64_t mem_rows, dram, pitch, limit, list_at, row_first, row_step;
};

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

// Part of a matrix lies outside local memory, or its rows of tiles overlap.
Error check_local(const LocalMemory& memory, unsigned n, const Transfer& t) {
  const std::uint64_t first = t.local_row(0) / n;
  const std::uint64_t last = t.local_row(t.rows - 1) / n;
  const std::uint64_t col_bytes = tiles(t.cols, n) * memory.tile_bytes(t.mem);
  const std::uint64_t room = memory.bytes(t.mem);
  // col_bytes is below 2^44; so many rows of tiles would only fit if all were the same.
  if (last > room && t.mem_rows != 0) return Error::kOutOfRange;
  if (t.mem % device::kAccumulatorBase + last * t.mem_rows + col_bytes > room) {
    return Error::kOutOfRange;
  }
  if (!t.store && last > first && t.mem_rows < col_bytes) return Error::kOverlap;
  return Error::kNone;
}

// Of row r of the matrix in DRAM; none where the list has no row for it.
std::optional<std::uint64_t> dram_row(const LocalMemory& memory, const Transfer& t,
                                      std::uint64_t row) {
  if (!t.indexed) return t.dram + row * t.pitch;
  const std::uint32_t index = memory.list()[t.list_at + row];
  if (index == kNoRow) return std::nullopt;
  return t.dram + index * t.pitch;
}

// What a transfer only finds out when it looks at its list and at DRAM.
Fault check_rows(const LocalMemory& memory, const Transfer& t, const Window& dram) {
  for (std::uint64_t row = 0; t.indexed && row < t.rows; ++row) {
    const std::uint32_t index = memory.list()[t.list_at + row];
    if (index >= t.limit && index != kNoRow) {
      return {Error::kIndex, kList, static_cast<std::uint32_t>(row), index};
    }
  }
  if (!t.indexed) return dram.holds(t.dram, t.extent()) ? Fault{} : Fault{Error::kBus, kDram};
  for (std::uint64_t row = 0; row < t.rows; ++row) {
    const auto at = dram_row(memory, t, row);
    if (at && !dram.holds(*at, t.cols * t.element)) return {Error::kBus, kDram};
  }
  return {};
}

void load_list(LocalMemory& memory, const Transfer& t, std::span<const std::byte> dram) {
  for (std::uint64_t row = 0; row < t.rows; ++row) {
    for (std::uint64_t col = 0; col < t.cols; ++col) {
      memory.list()[t.list_at + row * t.cols + col] =
          from_bytes<std::uint32_t>(dram.data() + t.dram + row * t.pitch + col * t.element);
    }
  }
}

}  // namespace

Fault check_transfer(const LocalMemory& memory, unsigned n, const Instruction& i,
                     const Window& window) {
  const Transfer t(i);
  const std::uint64_t tile_bytes = memory.tile_bytes(t.mem);
  if (t.rows == 0 || t.cols == 0 || (t.indexed && t.limit == 0)) return {Error::kZeroSize, 0};
  if (!t.to_list && (t.mem % tile_bytes != 0 || t.mem_rows % tile_bytes != 0)) {
    return {Error::kMisaligned, kLocal};
  }
  if (t.dram % t.element != 0 || t.pitch % t.element != 0) return {Error::kMisaligned, kDram};
  if (t.uses_list() && t.list_at % 4 != 0) return {Error::kMisaligned, kList};
  const Error local = t.to_list ? Error::kNone : check_local(memory, n, t);
  if (local == Error::kOutOfRange) return {local, kLocal};
  if (t.uses_list() && t.list_at + t.list_entries() > memory.list().size()) {
    return {Error::kOutOfRange, kList};
  }
  if (local == Error::kOverlap) return {local, kLocal};
  const bool rows_meet = t.pitch < t.cols * t.element;
  if (rows_meet && (t.indexed || (t.store && t.rows > 1))) return {Error::kOverlap, kDram};
  if (i.has_reserved_bits()) return {Error::kReserved, 0};
  if (t.to_list && (t.store || t.indexed || !t.fp32)) return {Error::kChoice, 0};
  if (!window.holds(t.dram, t.extent())) return {Error::kWindow, kDram};
  return {};
}

Fault execute_transfer(LocalMemory& memory, unsigned n, const Instruction& i,
                       std::span<std::byte> dram) {
  const Transfer t(i);
  const Fault fault = check_rows(memory, t, {0, dram.size()});
  if (fault.error != Error::kNone) return fault;
  if (t.to_list) {
    load_list(memory, t, dram);
    return {};
  }
  const bool is_accumulator = LocalMemory::is_accumulator(t.mem);
  const std::uint64_t tile_bytes = memory.tile_bytes(t.mem);
  const std::uint64_t first = t.mem % device::kAccumulatorBase / tile_bytes;
  for (std::uint64_t row = 0; row < t.rows; ++row) {
    const std::uint64_t local = t.local_row(row);
    const auto there = dram_row(memory, t, row);
    if (!there) continue;
    for (std::uint64_t col = 0; col < t.cols; col += n) {
      const std::uint64_t tile = first + local / n * (t.mem_rows / tile_bytes) + col / n;
      const std::uint64_t at = tile * n * n + local % n * n;
      const std::uint64_t count = std::min<std::uint64_t>(n, t.cols - col);
      std::byte* const bytes = dram.data() + *there + col * t.element;
      if (is_accumulator) {
        move(t, memory.accumulators().data() + at, bytes, count);
      } else {
        move(t, memory.operands().data() + at, bytes, count);
      }
    }
  }
  return {};
}

}  // namespace gradcore::model
