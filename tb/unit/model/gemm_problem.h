// SPDX-License-Identifier: Apache-2.0
// Random operands of a GEMM for the tests of this folder.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "sw/model/gemm.h"
#include "tb/harness/random_patterns.h"

namespace gradcore::model {

struct GemmProblem {
  GemmShape shape;
  std::vector<std::uint16_t> x, w;  // row-major, m x k and k x n
  std::vector<std::uint32_t> c;     // m x n

  Bf16View x_view() const { return {x, shape.k}; }
  Bf16View w_view() const { return {w, shape.n}; }
  Fp32View c_view() const { return {c, shape.n}; }

  std::vector<std::uint32_t> run(const Numerics& numerics, bool accumulate,
                                 GemmStatistics* statistics = nullptr) const {
    std::vector<std::uint32_t> y = c;
    gemm(numerics, shape, x_view(), w_view(), {y, shape.n}, accumulate, statistics);
    return y;
  }
  std::string name() const {
    return std::to_string(shape.m) + " x " + std::to_string(shape.k) + " x " +
           std::to_string(shape.n);
  }
};

// x row by row and w column by column in the moods of RandomPatterns::bf16_vector.
inline GemmProblem random_problem(harness::RandomPatterns& random, const GemmShape& shape,
                                  bool with_specials) {
  GemmProblem out{.shape = shape,
                  .x = {},
                  .w = std::vector<std::uint16_t>(shape.k * shape.n),
                  .c = std::vector<std::uint32_t>(shape.m * shape.n)};
  for (std::size_t row = 0; row < shape.m; ++row) {
    const auto values = random.bf16_vector(shape.k, with_specials && random.one_in(4));
    out.x.insert(out.x.end(), values.begin(), values.end());
  }
  for (std::size_t column = 0; column < shape.n; ++column) {
    const auto values = random.bf16_vector(shape.k, with_specials && random.one_in(4));
    for (std::size_t k = 0; k < shape.k; ++k) out.w[k * shape.n + column] = values[k];
  }
  for (auto& value : out.c) {
    value = with_specials ? random.fp32() : random.bits32() & 0xBFFF'FFFFu;  // |c| < 2
  }
  return out;
}

inline GemmShape random_shape(harness::RandomPatterns& random, std::uint32_t largest) {
  return {1 + random.below(largest), 1 + random.below(largest), 1 + random.below(largest)};
}

inline Numerics random_numerics(harness::RandomPatterns& random) {
  return {.n = 4u << random.below(4), .f = random.one_in(2) ? 40 : 24 + random.below(25)};
}

}  // namespace gradcore::model
