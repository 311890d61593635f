// SPDX-License-Identifier: Apache-2.0
// The Verilated top of a board, by its pins.
#pragma once

#include <memory>

namespace gradcore::board {

// Of the virtual board: cycles a bit of the serial line lasts. Few, so that little is simulated.
inline constexpr unsigned kClocksPerBit = 4;

class BoardModel {
 public:
  virtual ~BoardModel() = default;

  // One cycle of the board's clock with this level from the host; the level to the host.
  virtual bool cycle(bool rx) = 0;
  virtual void press(bool button) = 0;
  virtual unsigned lights() const = 0;
  virtual unsigned assertion_failures() const = 0;
};

// The board with the small chip (N = 4, 16 + 32 KiB).
std::unique_ptr<BoardModel> make_small_board();
// The same with a broken PE in row 2, column 1: bit 27 of its products is inverted.
std::unique_ptr<BoardModel> make_broken_board();
// The chip of the FPGA (N = 8, 64 + 64 KiB).
std::unique_ptr<BoardModel> make_fpga_board();

}  // namespace gradcore::board
