// SPDX-License-Identifier: Apache-2.0
// Where matrices lie in local memory.
//
// Tile t is in bank t mod 8, or of fewer banks on a small FPGA. What units use at the same time
// should be in different banks, so a matrix may ask for the bank of its first tile and for the
// distance of its rows of tiles, both modulo 4. The gaps that this leaves are taken by others.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "sw/compiler/network.h"
#include "sw/compiler/view.h"

namespace gradcore::compiler {

struct Placement {
  int bank = -1;    // of the first tile; -1: any
  int stride = -1;  // modulo 4; -1: any
};

class LocalPlan {
 public:
  // A dense plan leaves no gaps between rows of tiles, whatever is wished.
  explicit LocalPlan(const device::Hardware& hardware, bool is_dense = false)
      : hardware_(hardware), is_dense_(is_dense) {}

  View operand(const std::string& name, std::uint32_t rows, std::uint32_t cols,
               Placement placement = {}) {
    return place(false, name, rows, cols, placement);
  }
  View accumulator(const std::string& name, std::uint32_t rows, std::uint32_t cols,
                   Placement placement = {}) {
    return place(true, name, rows, cols, placement);
  }

  bool fits() const;
  // Throws CompileError, with every size, when either memory is too small for all of them.
  void check() const;

  struct Entry {
    std::string name;
    View view;
    std::uint64_t tiles = 0;
  };
  const std::vector<Entry>& entries() const { return entries_; }
  std::uint64_t used_bytes(bool accumulator) const;

 private:
  View place(bool accumulator, const std::string& name, std::uint32_t rows, std::uint32_t cols,
             Placement placement);

  std::uint64_t room_bytes(bool accumulator) const;

  device::Hardware hardware_;
  bool is_dense_;
  std::vector<Entry> entries_;
  std::array<std::vector<bool>, 2> taken_;  // tiles of operand memory, of accumulator memory
};

}  // namespace gradcore::compiler
