// SPDX-License-Identifier: Apache-2.0
#include "sw/nn/layer.h"

namespace gradcore::nn {

using compiler::column;
using compiler::constant;
using compiler::matrix;
using compiler::row;
using isa::Apply;
using isa::Combine;
using isa::Reduce;

namespace {

constexpr float kEpsilon = 1e-5f;

}  // namespace

Norm::Norm(Context context, const std::string& name, Kind kind, std::uint32_t features)
    : parameters_(context.parameters), name_(name), kind_(kind), features_(features) {
  const auto use = Parameters::Use::kVector;
  gain_ = &parameters_.add(name + " gain", 1, features, use, {Start::Kind::kConstant, 1}, false);
  if (kind == Kind::kLayer) {
    shift_ = &parameters_.add(name + " shift", 1, features, use, Start{}, false);
  }
}

Value Norm::forward(Step& step, std::size_t chunk, const Value& input) {
  const float part = 1.0f / static_cast<float>(features_);
  const std::uint32_t rows = input.rows();
  View x;
  if (kind_ == Kind::kLayer) {
    const auto [whole, sums] = step.accumulator_with_sums(name_ + " input", input);
    const View mean = step.to_accumulator(
        name_ + " mean", {.rows = 1, .cols = rows, .a = matrix(sums.t()), .b = constant(part)});
    x = step.to_accumulator(name_ + " x - mean", {.rows = rows,
                                                  .cols = features_,
                                                  .a = matrix(whole),
                                                  .combine = Combine::kSubtract,
                                                  .c = column(mean.t())});
  } else {
    x = step.accumulator_of(name_ + " input", input);
  }
  const View squares = step.row_sums(
      name_ + " squares", {.rows = rows, .cols = features_, .a = matrix(x), .b = matrix(x)});
  const View inverse = step.to_accumulator(name_ + " 1 / deviation", {.rows = 1,
                                                                      .cols = rows,
                                                                      .a = matrix(squares.t()),
                                                                      .b = constant(part),
                                                                      .combine = Combine::kAdd,
                                                                      .c = constant(kEpsilon),
                                                                      .apply = Apply::kRsqrt});
  const View normal =
      step.to_operand(name_ + " normal",
                      {.rows = rows, .cols = features_, .a = matrix(x), .b = column(inverse.t())});
  VectorOperation o{.a = matrix(normal), .b = row(gain_->master())};
  if (shift_ != nullptr) {
    o.combine = Combine::kAdd;
    o.c = row(shift_->master());
  }
  if (step.trains()) kept_.put(chunk, {normal, inverse});
  return {rows, features_, o};
}

// Adds the sums of the rows of an operation, features x rows of a chunk, to a gradient.
void Norm::parameter_gradient(Step& step, const Parameter& parameter,
                              const VectorOperation& operation) {
  parameters_.add_row(step, parameter,
                      step.row_sums(parameter.name() + " gradient of a chunk", operation));
}

// With g = dY gain and the mean m over features: dX = (g - m(g) - normal m(g normal)) / deviation.
Value Norm::backward(Step& step, std::size_t chunk, const Value& gradient, bool wants_input) {
  const float part = 1.0f / static_cast<float>(features_);
  const std::uint32_t rows = gradient.rows();
  const Result& kept = kept_[chunk];
  const View dy = step.accumulator_of(name_ + " gradient", gradient);
  const VectorOperation turned{.rows = features_, .cols = rows, .a = matrix(dy.t())};
  VectorOperation weighted = turned;
  weighted.b = matrix(kept.normal.t());
  parameter_gradient(step, *gain_, weighted);
  if (shift_ != nullptr) parameter_gradient(step, *shift_, turned);
  if (!wants_input) return {};

  const View g = step.accumulator(name_ + " g", rows, features_);
  VectorOperation gain{
      .rows = rows, .cols = features_, .a = matrix(dy), .b = row(gain_->master()), .d = g};
  View sums;
  if (kind_ == Kind::kLayer) {
    sums = step.accumulator(name_ + " sums of g", rows, 1);
    gain.reduce = Reduce::kSum;
    gain.e = sums;
  }
  step.vector(name_ + " g", gain);
  const View products =
      step.row_sums(name_ + " g normal",
                    {.rows = rows, .cols = features_, .a = matrix(g), .b = matrix(kept.normal)});
  const View share = step.to_accumulator(
      name_ + " mean of g normal",
      {.rows = 1, .cols = rows, .a = matrix(products.t()), .b = constant(part)});
  const View rest =
      step.to_accumulator(name_ + " g - normal m(g normal)", {.rows = rows,
                                                              .cols = features_,
                                                              .a = matrix(kept.normal),
                                                              .b = column(share.t()),
                                                              .combine = Combine::kReverseSubtract,
                                                              .c = matrix(g)});
  VectorOperation o{.a = matrix(rest), .b = column(kept.inverse.t())};
  if (kind_ == Kind::kLayer) {
    const View mean =
        step.to_accumulator(name_ + " mean of g",
                            {.rows = 1, .cols = rows, .a = matrix(sums.t()), .b = constant(part)});
    const View shift = step.to_accumulator(
        name_ + " m(g) / deviation",
        {.rows = 1, .cols = rows, .a = matrix(mean), .b = matrix(kept.inverse)});
    o.combine = Combine::kSubtract;
    o.c = column(shift.t());
  }
  return {rows, features_, o};
}

}  // namespace gradcore::nn
