// SPDX-License-Identifier: Apache-2.0
#include "sw/compiler/update.h"

#include <algorithm>
#include <cmath>
#include <stdexcept>

namespace gradcore::compiler {
namespace {

using isa::Apply;
using isa::Combine;

// A row of equal numbers as an operand: for a single row also as the one element of a column,
// whatever its length is.
Source equal_row(const View& view, std::uint32_t rows) {
  return rows == 1 ? column(view) : row(view);
}

Source scheduled(const Network& network, const Places& places, Table table, std::uint32_t rows) {
  const std::vector<Table> all = tables_of(network);
  const auto at = std::find(all.begin(), all.end(), table);
  if (at == all.end()) return constant(network.schedule.learning_rate);
  return equal_row(places.tables[static_cast<std::size_t>(at - all.begin())], rows);
}

void sgd(Emitter& out, const Network& network, const Places& places, const UpdatePart& p,
         const std::string& note) {
  out.vector(note + ": velocity", {.rows = p.rows,
                                   .cols = p.cols,
                                   .a = matrix(p.state[0]),
                                   .b = number_source(network, places, Number::kMomentum, p.rows),
                                   .combine = Combine::kAdd,
                                   .c = p.gradient,
                                   .d = p.state[0]});
  out.vector(note + ": step", {.rows = p.rows,
                               .cols = p.cols,
                               .a = matrix(p.state[0]),
                               .b = number_source(network, places, Number::kRate, p.rows),
                               .combine = Combine::kReverseSubtract,
                               .c = matrix(p.master),
                               .d = p.master,
                               .e = p.copy});
}

void adamw(Emitter& out, const Network& network, const Places& places, const UpdatePart& p,
           const std::string& note) {
  // The second moment may be 0, whose reciprocal root is infinite: this is added to it.
  constexpr float kTiny = 0x1p-100f;
  const Optimizer& o = network.optimizer;
  const unsigned n = out.n();
  const auto part = [&](const View& view) { return view.block(n, 0, 0, p.rows, p.cols); };
  const auto& scratch = p.copy ? places.scratch : places.bias_scratch;
  const View root = part(scratch[0]);
  const View other = part(scratch[1]);
  const View& first = p.state[0];
  const View& second = p.state[1];
  const Source variance = scheduled(network, places, Table::kVariance, p.rows);
  const auto number = [&](Number which) { return number_source(network, places, which, p.rows); };
  const auto emit = [&](const char* what, const Source& a, const Source& b, Combine combine,
                        const Source& c, Apply apply, const View& d) {
    VectorOperation op;
    op.rows = p.rows;
    op.cols = p.cols;
    op.a = a;
    op.b = b;
    op.combine = combine;
    op.c = c;
    op.apply = apply;
    op.d = d;
    out.vector(note + what, op);
  };
  constexpr auto kNothing = Apply::kIdentity;
  emit(": g^2", p.gradient, p.gradient, Combine::kProduct, {}, kNothing, other);
  emit(": first moment", matrix(first), number(Number::kBeta1), Combine::kAdd, p.gradient, kNothing,
       first);
  emit(": second moment", matrix(second), number(Number::kBeta2), Combine::kAdd, matrix(other),
       kNothing, second);
  // 1 / (sqrt(s v) + epsilon), with sqrt(x) = x / sqrt(x) and s the scale of v.
  emit(": s v", matrix(second), variance, Combine::kProduct, {}, kNothing, other);
  emit(": 1 / sqrt(s v)", matrix(other), constant(1), Combine::kAdd, constant(kTiny), Apply::kRsqrt,
       root);
  emit(": 1 / (sqrt(s v) + epsilon)", matrix(other), matrix(root), Combine::kAdd,
       constant(o.epsilon), Apply::kReciprocal, root);
  emit(": direction", matrix(first), matrix(root), Combine::kProduct, {}, kNothing, root);
  if (o.weight_decay > 0) {
    emit(": decay", matrix(p.master), number(Number::kKeep), Combine::kProduct, {}, kNothing,
         p.master);
  }
  out.vector(note + ": step", {.rows = p.rows,
                               .cols = p.cols,
                               .a = matrix(root),
                               .b = number_source(network, places, Number::kMoment, p.rows),
                               .combine = Combine::kReverseSubtract,
                               .c = matrix(p.master),
                               .d = p.master,
                               .e = p.copy});
}

}  // namespace

std::vector<Number> numbers_of(const Network& network) {
  if (network.optimizer.method == Method::kSgd) return {Number::kMomentum, Number::kRate};
  std::vector<Number> out = {Number::kBeta1, Number::kBeta2, Number::kMoment};
  if (network.optimizer.weight_decay > 0) out.push_back(Number::kKeep);
  return out;
}

Source plain_number(const Network& network, const Places& places, Number number,
                    std::uint32_t rows) {
  switch (number) {
    case Number::kMomentum:
      return constant(network.optimizer.momentum);
    case Number::kBeta1:
      return constant(network.optimizer.beta1);
    case Number::kBeta2:
      return constant(network.optimizer.beta2);
    case Number::kRate:
      return scheduled(network, places, Table::kRate, rows);
    case Number::kMoment:
      return scheduled(network, places, Table::kMoment, rows);
    case Number::kKeep:
      return scheduled(network, places, Table::kKeep, rows);
  }
  throw std::logic_error("there is no such number");
}

Source number_source(const Network& network, const Places& places, Number number,
                     std::uint32_t rows) {
  if (!network.optimizer.skip_nonfinite) return plain_number(network, places, number, rows);
  const std::vector<Number> all = numbers_of(network);
  const auto at = std::find(all.begin(), all.end(), number) - all.begin();
  return equal_row(places.guard.numbers.at(static_cast<std::size_t>(at)), rows);
}

std::vector<Table> tables_of(const Network& network) {
  if (network.optimizer.method == Method::kAdamW) {
    std::vector<Table> out = {Table::kMoment, Table::kVariance};
    if (network.optimizer.weight_decay > 0) out.push_back(Table::kKeep);
    return out;
  }
  if (network.schedule.is_constant()) return {};
  return {Table::kRate};
}

float table_value(const Network& network, Table table, std::uint64_t step, std::uint64_t steps) {
  const Optimizer& o = network.optimizer;
  const double rate = network.schedule.rate(step, steps);
  const double t = static_cast<double>(step) + 1;
  const auto scale = [t](double beta) { return (1 - beta) / (1 - std::pow(beta, t)); };
  switch (table) {
    case Table::kRate:
      return static_cast<float>(rate);
    case Table::kMoment:
      return static_cast<float>(rate * scale(o.beta1));
    case Table::kVariance:
      return static_cast<float>(scale(o.beta2));
    case Table::kKeep:
      return static_cast<float>(1 - rate * o.weight_decay);
  }
  throw std::logic_error("there is no such table");
}

void emit_update(Emitter& out, const Network& network, const Places& places, const UpdatePart& part,
                 const std::string& note) {
  if (network.optimizer.method == Method::kAdamW) {
    adamw(out, network, places, part, note);
  } else {
    sgd(out, network, places, part, note);
  }
}

}  // namespace gradcore::compiler
