// SPDX-License-Identifier: Apache-2.0
// What every backend (Verilated RTL, functional model, later a board) offers.
#pragma once

#include <cstdint>
#include <span>

#include "sw/device/gemm_command.h"

namespace gradcore::device {

// The parameters a core is built with. N and F are part of the numerics contract.
struct Hardware {
  unsigned n = 16;                       // array of n x n PEs: 4, 8, 16 or 32
  unsigned f = 40;                       // bits of an aligned product: 24..48
  std::uint32_t operand_kib = 2048;      // operand memory
  std::uint32_t accumulator_kib = 2048;  // accumulator memory

  std::uint32_t operand_tile_bytes() const { return 2 * n * n; }
  std::uint32_t accumulator_tile_bytes() const { return 4 * n * n; }
  std::uint32_t list_entries() const { return n == 4 ? 1024 : 4096; }  // of the chip's list memory
  bool operator==(const Hardware&) const = default;
};

// All zero for backends without a clock.
struct Counters {
  std::uint64_t cycles = 0;       // since construction
  std::uint64_t busy_cycles = 0;  // cycles in which the matrix unit had a command to work on
};

class Device {
 public:
  virtual ~Device() = default;

  virtual const Hardware& hardware() const = 0;

  // Writes those of the n binary32 values whose bit of lane_mask is set to one line of local
  // memory. Into operand memory they are rounded to bfloat16, nearest even; NaNs become the
  // canonical one. `address` is the line's; an address that is no line of either memory throws
  // std::out_of_range.
  virtual void write_line(std::uint32_t address, std::span<const std::uint32_t> values,
                          std::uint32_t lane_mask) = 0;
  // Reads n values; bfloat16 comes back as the binary32 of the same value.
  virtual void read_line(std::uint32_t address, std::span<std::uint32_t> values) = 0;

  // Queues a command, waiting for room in the queue where it must; never needs a wait() to get on.
  virtual void submit(const GemmCommand& command) = 0;
  // Waits for the oldest command that has not been waited for; its result is then in memory.
  // Throws std::logic_error when there is none.
  virtual Completion wait() = 0;

  virtual Counters counters() const = 0;
};

}  // namespace gradcore::device
