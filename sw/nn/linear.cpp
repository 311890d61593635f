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

Value Linear::forward(Step& step, std::size_t chunk, const Value& input) {
  const View& w = weights_->weights();
  const View x = step.operand_of(name_ + " input", input);
  const View y = step.product(name_ + " output", x.seen_rows(), outputs_);
  step.gemm(name_ + " forward", x, is_tied_ ? w.t() : w, y);
  if (step.trains()) inputs_kept_.put(chunk, x);
  if (bias_ == nullptr) return Value(y);
  return {y.rows, y.cols,
          VectorOperation{.a = matrix(y), .combine = Combine::kAdd, .c = row(bias_->master())}};
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
  View dy;
  if (bias_ == nullptr) {
    dy = step.operand_of(name_ + " dY", gradient);
  } else {
    // Transposed, so that the sum of a column is that of a row, which the same pass makes.
    VectorOperation o = transposed(Step::operation_of(gradient));
    o.d = step.operand(name_ + " dY transposed", o.rows, o.cols);
    o.reduce = Reduce::kSum;
    o.e = step.accumulator(name_ + " bias gradient of a chunk", o.rows, 1);
    step.vector(name_ + " dY", o);
    dy = o.d->t();
    parameters_.add_row(step, *bias_, *o.e);
  }
  Value out;
  if (wants_input) {
    const View dx = step.product(name_ + " dX", dy.seen_rows(), inputs_);
    const View& w = weights_->weights();
    step.gemm(name_ + " dX", dy, is_tied_ ? w : w.t(), dx);
    out = Value(dx);
  }
  weight_gradient(step, inputs_kept_[chunk], dy);
  return out;
}

double Linear::macs(std::uint32_t rows) const {
  return static_cast<double>(rows) * inputs_ * outputs_;
}

}  // namespace gradcore::nn
