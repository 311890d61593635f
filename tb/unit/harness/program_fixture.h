// SPDX-License-Identifier: Apache-2.0
// What tests of random programs share.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "sw/model/functional_chip.h"
#include "tb/harness/interleaved_chip.h"
#include "tb/harness/random_program.h"

namespace gradcore::harness {

inline ProgramSpace small_space(unsigned n = 4) {
  ProgramSpace space{{.n = n, .operand_kib = 64, .accumulator_kib = 64},
                     n == 4 ? std::size_t{0x10000} : std::size_t{0x40000},
                     {},
                     {}};
  space.read = space.write = {0, space.dram_bytes};
  return space;
}

// Everything that a program leaves behind.
struct Outcome {
  model::ChipStatus status;
  std::vector<std::byte> dram;
  std::vector<std::uint16_t> operands;
  std::vector<std::uint32_t> accumulators;

  bool same_memory(const Outcome& other) const {
    return dram == other.dram && operands == other.operands && accumulators == other.accumulators;
  }
  bool same_status(const Outcome& other) const {
    return status.error == other.status.error && status.operand == other.status.operand &&
           status.address == other.status.address &&
           status.instructions == other.status.instructions;
  }
  bool operator==(const Outcome& other) const { return same_memory(other) && same_status(other); }
};

template <typename Chip, typename... Random>
Outcome carry_out(const RandomProgram& program, std::uint64_t start, Random&... random) {
  Chip chip(program.space.hardware, program.space.dram_bytes);
  chip.set_windows(program.space.read, program.space.write);
  std::copy(program.dram.begin(), program.dram.end(), chip.dram().begin());
  Outcome out;
  out.status = chip.run(start, random...);
  out.dram.assign(chip.dram().begin(), chip.dram().end());
  out.operands = chip.local().operands();
  out.accumulators = chip.local().accumulators();
  return out;
}
inline Outcome in_order(const RandomProgram& program) {
  return carry_out<model::FunctionalChip>(program, program.address);
}
inline Outcome interleaved(const RandomProgram& program, RandomPatterns& random) {
  return carry_out<InterleavedChip>(program, program.address, random);
}

}  // namespace gradcore::harness
