// SPDX-License-Identifier: Apache-2.0
// What the parts of the DMA make of a transfer, said plainly.
#pragma once

#include <algorithm>
#include <vector>

#include "tb/unit/dma/dma_bench.h"

namespace gradcore::harness {

struct Span {
  std::uint64_t address = 0, bytes = 0;
};

struct Burst {
  std::uint64_t address = 0;  // of its first beat
  std::uint32_t length = 0;   // beats - 1
  bool last = false;
  bool operator==(const Burst&) const = default;
};

// A row each, or all of them where they adjoin. At most `most` spans.
inline std::vector<Span> spans(const Transfer& t, std::size_t most) {
  if (!t.indexed && (t.rows == 1 || t.pitch == t.row_bytes()))
    return {{t.address, t.rows * t.row_bytes()}};
  std::vector<Span> out;
  for (std::uint32_t row = 0; row < t.rows && out.size() < most; ++row) {
    out.push_back({t.address + std::uint64_t{row} * t.pitch, t.row_bytes()});
  }
  return out;
}

// Up to multiples of 256 bytes. The first `most` of them; fewer are all.
inline std::vector<Burst> bursts(const Transfer& t, std::size_t most) {
  std::vector<Burst> out;
  for (const Span& span : spans(t, most)) {
    std::uint64_t at = span.address;
    std::uint64_t left = span.bytes;
    while (left != 0 && out.size() < most) {
      const std::uint64_t bytes = std::min(left, 256 - at % 256);
      const std::uint64_t first = at / 16;
      out.push_back({first * 16, static_cast<std::uint32_t>((at + bytes - 1) / 16 - first), false});
      at += bytes;
      left -= bytes;
    }
  }
  if (out.size() < most) out.back().last = true;
  return out;
}

// The first `most` lines. `rows` says of an indexed transfer what its rows are: those that are none
// have no lines, but without `skips` the last one.
inline std::vector<DmaLine> lines(const Transfer& t, unsigned n, std::size_t most,
                                  const std::vector<DmaRow>& rows = {}, bool skips = false) {
  std::vector<DmaLine> out;
  const bool adjoining = t.pitch == t.row_bytes() && !t.indexed;
  std::uint64_t tile = t.tile;
  std::uint32_t idx = t.idx;
  for (std::uint32_t row = 0; row < t.rows; ++row) {
    const DmaRow known = t.indexed ? rows.at(row) : DmaRow{};
    for (std::uint64_t col = 0; col < t.cols; col += n) {
      const bool last_row = row + 1 == t.rows || known.bad;
      if (known.none && (skips || !last_row)) break;
      if (out.size() == most) return out;
      const bool row_end = col + n >= t.cols;
      const bool last = row_end && last_row;
      DmaLine line;
      const std::uint64_t to =
          t.to_list ? t.tile + std::uint64_t{row} * t.cols + col : tile + col / n;
      line.place = {t.accumulator, static_cast<std::uint32_t>(to) & 0xF'FFFFu, idx};
      line.to_list = t.to_list;
      line.none = known.none;
      line.bad = known.bad;
      line.count = static_cast<std::uint32_t>(std::min<std::uint64_t>(n, t.cols - col));
      line.bf16 = t.bf16;
      line.fresh = col == 0 && (!adjoining || row == 0);
      line.offset = static_cast<std::uint32_t>((t.address + std::uint64_t{row} * t.pitch) / 2 % 8);
      if (t.indexed) line.offset = known.offset;
      line.span_end = row_end && (!adjoining || last);
      line.last = last;
      out.push_back(line);
    }
    if (known.bad) break;
    idx += t.idx_step;
    tile += t.tile_step + idx / n * t.row_step;
    idx %= n;
  }
  return out;
}

// Elements of a line that a chunk holds at most.
inline std::uint32_t chunk_elements(const DmaLine& line, unsigned n) {
  return std::min(n, line.bf16 ? 8u : 4u);
}

// A small transfer that is likely to hurt; addresses from 0x100 on.
inline Transfer small_transfer(RandomPatterns& random, unsigned n) {
  Transfer t;
  t.rows = 1 + random.below(6);
  t.cols = 1 + random.below(random.one_in(2) ? 6 : 3 * n);
  t.bf16 = random.one_in(2);
  t.accumulator = random.one_in(2);
  t.tile = random.below(100);
  t.row_step = random.below(100);
  const std::uint32_t element = t.bf16 ? 2 : 4;
  t.address = 0x100 + random.below(64) * element;
  t.pitch = static_cast<std::uint32_t>(t.row_bytes());
  if (random.one_in(2)) t.pitch += element * random.below(20);
  if (random.one_in(3)) {
    t.idx = random.below(n);
    t.idx_step = random.below(n);
    t.tile_step = random.below(100);
  }
  if (random.one_in(6) && !t.bf16) {
    t.to_list = true;
    t.tile = random.below(1000);
    t.idx = 0;
    t.idx_step = 1;
    t.tile_step = 0;
  }
  return t;
}

}  // namespace gradcore::harness
