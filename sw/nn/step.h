// SPDX-License-Identifier: Apache-2.0
// A program under construction: the instructions of a step as one unit would carry them out, on
// matrices in a memory without bounds.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "sw/compiler/emitter.h"
#include "sw/nn/matrices.h"
#include "sw/nn/value.h"

namespace gradcore::nn {

class Watcher;  // watch.h
enum class Side : std::uint8_t;

class Step {
 public:
  // The matrices that programs share come first.
  Step(const Matrices& shared, bool trains)
      : matrices_(shared), out_(shared.n()), trains_(trains) {}

  bool trains() const { return trains_; }
  unsigned n() const { return out_.n(); }
  compiler::Emitter& out() { return out_; }
  const Matrices& matrices() const { return matrices_; }
  void keep(std::size_t matrix) { matrices_.keep(matrix); }  // Matrices::keep

  View operand(const std::string& name, std::uint32_t rows, std::uint32_t cols) {
    return matrices_.operand(name, rows, cols);
  }
  View accumulator(const std::string& name, std::uint32_t rows, std::uint32_t cols) {
    return matrices_.accumulator(name, rows, cols);
  }
  // What the matrix unit writes.
  View product(const std::string& name, std::uint32_t rows, std::uint32_t cols) {
    return matrices_.accumulator(name, rows, cols, Life::kStep, Walk::kDownRows);
  }
  // A column that the vector unit reads as a row: a line of each tile.
  View sums(const std::string& name, std::uint32_t rows) {
    return matrices_.accumulator(name, rows, 1, Life::kStep, Walk::kOtherWay);
  }

  // How a matrix of so many rows is cut into pieces of columns, each of some hundred cycles at
  // least: first column and number of columns.
  std::vector<std::pair<std::uint32_t, std::uint32_t>> pieces(std::uint32_t rows,
                                                              std::uint32_t cols) const;
  // y (+)= x w in instructions of some thousand cycles at most.
  void gemm(const std::string& note, const View& x, const View& w, const View& y,
            bool accumulate = false);
  // Carries out a vector instruction.
  void vector(const std::string& note, const VectorOperation& operation) {
    out_.vector(note, operation);
  }
  // A new matrix in binary32 (in bfloat16) that an operation makes.
  View to_accumulator(const std::string& note, const VectorOperation& operation);
  View to_operand(const std::string& note, const VectorOperation& operation);
  // Sums (or maxima) of the rows of an operation, a column; nothing else of it is kept.
  View row_sums(const std::string& note, const VectorOperation& operation,
                isa::Reduce reduce = isa::Reduce::kSum);

  // The matrix of a value in binary32, in bfloat16: made at first need, then kept.
  View accumulator_of(const std::string& note, const Value& value);
  View operand_of(const std::string& note, const Value& value);
  // The same, and the sums of its rows, in the same pass if it is the first.
  struct Summed {
    View view, sums;
  };
  Summed accumulator_with_sums(const std::string& note, const Value& value);
  // Where the value already is, binary32 first.
  static std::optional<View> stored(const Value& value) {
    return value.accumulator() ? value.accumulator() : value.operand();
  }
  // The operation that makes the value, or that copies it from where it is; what is in pieces is
  // put together in binary32 first.
  VectorOperation operation_of(const std::string& note, const Value& value) {
    if (!stored(value) && !value.is_whole()) accumulator_of(note, value);
    const auto at = stored(value);
    return at ? Value(*at).operation() : value.operation();
  }
  // Its pieces, or the whole if it is somewhere in one piece.
  static std::vector<Value> pieces_of(const Value& value) {
    const auto at = stored(value);
    return at ? std::vector<Value>{Value(*at)} : value.pieces();
  }
  // As a source of a vector instruction, from either memory.
  Source source_of(const std::string& note, const Value& value);

  // Who is shown what flows between layers, if anybody; must outlive the step's making.
  void set_watcher(Watcher* watcher) { watcher_ = watcher; }
  void show(const std::string& name, Side side, const Value& value);

 private:
  void fill(const std::string& note, const std::vector<Value>& pieces, const View& to);

  Matrices matrices_;
  compiler::Emitter out_;
  bool trains_;
  Watcher* watcher_ = nullptr;
};

}  // namespace gradcore::nn
