// SPDX-License-Identifier: Apache-2.0
// The chip without a clock: programs of the instruction set, on local memory and DRAM, bit-exact.
//
// Instructions are carried out one after the other as they stand in the program. The chip's units
// run ahead of each other, but a program whose tokens order all that depends on each other gives
// the same results, and stops with the same error at the same instruction.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "sw/device/device.h"
#include "sw/isa/instruction.h"
#include "sw/model/gemm.h"
#include "sw/model/local_memory.h"
#include "sw/model/transfer.h"

namespace gradcore::model {

// How a program ended: with halt, or at an instruction that was refused. `operand` says which of
// its matrices: 1 is the first that the instruction names, its list is behind them; 0 none.
struct ChipStatus {
  isa::Error error = isa::Error::kNone;
  unsigned operand = 0;
  std::uint64_t address = 0;       // of that instruction
  std::uint64_t instructions = 0;  // carried out, halt included
  // After kIndex: which entry of the instruction's list, and what it holds.
  std::uint32_t position = 0, index = 0;
};

class FunctionalChip {
 public:
  // Memories are zeros; both windows are all of DRAM. Throws std::invalid_argument for parameters
  // no chip can have.
  FunctionalChip(const device::Hardware& hardware, std::size_t dram_bytes);

  std::span<std::byte> dram() { return dram_; }
  LocalMemory& local() { return local_; }
  void set_windows(const Window& read, const Window& write);

  // From the instruction at `address` on. Registers and tokens start at 0; memories stay.
  ChipStatus run(std::uint64_t address);
  // The same in parts: true when the program has ended, false after so many more instructions.
  void start(std::uint64_t address);
  bool advance(std::uint64_t instructions);
  const ChipStatus& status() const { return status_; }

  // Of all GEMMs so far.
  const GemmStatistics& statistics() const { return statistics_; }
  void count_dropped(bool count) { count_dropped_ = count; }

 private:
  struct Loop {
    std::uint64_t start = 0;  // the instruction after the loop
    std::uint32_t left = 0;   // turns, this one included
  };

  isa::Error fetch(std::uint64_t address, isa::Instruction& out) const;
  isa::Instruction with_bases(const isa::Instruction& instruction) const;
  bool step();
  Fault execute(const isa::Instruction& instruction, std::uint64_t& next);
  Fault control(const isa::Instruction& instruction, std::uint64_t& next);
  Fault check(isa::Unit unit, const isa::Instruction& resolved) const;
  Fault pass_tokens(std::uint32_t take, std::uint32_t give);

  device::Hardware hardware_;
  LocalMemory local_;
  std::vector<std::byte> dram_;
  Window read_, write_;
  std::array<std::uint32_t, isa::kRegisters> registers_{};
  std::array<std::uint32_t, isa::kTokens> tokens_{};
  std::vector<Loop> loops_;
  ChipStatus status_;
  bool count_dropped_ = false;
  GemmStatistics statistics_;
};

}  // namespace gradcore::model
