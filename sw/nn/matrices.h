// SPDX-License-Identifier: Apache-2.0
// The matrices of a program, each in a place of its own in a local memory without bounds. A step is
// written down and put into order on these; memory_map.h then finds room in the real memory.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "sw/compiler/view.h"

namespace gradcore::nn {

using compiler::View;

// How long a matrix keeps its values.
enum class Life : std::uint8_t {
  kStep,  // from its first write in a turn of the loop to its last use
  kTurn,  // from turn to turn
  kRun,   // all the time
};

// Tiles are in eight banks of either memory, by their number. Units
// that meet in a bank wait for each other, so who walks down the rows of tiles (the matrix unit,
// and the vector unit where it transposes) should change banks from row to row. Where one of them
// takes less time for a tile, it goes another way: else it meets the slower one in bank after bank.
enum class Walk : std::uint8_t {
  kAlongRows,  // rows of tiles without gaps
  kDownRows,   // rows of tiles so far apart that the bank changes
  kOtherWay,   // likewise, in an order other than that of kDownRows
};

struct Matrix {
  std::string name;
  View view;  // whole, in the memory without bounds
  std::uint32_t tiles = 0;
  Life life = Life::kStep;
};

class Matrices {
 public:
  explicit Matrices(unsigned n) : n_(n) {}

  View operand(const std::string& name, std::uint32_t rows, std::uint32_t cols,
               Life life = Life::kStep) {
    return add(name, false, rows, cols, life, Walk::kDownRows);
  }
  View accumulator(const std::string& name, std::uint32_t rows, std::uint32_t cols,
                   Life life = Life::kStep, Walk walk = Walk::kAlongRows) {
    return add(name, true, rows, cols, life, walk);
  }

  // In the order in which they were made; `number` below counts them.
  const std::vector<Matrix>& all() const { return all_; }
  // The one that a tile of operand or accumulator memory belongs to. Throws std::logic_error for a
  // tile of none.
  std::size_t number_at(bool accumulator, std::uint32_t tile) const;
  // It is needed from turn to turn, if not all the time.
  void keep(std::size_t number) {
    if (all_[number].life == Life::kStep) all_[number].life = Life::kTurn;
  }
  // A chip whose memories hold them all.
  device::Hardware unbounded(device::Hardware hardware) const;
  unsigned n() const { return n_; }

 private:
  View add(const std::string& name, bool accumulator, std::uint32_t rows, std::uint32_t cols,
           Life life, Walk walk);

  unsigned n_;
  std::vector<Matrix> all_;
  std::vector<std::size_t> by_tile_[2];  // numbers, of operand and of accumulator memory
  std::uint32_t used_[2] = {0, 0};       // tiles
};

}  // namespace gradcore::nn
