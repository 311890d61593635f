// SPDX-License-Identifier: Apache-2.0
#include <cmath>
#include <limits>

#include "sw/nn/layer.h"

namespace gradcore::nn {

using compiler::column;
using compiler::constant;
using compiler::GemmBatch;
using compiler::matrix;
using isa::Apply;
using isa::Combine;
using isa::Reduce;

namespace {

enum : unsigned { kQuery, kKey, kValue };

}  // namespace

Attention::Attention(Context context, const std::string& name, std::uint32_t features,
                     std::uint32_t heads, std::uint32_t sequence, bool has_bias, const Start& start,
                     const Start& out_start)
    : name_(name),
      n_(context.matrices.n()),
      features_(features),
      heads_(heads),
      sequence_(sequence),
      in_(context, name + " in", features, 3 * features, has_bias, start),
      out_(context, name + " out", features, features, has_bias, out_start) {
  if (features % heads != 0 || features / heads % n_ != 0 || sequence % n_ != 0) {
    throw compiler::CompileError(name +
                                 ": features of a head and the sequence must be multiples "
                                 "of the array's size");
  }
  // The same for each head.
  Constant mask;
  mask.view = context.matrices.operand(name + " mask", heads * sequence, sequence, Life::kRun);
  for (std::uint32_t row = 0; row < heads * sequence; ++row) {
    for (std::uint32_t col = 0; col < sequence; ++col) {
      mask.values.push_back(col <= row % sequence ? 0.0f : -std::numeric_limits<float>::infinity());
    }
  }
  mask_ = mask.view;
  context.constants.push_back(std::move(mask));
}

// Queries, keys or values of the first head.
View Attention::part(const View& projected, unsigned which) const {
  return projected.block(n_, 0, which * features_, projected.rows, features_ / heads_);
}

Value Attention::forward(Step& step, std::size_t chunk, const Value& input) {
  const std::uint32_t rows = heads_ * sequence_;
  const std::uint32_t next_columns = features_ / heads_ / n_;  // tiles
  const View projected = step.operand_of(name_ + " projected", in_.forward(step, chunk, input));
  const View scores = step.product(name_ + " scores", rows, sequence_);
  const View first_scores = scores.block(n_, 0, 0, sequence_, sequence_);
  const std::uint32_t next_rows = sequence_ / n_ * scores.stride;
  step.out().gemm(name_ + " scores", part(projected, kQuery), part(projected, kKey).t(),
                  first_scores, false, {heads_, next_columns, next_columns, next_rows});
  const View largest = step.accumulator(name_ + " largest scores", rows, 1);
  const float scale = 1 / std::sqrt(static_cast<float>(features_ / heads_));
  step.vector(name_ + " masked scores", {.rows = rows,
                                         .cols = sequence_,
                                         .a = matrix(scores),
                                         .b = constant(scale),
                                         .combine = Combine::kAdd,
                                         .c = matrix(mask_),
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
  const View weights = step.to_operand(
      name_ + " weights",
      {.rows = rows, .cols = sequence_, .a = matrix(scores), .b = column(inverse.t())});
  const View result = step.product(name_ + " mixed", sequence_, features_);
  step.out().gemm(name_ + " mixed", weights.block(n_, 0, 0, sequence_, sequence_),
                  part(projected, kValue), result.block(n_, 0, 0, sequence_, features_ / heads_),
                  false, {heads_, sequence_ / n_ * weights.stride, next_columns, next_columns});
  if (step.trains()) kept_.put(chunk, {projected, weights});
  return out_.forward(step, chunk, Value(result));
}

// With P the weights, S the scores: dP = dO V^T, dS = scale P (dP - sum of row(P dP)).
Value Attention::backward(Step& step, std::size_t chunk, const Value& gradient, bool wants_input) {
  const std::uint32_t rows = heads_ * sequence_;
  const std::uint32_t next_columns = features_ / heads_ / n_;
  const float scale = 1 / std::sqrt(static_cast<float>(features_ / heads_));
  const auto& [projected, weights] = kept_[chunk];
  const View d_mixed =
      step.operand_of(name_ + " gradient of mixed", out_.backward(step, chunk, gradient, true));
  const View first = d_mixed.block(n_, 0, 0, sequence_, features_ / heads_);
  const View first_weights = weights.block(n_, 0, 0, sequence_, sequence_);
  const std::uint32_t next_weights = sequence_ / n_ * weights.stride;
  const View d_projected = step.product(name_ + " gradient", sequence_, 3 * features_);
  step.out().gemm(name_ + " dV", first_weights.t(), first, part(d_projected, kValue), false,
                  {heads_, next_weights, next_columns, next_columns});
  const View d_weights = step.product(name_ + " dP", rows, sequence_);
  step.out().gemm(name_ + " dP", first, part(projected, kValue).t(),
                  d_weights.block(n_, 0, 0, sequence_, sequence_), false,
                  {heads_, next_columns, next_columns, sequence_ / n_ * d_weights.stride});
  const View sums = step.row_sums(
      name_ + " P dP",
      {.rows = rows, .cols = sequence_, .a = matrix(d_weights), .b = matrix(weights)});
  const View scaled =
      step.to_accumulator(name_ + " scaled sums",
                          {.rows = 1, .cols = rows, .a = matrix(sums.t()), .b = constant(scale)});
  step.vector(name_ + " dP - sums", {.rows = rows,
                                     .cols = sequence_,
                                     .a = matrix(d_weights),
                                     .b = constant(scale),
                                     .combine = Combine::kSubtract,
                                     .c = column(scaled.t()),
                                     .d = d_weights});
  const View d_scores = step.to_operand(
      name_ + " dS",
      {.rows = rows, .cols = sequence_, .a = matrix(d_weights), .b = matrix(weights)});
  const View first_scores = d_scores.block(n_, 0, 0, sequence_, sequence_);
  const std::uint32_t next_scores = sequence_ / n_ * d_scores.stride;
  step.out().gemm(name_ + " dQ", first_scores, part(projected, kKey), part(d_projected, kQuery),
                  false, {heads_, next_scores, next_columns, next_columns});
  step.out().gemm(name_ + " dK", first_scores.t(), part(projected, kQuery), part(d_projected, kKey),
                  false, {heads_, next_scores, next_columns, next_columns});
  return in_.backward(step, chunk, Value(d_projected), wants_input);
}

double Attention::macs(std::uint32_t rows) const {
  return in_.macs(rows) + out_.macs(rows) + 2.0 * rows * sequence_ * features_;
}

}  // namespace gradcore::nn
