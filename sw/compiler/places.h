// SPDX-License-Identifier: Apache-2.0
// All matrices of a training run in local memory.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <vector>

#include "sw/compiler/local_plan.h"
#include "sw/compiler/network.h"

namespace gradcore::compiler {

// A part of the rows of a batch: they follow each other through the chip, so that one waits for
// results while the other is computed.
struct Group {
  std::uint32_t first = 0, rows = 0;
};

// Weights or a bias, with what the optimizer remembers of them. The bias is a row.
struct Parameter {
  View master;                // binary32
  std::array<View, 2> state;  // velocity, or first and second moment
};

struct LayerPlace {
  std::uint32_t inputs = 0, outputs = 0;
  Activation activation = Activation::kIdentity;
  std::uint32_t block = 0;   // columns of one instruction, a multiple of the array's size
  bool is_streamed = false;  // master and state of the weights are in DRAM
  // operand memory
  View weights;      // bfloat16 copy for the matrix unit
  View activation_;  // outputs, batch x outputs; not of the last layer
  View gradient;     // of the outputs before activation: transposed, but of the last layer as it is
  // accumulator memory
  View output;                        // X W
  View input_gradient;                // dX transposed, inputs x batch; not of the first layer
  View weight_gradient;               // dW, or as many blocks as are under way: gradient_block
  View slope;                         // derivative of tanh
  std::array<View, 2> bias_gradient;  // of each group, a column
  View bias_sum;                      // of both, a row
  Parameter weight;                   // of a streamed layer nothing
  Parameter bias;
};

// What softmax and cross-entropy need; all in accumulator memory.
struct LossPlace {
  View labels;  // one-hot, divided by the batch
  View logits;  // batch x classes, as are exponentials
  View exponentials;
  View largest, sum, label_logit;  // columns
  View reciprocal, log;            // rows
  View loss;                       // 1 x 1
};

// Of clipping and skipping; all in accumulator memory. Single numbers are 1 x 1.
struct GuardPlace {
  std::array<View, 2> sums;  // of the squares of rows, columns: so far, and of a block
  View total, scale, finite, not_finite, skipped;
  View scale_row, finite_row;
  std::vector<View> numbers;  // rows of what the optimizer multiplies with (update.h)
};

struct Places {
  // With `table_rows` rows of numbers of the schedule. In the best banks if everything fits there,
  // else without gaps, else with the weights of layers in DRAM, the largest first. Throws
  // CompileError.
  Places(const Network& network, unsigned table_rows);

  std::uint32_t blocks(const LayerPlace& layer) const {
    return (layer.outputs + layer.block - 1) / layer.block;
  }
  std::uint32_t columns(const LayerPlace& layer, std::uint32_t block) const {
    return std::min(layer.block, layer.outputs - block * layer.block);
  }
  // dW of a block. Where not all of them have a place of their own, they take turns.
  View gradient_block(const LayerPlace& layer, std::uint32_t block) const;

  unsigned n;  // size of the array
  LocalPlan plan;
  std::vector<Group> groups;  // one or two
  std::vector<LayerPlace> layers;
  std::vector<Parameter> slots;  // for blocks of weights that live in DRAM (weight_stream.h)
  LossPlace loss;
  std::array<View, 2> input;  // of this step and the next
  std::vector<View> tables;   // rows of one number of the schedule, as wide as a block
  GuardPlace guard;
  // Of instructions that do nothing; none reads what another one writes.
  View empty_operand, loaded_operand, product, cleared;

 private:
  // With the weights of so many layers in DRAM; `is_dense`: without gaps.
  bool try_place(const Network& network, unsigned table_rows, std::size_t streamed, bool is_dense);
  void place(const Network& network, unsigned table_rows);
};

// Of all layers the widest block: the length of a row in the tables of the schedule.
std::uint32_t table_width(const Network& network);

}  // namespace gradcore::compiler
