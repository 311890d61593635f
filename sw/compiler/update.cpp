// SPDX-License-Identifier: Apache-2.0
#include "sw/compiler/update.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <stdexcept>

namespace gradcore::compiler {
namespace {

using isa::Apply;
using isa::Combine;

struct Pass {
  const char* what;
  VectorOperation operation;  // without its size
};

Source scheduled(const Network& network, const Places& places, Table table, std::uint32_t rows) {
  const std::vector<Table> all = tables_of(network);
  const auto at = std::find(all.begin(), all.end(), table);
  if (at == all.end()) return constant(network.schedule.learning_rate);
  return equal_row(places.tables[static_cast<std::size_t>(at - all.begin())], rows);
}

// The instructions of a part, in order.
std::vector<Pass> sgd(const NumberSource& source, const UpdatePart& p) {
  const auto number = [&](Number which) { return source(which, p.rows); };
  return {{"velocity",
           {.a = matrix(p.state[0]),
            .b = number(Number::kMomentum),
            .combine = Combine::kAdd,
            .c = matrix(p.gradient),
            .d = p.state[0]}},
          {"step",
           {.a = matrix(p.state[0]),
            .b = number(Number::kRate),
            .combine = Combine::kReverseSubtract,
            .c = matrix(p.master),
            .d = p.master,
            .e = p.copy}}};
}

std::vector<Pass> adamw(const Optimizer& optimizer, const NumberSource& source,
                        const UpdatePart& p) {
  // The second moment may be 0, whose reciprocal root is infinite: this is added to it.
  constexpr float kTiny = 0x1p-100f;
  const Source first = matrix(p.state[0]);
  const Source second = matrix(p.state[1]);
  // In turn gradient, its square, the root and the direction: each is needed once.
  const Source gradient = matrix(p.gradient);
  const auto number = [&](Number which) { return source(which, p.rows); };
  std::vector<Pass> out = {{"first moment",
                            {.a = first,
                             .b = number(Number::kBeta1),
                             .combine = Combine::kAdd,
                             .c = matrix(p.gradient),
                             .d = p.state[0]}},
                           {"g^2", {.a = gradient, .b = gradient, .d = p.gradient}},
                           {"second moment",
                            {.a = second,
                             .b = number(Number::kBeta2),
                             .combine = Combine::kAdd,
                             .c = gradient,
                             .d = p.state[1]}},
                           // 1 / (sqrt(v) + epsilon), with sqrt(v) = v / sqrt(v).
                           {"1 / sqrt(v)",
                            {.a = second,
                             .combine = Combine::kAdd,
                             .c = constant(kTiny),
                             .apply = Apply::kRsqrt,
                             .d = p.gradient}},
                           {"1 / (sqrt(v) + epsilon)",
                            {.a = second,
                             .b = gradient,
                             .combine = Combine::kAdd,
                             .c = number(Number::kEpsilon),
                             .apply = Apply::kReciprocal,
                             .d = p.gradient}},
                           {"direction", {.a = first, .b = gradient, .d = p.gradient}}};
  if (optimizer.weight_decay > 0) {
    out.push_back({"decay", {.a = matrix(p.master), .b = number(Number::kKeep), .d = p.master}});
  }
  out.push_back({"step",
                 {.a = gradient,
                  .b = number(Number::kMoment),
                  .combine = Combine::kReverseSubtract,
                  .c = matrix(p.master),
                  .d = p.master,
                  .e = p.copy}});
  return out;
}

}  // namespace

Source equal_row(const View& view, std::uint32_t rows) {
  return rows == 1 ? column(view) : row(view);
}

std::vector<Number> numbers_of(const Optimizer& optimizer) {
  if (optimizer.method == Method::kSgd) return {Number::kMomentum, Number::kRate};
  std::vector<Number> out = {Number::kBeta1, Number::kBeta2, Number::kMoment};
  if (optimizer.weight_decay > 0) out.push_back(Number::kKeep);
  return out;
}

std::vector<Number> numbers_of(const Network& network) { return numbers_of(network.optimizer); }

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
    case Number::kEpsilon:
      return scheduled(network, places, Table::kEpsilon, rows);
    case Number::kKeep:
      return scheduled(network, places, Table::kKeep, rows);
  }
  throw std::logic_error("there is no such number");
}

Source number_source(const Network& network, const Places& places, Number number,
                     std::uint32_t rows) {
  const std::vector<Number> all = numbers_of(network);
  const auto at = std::find(all.begin(), all.end(), number);
  if (!network.optimizer.skip_nonfinite || at == all.end()) {
    return plain_number(network, places, number, rows);
  }
  return equal_row(places.guard.numbers.at(static_cast<std::size_t>(at - all.begin())), rows);
}

std::vector<Table> tables_of(const Optimizer& optimizer, const Schedule& schedule) {
  if (optimizer.method == Method::kAdamW) {
    std::vector<Table> out = {Table::kMoment, Table::kEpsilon};
    if (optimizer.weight_decay > 0) out.push_back(Table::kKeep);
    return out;
  }
  if (schedule.is_constant()) return {};
  return {Table::kRate};
}

std::vector<Table> tables_of(const Network& network) {
  return tables_of(network.optimizer, network.schedule);
}

float table_value(const Optimizer& o, const Schedule& schedule, Table table, std::uint64_t step,
                  std::uint64_t steps) {
  const double rate = schedule.rate(step, steps);
  const double t = static_cast<double>(step) + 1;
  const auto scale = [t](double beta) { return (1 - beta) / (1 - std::pow(beta, t)); };
  const double root = std::sqrt(scale(o.beta2));
  switch (table) {
    case Table::kRate:
      return static_cast<float>(rate);
    case Table::kMoment:
      return static_cast<float>(rate * scale(o.beta1) / root);
    case Table::kEpsilon:
      return static_cast<float>(o.epsilon / root);
    case Table::kKeep:
      return static_cast<float>(1 - rate * o.weight_decay);
  }
  throw std::logic_error("there is no such table");
}

float table_value(const Network& network, Table table, std::uint64_t step, std::uint64_t steps) {
  return table_value(network.optimizer, network.schedule, table, step, steps);
}

void emit_update(Emitter& out, const Network& network, const Places& places,
                 const UpdatePart& part) {
  emit_update(
      out, network.optimizer,
      [&](Number number, std::uint32_t rows) {
        return number_source(network, places, number, rows);
      },
      part);
}

void emit_update(Emitter& out, const Optimizer& optimizer, const NumberSource& source,
                 const UpdatePart& part) {
  for (Pass& pass :
       optimizer.method == Method::kAdamW ? adamw(optimizer, source, part) : sgd(source, part)) {
    pass.operation.rows = part.rows;
    pass.operation.cols = part.cols;
    out.vector(fmt::format("{}: {}", part.note, pass.what), pass.operation);
  }
}

}  // namespace gradcore::compiler
