// SPDX-License-Identifier: Apache-2.0
// Places in accumulator memory for matrices whose rows are read in any order.
//
// Banks of accumulator memory are its tiles modulo their number, so two rows that are read at once
// meet in a bank at random. Here a matrix lies on one of two sides: even or odd tiles, and matrices
// of different sides never meet, whichever of their rows are read.
#pragma once

#include <cstdint>

#include "sw/compiler/view.h"

namespace gradcore::nn {

using compiler::View;

enum class TileSide : std::uint8_t { kEven, kOdd };

class Lanes {
 public:
  explicit Lanes(const device::Hardware& hardware) : hardware_(hardware) {}

  // Places grow from the bottom of the memory; throws compiler::CompileError at its end.
  View take(TileSide side, std::uint32_t rows, std::uint32_t cols);
  std::uint32_t used() const { return next_[0] > next_[1] ? next_[0] : next_[1]; }  // tiles

 private:
  device::Hardware hardware_;
  std::uint32_t next_[2] = {0, 1};  // free tiles of each side
};

}  // namespace gradcore::nn
