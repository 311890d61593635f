// SPDX-License-Identifier: Apache-2.0
// The functional chip as a device: bit for bit what the chip computes, without a clock.
#pragma once

#include "sw/model/functional_chip.h"
#include "sw/runtime/device.h"

namespace gradcore::runtime {

class ModelDevice final : public Device {
 public:
  // Memories are zeros. Throws std::invalid_argument for parameters no chip can have.
  ModelDevice(const Hardware& hardware, std::uint64_t dram_bytes);

  const Hardware& hardware() const override { return hardware_; }
  void write(std::uint64_t address, std::span<const std::byte> bytes) override;
  void read(std::uint64_t address, std::span<std::byte> bytes) override;
  void set_windows(const Window& read, const Window& write) override;
  void launch(std::uint64_t address) override;
  Status wait(std::uint64_t limit) override;
  // Instructions only.
  Counters counters() const override;
  void reset() override;

  // For statistics, and for tests that look into local memory.
  model::FunctionalChip& chip() { return chip_; }

 private:
  std::span<std::byte> part(std::uint64_t address, std::size_t bytes);

  Hardware hardware_;
  model::FunctionalChip chip_;
  bool runs_ = false;
  Status last_;
  std::uint64_t instructions_ = 0;  // of programs that have ended
};

}  // namespace gradcore::runtime
