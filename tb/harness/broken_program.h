// SPDX-License-Identifier: Apache-2.0
// Random programs with one instruction that is refused, in each of the ways that are documented.
//
// All before it is legal and independent of timing, so that the whole state of the chip is known
// when it stops. After `bus` and `index` other units may be ahead: then only the status is known,
// and what lies outside the write window.
#pragma once

#include <cstdint>
#include <string>

#include "sw/isa/instruction.h"
#include "sw/model/functional_chip.h"
#include "tb/harness/random_program.h"

namespace gradcore::harness {

struct BrokenProgram {
  RandomProgram program;       // with other windows than asked for where the error needs them
  std::uint64_t start = 0;     // where to start it; not always its address
  model::ChipStatus expected;  // from the functional chip
  std::string what;            // was done to it
};

// `error` is any but kNone and kTimeout. Makes legal programs from the seed until one offers a
// place for it; throws std::invalid_argument if none of many does.
BrokenProgram broken_program(const ProgramSpace& space, const ProgramOptions& options,
                             isa::Error error, std::uint64_t seed);

}  // namespace gradcore::harness
