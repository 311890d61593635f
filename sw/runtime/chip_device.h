// SPDX-License-Identifier: Apache-2.0
// A chip with registers as a device, whatever leads to it.
#pragma once

#include <memory>

#include "sw/runtime/chip_port.h"
#include "sw/runtime/device.h"

namespace gradcore::runtime {

class ChipDevice final : public Device {
 public:
  // Throws std::runtime_error if what is there is no chip of this software's description.
  explicit ChipDevice(std::unique_ptr<ChipPort> port);

  const Hardware& hardware() const override { return hardware_; }
  void write(std::uint64_t address, std::span<const std::byte> bytes) override;
  void read(std::uint64_t address, std::span<std::byte> bytes) override;
  // Bases and sizes are multiples of 16: std::invalid_argument otherwise.
  void set_windows(const Window& read, const Window& write) override;
  void launch(std::uint64_t address) override;
  Status wait(std::uint64_t limit) override;
  Counters counters() const override;
  void reset() override;

  ChipPort& port() { return *port_; }

 private:
  void check(std::uint64_t address, std::size_t bytes) const;
  void add_counters();

  std::unique_ptr<ChipPort> port_;
  Hardware hardware_;
  bool runs_ = false;
  Status last_;
  Counters counters_;  // of programs that have ended
};

}  // namespace gradcore::runtime
