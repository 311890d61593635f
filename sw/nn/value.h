// SPDX-License-Identifier: Apache-2.0
// What flows between layers: a matrix that is in local memory, or a vector instruction that would
// make it. Who uses a value carries that instruction out with the destination it needs (bfloat16,
// binary32, transposed, with the sums of its rows), so that the last pass of one layer and the
// first of the next are one.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "sw/compiler/emitter.h"

namespace gradcore::nn {

using compiler::Source;
using compiler::VectorOperation;
using compiler::View;

class Value {
 public:
  Value() = default;
  // That of `operation`, which has no destination yet.
  Value(std::uint32_t rows, std::uint32_t cols, const VectorOperation& operation);
  // Of a matrix in local memory, as its flag shows it.
  explicit Value(const View& view);
  // Of pieces side by side, each as wide as a multiple of the array's size but for the last one.
  explicit Value(const std::vector<Value>& pieces);

  explicit operator bool() const { return state_ != nullptr; }
  std::uint32_t rows() const { return state_->rows; }
  std::uint32_t cols() const { return state_->cols; }
  // Itself, if it is whole.
  std::vector<Value> pieces() const;
  bool is_whole() const { return state_->pieces.empty(); }
  // Of a whole value, without destination; of what is stored a copy.
  const VectorOperation& operation() const { return state_->operation; }
  // Where it is in binary32, in bfloat16; nothing as long as nobody has needed it there.
  const std::optional<View>& accumulator() const { return state_->accumulator; }
  const std::optional<View>& operand() const { return state_->operand; }

 private:
  friend class Step;
  struct State {
    std::uint32_t rows = 0, cols = 0;
    VectorOperation operation;
    std::optional<View> accumulator, operand;
    std::vector<Value> pieces;
  };
  std::shared_ptr<State> state_;
};

// The same for the transposed matrix.
VectorOperation transposed(const VectorOperation& operation);

// Whether an operation is a product of a and b only, to which something may still be added.
bool is_product(const VectorOperation& operation);
// Whether nothing is done to what is combined.
bool is_plain(const VectorOperation& operation);

}  // namespace gradcore::nn
