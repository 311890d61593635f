// SPDX-License-Identifier: Apache-2.0
// The order of a training step.
//
// With two groups A and B of rows, softmax, the gradient of the logits and the mask of one run in
// the vector unit while the matrix unit works on the other:
//
//   matrix  | .. last hidden layer, A | its end, B  | dX A | out B | dW first, A | dX B | dW ...
//   vector  |             bias, ReLU A| softmax A ..       | mask A| softmax B ..| mask B | updates
//
// The updates follow one block behind dW and reach into the next step, whose forward pass waits
// for each block of weights.
#include "sw/compiler/step.h"
#include "sw/compiler/update.h"

namespace gradcore::compiler {

void StepEmitter::training() {
  load_next();
  const std::uint32_t width = table_width(network_);
  for (std::size_t t = 0; t < places_.tables.size(); ++t) {
    out_.load("schedule", places_.tables[t], t * width * 4, width * 4, isa::Format::kFp32,
              kTableData);
  }
  // All of the hidden layers but the last part, with the first part of a layer before the last of
  // the one below.
  std::vector<std::pair<std::size_t, Part>> order;
  for (std::size_t l = 0; l < last(); ++l) {
    const std::vector<Part> parts = forward_parts(l);
    for (std::size_t p = 0; p < parts.size(); ++p) {
      order.emplace_back(l, parts[p]);
      if (l > 0 && p == 0 && is_split()) std::swap(order.back(), order[order.size() - 2]);
    }
  }
  if (is_split()) {
    const bool is_deep = !order.empty();
    for (std::size_t i = 0; i + 1 < order.size(); ++i) forward(order[i].first, order[i].second);
    logits(places_.groups[0]);
    softmax(places_.groups[0]);
    if (is_deep) forward(order.back().first, order.back().second);
  } else {
    for (const auto& [l, part] : order) forward(l, part);
    logits(all());
    softmax(all());
  }
  backward();
  step_registers(true);
}

// From the gradient of the logits of the first group (of all rows) to the gradients of the layer
// below, and the first blocks of its dW.
void StepEmitter::backward_of_output() {
  const std::size_t l = last();
  const bool is_deep = l > 0;
  const Group& first = places_.groups[0];
  if (is_deep) input_gradient(l, first);
  if (is_split()) {
    const Group& second = places_.groups[1];
    logits(second);
    softmax(second);
    whole_weight_gradient(l, first);
    if (is_deep) {
      weight_gradient(l - 1, 0, first);
      input_gradient(l, second);
    }
    whole_weight_gradient(l, second);
  } else {
    whole_weight_gradient(l, first);
  }
  loss();
  const LayerPlace& at = layer(l);
  for (std::size_t g = 0; g < places_.groups.size(); ++g) {
    const Group& group = places_.groups[g];
    out_.vector("gradient of the last bias", {.rows = at.outputs,
                                              .cols = group.rows,
                                              .a = matrix(rows_of(at.gradient, group).t()),
                                              .reduce = isa::Reduce::kSum,
                                              .e = at.bias_gradient[g]});
  }
}

void StepEmitter::backward() {
  backward_of_output();
  const std::size_t top = last();
  const bool is_guarded = network_.optimizer.is_guarded();
  std::vector<std::pair<std::size_t, std::uint32_t>> ready;   // blocks of dW
  std::vector<std::pair<std::size_t, std::uint32_t>> summed;  // whose squares are summed
  for (std::uint32_t b = 0; b < places_.blocks(layer(top)); ++b) ready.emplace_back(top, b);
  bool has_biases = false;
  // Updates wait until all masks are on their way: the vector unit works in order.
  const auto apply_ready = [&](bool is_open) {
    if (!is_open) return;
    // Biases first: they are short, and the first block of dW is still to come. They share turns
    // with the first weights that are ready.
    std::vector<UpdatePart> together;
    for (std::size_t l = 0; l <= top && !has_biases; ++l) sum_bias(l);
    for (std::size_t l = 0; l <= top && !has_biases; ++l) {
      if (is_guarded) {
        guard_.add_squares(name(l, "bias"), layer(l).bias_sum);
      } else {
        together.push_back(bias_part(l));
      }
    }
    has_biases = true;
    for (const auto& [l, b] : ready) {
      if (is_guarded) {
        guard_.add_squares(name(l, "weights"), places_.gradient_block(layer(l), b));
      } else {
        update(l, b, std::move(together));
        together.clear();
      }
    }
    if (is_guarded) summed.insert(summed.end(), ready.begin(), ready.end());
    ready.clear();
  };
  for (std::size_t l = top; l-- > 0;) {
    const bool is_open = l == 0;
    const std::uint32_t blocks = places_.blocks(layer(l));
    std::uint32_t next = 0;
    if (l + 1 == top && is_split()) {
      if (blocks > 1) weight_gradient(l, 1, places_.groups[0]);
      if (l > 0) input_gradient(l, all());
      for (; next < std::min(blocks, 2u); ++next) {
        weight_gradient(l, next, places_.groups[1]);
        ready.emplace_back(l, next);
        apply_ready(is_open);
      }
    } else if (l > 0) {
      input_gradient(l, all());
    }
    for (; next < blocks; ++next) {
      weight_gradient(l, next, all());
      ready.emplace_back(l, next);
      apply_ready(is_open);
    }
  }
  apply_ready(true);
  if (is_guarded) guarded_updates(summed);
}

}  // namespace gradcore::compiler
