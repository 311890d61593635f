// SPDX-License-Identifier: Apache-2.0
// A program as the command processor goes through it: loops unrolled, bases added.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "sw/isa/instruction.h"

namespace gradcore::harness {

using Registers = std::array<std::uint32_t, isa::kRegisters>;

// With the registers added to its addresses.
isa::Instruction resolve(const isa::Instruction& instruction, const Registers& registers);

// How the loops of a program nest.
struct Nesting {
  static constexpr std::size_t kTop = ~std::size_t{0};
  std::vector<std::size_t> parent;  // of each instruction, its end included: the innermost loop
  std::vector<std::size_t> end;     // of each loop
};
Nesting nesting(const isa::Program& program);

// One instruction handed to a unit, the time it is carried out.
struct Step {
  std::size_t index = 0;         // in the program
  std::uint64_t number = 0;      // instructions before it, those of the command processor included
  isa::Instruction instruction;  // bases added
  Registers registers{};
  bool after_sync = false;  // a sync stands between it and the step before
  // The turns of loops that it belongs to, outermost first, each with a number of its own;
  // turns[0] is the program. loops[d] is the loop that turns[d + 1] is a turn of.
  unsigned depth = 0;
  std::array<std::uint32_t, isa::kLoopDepth + 1> turns{};
  std::array<std::size_t, isa::kLoopDepth> loops{};
};

// All steps up to halt or the end of the program. Whatever is not the command processor's own
// counts, no instructions included (they stand for some yet to be chosen). Loops must be right.
std::vector<Step> trace(const isa::Program& program);

}  // namespace gradcore::harness
