// SPDX-License-Identifier: Apache-2.0
// The order of the instructions of a loop body.
//
// The body comes as one unit would carry it out. Units work in order and side by side, so what
// stands where decides who waits. A simple machine carries out turns of the loop; whenever a unit
// is free, it takes of the instructions that need nothing more the one with the longest way to go
// behind it, through this turn and the next ones (list scheduling: Graham, Bounds for certain
// multiprocessing anomalies, 1966). This is done in a few dozen ways that differ a little, always
// the same ones, and estimate.h judges which is the best.
#pragma once

#include <functional>
#include <optional>

#include "sw/compiler/accesses.h"
#include "sw/isa/assembler.h"

namespace gradcore::compiler {

// About how many cycles a turn takes in an order; nothing if there is no room for it.
using Judge = std::function<std::optional<double>(const isa::Assembly& body)>;

// Control instructions must stand at the end, and stay there. Results are those of the order that
// came; `registers` are those at the first turn. Returns the estimated cycles of a turn.
//
// With a `judge` orders are as he says. What he has no room for is tried again with units that run
// ahead of the plain order less and less; if even that has no room the body is left as it came, and
// nothing is returned.
double schedule_loop(isa::Assembly& body, const Registers& registers, const TileNumbers& tiles);
std::optional<double> schedule_loop(isa::Assembly& body, const Registers& registers,
                                    const TileNumbers& tiles, const Judge& judge);

}  // namespace gradcore::compiler
