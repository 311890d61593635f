// SPDX-License-Identifier: Apache-2.0
// What stands around the instructions of a random program: loops, and registers that step.
#pragma once

#include "sw/isa/instruction.h"
#include "tb/harness/program_access.h"
#include "tb/harness/random_patterns.h"
#include "tb/harness/random_program.h"

namespace gradcore::harness {

// Sets, adds and loops, with empty instructions (opcode 0) where units will get theirs. r15 is left
// to who changes programs.
isa::Program program_skeleton(const TileArena& arena, const ProgramOptions& options,
                              RandomPatterns& random);

}  // namespace gradcore::harness
