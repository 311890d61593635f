// SPDX-License-Identifier: Apache-2.0
// Who waits for whom: a loop body as it would run one instruction after the other becomes one in
// which the units run ahead of each other and the results stay the same.
//
// There is one token for each pair of units, giver and taker. A unit works in order, so waiting for
// an instruction of another unit is waiting for all before it: along a pair, what is waited for
// never goes back, and the k-th taken is the k-th given. A token is put only where nothing known
// already says that the other instruction is done. What a turn takes before the turn itself has
// given it comes from the turn before; for the first turn it is given in advance.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "sw/compiler/accesses.h"

namespace gradcore::compiler {

inline constexpr unsigned kUnits = 4;  // matrix, vector, load, store

constexpr unsigned unit_index(isa::Unit unit) { return static_cast<unsigned>(unit) - 1; }

constexpr unsigned token_of(unsigned giver, unsigned taker) {
  return giver * (kUnits - 1) + (taker < giver ? taker : taker - 1);
}
constexpr unsigned giver_of(unsigned token) { return token / (kUnits - 1); }
inline constexpr unsigned kPairs = kUnits * (kUnits - 1);

// How many of each token must have been given before the first turn.
using Advance = std::array<unsigned, kPairs>;

// Puts tokens, and the weakest sufficient `order` of vector instructions, into the body of a loop.
// `registers` are those at its first turn; the body may change them. Throws std::logic_error for a
// body whose turns do not come to depend on each other in the same way.
Advance order_loop(std::vector<isa::Instruction>& body, const Registers& registers,
                   const TileNumbers& tiles);

// The weakest order that lets `next` follow `before`, both resolved vector instructions.
isa::Order vector_order(const Accesses& before, const Accesses& next);

}  // namespace gradcore::compiler
