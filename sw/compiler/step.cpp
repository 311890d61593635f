// SPDX-License-Identifier: Apache-2.0
#include "sw/compiler/step.h"

#include <fmt/format.h>

#include <algorithm>

#include "sw/compiler/update.h"

namespace gradcore::compiler {
namespace {

using isa::Apply;
using isa::Combine;
using isa::Reduce;

}  // namespace

std::string StepEmitter::name(std::size_t l, const char* what) const {
  return fmt::format("layer {} {}", l + 1, what);
}

View StepEmitter::rows_of(const View& view, const Group& group) const {
  return view.block(out_.n(), group.first, 0, group.rows, view.cols);
}

View StepEmitter::layer_input(std::size_t l) const {
  if (l > 0) return layer(l - 1).activation_;
  View view = places_.input[0];
  view.first = 0;  // the register has the address
  view.base = kInput;
  return view;
}

// The last two column blocks of a layer are computed group by group, so that the next layer can
// begin with the first group while the second group's are computed.
std::vector<StepEmitter::Part> StepEmitter::forward_parts(std::size_t l) const {
  const LayerPlace& at = layer(l);
  const std::uint32_t blocks = places_.blocks(at);
  std::vector<Part> out;
  const auto add = [&](std::uint32_t block, const Group& group) {
    const std::uint32_t first = block * at.block;
    out.push_back({first, std::min(at.block, at.outputs - first), group});
  };
  const std::uint32_t whole_from = l == 0 || !is_split() ? 0 : std::min(blocks, 2u);
  const std::uint32_t whole_to =
      is_split() ? std::max(whole_from, blocks - std::min(blocks, 2u)) : blocks;
  for (const Group& group : places_.groups) {
    for (std::uint32_t b = 0; b < whole_from; ++b) add(b, group);
  }
  for (std::uint32_t b = whole_from; b < whole_to; ++b) add(b, all());
  for (const Group& group : places_.groups) {
    for (std::uint32_t b = whole_to; b < blocks; ++b) add(b, group);
  }
  return out;
}

void StepEmitter::load_next() {
  View next = places_.input[0];
  next.first = 0;
  next.base = kNextInput;
  out_.load("next input", next, 0, 2 * network_.inputs, isa::Format::kBf16, kInputData);
}

void StepEmitter::forward(std::size_t l, const Part& part) {
  const LayerPlace& at = layer(l);
  const unsigned n = out_.n();
  const Group& g = part.group;
  const View y = at.output.block(n, g.first, part.first, g.rows, part.cols);
  out_.gemm(name(l, "forward"), rows_of(layer_input(l), g),
            at.weights.block(n, 0, part.first, at.inputs, part.cols), y, false);
  if (l == last()) return;
  const View result = at.activation_.block(n, g.first, part.first, g.rows, part.cols);
  const Apply function = at.activation == Activation::kRelu   ? Apply::kRelu
                         : at.activation == Activation::kTanh ? Apply::kTanh
                                                              : Apply::kIdentity;
  out_.vector(name(l, "bias and activation"),
              {.rows = g.rows,
               .cols = part.cols,
               .a = matrix(y),
               .combine = Combine::kAdd,
               .c = row(at.bias.master.block(n, 0, part.first, 1, part.cols)),
               .apply = function,
               .d = result});
  if (at.activation != Activation::kTanh) return;
  out_.vector(name(l, "slope"), {.rows = g.rows,
                                 .cols = part.cols,
                                 .a = matrix(result),
                                 .b = matrix(result),
                                 .combine = Combine::kReverseSubtract,
                                 .c = constant(1),
                                 .d = at.slope.block(n, g.first, part.first, g.rows, part.cols)});
}

// The last layer for a group, and its bias.
void StepEmitter::logits(const Group& group) {
  const LayerPlace& at = layer(last());
  for (std::uint32_t first = 0; first < at.outputs; first += at.block) {
    forward(last(), {first, std::min(at.block, at.outputs - first), group});
  }
  out_.vector("logits, and the largest of each row", {.rows = group.rows,
                                                      .cols = at.outputs,
                                                      .a = matrix(rows_of(at.output, group)),
                                                      .combine = Combine::kAdd,
                                                      .c = row(at.bias.master),
                                                      .reduce = Reduce::kMax,
                                                      .d = rows_of(places_.loss.logits, group),
                                                      .e = rows_of(places_.loss.largest, group)});
}

// The gradient of the mean loss: softmax / batch - labels, which come divided by the batch.
void StepEmitter::softmax(const Group& group) {
  const LossPlace& p = places_.loss;
  const std::uint32_t classes = layer(last()).outputs;
  const View sum = rows_of(p.sum, group);
  const View exponentials = rows_of(p.exponentials, group);
  const View reciprocal = p.reciprocal.block(out_.n(), 0, group.first, 1, group.rows);
  out_.vector("exponentials and their sums", {.rows = group.rows,
                                              .cols = classes,
                                              .a = matrix(rows_of(p.logits, group)),
                                              .combine = Combine::kSubtract,
                                              .c = column(rows_of(p.largest, group)),
                                              .apply = Apply::kExp,
                                              .reduce = Reduce::kSum,
                                              .d = exponentials,
                                              .e = sum});
  out_.vector("1 / (sum batch)", {.rows = 1,
                                  .cols = group.rows,
                                  .a = matrix(sum.t()),
                                  .b = constant(static_cast<float>(network_.batch)),
                                  .apply = Apply::kReciprocal,
                                  .d = reciprocal});
  out_.vector("gradient of the logits", {.rows = group.rows,
                                         .cols = classes,
                                         .a = matrix(exponentials),
                                         .b = column(reciprocal.t()),
                                         .combine = Combine::kSubtract,
                                         .c = matrix(rows_of(p.labels, group)),
                                         .d = rows_of(layer(last()).gradient, group)});
}

// Mean of log(sum) + largest - logit of the label; and the bias gradient of the last layer.
void StepEmitter::loss() {
  const LossPlace& p = places_.loss;
  const std::uint32_t classes = layer(last()).outputs;
  const std::uint32_t batch = network_.batch;
  out_.vector("logits of the labels / batch", {.rows = batch,
                                               .cols = classes,
                                               .a = matrix(p.logits),
                                               .b = matrix(p.labels),
                                               .reduce = Reduce::kSum,
                                               .e = p.label_logit});
  out_.vector("log(sum)",
              {.rows = 1, .cols = batch, .a = matrix(p.sum.t()), .apply = Apply::kLog, .d = p.log});
  out_.vector("log(sum) + largest", {.rows = 1,
                                     .cols = batch,
                                     .a = matrix(p.log),
                                     .combine = Combine::kAdd,
                                     .c = matrix(p.largest.t()),
                                     .d = p.log});
  out_.vector("loss", {.rows = 1,
                       .cols = batch,
                       .a = matrix(p.log),
                       .b = constant(1.0f / static_cast<float>(batch)),
                       .combine = Combine::kSubtract,
                       .c = matrix(p.label_logit.t()),
                       .reduce = Reduce::kSum,
                       .e = p.loss});
  out_.store("loss", p.loss, 0, 4, isa::Format::kFp32, kResult);
  out_.load("next labels", p.labels, 0, 4 * classes, isa::Format::kFp32, kLabelData);
}

// dX of layer l, and from it the gradient of layer l - 1 before its activation.
void StepEmitter::input_gradient(std::size_t l, const Group& group) {
  const LayerPlace& at = layer(l);
  const unsigned n = out_.n();
  const View gradient = l == last()
                            ? rows_of(at.gradient, group)
                            : at.gradient.block(n, 0, group.first, at.outputs, group.rows).t();
  // In pieces of the blocks of the layer below, so that the activation follows closely.
  const std::uint32_t piece = at.outputs > 4 * n ? layer(l - 1).block : at.inputs;
  for (std::uint32_t first = 0; first < at.inputs; first += piece) {
    const std::uint32_t cols = std::min(piece, at.inputs - first);
    out_.gemm(name(l, "dX"), gradient, at.weights.block(n, first, 0, cols, at.outputs).t(),
              at.input_gradient.block(n, first, group.first, cols, group.rows).t(), false);
  }
  // The bias gradient of each group has its own place.
  const bool is_whole = group.rows == network_.batch;
  for (const Group& part : places_.groups) {
    if (is_whole || part.first == group.first) activation_gradient(l - 1, part);
  }
}

void StepEmitter::activation_gradient(std::size_t l, const Group& group) {
  const LayerPlace& at = layer(l);
  const unsigned n = out_.n();
  const std::size_t g = is_split() && group.first > 0 ? 1 : 0;
  VectorOperation op;
  op.rows = at.outputs;
  op.cols = group.rows;
  op.a = matrix(layer(l + 1).input_gradient.block(n, 0, group.first, at.outputs, group.rows));
  if (at.activation == Activation::kRelu) {
    op.combine = Combine::kMask;
    op.c = matrix(rows_of(at.activation_, group).t());
  } else if (at.activation == Activation::kTanh) {
    op.b = matrix(rows_of(at.slope, group).t());
  }
  op.reduce = Reduce::kSum;
  op.d = at.gradient.block(n, 0, group.first, at.outputs, group.rows);
  op.e = at.bias_gradient[g];
  out_.vector(name(l, "gradient before activation, and of the bias"), op);
}

// K, the batch, may be split at multiples of the array's size: the sum has the same bits.
void StepEmitter::weight_gradient(std::size_t l, std::uint32_t block, const Group& group) {
  const LayerPlace& at = layer(l);
  const unsigned n = out_.n();
  const std::uint32_t first = block * at.block;
  const std::uint32_t cols = places_.columns(at, block);
  const View gradient = l == last()
                            ? at.gradient.block(n, group.first, first, group.rows, cols)
                            : at.gradient.block(n, first, group.first, cols, group.rows).t();
  out_.gemm(name(l, "dW"), rows_of(layer_input(l), group).t(), gradient,
            places_.gradient_block(at, block), group.first > 0);
}

UpdatePart StepEmitter::weights_part(std::size_t l, std::uint32_t block) const {
  const LayerPlace& at = layer(l);
  const std::uint32_t first = block * at.block;
  const std::uint32_t cols = places_.columns(at, block);
  const auto part = [&](const View& view) {
    return view.rows == 0 ? view : view.block(out_.n(), 0, first, at.inputs, cols);
  };
  const UpdatePart out = {.note = name(l, "weights"),
                          .rows = at.inputs,
                          .cols = cols,
                          .master = part(at.weight.master),
                          .state = {part(at.weight.state[0]), part(at.weight.state[1])},
                          .gradient = places_.gradient_block(at, block),
                          .copy = part(at.weights)};
  return at.is_streamed ? stream_.in_slot(out, l, block) : out;
}

void StepEmitter::update(std::size_t l, std::uint32_t block) {
  emit_update(out_, network_, places_, weights_part(l, block));
  if (layer(l).is_streamed) stream_.update_done(out_, l, block);
}

// The bias gradients of the groups, which are columns, become one row.
void StepEmitter::sum_bias(std::size_t l) {
  const LayerPlace& at = layer(l);
  VectorOperation op;
  op.rows = 1;
  op.cols = at.outputs;
  op.a = matrix(at.bias_gradient[0].t());
  if (is_split()) {
    op.combine = Combine::kAdd;
    op.c = matrix(at.bias_gradient[1].t());
  }
  op.d = at.bias_sum;
  out_.vector(name(l, "bias gradient as a row"), op);
}

UpdatePart StepEmitter::bias_part(std::size_t l) const {
  const LayerPlace& at = layer(l);
  return {.note = name(l, "bias"),
          .rows = 1,
          .cols = at.outputs,
          .master = at.bias.master,
          .state = at.bias.state,
          .gradient = at.bias_sum,
          .copy = std::nullopt};
}

// With all gradients there and their squares summed.
void StepEmitter::guarded_updates(
    const std::vector<std::pair<std::size_t, std::uint32_t>>& blocks) {
  guard_.decide();
  for (const auto& [l, b] : blocks) {
    guard_.apply(name(l, "weights"), places_.gradient_block(layer(l), b));
    update(l, b);
  }
  for (std::size_t l = 0; l <= last(); ++l) {
    guard_.apply(name(l, "bias"), layer(l).bias_sum);
    emit_update(out_, network_, places_, bias_part(l));
  }
}

void StepEmitter::step_registers(bool trains) {
  out_.add("this input and the next change places", kSpare, kInput, 0);
  out_.add("", kInput, kNextInput, 0);
  out_.add("", kNextInput, kSpare, 0);
  out_.add("", kInputData, kInputData, strides_.inputs);
  out_.add("", kResult, kResult, strides_.result);
  if (!trains) return;
  out_.add("", kLabelData, kLabelData, strides_.labels);
  if (!places_.tables.empty()) out_.add("", kTableData, kTableData, strides_.table);
}

void StepEmitter::evaluation() {
  load_next();
  for (std::size_t l = 0; l < last(); ++l) {
    for (const Part& part : forward_parts(l)) forward(l, part);
  }
  for (const Group& group : places_.groups) logits(group);
  out_.store("logits", places_.loss.logits, 0, 4 * layer(last()).outputs, isa::Format::kFp32,
             kResult);
  step_registers(false);
}

}  // namespace gradcore::compiler
