// SPDX-License-Identifier: Apache-2.0
// Which tiles of local memory, parts of list memory and bytes of DRAM an instruction reads and
// writes, and which instructions therefore depend on each other.
#pragma once

#include <bitset>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "sw/device/gemm_command.h"
#include "sw/isa/instruction.h"

namespace gradcore::harness {

// The part of local memory that a program uses: so many tiles of either memory, few enough that
// instructions meet often, and that a set of them is a few machine words.
struct TileArena {
  static constexpr std::uint32_t kMaxTiles = 128;  // of each memory

  unsigned n = 4;
  std::uint32_t operand_first = 0, operand_count = 0;
  std::uint32_t accumulator_first = 0, accumulator_count = 0;

  std::uint32_t tile_bytes(bool accumulator) const { return (accumulator ? 4 : 2) * n * n; }
  std::uint32_t first(bool accumulator) const {
    return accumulator ? accumulator_first : operand_first;
  }
  std::uint32_t count(bool accumulator) const {
    return accumulator ? accumulator_count : operand_count;
  }
  std::uint32_t tiles(std::uint64_t size) const {
    return static_cast<std::uint32_t>((size + n - 1) / n);
  }
};

inline constexpr std::uint32_t kListTile = 64;  // entries of list memory that count as a tile
inline constexpr std::uint32_t kListTiles = 64;

// Operand memory's first, then accumulator memory's, then list memory.
using TileSet = std::bitset<2 * TileArena::kMaxTiles + kListTiles>;

struct TileAccess {
  TileSet reads, writes;
  bool inside = true;  // all addresses are tiles of the arena; else the sets are not complete
};

// Rows of so many bytes in DRAM.
struct DramRows {
  std::uint64_t first = 0, pitch = 0, bytes = 0;
  std::uint32_t rows = 0;  // 0: none
  std::uint64_t end() const { return rows == 0 ? first : first + (rows - 1) * pitch + bytes; }
};

struct Access {
  isa::Unit unit = isa::Unit::kControl;
  TileAccess tiles;
  DramRows dram;  // what a load reads or a store writes
};

// Of an instruction that is not the command processor's own. Bases are added before.
Access access_of(const isa::Instruction& instruction, const TileArena& arena);

// Whether two instructions give other results when they change places.
bool conflict(const TileAccess& one, const TileAccess& other);
bool conflict(const Access& one, const Access& other);

// A vector instruction, by rows of tiles of its result; a listed one is one of them.
std::vector<TileAccess> rows_of_tiles(const isa::Instruction& instruction, const TileArena& arena);

// Whether it is the same when a vector instruction reads lines before it has written earlier ones:
// what it writes is disjoint from what it reads, or lies exactly in place of a matrix it reads, and
// D is disjoint from E.
bool lines_are_independent(const isa::Instruction& instruction, const TileArena& arena);

// Whether `order` may say follow, for an instruction of the vector unit behind another one.
bool may_follow(const std::vector<TileAccess>& before, const std::vector<TileAccess>& after);

// The fields of a gemm as the device's command.
device::GemmCommand gemm_command(const isa::Instruction& instruction);

}  // namespace gradcore::harness
