// SPDX-License-Identifier: Apache-2.0
// How a program on the chip ended, and where its cycles went.
#pragma once

#include <array>
#include <cstdint>
#include <string>

#include "sw/isa/assembler.h"
#include "sw/isa/isa.h"

namespace gradcore::runtime {

enum class State : std::uint8_t {
  kRunning,  // not at its end when the limit of wait() was reached
  kDone,     // halt, and all units are done
  kFailed,   // an instruction was refused
};

struct Status {
  State state = State::kDone;
  isa::Error error = isa::Error::kNone;
  // Among the matrices of the instruction, 1 is the first, its list is behind them; 0: none.
  unsigned operand = 0;
  std::uint64_t address = 0;       // of the instruction refused, or the last one carried out
  std::uint64_t instructions = 0;  // carried out, halt included
  // After kIndex: which entry of the instruction's list, and what it holds.
  std::uint32_t position = 0, index = 0;
};

// One clear sentence. `program` as it lies at `base` gives the instruction's text and the line it
// was made from; an empty one gives the address only.
std::string describe(const Status& status, const isa::Assembly& program = {},
                     std::uint64_t base = 0);

// Cycles of one unit: busy, token, memory and idle sum to all cycles of the program.
struct UnitCounters {
  std::uint64_t busy = 0;     // it works
  std::uint64_t token = 0;    // nothing in work, the next instruction waits for a token
  std::uint64_t memory = 0;   // stopped by local memory or DRAM
  std::uint64_t idle = 0;     // nothing in work and no instruction
  std::uint64_t starved = 0;  // its queue is empty, and the program has not reached its end
};

enum class CountedUnit : std::uint8_t { kMatrix, kVector, kLoad, kStore };
inline constexpr std::array<const char*, 4> kCountedUnitNames = {"matrix", "vector", "load",
                                                                 "store"};

// Since construction or the last reset(). A device without a clock says so and counts no cycles.
struct Counters {
  bool has_clock = false;
  std::uint64_t cycles = 0;
  std::uint64_t instructions = 0;
  std::uint64_t read_beats = 0, write_beats = 0;  // of 16 bytes, from and to DRAM
  std::array<UnitCounters, kCountedUnitNames.size()> units;

  Counters& operator+=(const Counters& other);
  Counters operator-(const Counters& before) const;
};

}  // namespace gradcore::runtime
