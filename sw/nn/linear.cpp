// SPDX-License-Identifier: Apache-2.0
#include "sw/nn/layer.h"

namespace gradcore::nn {

using compiler::matrix;
using compiler::row;
using isa::Combine;
using isa::Reduce;

Linear::Linear(Context context, const std::string& name, std::uint32_t inputs,
               std::uint32_t outputs, bool has_bias, const Start& start, Parameter* tied)
    : parameters_(context.parameters),
      name_(name),
      inputs_(inputs),
      outputs_(outputs),
      is_tied_(tied != nullptr),
      weights_(tied) {
  if (!is_tied_) {
    weights_ =
        &parameters_.add(name + " weights", inputs, outputs, Parameters::Use::kMatrix, start, true);
  }
  if (has_bias) {
    bias_ = &parameters_.add(name + " bias", 1, outputs, Parameters::Use::kVector, Start{}, false);
  }
}

// In pieces, so that what follows can begin with the first one, and needs little room.
Value Linear::forward(Step& step, std::size_t chunk, const Value& input) {
  const unsigned n = step.n();
  const View x = step.operand_of(name_ + " input", input);
  const View w = is_tied_ ? weights_->weights().t() : weights_->weights();
  if (step.trains()) inputs_kept_.put(chunk, x);
  std::vector<Value> pieces;
  for (const auto& [first, cols] : step.pieces(x.seen_rows(), outputs_)) {
    const View y = step.product(name_ + " output", x.seen_rows(), cols);
    step.gemm(
        name_ + " forward", x,
        w.transposed ? w.block(n, first, 0, cols, w.cols) : w.block(n, 0, first, w.rows, cols), y);
    if (bias_ == nullptr) {
      pieces.emplace_back(y);
    } else {
      pieces.emplace_back(y.rows, y.cols,
                          VectorOperation{.a = matrix(y),
                                          .combine = Combine::kAdd,
                                          .c = row(bias_->master().block(n, 0, first, 1, cols))});
    }
  }
  return Value(pieces);
}

// dW = X^T dY, a block of columns at a time; of tied weights the transpose.
void Linear::weight_gradient(Step& step, const View& input, const View& gradient) {
  const unsigned n = step.n();
  for (std::size_t b = 0; b < weights_->blocks().size(); ++b) {
    const Parameter::Block& block = weights_->blocks()[b];
    const GradientBlock to = parameters_.gradient(step, *weights_, b);
    if (is_tied_) {
      step.gemm(name_ + " dW", gradient.t(), input, to.view, !to.is_first);
      continue;
    }
    const View part = gradient.transposed
                          ? gradient.block(n, block.first, 0, block.cols, gradient.cols)
                          : gradient.block(n, 0, block.first, gradient.rows, block.cols);
    step.gemm(name_ + " dW", input.t(), part, to.view, !to.is_first);
  }
}

Value Linear::backward(Step& step, std::size_t chunk, const Value& gradient, bool wants_input) {
  const unsigned n = step.n();
  View dy;
  if (bias_ == nullptr) {
    dy = step.operand_of(name_ + " dY", gradient);
  } else {
    // Transposed, so that the sum of a column is that of a row, which the same pass makes.
    const View turned = step.operand(name_ + " dY transposed", outputs_, gradient.rows());
    const View sums = step.accumulator(name_ + " bias gradient of a chunk", outputs_, 1);
    std::uint32_t first = 0;
    for (const Value& piece : Step::pieces_of(gradient)) {
      // Elements that are left out at random have their words by their place.
      const bool is_dropped = piece.operation().combine == Combine::kDropout;
      VectorOperation o =
          transposed(is_dropped ? Value(step.accumulator_of(name_ + " gradient", piece)).operation()
                                : piece.operation());
      o.d = turned.block(n, first, 0, o.rows, o.cols);
      o.reduce = Reduce::kSum;
      o.e = sums.block(n, first, 0, o.rows, 1);
      step.vector(name_ + " dY", o);
      first += piece.cols();
    }
    dy = turned.t();
    parameters_.add_row(step, *bias_, sums);
  }
  Value out;
  if (wants_input) {
    const View w = is_tied_ ? weights_->weights() : weights_->weights().t();
    std::vector<Value> pieces;
    for (const auto& [first, cols] : step.pieces(dy.seen_rows(), inputs_)) {
      const View dx = step.product(name_ + " dX", dy.seen_rows(), cols);
      step.gemm(
          name_ + " dX", dy,
          w.transposed ? w.block(n, first, 0, cols, w.cols) : w.block(n, 0, first, w.rows, cols),
          dx);
      pieces.emplace_back(dx);
    }
    out = Value(pieces);
  }
  weight_gradient(step, inputs_kept_[chunk], dy);
  return out;
}

double Linear::macs(std::uint32_t rows, bool wants_input) const {
  return (wants_input ? 3.0 : 2.0) * rows * inputs_ * outputs_;
}

}  // namespace gradcore::nn
