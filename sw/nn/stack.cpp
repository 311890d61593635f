// SPDX-License-Identifier: Apache-2.0
#include "sw/nn/layer.h"

namespace gradcore::nn {

using isa::Combine;

namespace {

// Of two values, neither of which is changed.
Value sum(Step& step, const std::string& name, const Value& a, const Value& b) {
  const Source first = step.source_of(name + " a", a);
  VectorOperation o = step.operation_of(name + " b", b);
  if (!is_product(o)) o = Value(step.accumulator_of(name + " b", b)).operation();
  o.combine = Combine::kAdd;
  o.c = first;
  return {a.rows(), a.cols(), o};
}

}  // namespace

Value Residual::forward(Step& step, std::size_t chunk, const Value& input) {
  Value inner = input;
  for (const auto& layer : layers_) inner = layer->forward(step, chunk, inner);
  return sum(step, name_ + " sum", input, inner);
}

Value Residual::next(Step& step, Cache& cache, const Value& input) {
  Value inner = input;
  for (const auto& layer : layers_) inner = layer->next(step, cache, inner);
  return sum(step, name_ + " sum", input, inner);
}

Value Residual::backward(Step& step, std::size_t chunk, const Value& gradient, bool wants_input) {
  // Needed twice, so it is put into memory before either use.
  const Value kept(step.accumulator_of(name_ + " gradient", gradient));
  Value inner = kept;
  for (std::size_t l = layers_.size(); l-- > 0;) {
    inner = layers_[l]->backward(step, chunk, inner, wants_input || l > 0);
  }
  if (!wants_input) return {};
  return sum(step, name_ + " gradient", kept, inner);
}

double Residual::macs(std::uint32_t rows, bool wants_input) const {
  double out = 0;
  for (std::size_t l = 0; l < layers_.size(); ++l) {
    out += layers_[l]->macs(rows, wants_input || l > 0);
  }
  return out;
}

}  // namespace gradcore::nn
