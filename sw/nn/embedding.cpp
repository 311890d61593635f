// SPDX-License-Identifier: Apache-2.0
#include <numeric>

#include "sw/nn/layer.h"

namespace gradcore::nn {

using compiler::column;
using compiler::matrix;
using compiler::row;
using isa::Combine;

TokenEmbedding::TokenEmbedding(Context context, const std::string& name, std::uint32_t vocabulary,
                               std::uint32_t features, std::uint32_t sequence, bool has_positions,
                               const Start& start)
    : parameters_(context.parameters), name_(name), vocabulary_(vocabulary), features_(features) {
  tokens_ = &parameters_.add(name + " tokens", vocabulary, features, Parameters::Use::kBoth, start,
                             false);
  if (has_positions) {
    positions_ = &parameters_.add(name + " positions", sequence, features, Parameters::Use::kVector,
                                  start, false);
  }
  Constant numbers;
  numbers.view = context.matrices.accumulator(name + " numbers", 1, vocabulary, Life::kRun);
  numbers.values.resize(vocabulary);
  std::iota(numbers.values.begin(), numbers.values.end(), 0.0f);
  numbers_ = numbers.view;
  context.constants.push_back(std::move(numbers));
}

// A row for each token, one-hot.
View TokenEmbedding::chosen_by(Step& step, const View& tokens) const {
  return step.to_operand(name_ + " one-hot", {.rows = tokens.cols,
                                              .cols = vocabulary_,
                                              .a = row(numbers_),
                                              .combine = Combine::kEqual,
                                              .c = column(tokens.t())});
}

View TokenEmbedding::vectors_of(Step& step, const View& chosen) const {
  const View vectors = step.product(name_ + " vectors", chosen.rows, features_);
  step.gemm(name_ + " lookup", chosen, tokens_->weights(), vectors);
  return vectors;
}

Value TokenEmbedding::forward(Step& step, std::size_t chunk, const Value& input) {
  const View tokens = step.accumulator_of(name_ + " tokens", input);
  const std::uint32_t rows = tokens.cols;
  const View chosen = chosen_by(step, tokens);
  const View vectors = vectors_of(step, chosen);
  if (step.trains()) kept_.put(chunk, chosen);
  if (positions_ == nullptr) return Value(vectors);
  return {rows,
          features_,
          {.a = matrix(vectors),
           .combine = Combine::kAdd,
           .c = matrix(positions_->master().block(step.n(), 0, 0, rows, features_))}};
}

Value TokenEmbedding::next(Step& step, Cache& cache, const Value& input) {
  const View tokens = step.accumulator_of(name_ + " tokens", input);
  const View vectors = vectors_of(step, chosen_by(step, tokens));
  if (positions_ == nullptr) return Value(vectors);
  // From DRAM: a row within a tile has no address in local memory.
  const View position = cache.position(step, name_ + " position", *positions_);
  return {1, features_, {.a = matrix(vectors), .combine = Combine::kAdd, .c = matrix(position)}};
}

Value TokenEmbedding::backward(Step& step, std::size_t chunk, const Value& gradient,
                               bool /*wants_input*/) {
  if (positions_ != nullptr) {
    const GradientBlock to = parameters_.gradient(step, *positions_, 0);
    VectorOperation o = Value(step.accumulator_of(name_ + " gradient", gradient)).operation();
    if (!to.is_first) {
      o.combine = Combine::kAdd;
      o.c = matrix(to.view);
    }
    o.d = to.view;
    step.vector(name_ + " gradient of positions", o);
  }
  const View dy = step.operand_of(name_ + " gradient", gradient);
  const GradientBlock to = parameters_.gradient(step, *tokens_, 0);
  step.gemm(name_ + " dE", kept_[chunk].t(), dy, to.view, !to.is_first);
  return {};
}

}  // namespace gradcore::nn
