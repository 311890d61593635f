// SPDX-License-Identifier: Apache-2.0
#include "sw/nn/step.h"

#include <algorithm>

namespace gradcore::nn {
namespace {

// What waits for a product waits for a whole instruction, so none should be much longer.
constexpr std::uint64_t kMostCycles = 4096;

}  // namespace

void Step::gemm(const std::string& note, const View& x, const View& w, const View& y,
                bool accumulate) {
  const std::uint32_t cols = y.seen_cols();
  const std::uint64_t each =  // cycles of a column of tiles
      std::uint64_t{compiler::tiles(x.seen_cols(), n())} * std::max(x.seen_rows(), n());
  const auto block = static_cast<std::uint32_t>(
      std::max<std::uint64_t>(1, kMostCycles / std::max<std::uint64_t>(each, 1)) * n());
  const auto columns = [&](const View& view, std::uint32_t first, std::uint32_t width) {
    return view.transposed ? view.block(n(), first, 0, width, view.cols)
                           : view.block(n(), 0, first, view.rows, width);
  };
  for (std::uint32_t first = 0; first < cols; first += block) {
    const std::uint32_t width = std::min(block, cols - first);
    out_.gemm(note, x, columns(w, first, width), columns(y, first, width), accumulate);
  }
}

View Step::to_accumulator(const std::string& note, const VectorOperation& operation) {
  VectorOperation o = operation;
  o.d = accumulator(note, o.rows, o.cols);
  vector(note, o);
  return *o.d;
}

View Step::to_operand(const std::string& note, const VectorOperation& operation) {
  VectorOperation o = operation;
  o.d = operand(note, o.rows, o.cols);
  vector(note, o);
  return *o.d;
}

View Step::row_sums(const std::string& note, const VectorOperation& operation, isa::Reduce reduce) {
  VectorOperation o = operation;
  o.reduce = reduce;
  o.e = accumulator(note, o.rows, 1);
  vector(note, o);
  return *o.e;
}

View Step::accumulator_of(const std::string& note, const Value& value) {
  std::optional<View>& at = value.state_->accumulator;
  if (!at) at = to_accumulator(note, value.operation());
  return *at;
}

View Step::operand_of(const std::string& note, const Value& value) {
  std::optional<View>& at = value.state_->operand;
  if (!at) {
    at = to_operand(
        note, value.accumulator() ? Value(*value.accumulator()).operation() : value.operation());
  }
  return *at;
}

Step::Summed Step::accumulator_with_sums(const std::string& note, const Value& value) {
  std::optional<View>& at = value.state_->accumulator;
  if (at) return {*at, row_sums(note + ", sums of rows", Value(*at).operation())};
  VectorOperation o = value.operation();
  o.reduce = isa::Reduce::kSum;
  o.d = accumulator(note, o.rows, o.cols);
  o.e = accumulator(note + ", sums of rows", o.rows, 1);
  vector(note, o);
  at = o.d;
  return {*o.d, *o.e};
}

Source Step::source_of(const std::string& note, const Value& value) {
  if (!value.accumulator() && value.operand()) return compiler::matrix(*value.operand());
  return compiler::matrix(accumulator_of(note, value));
}

}  // namespace gradcore::nn
