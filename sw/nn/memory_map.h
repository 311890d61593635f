// SPDX-License-Identifier: Apache-2.0
// Where the matrices of a program lie in the real local memory.
//
// Those that keep their values are there all the time. Those of a step need their place from the
// first instruction that writes them to the last that reads them, in the order of the program; the
// place of a matrix whose time is over goes to another one, the one that has been free longest
// first, so that units which run ahead of each other rarely wait for it. Of the banks in which it
// may begin it gets the one in which it meets least of what is read together with it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "sw/compiler/schedule.h"
#include "sw/isa/instruction.h"
#include "sw/nn/matrices.h"

namespace gradcore::nn {

// The matrices that an instruction touches, by number, each once.
std::vector<std::size_t> touched_by(const Matrices& matrices, const isa::Instruction& i);

// What the matrices of a step need, instruction by instruction.
compiler::Room room_of(const Matrices& matrices, const isa::Program& body,
                       const device::Hardware& hardware);

// A place in the real memory for every matrix, by number; 0 for those that nothing uses.
class MemoryMap {
 public:
  // For all matrices of a loop body in their final order. Those that keep their values lie in the
  // order in which they were made, so in all programs that begin with the same ones at the same
  // place. Throws compiler::CompileError with sizes if they do not fit.
  MemoryMap(const Matrices& matrices, const isa::Program& body, const device::Hardware& hardware);

  // Whole matrices and parts of them, moved to their places.
  View view(const View& view) const;
  void rewrite(isa::Program& program) const;

  // Of operand and accumulator memory, the most that is in use at a time.
  std::uint32_t used_tiles(bool accumulator) const { return used_[accumulator ? 1 : 0]; }

 private:
  // A source of a vector instruction: it walks through tiles in rows and columns of tiles.
  struct Walked {
    std::size_t matrix = 0;
    std::uint32_t offset = 0, row_step = 0, col_step = 0;  // tiles
  };
  // Two that are read in the same cycle, a number of times.
  struct Meeting {
    Walked one, other;
    std::uint32_t rows = 0, cols = 0;  // tiles
  };

  void find_meetings(const isa::Program& body);
  void place_all(bool accumulator, const device::Hardware& hardware,
                 const std::vector<std::pair<std::size_t, std::size_t>>& times);
  // Those that do not stay, in tiles [kept, capacity), each in the best of so many banks; one that
  // finds no room.
  std::optional<std::size_t> place_steps(
      bool accumulator, std::uint32_t kept, std::uint32_t capacity, std::uint32_t banks,
      const std::vector<std::pair<std::size_t, std::size_t>>& times);
  // How often it would meet others in a bank, if it began in bank `bank`.
  std::uint64_t conflicts(std::size_t matrix, std::uint32_t bank, std::uint32_t banks) const;

  const Matrices& matrices_;
  std::vector<std::uint32_t> places_;  // first tile
  std::vector<bool> is_placed_;
  std::vector<std::vector<Meeting>> meetings_;  // of each matrix
  std::uint32_t used_[2] = {0, 0};
};

}  // namespace gradcore::nn
