// SPDX-License-Identifier: Apache-2.0
// A model becomes programs of the chip and a plan of both memories.
//
// Parameters and what the optimizer remembers stay in local memory from `initialise` on; `save`
// writes them to where `initialise` reads them, so that the two may stand around anything.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "sw/compiler/compile.h"
#include "sw/compiler/ordering.h"
#include "sw/nn/dump.h"
#include "sw/nn/model.h"
#include "sw/nn/table_passes.h"

namespace gradcore::nn {

using compiler::ChipProgram;
using compiler::Region;

// Which launches there are, how long they may be, and how much DRAM there is from `dram_base` on.
struct LaunchShape {
  std::uint32_t steps = 1;         // of a launch of `train`, at most
  std::uint32_t test_batches = 1;  // of a launch of `evaluate`, at most
  std::uint64_t dram_base = 0;     // a multiple of 64
  std::uint64_t dram_bytes = std::uint64_t{1} << 32;
  bool trains = true, evaluates = true;  // without: that program is empty
  // Training steps in the order in which they are written down, which store what flows between
  // their layers.
  bool dumps = false;
};

// All numbers in DRAM are binary32; matrices lie row by row.
struct Compiled : compiler::Programs {
  // The instructions that say how many steps (batches) a launch has, by number in their program.
  std::size_t train_loop = 0, evaluate_loop = 0;
  // Likewise the one of `train` that sets the number of the first step, where it matters.
  std::optional<std::size_t> train_step;

  struct ParameterRegions {
    Region value;
    std::array<Region, 2> state;  // bytes 0: none
  };
  std::vector<ParameterRegions> parameters;  // like Model::parameters()
  std::vector<Region> constants;             // like Model::constants()
  Region inputs, labels;                     // of the steps of a launch, one behind the other
  Region table;                              // steps x (numbers of the schedule x table_width)
  Region losses;                             // of each step
  Region squares;                            // sums of squares of all gradients; or of 0 bytes
  Region test_inputs, test_labels, test_losses;
  Region test_outputs;  // of each batch: rows x outputs
  // Of models with embedding tables; else of 0 bytes.
  Region rows, row_state;        // all tables, one below the other
  Region constant_list;          // Interaction::constant_lists()
  Region lists, test_lists;      // BagLists of each step
  Region first_rows, last_rows;  // of a launch of `train`: BagLists::Ends
  std::uint32_t list_bytes = 0;  // of a step
  // Around each step, if the tables have them (Tables::has_passes); then none of these lists.
  std::shared_ptr<const TablePasses> passes;
  std::uint32_t input_bytes = 0, label_bytes = 0, table_bytes = 0, output_bytes = 0;  // of a step

  std::vector<Dumped> dumped;  // of the last step

  std::vector<compiler::Table> tables;
  std::uint32_t table_width = 0;
  std::uint64_t dram_end = 0;
  std::uint64_t step_instructions = 0;
  double ideal_cycles = 0;  // of a step: multiply-accumulates / N^2
  std::uint64_t step_dram_bytes = 0;
  double estimated_cycles = 0;                             // of a step, by the compiler
  std::array<double, compiler::kUnits> unit_cycles = {};   // that a step keeps each unit busy
  std::uint32_t operand_tiles = 0, accumulator_tiles = 0;  // in use at most
};

// Throws compiler::CompileError when something does not fit.
Compiled compile(Model& model, const LaunchShape& shape);

// The model with as much in local memory as makes its steps shortest, by the compiler's estimate.
// Throws compiler::CompileError when it does not fit in any way.
struct CompiledModel {
  std::unique_ptr<Model> model;
  Compiled compiled;
  Residence residence = Residence::kAll;
};
CompiledModel compile_best(const Description& description, const DataShape& data,
                           const LaunchShape& shape);

}  // namespace gradcore::nn
