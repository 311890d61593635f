// SPDX-License-Identifier: Apache-2.0
// One Verilated chip of any size behind plain pins: what differs between the generated classes
// ends here.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "sw/device/device.h"
#include "tb/harness/axi_memory.h"

namespace gradcore::harness {

inline constexpr unsigned kUnits = 4;  // matrix, vector, load, store

// The host's side of AXI4-Lite.
struct LiteToChip {
  bool aw_valid = false, w_valid = false, b_ready = false, ar_valid = false, r_ready = false;
  std::uint32_t aw_address = 0, w_data = 0, ar_address = 0;
};
struct LiteFromChip {
  bool aw_ready = false, w_ready = false, b_valid = false, ar_ready = false, r_valid = false;
  std::uint32_t r_data = 0;
  unsigned b_resp = 0, r_resp = 0;
};

// A unit starts an instruction, is done with its oldest one.
struct UnitEvent {
  bool start = false, done = false;
  std::uint32_t address = 0;  // of the instruction that starts, the low half
};

struct ChipOutputs {
  LiteFromChip lite;
  AxiToMemory axi;
  bool interrupt = false;
  bool has_events = false;  // any below
  std::array<UnitEvent, kUnits> events;
};

class ChipModel {
 public:
  virtual ~ChipModel() = default;

  // Applies the inputs, lets combinational outputs settle while the clock is low.
  virtual void settle(const LiteToChip& lite, const AxiFromMemory& axi, ChipOutputs& outputs) = 0;
  // The rising edge of the clock.
  virtual void edge() = 0;
  virtual void set_reset(bool active) = 0;
  // Assertions of the design that have failed so far.
  virtual unsigned assertion_failures() const = 0;

  // Waveforms: only traced models write any; the others throw std::logic_error.
  virtual void open_trace(const std::string& path) = 0;
  virtual void close_trace() = 0;
};

// The chips built into this program (CMake: GRADCORE_CHIPS).
const std::vector<device::Hardware>& built_chips();

// Throws std::invalid_argument, with a list of the chips there are, if this is none of them.
std::unique_ptr<ChipModel> make_chip_model(const device::Hardware& hardware, bool traced = false);

}  // namespace gradcore::harness
