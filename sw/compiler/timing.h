// SPDX-License-Identifier: Apache-2.0
// How long a unit works on an instruction, by the cycle counts in the headers of its modules and
// with nobody in its way. What a list holds is not known: each of its rows counts, none of a listed
// instruction's waits for one before it.
#pragma once

#include "sw/isa/instruction.h"

namespace gradcore::compiler {

struct Timing {
  double cycles = 0;   // until the unit can begin the next one
  double row = 0;      // of a vector instruction: of its first row of tiles
  double latency = 0;  // from then to the last write
  double dram = 0;     // of DRAM's time, which loads and stores share
};

inline constexpr std::size_t kQueueDepth = 16;  // instructions that wait in front of a unit
inline constexpr double kEnqueueCycles = 2;     // from the queue to the unit

// What an instruction costs the command processor.
double dispatch_cycles(const isa::Instruction& instruction);

Timing timing_of(const isa::Instruction& instruction, unsigned n);

}  // namespace gradcore::compiler
