// SPDX-License-Identifier: Apache-2.0
// A Verilated chip with its DRAM, as runtime::ChipDevice wants it.
#pragma once

#include <cstddef>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include "sw/runtime/chip_device.h"
#include "sw/runtime/chip_port.h"
#include "tb/harness/axi_memory.h"
#include "tb/harness/chip_model.h"

namespace gradcore::harness {

struct ChipSettings {
  device::Hardware hardware;
  std::uint64_t dram_bytes = 64u << 20;
  AxiMemorySettings memory{};
  bool traced = false;
};

class RtlChip final : public runtime::ChipPort {
 public:
  // DRAM is zeros. Throws std::invalid_argument if no such chip is built.
  explicit RtlChip(const ChipSettings& settings);
  // A design with a chip inside, whose pins are those of a chip.
  RtlChip(const ChipSettings& settings, std::unique_ptr<ChipModel> model);
  ~RtlChip() override;
  RtlChip(const RtlChip&) = delete;
  RtlChip& operator=(const RtlChip&) = delete;

  std::uint32_t read_register(std::uint32_t offset) override;
  void write_register(std::uint32_t offset, std::uint32_t value) override;
  std::uint64_t dram_bytes() const override { return dram_.size(); }
  void read_dram(std::uint64_t address, std::span<std::byte> bytes) override;
  void write_dram(std::uint64_t address, std::span<const std::byte> bytes) override;
  bool wait_for_interrupt(std::uint64_t cycles) override;

  // The only place where time passes.
  void cycle();
  std::uint64_t cycles() const { return cycles_; }
  // Called in each cycle in which a unit starts or ends something.
  void watch_events(std::function<void(std::uint64_t cycle, const ChipOutputs&)> observer) {
    observer_ = std::move(observer);
  }

  AxiMemory& memory() { return memory_; }
  unsigned assertion_failures() const { return model_->assertion_failures(); }
  // Waveforms of so many cycles from cycle `from` on go to a file, and a view for GTKWave beside it
  // when they end: at the latest with the chip. Cycle c is at 10 c ns. For traced chips; replaces a
  // recording that goes on. What cannot be written is thrown where the cycle is simulated.
  void record(const std::filesystem::path& fst, std::uint64_t from, std::uint64_t cycles);

 private:
  struct Recording {
    std::filesystem::path fst;
    std::uint64_t from = 0, to = 0;  // cycles
    bool is_open = false;
  };
  void trace();
  void end_recording();

  std::vector<std::byte> dram_;
  AxiMemory memory_;
  std::unique_ptr<ChipModel> model_;
  LiteToChip lite_;
  ChipOutputs outputs_;
  std::uint64_t cycles_ = 0;
  std::optional<Recording> recording_;
  std::function<void(std::uint64_t, const ChipOutputs&)> observer_;
};

// The chip as a device; `chip`, if given, is set to the port inside, which lives as long.
std::unique_ptr<runtime::ChipDevice> make_rtl_chip(const ChipSettings& settings,
                                                   RtlChip** chip = nullptr);

}  // namespace gradcore::harness
