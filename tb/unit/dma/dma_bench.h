// SPDX-License-Identifier: Apache-2.0
// The Verilated benches of the DMA (tb/verilated/dma_bench.sv) for N = 4 and N = 16, and their
// clock.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>

#include "Vdma_bench_n16.h"
#include "Vdma_bench_n4.h"
#include "sw/isa/instruction.h"
#include "sw/model/transfer.h"
#include "tb/harness/bench.h"

namespace gradcore::harness {

// `check` is what the bench's transfer_check is built for.
struct Bench4 {
  using Model = Vdma_bench_n4;
  static constexpr device::Hardware kCheck{
      .n = 4, .operand_kib = 32u << 10, .accumulator_kib = 64u << 10};
};
struct Bench16 {
  using Model = Vdma_bench_n16;
  static constexpr device::Hardware kCheck{.n = 16, .operand_kib = 16, .accumulator_kib = 16};
};
using Benches = testing::Types<Bench4, Bench16>;

// transfer_t.
struct Transfer {
  std::uint32_t rows = 1, cols = 1;
  bool bf16 = false, accumulator = false;
  std::uint32_t tile = 0, row_step = 0;
  std::uint64_t address = 0;
  std::uint32_t pitch = 0;
  bool to_list = false, indexed = false;
  std::uint32_t limit = 0, list_at = 0, idx = 0, idx_step = 1, tile_step = 0;

  static constexpr unsigned kWords = 9;
  static constexpr unsigned kBits = 278;

  // As transfer_check translates an instruction that is allowed.
  static Transfer of(const isa::Instruction& i, unsigned n) {
    namespace field = isa::load;
    const std::uint32_t mem = i.get(field::kMem);
    const bool accumulator = model::LocalMemory::is_accumulator(mem);
    const std::uint32_t tile_bytes = (accumulator ? 4 : 2) * n * n;
    constexpr std::uint32_t kMask = (1u << 20) - 1;
    const std::uint32_t first = i.get(field::kRowFirst);
    const std::uint32_t step = std::max(i.get(field::kRowStep), 1u);
    const std::uint32_t row_tiles = i.get(field::kMemRows) / tile_bytes;
    const bool to_list = i.get(field::kToList) != 0;
    const std::uint32_t tile = mem % device::kAccumulatorBase / tile_bytes + first / n * row_tiles;
    return {.rows = i.get(field::kRows),
            .cols = i.get(field::kCols),
            .bf16 = i.get(field::kFormat) == static_cast<std::uint32_t>(isa::Format::kBf16),
            .accumulator = accumulator,
            .tile = to_list ? i.get(field::kListAt) : tile & kMask,
            .row_step = row_tiles & kMask,
            .address = std::uint64_t{i.get(field::kDramHigh)} << 32 | i.get(field::kDram),
            .pitch = i.get(field::kPitch),
            .to_list = to_list,
            .indexed = i.get(field::kIndexed) != 0,
            .limit = i.get(field::kLimit),
            .list_at = i.get(field::kListAt) & 0xFFFu,
            .idx = first % n,
            .idx_step = step % n,
            .tile_step = step / n * row_tiles & kMask};
  }
  void pack(VlWide<kWords>& words) const {
    unsigned lsb = kBits;
    for (unsigned i = 0; i < kWords; ++i) words[i] = 0;
    visit(*this, [&](std::uint64_t value, unsigned width) {
      lsb -= width;
      for (unsigned i = 0; i < width; ++i) {
        words[(lsb + i) / 32] |= static_cast<std::uint32_t>((value >> i) & 1u) << ((lsb + i) % 32);
      }
    });
  }
  static Transfer unpack(const VlWide<kWords>& words) {
    Transfer out;
    unsigned lsb = kBits;
    visit(out, [&](auto& value, unsigned width) {
      lsb -= width;
      std::uint64_t bits = 0;
      for (unsigned i = 0; i < width; ++i) {
        bits |= std::uint64_t{(words[(lsb + i) / 32] >> ((lsb + i) % 32)) & 1u} << i;
      }
      value = static_cast<std::remove_reference_t<decltype(value)>>(bits);
    });
    return out;
  }
  std::uint64_t row_bytes() const { return std::uint64_t{cols} * (bf16 ? 2 : 4); }
  bool operator==(const Transfer&) const = default;

 private:
  // Every field with its width, the first one at the top.
  template <typename Self, typename Function>
  static void visit(Self& self, Function function) {
    function(self.to_list, 1u);
    function(self.indexed, 1u);
    function(self.limit, 32u);
    function(self.list_at, 12u);
    function(self.idx, 5u);
    function(self.idx_step, 5u);
    function(self.tile_step, 20u);
    function(self.rows, 32u);
    function(self.cols, 32u);
    function(self.bf16, 1u);
    function(self.accumulator, 1u);
    function(self.tile, 20u);
    function(self.row_step, 20u);
    function(self.address, 64u);
    function(self.pitch, 32u);
  }
};

// Half i of the words of a beat or a chunk.
template <typename Words>
std::uint32_t half(const Words& words, std::uint32_t i) {
  return (words[i / 2] >> (16 * (i % 2))) & 0xFFFFu;
}
template <typename Words>
void set_half(Words& words, std::uint32_t i, std::uint32_t bits) {
  const std::uint32_t shift = 16 * (i % 2);
  words[i / 2] = (words[i / 2] & ~(0xFFFFu << shift)) | (bits & 0xFFFFu) << shift;
}

// A line of local memory, as a port names it: place_t.
struct Place {
  bool accumulator = false;
  std::uint32_t tile = 0, index = 0;
  static Place unpack(std::uint64_t bits) {
    return {((bits >> 26) & 1u) != 0, static_cast<std::uint32_t>(bits >> 6) & 0xF'FFFFu,
            static_cast<std::uint32_t>(bits >> 1) & 0x1Fu};
  }
  std::uint64_t pack() const {
    return std::uint64_t{accumulator ? 1u : 0u} << 26 | std::uint64_t{tile} << 6 | index << 1;
  }
  bool operator==(const Place&) const = default;
};

// dma_line_t.
struct DmaLine {
  Place place;
  std::uint32_t count = 1;
  bool bf16 = false, fresh = false;
  std::uint32_t offset = 0;  // in halves
  bool span_end = false, last = false;
  bool to_list = false, none = false, bad = false;

  std::uint64_t pack() const {
    return std::uint64_t{to_list} << 42 | std::uint64_t{none} << 41 | std::uint64_t{bad} << 40 |
           place.pack() << 13 | std::uint64_t{count} << 7 | std::uint64_t{bf16 ? 1u : 0u} << 6 |
           std::uint64_t{fresh ? 1u : 0u} << 5 | offset << 2 | (span_end ? 2u : 0u) |
           (last ? 1u : 0u);
  }
  static DmaLine unpack(std::uint64_t bits) {
    return {Place::unpack(bits >> 13),
            static_cast<std::uint32_t>(bits >> 7) & 0x3Fu,
            ((bits >> 6) & 1u) != 0,
            ((bits >> 5) & 1u) != 0,
            static_cast<std::uint32_t>(bits >> 2) & 7u,
            ((bits >> 1) & 1u) != 0,
            (bits & 1u) != 0,
            ((bits >> 42) & 1u) != 0,
            ((bits >> 41) & 1u) != 0,
            ((bits >> 40) & 1u) != 0};
  }
  bool operator==(const DmaLine&) const = default;
};

// dma_row_t.
struct DmaRow {
  bool none = false, bad = false;
  std::uint32_t offset = 0;  // in halves
  std::uint32_t pack() const { return (none ? 16u : 0u) | (bad ? 8u : 0u) | offset; }
  static DmaRow unpack(std::uint32_t bits) {
    return {(bits & 16u) != 0, (bits & 8u) != 0, bits & 7u};
  }
  bool operator==(const DmaRow&) const = default;
};

// list_fault_t.
struct ListFault {
  bool valid = false;
  std::uint32_t position = 0, entry = 0;
  static ListFault unpack(std::uint64_t bits) {
    return {((bits >> 44) & 1u) != 0, static_cast<std::uint32_t>(bits >> 32) & 0xFFFu,
            static_cast<std::uint32_t>(bits)};
  }
  bool operator==(const ListFault&) const = default;
};

template <typename Which>
using DmaBench = Bench<typename Which::Model>;

// A test on one of them.
template <typename Which>
class DmaTest : public TestOnBench<typename Which::Model> {
 protected:
  static constexpr unsigned kN = Which::kCheck.n;
};

}  // namespace gradcore::harness
