// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <bit>
#include <optional>

#include "sw/nn/layer.h"

namespace gradcore::nn {

using compiler::constant;
using compiler::matrix;
using isa::Apply;
using isa::Combine;

namespace {

// GELU and SiLU are h (1 + t) with h = x / 2: for SiLU t = tanh(h), for GELU
//   t = tanh(s (x + q x^3)) = tanh(h (kLinear + kCubic h^2)), s = sqrt(2 / pi), q = 0.044715.
constexpr float kRootTwoOverPi = 0.7978845608f;
constexpr float kLinear = 2 * kRootTwoOverPi;
constexpr float kCubic = 8 * kRootTwoOverPi * 0.044715f;

// GELU or SiLU of a part of a matrix.
class Gate {
 public:
  Gate(Step& step, const std::string& name, bool is_gelu)
      : step_(step), name_(name), is_gelu_(is_gelu) {}

  // Of what `input` makes: y, and in training its slope
  //   (1 + t) / 2 + h (1 - t^2) t',  t' the slope of the argument of t.
  void emit(const VectorOperation& input, const View& y, const std::optional<View>& slope) {
    rows_ = input.rows;
    cols_ = input.cols;
    const View h = half(input);
    const View t = step_.accumulator(name_ + " tanh", rows_, cols_);
    std::optional<View> inner;  // h t'
    if (is_gelu_) {
      const View square = step_.accumulator(name_ + " square", rows_, cols_);
      pass("square", {.a = matrix(h), .b = matrix(h), .d = square});
      pass("factor", {.a = matrix(square),
                      .b = constant(kCubic),
                      .combine = Combine::kAdd,
                      .c = constant(kLinear),
                      .d = t});
      pass("tanh", {.a = matrix(h), .b = matrix(t), .apply = Apply::kTanh, .d = t});
      if (slope) {
        inner = square;
        pass("inner slope", {.a = matrix(square),
                             .b = constant(1.5f * kCubic),
                             .combine = Combine::kAdd,
                             .c = constant(0.5f * kLinear),
                             .d = square});
        pass("h inner slope", {.a = matrix(square), .b = matrix(h), .d = square});
      }
    } else {
      pass("tanh", {.a = matrix(h), .apply = Apply::kTanh, .d = t});
      if (slope) {
        inner = step_.accumulator(name_ + " h / 2", rows_, cols_);
        pass("h / 2", {.a = matrix(h), .b = constant(0.5f), .d = inner});
      }
    }
    pass("", {.a = matrix(t), .b = matrix(h), .combine = Combine::kAdd, .c = matrix(h), .d = y});
    if (!slope) return;
    pass("1 - t^2", {.a = matrix(t),
                     .b = matrix(t),
                     .combine = Combine::kReverseSubtract,
                     .c = constant(1),
                     .d = h});
    pass("(1 + t) / 2", {.a = matrix(t),
                         .b = constant(0.5f),
                         .combine = Combine::kAdd,
                         .c = constant(0.5f),
                         .d = t});
    pass("slope", {.a = matrix(h),
                   .b = matrix(*inner),
                   .combine = Combine::kAdd,
                   .c = matrix(t),
                   .d = slope});
  }

 private:
  void pass(const std::string& what, VectorOperation operation) {
    operation.rows = rows_;
    operation.cols = cols_;
    step_.vector(what.empty() ? name_ : name_ + " " + what, operation);
  }

  // Half of what an operation makes: a constant b, and a bias, are halved instead of the result.
  View half(VectorOperation o) {
    const View out = step_.accumulator(name_ + " half", rows_, cols_);
    const bool adds_row = o.combine == Combine::kAdd && o.c.is == isa::Operand::kRow;
    if (o.b.is == isa::Operand::kConstant && is_plain(o) && (is_product(o) || adds_row)) {
      o.b = constant(0.5f * std::bit_cast<float>(o.b.bits));
      if (adds_row) {
        o.c = compiler::row(step_.to_accumulator(
            name_ + " half of the bias",
            {.rows = 1, .cols = cols_, .a = matrix(o.c.view), .b = constant(0.5f)}));
      }
      o.d = out;
      step_.vector(name_ + " half", o);
      return out;
    }
    o.d = out;
    step_.vector(name_ + " input", o);
    pass("half", {.a = matrix(out), .b = constant(0.5f), .d = out});
    return out;
  }

  Step& step_;
  std::string name_;
  bool is_gelu_;
  std::uint32_t rows_ = 0, cols_ = 0;
};

}  // namespace

Value ActivationLayer::forward(Step& step, std::size_t chunk, const Value& input) {
  const unsigned n = step.n();
  const View y = step.operand(name_, input.rows(), input.cols());
  const bool is_gated = function_ == Function::kGelu || function_ == Function::kSilu;
  if (step.trains()) {
    kept_.put(chunk, function_ == Function::kRelu
                         ? y
                         : step.operand(name_ + " slope", input.rows(), input.cols()));
  }
  std::uint32_t first = 0;
  for (const Value& piece : Step::pieces_of(input)) {
    const auto part = [&](const View& view) {
      return view.block(n, 0, first, piece.rows(), piece.cols());
    };
    std::optional<View> slope;
    if (step.trains()) slope = part(kept_[chunk]);
    if (is_gated) {
      Gate(step, name_, function_ == Function::kGelu).emit(piece.operation(), part(y), slope);
    } else {
      simple(step, piece, part(y), slope);
    }
    first += piece.cols();
  }
  return Value(y);
}

// ReLU or tanh of a piece.
void ActivationLayer::simple(Step& step, const Value& piece, const View& y,
                             const std::optional<View>& slope) {
  VectorOperation o = piece.operation();
  if (!is_plain(o)) o = Value(step.accumulator_of(name_ + " input", piece)).operation();
  o.apply = function_ == Function::kRelu ? Apply::kRelu : Apply::kTanh;
  o.d = y;
  step.vector(name_, o);
  if (!slope || function_ == Function::kRelu) return;
  step.vector(name_ + " slope", {.rows = y.rows,
                                 .cols = y.cols,
                                 .a = matrix(y),
                                 .b = matrix(y),
                                 .combine = Combine::kReverseSubtract,
                                 .c = constant(1),
                                 .d = slope});
}

Value ActivationLayer::backward(Step& step, std::size_t chunk, const Value& gradient,
                                bool wants_input) {
  if (!wants_input) return {};
  const bool is_relu = function_ == Function::kRelu;
  std::vector<Value> out;
  std::uint32_t first = 0;
  for (const Value& piece : Step::pieces_of(gradient)) {
    const View kept = kept_[chunk].block(step.n(), 0, first, piece.rows(), piece.cols());
    VectorOperation o = piece.operation();
    if (!is_product(o) || (!is_relu && o.b.bits != constant(1).bits)) {
      o = Value(step.accumulator_of(name_ + " gradient", piece)).operation();
    }
    if (is_relu) {
      o.combine = Combine::kMask;
      o.c = matrix(kept);
    } else {
      o.b = matrix(kept);
    }
    out.emplace_back(piece.rows(), piece.cols(), o);
    first += piece.cols();
  }
  return Value(out);
}

}  // namespace gradcore::nn
