// SPDX-License-Identifier: Apache-2.0
// About how many cycles a program takes, without a chip: units, queues and tokens as they are,
// instructions by the cycle counts in the headers of their modules. What is left out: units that
// meet in a bank of local memory, and DRAM that is late.
#pragma once

#include <cstdint>
#include <vector>

#include "sw/compiler/ordering.h"
#include "sw/isa/instruction.h"

namespace gradcore::compiler {

struct Timed {
  std::size_t instruction = 0;  // its number in the program
  unsigned unit = 0;
  double start = 0;   // work begins
  double issued = 0;  // the unit is free for the next one
  double done = 0;    // all is written
};

struct Estimate {
  double cycles = 0;
  std::vector<double> busy;  // of each unit
  std::vector<Timed> steps;  // in the order of the program
};

// Throws std::logic_error for a program that waits for a token that nothing gives.
Estimate estimate(const isa::Program& program, const device::Hardware& hardware);

// Of a turn of the innermost loop once all turns are alike; 0 if it has too few.
double cycles_of_turn(const isa::Program& program, const Estimate& estimate);

// The same of a loop body with its tokens (ordering.h).
double turn_cycles(const isa::Program& body, const Advance& advance,
                   const device::Hardware& hardware);

}  // namespace gradcore::compiler
