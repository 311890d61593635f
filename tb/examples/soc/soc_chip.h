// SPDX-License-Identifier: Apache-2.0
// The Verilated example SoC as the chip inside it, and the pins of the master beside it.
#pragma once

#include <cstdint>
#include <memory>

#include "tb/harness/rtl_chip.h"

namespace gradcore::harness {

// What the other master counts (tb/examples/soc/traffic_master.sv).
struct Traffic {
  std::uint32_t passes = 0, read_beats = 0, write_beats = 0, wrong = 0, errors = 0;
};

// The master's window in DRAM, from `base` on.
inline constexpr std::uint64_t kTrafficBytes = 2 * 16384;

class TrafficPins {
 public:
  virtual ~TrafficPins() = default;
  // `base` must be a multiple of kTrafficBytes and stay while a pass is under way.
  virtual void enable(bool active, std::uint64_t base) = 0;
  virtual Traffic traffic() const = 0;
};

// The hardware of the one SoC that is built.
inline constexpr device::Hardware kSocHardware{.n = 4, .operand_kib = 16, .accumulator_kib = 32};

// A chip as RtlChip knows it; `traffic` is set to the pins of the other master, which live as long.
std::unique_ptr<ChipModel> make_soc(TrafficPins** traffic);

}  // namespace gradcore::harness
