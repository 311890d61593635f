// SPDX-License-Identifier: Apache-2.0
// A network becomes programs of the chip and a plan of both memories.
//
// Weights and the optimizer's state stay in local memory from `initialise` on, or in DRAM where
// they are streamed (weight_stream.h). A launch of `train` is a number of rounds of steps; in DRAM
// their batches lie one behind the other, and after the last one of a round the first one of the
// next (the chip loads one step ahead).
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "sw/compiler/network.h"
#include "sw/compiler/places.h"
#include "sw/compiler/step.h"
#include "sw/compiler/update.h"
#include "sw/isa/assembler.h"

namespace gradcore::compiler {

// How long a launch is, and how much DRAM there is from `dram_base` on.
struct RunShape {
  std::uint32_t steps = 1;         // of a round
  std::uint32_t rounds = 1;        // with the same batches
  std::uint32_t test_batches = 0;  // of an evaluation
  std::uint64_t dram_base = 0;     // a multiple of 64
  std::uint64_t dram_bytes = std::uint64_t{1} << 32;
};

struct Region {
  std::string name;
  std::uint64_t address = 0, bytes = 0;
};

struct ChipProgram {
  isa::Assembly assembly;
  std::uint64_t address = 0;
};

// Of a training run.
struct Programs {
  ChipProgram initialise;  // parameters and state, from DRAM
  ChipProgram train;       // a number of steps
  ChipProgram evaluate;    // results and losses of test data
  ChipProgram save;        // parameters and state, to where `initialise` finds them
  ChipProgram begin, end;  // around each launch of `train`, or empty
};

// All numbers in DRAM are binary32 but the inputs, which are bfloat16; matrices lie row by row.
// `initialise` begins with state 0, `evaluate` writes logits only.
struct Compiled : Programs {
  struct LayerRegions {
    Region weights, bias;         // inputs x outputs, 1 x outputs
    std::array<Region, 2> state;  // like the weights; only of those that live in DRAM
  };
  std::vector<LayerRegions> layers;
  Region inputs;  // steps + 1 batches
  Region labels;  // steps + 1 times batch x classes: 1 / batch at the class, else 0
  Region table;   // steps x (numbers of the schedule x table_width)
  Region losses;  // rounds x steps
  Region test_inputs, logits;
  Region skipped;  // how many steps were skipped, written by `save`

  StepStrides strides;
  std::vector<Table> tables;
  std::uint32_t table_width = 0;
  std::uint64_t dram_end = 0;  // a multiple of 64: no burst reads beyond it
  std::vector<LocalPlan::Entry> local;
  std::uint64_t step_instructions = 0;  // of a turn of the training loop, `end` included
  double ideal_cycles = 0;              // of a step: multiply-accumulates / N^2
  std::uint64_t step_dram_bytes = 0;    // loads and stores of a step
};

// Throws CompileError when something does not fit.
Compiled compile(const Network& network, const RunShape& shape);

// Where everything lies, and every program with its addresses.
std::string listing(const Network& network, const Compiled& compiled);

}  // namespace gradcore::compiler
