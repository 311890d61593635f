// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <optional>

#include "sw/nn/layer.h"

namespace gradcore::nn {

using compiler::constant;
using compiler::matrix;
using isa::Apply;
using isa::Combine;

namespace {

// GELU and SiLU are x L with L = 1 / (1 + exp(-2 u)) = (1 + tanh u) / 2: for SiLU u = x / 2, for
// GELU
//   u = x (kLinear + kCubic x^2), kLinear = sqrt(2 / pi), kCubic = 0.044715 sqrt(2 / pi).
constexpr float kLinear = 0.7978845608f;
constexpr float kCubic = kLinear * 0.044715f;

// GELU or SiLU of a piece of a matrix.
class Gate {
 public:
  Gate(Step& step, const std::string& name, bool is_gelu)
      : step_(step), name_(name), is_gelu_(is_gelu) {}

  // Of what `input` makes: y, and in training its slope L + (1 - t^2) x u' / 2.
  void emit(const VectorOperation& input, const View& y, const std::optional<View>& slope) {
    rows_ = input.rows;
    cols_ = input.cols;
    const View x = make(input, "input");
    const View t = step_.accumulator(name_ + " tanh", rows_, cols_);
    std::optional<View> square;
    if (is_gelu_) {
      square = make({.a = matrix(x), .b = matrix(x)}, "square");
      pass("factor", {.a = matrix(*square),
                      .b = constant(kCubic),
                      .combine = Combine::kAdd,
                      .c = constant(kLinear),
                      .d = t});
      pass("tanh", {.a = matrix(x), .b = matrix(t), .apply = Apply::kTanh, .d = t});
    } else {
      pass("tanh", {.a = matrix(x), .b = constant(0.5f), .apply = Apply::kTanh, .d = t});
    }
    std::optional<View> rest;
    if (slope) {
      rest = make(
          {.a = matrix(t), .b = matrix(t), .combine = Combine::kReverseSubtract, .c = constant(1)},
          "1 - t^2");
    }
    pass("(1 + t) / 2", {.a = matrix(t),
                         .b = constant(0.5f),
                         .combine = Combine::kAdd,
                         .c = constant(0.5f),
                         .d = t});
    pass("", {.a = matrix(x), .b = matrix(t), .d = y});
    if (!slope) return;
    if (is_gelu_) {
      pass("u' / 2", {.a = matrix(*square),
                      .b = constant(1.5f * kCubic),
                      .combine = Combine::kAdd,
                      .c = constant(0.5f * kLinear),
                      .d = square});
      pass("x u' / 2", {.a = matrix(*square), .b = matrix(x), .d = x});
    } else {
      pass("x / 4", {.a = matrix(x), .b = constant(0.25f), .d = x});
    }
    // Two passes of one line a cycle: three sources would take two cycles a line as well, and meet
    // the matrix unit in more banks.
    pass("x (1 - t^2) u' / 2", {.a = matrix(*rest), .b = matrix(x), .d = x});
    pass("slope", {.a = matrix(x), .combine = Combine::kAdd, .c = matrix(t), .d = slope});
  }

 private:
  void pass(const std::string& what, VectorOperation operation) {
    operation.rows = rows_;
    operation.cols = cols_;
    step_.vector(what.empty() ? name_ : name_ + " " + what, operation);
  }
  View make(VectorOperation operation, const std::string& what) {
    const View out = step_.accumulator(name_ + " " + what, rows_, cols_);
    operation.d = out;
    pass(what, operation);
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
