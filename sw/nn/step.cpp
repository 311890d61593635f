// SPDX-License-Identifier: Apache-2.0
#include "sw/nn/step.h"

#include <algorithm>

#include "sw/nn/watch.h"

namespace gradcore::nn {
namespace {

// What waits for a product waits for a whole instruction, so none should be much longer.
constexpr std::uint64_t kMostCycles = 4096;

// Of what vector instructions make: less would not be worth an instruction, more would take room.
constexpr std::uint32_t kPieceTiles = 16;

}  // namespace

std::vector<std::pair<std::uint32_t, std::uint32_t>> Step::pieces(std::uint32_t rows,
                                                                  std::uint32_t cols) const {
  const std::uint32_t width =
      std::max<std::uint32_t>(1, kPieceTiles / compiler::tiles(rows, n())) * n();
  std::vector<std::pair<std::uint32_t, std::uint32_t>> out;
  for (std::uint32_t first = 0; first < cols; first += width) {
    // What would be left is not worth a piece of its own.
    const std::uint32_t left = cols - first;
    const std::uint32_t take = left < width + width / 2 ? left : width;
    out.emplace_back(first, take);
    if (take == left) break;
  }
  return out;
}

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

// Carries out what makes pieces side by side.
void Step::fill(const std::string& note, const std::vector<Value>& pieces, const View& to) {
  std::uint32_t first = 0;
  for (const Value& piece : pieces) {
    VectorOperation o = piece.operation();
    o.d = to.block(n(), 0, first, piece.rows(), piece.cols());
    vector(note, o);
    first += piece.cols();
  }
}

View Step::accumulator_of(const std::string& note, const Value& value) {
  std::optional<View>& at = value.state_->accumulator;
  if (!at) {
    const View to = accumulator(note, value.rows(), value.cols());
    fill(note, value.pieces(), to);  // not from bfloat16, wherever it has been rounded to that
    at = to;
  }
  return *at;
}

View Step::operand_of(const std::string& note, const Value& value) {
  std::optional<View>& at = value.state_->operand;
  if (!at) {
    const View to = operand(note, value.rows(), value.cols());
    fill(note, pieces_of(value), to);
    at = to;
  }
  return *at;
}

Step::Summed Step::accumulator_with_sums(const std::string& note, const Value& value) {
  std::optional<View>& at = value.state_->accumulator;
  if (!at && !value.is_whole()) accumulator_of(note, value);
  if (at) return {*at, row_sums(note + ", sums of rows", Value(*at).operation())};
  VectorOperation o = operation_of(note, value);
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

void Step::show(const std::string& name, Side side, const Value& value) {
  if (watcher_ != nullptr) watcher_->show(*this, name, side, value);
}

}  // namespace gradcore::nn
