// SPDX-License-Identifier: Apache-2.0
// The chip from outside: DRAM that host and chip share, and programs in it. What the functional
// model, a Verilated chip and a board have in common.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "sw/device/device.h"
#include "sw/model/transfer.h"
#include "sw/runtime/allocator.h"
#include "sw/runtime/status.h"

namespace gradcore::runtime {

using device::Hardware;
using model::Window;

class Device {
 public:
  virtual ~Device() = default;

  virtual const Hardware& hardware() const = 0;

  std::uint64_t dram_bytes() const { return allocator_.bytes(); }
  // See Allocator. What is allocated holds no particular values.
  std::uint64_t allocate(std::string_view what, std::uint64_t bytes,
                         std::uint64_t alignment = isa::kInstructionBytes) {
    return allocator_.allocate(what, bytes, alignment);
  }
  void free_all() { allocator_.clear(); }

  // To and from DRAM, while no program runs. Both throw std::out_of_range beyond its end.
  virtual void write(std::uint64_t address, std::span<const std::byte> bytes) = 0;
  virtual void read(std::uint64_t address, std::span<std::byte> bytes) = 0;

  // Programs and loads may read the one part of DRAM, stores may write the other. Without a call
  // both are all of it.
  virtual void set_windows(const Window& read, const Window& write) = 0;

  // Starts the program at `address`: registers and tokens are 0, memories stay. Throws
  // std::logic_error while another one runs.
  virtual void launch(std::uint64_t address) = 0;
  // Waits for its end, or until it has had `limit` more cycles (instructions, where there is no
  // clock) from this call on: then the status is kRunning, and one may wait again.
  virtual Status wait(std::uint64_t limit) = 0;

  virtual Counters counters() const = 0;
  // Ends whatever runs; local memory and DRAM keep what they hold, counters start at 0.
  virtual void reset() = 0;

 protected:
  explicit Device(std::uint64_t dram_bytes) : allocator_(dram_bytes) {}

 private:
  Allocator allocator_;
};

}  // namespace gradcore::runtime
