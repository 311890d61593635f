// SPDX-License-Identifier: Apache-2.0
// The Verilated core as a device: owns model and clock, drives and watches its three ports.
#pragma once

#include <array>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <stdexcept>
#include <utility>
#include <vector>

#include "sw/device/device.h"
#include "tb/harness/core_model.h"

namespace gradcore::harness {

// The design broke one of its assertions, or stopped making progress.
class DesignError : public std::runtime_error {
  using std::runtime_error::runtime_error;
};

// Probabilities, in 1/256, with which each side of a port holds back for a cycle.
struct Stalls {
  unsigned command = 0;         // commands offered
  unsigned completion = 0;      // completions taken
  unsigned memory_request = 0;  // host accesses offered
  unsigned memory_data = 0;     // read data taken
  unsigned traffic = 0;         // extra host reads offered beside everything else
  std::uint64_t seed = 1;
};

class RtlDevice final : public device::Device {
 public:
  // Comes out of reset with undefined (here: zero) memory. Throws std::invalid_argument if no
  // such core is built.
  explicit RtlDevice(const device::Hardware& hardware, bool traced = false);
  // On a model of that hardware made elsewhere.
  RtlDevice(const device::Hardware& hardware, std::unique_ptr<CoreModel> model);

  const device::Hardware& hardware() const override { return hardware_; }
  void write_line(std::uint32_t address, std::span<const std::uint32_t> values,
                  std::uint32_t lane_mask) override;
  void read_line(std::uint32_t address, std::span<std::uint32_t> values) override;
  void submit(const device::GemmCommand& command) override;
  // Throws DesignError when the design makes no progress, or has failed an assertion.
  device::Completion wait() override;
  device::Counters counters() const override { return counters_; }

  void set_stalls(const Stalls& stalls);
  // One clock cycle: the only place where time passes.
  void cycle();
  void idle(std::uint64_t cycles);

  // Is called in every cycle before its clock edge, when all signals have settled.
  void set_observer(std::function<void()> observer) { observer_ = std::move(observer); }

  // As `submit`, with the words as given: for commands that GemmCommand cannot express.
  void submit_words(const std::array<std::uint32_t, kCommandWords>& words);
  static std::array<std::uint32_t, kCommandWords> encode(const device::GemmCommand& command);

  CoreModel& model() { return *model_; }

 private:
  struct MemoryRequest {
    bool write = false;
    bool traffic = false;  // the answer is of no interest
    std::uint32_t address = 0;
    std::uint32_t mask = 0;
    std::array<std::uint32_t, kMaxLanes> data{};
  };

  bool chance(unsigned probability);
  void check_line(std::uint32_t address, std::size_t values) const;
  void run_until(const std::function<bool()>& condition, std::uint64_t limit, const char* what);

  device::Hardware hardware_;
  std::unique_ptr<CoreModel> model_;
  CoreInputs inputs_;
  CoreOutputs outputs_;
  device::Counters counters_;

  std::function<void()> observer_;

  Stalls stalls_;
  std::uint64_t random_ = 1;

  std::deque<std::array<std::uint32_t, kCommandWords>> commands_;
  std::deque<MemoryRequest> requests_;
  std::deque<bool> reads_;  // under way, true for traffic
  std::deque<std::array<std::uint32_t, kMaxLanes>> read_data_;
  std::deque<device::Completion> completions_;
  std::uint64_t outstanding_ = 0;      // commands submitted and not waited for
  std::uint64_t expected_cycles_ = 0;  // a generous bound for those
};

}  // namespace gradcore::harness
