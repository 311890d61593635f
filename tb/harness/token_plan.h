// SPDX-License-Identifier: Apache-2.0
// Orders a program: gives it the tokens and syncs without which its results depend on timing.
//
// What is known when an instruction starts is a count for each unit: so many of its instructions
// are done. A unit gives in order, so the k-th token taken was given by the k-th giver, and what
// that one knew is known, too; a token that several units give says nothing, as any of them may
// have been first. An instruction is ordered if it knows of the last one of each other unit that
// touches what it touches. Within a unit the unit keeps order.
#pragma once

#include <cstddef>
#include <optional>
#include <vector>

#include "sw/isa/instruction.h"
#include "tb/harness/program_access.h"
#include "tb/harness/random_patterns.h"

namespace gradcore::harness {

// Two instructions, numbered as steps of the program's trace, whose order nothing ensures.
struct Unordered {
  std::size_t first = 0, second = 0;
  bool token_missing = false;  // `second` takes a token that is not there, or gives one too many
};

// The first of them in a program, if there is one. All that it uses lies in the arena.
std::optional<Unordered> find_unordered(const isa::Program& program, const TileArena& arena);

// Adds tokens and syncs, here and there more than are needed, until nothing is unordered. Tokens
// are carried into, out of and around loops where their counts allow it.
isa::Program with_order(isa::Program program, const TileArena& arena, RandomPatterns& random);

// For each instruction of the vector unit one bit for each isa::Order that is right wherever it is
// carried out, seen from the one that the unit carries out before it; for others 0.
std::vector<unsigned> vector_orders(const isa::Program& program, const TileArena& arena);

}  // namespace gradcore::harness
