// SPDX-License-Identifier: Apache-2.0
// Makes a legal instruction one that is refused for what stands in it.
#pragma once

#include "sw/isa/instruction.h"
#include "tb/harness/random_patterns.h"
#include "tb/harness/random_program.h"

namespace gradcore::harness {

// Changes one thing that often, not always, leads to this error: whether it does is for a check to
// say. `resolved` is the instruction with its bases added. False where the instruction has nothing
// to change. For kBus it goes beyond DRAM, for kWindow beyond the window of its direction.
bool break_instruction(isa::Error error, isa::Instruction& instruction,
                       const isa::Instruction& resolved, const ProgramSpace& space,
                       RandomPatterns& random);

// One of an instruction's addresses, of which it has some.
const isa::FieldInfo& any_address(const isa::Instruction& instruction, RandomPatterns& random);

// Beyond all memories, and a multiple of every tile.
inline constexpr std::uint32_t kFarAway = 0x4000'0000;

}  // namespace gradcore::harness
