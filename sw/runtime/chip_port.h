// SPDX-License-Identifier: Apache-2.0
// What leads to a chip: its registers, and the DRAM it shares with the host. A Verilated chip and a
// board each have their own.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "sw/isa/registers.h"

namespace gradcore::runtime {

class ChipPort {
 public:
  virtual ~ChipPort() = default;

  // A register of 64 bits is read low half first.
  std::uint64_t read(isa::reg::Register at) {
    const std::uint64_t low = read_register(at.offset);
    if (at.width == 32) return low;
    return static_cast<std::uint64_t>(read_register(at.offset + 4u)) << 32 | low;
  }
  void write(isa::reg::Register at, std::uint64_t value) {
    write_register(at.offset, static_cast<std::uint32_t>(value));
    if (at.width == 64) write_register(at.offset + 4u, static_cast<std::uint32_t>(value >> 32));
  }

  // Throw std::runtime_error when the chip does not answer, or with an error.
  virtual std::uint32_t read_register(std::uint32_t offset) = 0;
  virtual void write_register(std::uint32_t offset, std::uint32_t value) = 0;

  virtual std::uint64_t dram_bytes() const = 0;
  // Within dram_bytes().
  virtual void read_dram(std::uint64_t address, std::span<std::byte> bytes) = 0;
  virtual void write_dram(std::uint64_t address, std::span<const std::byte> bytes) = 0;

  // Lets up to `cycles` of the chip's clock pass; true as soon as its interrupt is pending.
  virtual bool wait_for_interrupt(std::uint64_t cycles) = 0;
};

}  // namespace gradcore::runtime
