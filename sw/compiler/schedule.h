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

#include <array>
#include <functional>
#include <optional>
#include <vector>

#include "sw/compiler/accesses.h"
#include "sw/isa/assembler.h"

namespace gradcore::compiler {

// About how many cycles a turn takes in an order; nothing if there is no room for it.
using Judge = std::function<std::optional<double>(const isa::Assembly& body)>;

// What a body needs of local memory while it goes on: a matrix is there from the first instruction
// that touches it to the last.
struct Room {
  struct Matrix {
    unsigned memory = 0;  // 0: operand, 1: accumulator memory
    std::uint32_t tiles = 0;
  };
  std::vector<Matrix> matrices;
  std::vector<std::vector<std::size_t>> touched;  // by each instruction of the body
  std::array<std::uint32_t, 2> tiles = {0, 0};    // that there are, of each memory
};

// Control instructions must stand at the end, and stay there. Results are those of the order that
// came; `registers` are those at the first turn. Returns the estimated cycles of a turn.
//
// With `room` and a `judge` orders keep to the room that there is, and are as he says. What he has
// no room for (matrices lie in one piece) is tried again with less and less of it; if even that
// does not help the body is left as it came, and nothing is returned if he has no room for that.
double schedule_loop(isa::Assembly& body, const Registers& registers, const TileNumbers& tiles);
std::optional<double> schedule_loop(isa::Assembly& body, const Registers& registers,
                                    const TileNumbers& tiles, const Room& room, const Judge& judge);

}  // namespace gradcore::compiler
