// SPDX-License-Identifier: Apache-2.0
// The chip on a board behind a serial line, as runtime::ChipDevice wants it.
#pragma once

#include <functional>
#include <memory>

#include "sw/bridge/link.h"
#include "sw/runtime/chip_port.h"

namespace gradcore::bridge {

class SerialChip final : public runtime::ChipPort {
 public:
  // Begins a session and resets the chip; memory keeps what it holds. Throws LineError, LinkError.
  explicit SerialChip(std::unique_ptr<Line> line, const LinkSettings& settings = {});

  std::uint32_t read_register(std::uint32_t offset) override;
  void write_register(std::uint32_t offset, std::uint32_t value) override;
  std::uint64_t dram_bytes() const override { return dram_bytes_; }
  void read_dram(std::uint64_t address, std::span<std::byte> bytes) override;
  void write_dram(std::uint64_t address, std::span<const std::byte> bytes) override;
  // Asks from time to time; cycles are those of the board's clock.
  bool wait_for_interrupt(std::uint64_t cycles) override;

  // Chip and buses, as after power-up; memory keeps what it holds.
  void reset() { link_.reset(); }

  // Called while it waits, and between requests; may throw.
  void set_observer(std::function<void()> observer) { observer_ = std::move(observer); }

  std::uint32_t clock_khz() const { return clock_khz_; }
  const LinkCounts& counts() const { return link_.counts(); }

 private:
  std::uint32_t read_word(std::uint32_t address);

  Link link_;
  std::uint64_t dram_bytes_ = 0;
  std::uint32_t clock_khz_ = 0;
  std::function<void()> observer_ = [] {};
};

}  // namespace gradcore::bridge
