// SPDX-License-Identifier: Apache-2.0
// Matrices in binary64 and loops over them: what layers are checked against shares nothing with
// them.
#pragma once

#include <bit>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "sw/model/bf16.h"
#include "sw/train/random.h"

namespace gradcore::nn::plain {

struct Matrix {
  Matrix() = default;
  Matrix(std::size_t height, std::size_t width) : rows(height), cols(width), data(height * width) {}
  double& at(std::size_t r, std::size_t c) { return data[r * cols + c]; }
  double at(std::size_t r, std::size_t c) const { return data[r * cols + c]; }
  std::size_t rows = 0, cols = 0;
  std::vector<double> data;
  bool is_operand = false;  // has been through Rounding
};

// function(row, column) for every element.
template <typename Function>
Matrix filled(std::size_t rows, std::size_t cols, Function function) {
  Matrix out(rows, cols);
  for (std::size_t r = 0; r < rows; ++r) {
    for (std::size_t c = 0; c < cols; ++c) out.at(r, c) = function(r, c);
  }
  return out;
}

inline Matrix turned(const Matrix& a) {
  return filled(a.cols, a.rows, [&](std::size_t r, std::size_t c) { return a.at(c, r); });
}

inline Matrix product(const Matrix& a, const Matrix& b) {
  return filled(a.rows, b.cols, [&](std::size_t r, std::size_t c) {
    double sum = 0;
    for (std::size_t k = 0; k < a.cols; ++k) sum += a.at(r, k) * b.at(k, c);
    return sum;
  });
}

inline Matrix sum(const Matrix& a, const Matrix& b) {
  return filled(a.rows, a.cols,
                [&](std::size_t r, std::size_t c) { return a.at(r, c) + b.at(r, c); });
}

inline void add(Matrix& to, const Matrix& what) {
  for (std::size_t i = 0; i < to.data.size(); ++i) to.data[i] += what.data[i];
}

// Root of the mean of squares.
inline double size_of(const Matrix& a) {
  double squares = 0;
  for (const double x : a.data) squares += x * x;
  return std::sqrt(squares / static_cast<double>(a.data.size()));
}

// What happens to a matrix that the matrix unit works with.
class Rounding {
 public:
  enum class Kind : std::uint8_t {
    kNone,
    // bfloat16 has 8 significant bits, so rounding to nearest is off by a relative 2^-8 at most.
    // Errors drawn evenly from +-2^-8 are at least as large on average, whatever the value is:
    // rounding errors are even in +-2^-8 of the power of two below (Parker, Monte Carlo
    // arithmetic, 1997).
    kDrawn,
    kNearest,
  };
  explicit Rounding(Kind kind, std::uint64_t seed = 0) : kind_(kind), seed_(seed) {}

  // Once only: what has been rounded stays.
  Matrix operator()(const Matrix& a) {
    Matrix out = a;
    if (a.is_operand) return out;
    out.is_operand = true;
    for (double& x : out.data) {
      if (kind_ == Kind::kDrawn) {
        x *= 1 + double{train::random_uniform(train::random_bits(seed_, 77, drawn_++), 0x1p-8f)};
      } else if (kind_ == Kind::kNearest) {
        const auto bits = std::bit_cast<std::uint32_t>(static_cast<float>(x));
        x = double{std::bit_cast<float>(model::bf16_to_fp32(model::fp32_to_bf16_rne(bits)))};
      }
    }
    return out;
  }

 private:
  Kind kind_;
  std::uint64_t seed_, drawn_ = 0;
};

}  // namespace gradcore::nn::plain
