// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <stdexcept>

#include "sw/nn/layer.h"

namespace gradcore::nn {

using compiler::constant;
using compiler::matrix;
using isa::Apply;
using isa::Combine;

namespace {

struct Columns {
  std::uint32_t first = 0, cols = 0;
};

// The columns of either half that lie within one piece both times.
std::vector<Columns> common_parts(const Value& input) {
  const std::uint32_t half = input.cols() / 2;
  std::vector<std::uint32_t> ends = {half};
  std::uint32_t at = 0;
  for (const Value& piece : Step::pieces_of(input)) {
    at += piece.cols();
    if (at < 2 * half) ends.push_back(at % half);
  }
  std::ranges::sort(ends);
  std::vector<Columns> out;
  std::uint32_t first = 0;
  for (const std::uint32_t end : ends) {
    if (end > first) out.push_back({first, end - first});
    first = end;
  }
  return out;
}

Source columns_of(unsigned n, const Source& source, const Columns& at) {
  Source out = source;
  const bool has_columns = source.is == isa::Operand::kMatrix || source.is == isa::Operand::kRow;
  if (!has_columns) return out;
  const View& v = source.view;
  out.view = v.transposed ? v.block(n, at.first, 0, at.cols, v.cols)
                          : v.block(n, 0, at.first, v.rows, at.cols);
  return out;
}

// Some columns of what a linear layer gives, which lie within one of its pieces, in binary32.
View part_of(Step& step, const std::string& note, const Value& value, Columns at) {
  for (const Value& piece : Step::pieces_of(value)) {
    if (at.first >= piece.cols()) {
      at.first -= piece.cols();
      continue;
    }
    VectorOperation o = piece.operation();
    if (const auto stored = Step::stored(piece); stored) o = Value(*stored).operation();
    for (Source* s : {&o.a, &o.b, &o.c}) *s = columns_of(step.n(), *s, at);
    o.cols = at.cols;
    const bool is_there = is_product(o) && o.a.is == isa::Operand::kMatrix &&
                          o.a.view.accumulator && o.b.is == isa::Operand::kConstant &&
                          o.b.bits == constant(1).bits;
    return is_there ? o.a.view : step.to_accumulator(note, o);
  }
  throw std::logic_error("a value has no such columns: " + note);
}

}  // namespace

// With L = 1 / (1 + exp(-gate)) = (1 + tanh(gate / 2)) / 2 and s = silu(gate) = gate L the result
// is s value, its derivatives s and (L + s (1 - L)) value.
Value Swiglu::forward(Step& step, std::size_t chunk, const Value& input) {
  const unsigned n = step.n();
  const std::uint32_t rows = input.rows();
  const std::uint32_t half = input.cols() / 2;
  const View y = step.operand(name_, rows, half);
  Slopes slopes;
  if (step.trains()) {
    slopes = {step.operand(name_ + " slope by gate", rows, half),
              step.operand(name_ + " slope by value", rows, half)};
    kept_.put(chunk, slopes);
  }
  for (const Columns& at : common_parts(input)) {
    const auto pass = [&](const std::string& what, VectorOperation o) {
      o.rows = rows;
      o.cols = at.cols;
      step.vector(name_ + " " + what, o);
    };
    const auto part = [&](const View& whole) { return whole.block(n, 0, at.first, rows, at.cols); };
    const auto scratch = [&](const std::string& what) {
      return step.accumulator(name_ + " " + what, rows, at.cols);
    };
    const View gate = part_of(step, name_ + " gate", input, at);
    const View value = part_of(step, name_ + " value", input, {half + at.first, at.cols});
    const View level = scratch("level");
    const View silu = scratch("silu");
    pass("tanh", {.a = matrix(gate), .b = constant(0.5f), .apply = Apply::kTanh, .d = level});
    pass("level", {.a = matrix(level),
                   .b = constant(0.5f),
                   .combine = Combine::kAdd,
                   .c = constant(0.5f),
                   .d = level});
    VectorOperation product{.a = matrix(gate), .b = matrix(level), .d = silu};
    if (step.trains()) product.e = part(slopes.value);
    pass("silu", product);
    pass("result", {.a = matrix(silu), .b = matrix(value), .d = part(y)});
    if (!step.trains()) continue;
    pass("s L - s", {.a = matrix(silu),
                     .b = matrix(level),
                     .combine = Combine::kSubtract,
                     .c = matrix(silu),
                     .d = silu});
    pass("L + s (1 - L)",
         {.a = matrix(silu), .combine = Combine::kReverseSubtract, .c = matrix(level), .d = level});
    pass("slope by gate", {.a = matrix(level), .b = matrix(value), .d = part(slopes.gate)});
  }
  return Value(y);
}

Value Swiglu::backward(Step& step, std::size_t chunk, const Value& gradient, bool wants_input) {
  if (!wants_input) return {};
  const Slopes& slopes = kept_[chunk];
  // Both halves use it.
  std::vector<Value> given;
  for (const Value& piece : Step::pieces_of(gradient)) {
    given.push_back(Step::stored(piece) ? piece
                                        : Value(step.accumulator_of(name_ + " gradient", piece)));
  }
  std::vector<Value> out;
  for (const View& slope : {slopes.gate, slopes.value}) {
    std::uint32_t first = 0;
    for (const Value& piece : given) {
      VectorOperation o = step.operation_of(name_ + " gradient", piece);
      o.b = matrix(slope.block(step.n(), 0, first, piece.rows(), piece.cols()));
      out.emplace_back(piece.rows(), piece.cols(), o);
      first += piece.cols();
    }
  }
  return Value(out);
}

}  // namespace gradcore::nn
