// SPDX-License-Identifier: Apache-2.0
// The instructions of one training step, and of one batch of evaluation, as one unit would carry
// them out. Their order for several (schedule.h) and tokens (ordering.h) come later.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "sw/compiler/emitter.h"
#include "sw/compiler/guard.h"
#include "sw/compiler/places.h"
#include "sw/compiler/update.h"
#include "sw/compiler/weight_stream.h"

namespace gradcore::compiler {

// Registers of a loop over batches.
enum StepRegister : unsigned {
  kInput = 1,      // address of this step's input in operand memory
  kNextInput = 2,  // of the next one's
  kSpare = 3,
  kInputData = 4,  // DRAM: input of the next step
  kLabelData = 5,  // labels of the next step
  kTableData = 6,  // numbers of the schedule of this step
  kResult = 7,     // where the loss (the logits) of this step goes
};

// Distances in DRAM from one step to the next.
struct StepStrides {
  std::uint32_t inputs = 0, labels = 0, table = 0, result = 0;
};

class StepEmitter {
 public:
  StepEmitter(const Network& network, const Places& places, const WeightStream& stream,
              const StepStrides& strides, Emitter& out)
      : network_(network),
        places_(places),
        stream_(stream),
        strides_(strides),
        out_(out),
        guard_(network, places, out) {}

  // Loads the next input and, after use, the next labels; stores the loss.
  void training();
  // Stores the logits.
  void evaluation();

 private:
  // Columns [first, first + cols) of a layer for the rows of a group.
  struct Part {
    std::uint32_t first = 0, cols = 0;
    Group group;
  };

  const LayerPlace& layer(std::size_t l) const { return places_.layers[l]; }
  std::size_t last() const { return places_.layers.size() - 1; }
  Group all() const { return {0, network_.batch}; }
  bool is_split() const { return places_.groups.size() == 2; }
  std::string name(std::size_t l, const char* what) const;
  View rows_of(const View& view, const Group& group) const;
  View layer_input(std::size_t l) const;  // of the whole batch
  std::vector<Part> forward_parts(std::size_t l) const;

  void load_next();
  void forward(std::size_t l, const Part& part);
  void logits(const Group& group);
  void softmax(const Group& group);
  void loss();
  void input_gradient(std::size_t l, const Group& group);
  void activation_gradient(std::size_t l, const Group& group);
  void weight_gradient(std::size_t l, std::uint32_t block, const Group& group);
  UpdatePart weights_part(std::size_t l, std::uint32_t block) const;
  void update(std::size_t l, std::uint32_t block);
  void sum_bias(std::size_t l);
  UpdatePart bias_part(std::size_t l) const;
  void guarded_updates(const std::vector<std::pair<std::size_t, std::uint32_t>>& blocks);
  void backward();
  void step_registers(bool trains);

  const Network& network_;
  const Places& places_;
  const WeightStream& stream_;
  StepStrides strides_;
  Emitter& out_;
  GuardEmitter guard_;
};

}  // namespace gradcore::compiler
