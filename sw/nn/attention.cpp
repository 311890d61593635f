// SPDX-License-Identifier: Apache-2.0
#include <cmath>
#include <limits>

#include "sw/nn/dropout.h"

namespace gradcore::nn {

using compiler::column;
using compiler::constant;
using compiler::matrix;
using isa::Apply;
using isa::Combine;
using isa::Reduce;

namespace {

enum : unsigned { kQuery, kKey, kValue };

}  // namespace

Attention::Attention(Context context, const std::string& name, std::uint32_t features,
                     std::uint32_t heads, std::uint32_t sequence, bool has_bias, const Start& start,
                     const Start& out_start, std::shared_ptr<const Dropping> dropping)
    : name_(name),
      n_(context.matrices.n()),
      features_(features),
      heads_(heads),
      sequence_(sequence),
      in_(context, name + " in", features, 3 * features, has_bias, start),
      out_(context, name + " out", features, features, has_bias, out_start),
      dropping_(std::move(dropping)) {
  if (features % heads != 0 || features / heads % n_ != 0 || sequence % n_ != 0) {
    throw compiler::CompileError(name +
                                 ": features of a head and the sequence must be multiples "
                                 "of the array's size");
  }
  Constant mask;
  mask.view = context.matrices.operand(name + " mask", sequence, sequence, Life::kRun);
  for (std::uint32_t row = 0; row < sequence; ++row) {
    for (std::uint32_t col = 0; col < sequence; ++col) {
      mask.values.push_back(col <= row ? 0.0f : -std::numeric_limits<float>::infinity());
    }
  }
  mask_ = mask.view;
  context.constants.push_back(std::move(mask));
}

// Queries, keys or values of a head.
View Attention::part(const View& projected, unsigned which, std::uint32_t head) const {
  const std::uint32_t width = features_ / heads_;
  return projected.block(n_, 0, which * features_ + head * width, projected.rows, width);
}

View Attention::head_of(const View& mixed, std::uint32_t head) const {
  const std::uint32_t width = features_ / heads_;
  return mixed.block(n_, 0, head * width, mixed.rows, width);
}

// softmax(scale Q K^T + mask) of a head, in bfloat16. A row for each query, a column for each key.
View Attention::weights_of(Step& step, const View& queries, const View& keys,
                           const View& mask) const {
  const std::uint32_t rows = queries.rows;
  const View scores = step.product(name_ + " scores", rows, sequence_);
  step.gemm(name_ + " scores", queries, keys.t(), scores);
  const View largest = step.accumulator(name_ + " largest scores", rows, 1);
  step.vector(name_ + " masked scores", {.rows = rows,
                                         .cols = sequence_,
                                         .a = matrix(scores),
                                         .b = constant(scale()),
                                         .combine = Combine::kAdd,
                                         .c = matrix(mask),
                                         .reduce = Reduce::kMax,
                                         .d = scores,
                                         .e = largest});
  const View sums = step.accumulator(name_ + " sums", rows, 1);
  step.vector(name_ + " exponentials", {.rows = rows,
                                        .cols = sequence_,
                                        .a = matrix(scores),
                                        .combine = Combine::kSubtract,
                                        .c = column(largest),
                                        .apply = Apply::kExp,
                                        .reduce = Reduce::kSum,
                                        .d = scores,
                                        .e = sums});
  const View inverse = step.to_accumulator(
      name_ + " 1 / sum",
      {.rows = 1, .cols = rows, .a = matrix(sums.t()), .apply = Apply::kReciprocal});
  return step.to_operand(
      name_ + " weights",
      {.rows = rows, .cols = sequence_, .a = matrix(scores), .b = column(inverse.t())});
}

// In training those that mix values, of head h of a sequence: forward and backward make them anew,
// so that there need not be room for both.
View Attention::kept_of(Step& step, std::size_t chunk, std::uint32_t head,
                        const View& weights) const {
  if (!step.trains() || dropping_ == nullptr) return weights;
  const VectorOperation larger{.rows = sequence_,
                               .cols = sequence_,
                               .a = matrix(weights),
                               .b = constant(dropping_->scale())};
  return step.to_operand(name_ + " weights kept",
                         dropping_->of(larger, std::uint64_t{chunk} * heads_ + head));
}

float Attention::scale() const {
  const std::uint32_t width = features_ / heads_;
  return 1 / std::sqrt(static_cast<float>(width));
}

Value Attention::forward(Step& step, std::size_t chunk, const Value& input) {
  Result kept;
  kept.projected = step.operand_of(name_ + " projected", in_.forward(step, chunk, input));
  const View mixed = step.product(name_ + " mixed", sequence_, features_);
  for (std::uint32_t h = 0; h < heads_; ++h) {
    kept.weights.push_back(
        weights_of(step, part(kept.projected, kQuery, h), part(kept.projected, kKey, h), mask_));
    step.gemm(name_ + " mixed", kept_of(step, chunk, h, kept.weights.back()),
              part(kept.projected, kValue, h), head_of(mixed, h));
  }
  if (step.trains()) kept_.put(chunk, kept);
  return out_.forward(step, chunk, Value(mixed));
}

// Keys and values of all places come from the cache; those behind this one are masked.
Value Attention::next(Step& step, Cache& cache, const Value& input) {
  const View projected = step.operand_of(name_ + " projected", in_.next(step, cache, input));
  const View keys_values =
      cache.exchange(step, name_, projected.block(n_, 0, features_, 1, 2 * features_));
  const std::uint32_t width = features_ / heads_;
  const View mixed = step.product(name_ + " mixed", 1, features_);
  for (std::uint32_t h = 0; h < heads_; ++h) {
    const View keys = keys_values.block(n_, 0, h * width, sequence_, width);
    const View values = keys_values.block(n_, 0, features_ + h * width, sequence_, width);
    const View weights = weights_of(step, part(projected, kQuery, h), keys, cache.mask());
    step.gemm(name_ + " mixed", weights, values, head_of(mixed, h));
  }
  return out_.next(step, cache, Value(mixed));
}

// With P the weights, S the scores: dP = dO V^T, dS = scale P (dP - sum of row(P dP)).
View Attention::scores_gradient(Step& step, const View& projected, const View& weights,
                                const View& kept, const View& d_mixed, std::uint32_t head) const {
  const View d_weights = step.product(name_ + " dP", sequence_, sequence_);
  step.gemm(name_ + " dP", d_mixed, part(projected, kValue, head).t(), d_weights);
  if (dropping_ != nullptr) return kept_scores_gradient(step, weights, kept, d_weights);
  const View sums = step.row_sums(
      name_ + " P dP",
      {.rows = sequence_, .cols = sequence_, .a = matrix(d_weights), .b = matrix(weights)});
  const View scaled = step.to_accumulator(
      name_ + " scaled sums",
      {.rows = 1, .cols = sequence_, .a = matrix(sums.t()), .b = constant(scale())});
  step.vector(name_ + " dP - sums", {.rows = sequence_,
                                     .cols = sequence_,
                                     .a = matrix(d_weights),
                                     .b = constant(scale()),
                                     .combine = Combine::kSubtract,
                                     .c = column(scaled.t()),
                                     .d = d_weights});
  return step.to_operand(
      name_ + " dS",
      {.rows = sequence_, .cols = sequence_, .a = matrix(d_weights), .b = matrix(weights)});
}

// With P' the weights that are kept and dP' the gradient of these: P dP = P' dP', so that
// dS = scale (P' dP' - P sum of row(P' dP')).
View Attention::kept_scores_gradient(Step& step, const View& weights, const View& kept,
                                     const View& d_weights) const {
  const View sums = step.accumulator(name_ + " P dP", sequence_, 1);
  step.vector(name_ + " P dP", {.rows = sequence_,
                                .cols = sequence_,
                                .a = matrix(d_weights),
                                .b = matrix(kept),
                                .reduce = Reduce::kSum,
                                .d = d_weights,
                                .e = sums});
  step.vector(name_ + " P dP - P sums", {.rows = sequence_,
                                         .cols = sequence_,
                                         .a = matrix(weights),
                                         .b = column(sums),
                                         .combine = Combine::kReverseSubtract,
                                         .c = matrix(d_weights),
                                         .d = d_weights});
  return step.to_operand(
      name_ + " dS",
      {.rows = sequence_, .cols = sequence_, .a = matrix(d_weights), .b = constant(scale())});
}

Value Attention::backward(Step& step, std::size_t chunk, const Value& gradient, bool wants_input) {
  const Result& kept = kept_[chunk];
  const View d_mixed =
      step.operand_of(name_ + " gradient of mixed", out_.backward(step, chunk, gradient, true));
  const View d_projected = step.product(name_ + " gradient", sequence_, 3 * features_);
  for (std::uint32_t h = 0; h < heads_; ++h) {
    const View d_head = head_of(d_mixed, h);
    const View mixing = kept_of(step, chunk, h, kept.weights[h]);
    step.gemm(name_ + " dV", mixing.t(), d_head, part(d_projected, kValue, h));
    const View d_scores = scores_gradient(step, kept.projected, kept.weights[h], mixing, d_head, h);
    step.gemm(name_ + " dQ", d_scores, part(kept.projected, kKey, h), part(d_projected, kQuery, h));
    step.gemm(name_ + " dK", d_scores.t(), part(kept.projected, kQuery, h),
              part(d_projected, kKey, h));
  }
  return in_.backward(step, chunk, Value(d_projected), wants_input);
}

double Attention::macs(std::uint32_t rows, bool wants_input) const {
  // Scores and mixing, two products forward and four backward.
  return in_.macs(rows, wants_input) + out_.macs(rows, true) + 6.0 * rows * sequence_ * features_;
}

}  // namespace gradcore::nn
