// SPDX-License-Identifier: Apache-2.0
// Follows a core from the outside and predicts, in order, every vector of results that its matrix
// unit writes, so that the first wrong one is known in the cycle in which it appears.
#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "sw/device/device.h"
#include "sw/model/dot.h"
#include "tb/harness/core_model.h"

namespace gradcore::harness {

// One streamed vector: row `row` of X against one tile of W. Counted from 0.
struct VectorPlace {
  std::uint32_t batch = 0, row = 0;
  std::uint32_t m_tile = 0, n_tile = 0, k_tile = 0;
};

// A column of the array at work on that vector.
struct ColumnOperands {
  std::vector<std::uint16_t> streamed, stationary;  // bfloat16; N values, +0 beyond the end
};

// The first value that is not as predicted.
struct WrongWrite {
  std::uint64_t command_number = 0;  // of all commands that were accepted
  device::GemmCommand command;
  VectorPlace place;
  std::uint32_t column = 0;  // of Y; its column in the array is column % N
  bool wrong_line = false;   // written to another line, or with other lanes, than predicted
  std::uint32_t addend = 0;  // what the tile's sum is added to
  std::uint32_t expected = 0, got = 0;  // binary32
  ColumnOperands operands;
};

class WriteChecker {
 public:
  explicit WriteChecker(const device::Hardware& hardware);

  // What the host does, in its order.
  void host_write(std::uint32_t address, std::span<const std::uint32_t> values,
                  std::uint32_t lane_mask);
  void command(const device::GemmCommand& command);

  // The next vector that the matrix unit writes. Carries on after a wrong one with what was
  // predicted.
  std::optional<WrongWrite> check(const ResultWrite& write);

 private:
  struct Line {
    std::uint32_t tile = 0, index = 0;
    bool by_column = false;
    std::size_t element(std::uint32_t lane, unsigned n) const;  // in its memory
  };

  Line result_line() const;
  ColumnOperands operands(std::uint32_t column) const;
  void advance();

  device::Hardware hardware_;
  std::vector<std::uint16_t> operands_;
  std::vector<std::uint32_t> accumulators_;
  std::deque<device::GemmCommand> commands_;  // accepted, not yet finished
  std::uint64_t finished_ = 0;
  VectorPlace place_;  // of the next write, in commands_.front()
};

}  // namespace gradcore::harness
