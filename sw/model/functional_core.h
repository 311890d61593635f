// SPDX-License-Identifier: Apache-2.0
// The whole core without a clock: local memory and the GEMM command, bit-exact. Reference for the
// RTL and, being fast, a backend of its own.
#pragma once

#include <cstdint>
#include <deque>
#include <span>

#include "sw/device/device.h"
#include "sw/model/gemm.h"
#include "sw/model/local_memory.h"

namespace gradcore::model {

// What a core built as `hardware` answers to `command`, before doing anything.
device::Completion check_command(const device::Hardware& hardware,
                                 const device::GemmCommand& command);

// The hardware itself. Throws std::invalid_argument for parameters no core can have.
const device::Hardware& checked(const device::Hardware& hardware);

// Carries out a command that check_command() accepts. Counts into `statistics` if given.
void execute_gemm(const device::Hardware& hardware, LocalMemory& memory,
                  const device::GemmCommand& command, GemmStatistics* statistics = nullptr);

class FunctionalCore final : public device::Device {
 public:
  // Memory starts as zeros. Throws std::invalid_argument for parameters no core can have.
  explicit FunctionalCore(const device::Hardware& hardware, bool count_dropped = false);

  const device::Hardware& hardware() const override { return hardware_; }

  // Both throw std::invalid_argument unless given n values.
  void write_line(std::uint32_t address, std::span<const std::uint32_t> values,
                  std::uint32_t lane_mask) override;
  void read_line(std::uint32_t address, std::span<std::uint32_t> values) override;

  // Commands are carried out when submitted; the queue of completions has no bound.
  void submit(const device::GemmCommand& command) override;
  device::Completion wait() override;

  device::Counters counters() const override { return {}; }

  // Of all commands so far; zero unless counting was asked for.
  const GemmStatistics& statistics() const { return statistics_; }

 private:
  device::Hardware hardware_;
  bool count_dropped_;
  LocalMemory memory_;
  std::deque<device::Completion> completions_;
  GemmStatistics statistics_;
};

}  // namespace gradcore::model
