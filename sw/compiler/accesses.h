// SPDX-License-Identifier: Apache-2.0
// Which tiles of local memory an instruction reads and writes, and which parts of list memory and
// of DRAM.
#pragma once

#include <array>
#include <cstdint>
#include <utility>
#include <vector>

#include "sw/device/device.h"
#include "sw/isa/instruction.h"

namespace gradcore::compiler {

using Registers = std::array<std::uint32_t, isa::kRegisters>;

// Tiles of operand memory come first, those of accumulator memory follow, then list memory: so many
// of its entries count as a tile. At the end come parts of DRAM, each as a tile.
inline constexpr std::uint32_t kListTile = 64;

// Bytes of DRAM that stores write and loads read in the same loop.
struct DramPart {
  std::uint64_t address = 0, bytes = 0;
};

class TileNumbers {
 public:
  // `dram` are parts by ascending address, none of which overlap. What transfers do elsewhere in
  // DRAM is the same whatever their order is.
  TileNumbers(const device::Hardware& hardware,  // NOLINT(google-explicit-constructor): no parts
              std::vector<DramPart> dram = {})
      : hardware_(hardware), dram_(std::move(dram)) {}
  std::uint32_t count() const { return first_part() + static_cast<std::uint32_t>(dram_.size()); }
  // The parts that meet bytes [from, to).
  std::vector<std::uint32_t> of_dram(std::uint64_t from, std::uint64_t to) const;
  const device::Hardware& hardware() const { return hardware_; }
  // Of an entry of list memory.
  std::uint32_t of_entry(std::uint64_t entry) const {
    return matrix_tiles() + static_cast<std::uint32_t>(entry / kListTile);
  }
  std::uint32_t of(std::uint32_t address) const {
    return address < device::kAccumulatorBase
               ? address / hardware_.operand_tile_bytes()
               : operand_tiles() +
                     (address - device::kAccumulatorBase) / hardware_.accumulator_tile_bytes();
  }
  std::uint32_t bytes(std::uint32_t address) const {
    return address < device::kAccumulatorBase ? hardware_.operand_tile_bytes()
                                              : hardware_.accumulator_tile_bytes();
  }
  unsigned n() const { return hardware_.n; }

 private:
  std::uint32_t matrix_tiles() const {
    return operand_tiles() + hardware_.accumulator_kib * 1024 / hardware_.accumulator_tile_bytes();
  }
  std::uint32_t operand_tiles() const {
    return hardware_.operand_kib * 1024 / hardware_.operand_tile_bytes();
  }
  std::uint32_t first_part() const { return matrix_tiles() + hardware_.list_entries() / kListTile; }
  device::Hardware hardware_;
  std::vector<DramPart> dram_;
};

// Of a row of tiles of the result of a vector instruction; other instructions, and those that are
// listed, have one entry.
struct RowAccess {
  std::vector<std::uint32_t> reads, writes;
};
using Accesses = std::vector<RowAccess>;

// The instruction with the registers of its addresses added.
isa::Instruction resolved(const isa::Instruction& instruction, const Registers& registers);

// Of a resolved instruction; empty for control instructions.
Accesses accesses(const isa::Instruction& instruction, const TileNumbers& tiles);

// What a `set` or `add` does.
void update(const isa::Instruction& instruction, Registers& registers);

}  // namespace gradcore::compiler
