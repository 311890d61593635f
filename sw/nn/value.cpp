// SPDX-License-Identifier: Apache-2.0
#include "sw/nn/value.h"

#include <stdexcept>

namespace gradcore::nn {
namespace {

Source transposed(const Source& source) {
  Source out = source;
  switch (source.is) {
    case isa::Operand::kConstant:
      return out;
    case isa::Operand::kMatrix:
      break;
    case isa::Operand::kRow:
      out.is = isa::Operand::kColumn;
      break;
    case isa::Operand::kColumn:
      out.is = isa::Operand::kRow;
      break;
  }
  out.view = source.view.t();
  return out;
}

}  // namespace

Value::Value(std::uint32_t rows, std::uint32_t cols, const VectorOperation& operation)
    : state_(std::make_shared<State>()) {
  state_->rows = rows;
  state_->cols = cols;
  state_->operation = operation;
  state_->operation.rows = rows;
  state_->operation.cols = cols;
}

Value::Value(const View& view)
    : Value(view.seen_rows(), view.seen_cols(), {.a = compiler::matrix(view)}) {
  (view.accumulator ? state_->accumulator : state_->operand) = view;
}

Value::Value(const std::vector<Value>& pieces) : state_(std::make_shared<State>()) {
  if (pieces.size() == 1) {
    state_ = pieces.front().state_;
    return;
  }
  state_->rows = pieces.at(0).rows();
  for (const Value& piece : pieces) state_->cols += piece.cols();
  state_->pieces = pieces;
}

std::vector<Value> Value::pieces() const {
  return is_whole() ? std::vector<Value>{*this} : state_->pieces;
}

VectorOperation transposed(const VectorOperation& operation) {
  if (operation.combine == isa::Combine::kDropout || operation.reduce != isa::Reduce::kNone) {
    throw std::logic_error("this operation has no transposed form");
  }
  VectorOperation out = operation;
  std::swap(out.rows, out.cols);
  out.a = transposed(operation.a);
  out.b = transposed(operation.b);
  out.c = transposed(operation.c);
  return out;
}

bool is_product(const VectorOperation& operation) {
  return operation.combine == isa::Combine::kProduct && is_plain(operation);
}

bool is_plain(const VectorOperation& operation) {
  return operation.apply == isa::Apply::kIdentity && operation.combine != isa::Combine::kDropout;
}

}  // namespace gradcore::nn
