// SPDX-License-Identifier: Apache-2.0
// A program around the body of a loop.
#pragma once

#include <cstdint>

#include "sw/compiler/emitter.h"
#include "sw/compiler/ordering.h"

namespace gradcore::compiler {

// What instructions that only give the first tokens work on: an element each, which nothing else
// uses, and bytes of DRAM that may be read and that are overwritten later.
struct IdlePlaces {
  View operand, loaded;                 // operand memory
  View product, cleared;                // accumulator memory
  std::uint64_t read = 0, written = 0;  // DRAM
};

// How the loop goes: so many rounds of so many turns. `before` is carried out once, `pointers` at
// the start of each round.
struct LoopShape {
  std::uint32_t rounds = 1, turns = 1;
};

// `body` has its tokens (order_loop), of which `advance` are to be given in advance.
isa::Assembly loop_program(const LoopShape& shape, const IdlePlaces& idle, const Advance& advance,
                           const Emitter& before, const Emitter& pointers, const Emitter& body);

}  // namespace gradcore::compiler
