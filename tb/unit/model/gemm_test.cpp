// SPDX-License-Identifier: Apache-2.0
#include "sw/model/gemm.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <stdexcept>
#include <vector>

#include "tb/harness/random_patterns.h"
#include "tb/unit/model/gemm_problem.h"

namespace gradcore::model {
namespace {

using harness::RandomPatterns;

constexpr std::size_t kPadding = 3;
constexpr std::uint32_t kUntouched = 0xDEAD'BEEFu;

// The definition: element by element, tile by tile.
std::vector<std::uint32_t> naive(const GemmProblem& p, const Numerics& numerics, bool accumulate) {
  std::vector<std::uint32_t> y(p.shape.m * p.shape.n);
  for (std::size_t i = 0; i < p.shape.m; ++i) {
    for (std::size_t j = 0; j < p.shape.n; ++j) {
      std::uint32_t sum = accumulate ? p.c[i * p.shape.n + j] : 0;
      for (std::size_t start = 0; start < p.shape.k; start += numerics.n) {
        std::vector<std::uint16_t> a, w;
        for (std::size_t k = start; k < std::min(start + numerics.n, p.shape.k); ++k) {
          a.push_back(p.x[i * p.shape.k + k]);
          w.push_back(p.w[k * p.shape.n + j]);
        }
        sum = fp32_add(sum, sum_to_fp32(tile_dot(a, w, numerics.f), numerics.f));
      }
      y[i * p.shape.n + j] = sum;
    }
  }
  return y;
}

// A copy with rows `leading` apart, transposed if asked for, and a view on it.
template <typename T>
std::vector<T> lay_out(const std::vector<T>& dense, std::size_t rows, std::size_t columns,
                       bool transposed, std::size_t leading, T padding) {
  std::vector<T> out((transposed ? columns : rows) * leading, padding);
  const MatrixView<T> view{out, leading, transposed};
  for (std::size_t r = 0; r < rows; ++r) {
    for (std::size_t c = 0; c < columns; ++c) view(r, c) = dense[r * columns + c];
  }
  return out;
}

TEST(Gemm, AgreesWithItsDefinition) {
  const std::uint64_t seed = harness::seed_from_environment(11);
  SCOPED_TRACE(harness::seed_message(seed));
  RandomPatterns random(seed);
  for (int i = 0; i < 400; ++i) {
    const Numerics numerics = random_numerics(random);
    const GemmProblem p = random_problem(random, random_shape(random, 40), i % 2 == 0);
    const bool accumulate = random.one_in(2);
    ASSERT_EQ(p.run(numerics, accumulate), naive(p, numerics, accumulate))
        << "problem " << i << ": " << p.name() << " n=" << numerics.n << " f=" << numerics.f;
  }
}

TEST(Gemm, LayoutNeverChangesABitAndPaddingIsNeitherReadNorWritten) {
  const std::uint64_t seed = harness::seed_from_environment(12);
  SCOPED_TRACE(harness::seed_message(seed));
  RandomPatterns random(seed);
  for (int i = 0; i < 160; ++i) {
    const Numerics numerics = random_numerics(random);
    const GemmProblem p = random_problem(random, random_shape(random, 30), true);
    const auto [m, k, n] = p.shape;
    const bool trans_x = (i & 1) != 0, trans_w = (i & 2) != 0, trans_y = (i & 4) != 0,
               accumulate = (i & 8) != 0;
    const std::size_t lx = (trans_x ? m : k) + kPadding, lw = (trans_w ? k : n) + kPadding,
                      ly = (trans_y ? m : n) + kPadding;
    const auto x = lay_out(p.x, m, k, trans_x, lx, kBf16Nan);
    const auto w = lay_out(p.w, k, n, trans_w, lw, kBf16Nan);
    auto y = lay_out(p.c, m, n, trans_y, ly, kUntouched);
    const auto expected = lay_out(p.run(numerics, accumulate), m, n, trans_y, ly, kUntouched);
    gemm(numerics, p.shape, {x, lx, trans_x}, {w, lw, trans_w}, {y, ly, trans_y}, accumulate);
    ASSERT_EQ(y, expected) << "problem " << i << ": " << p.name();
  }
}

// Y^T = W^T X^T, so that either operand may be the stationary one.
TEST(Gemm, OrientationNeverChangesABit) {
  const std::uint64_t seed = harness::seed_from_environment(13);
  SCOPED_TRACE(harness::seed_message(seed));
  RandomPatterns random(seed);
  for (int i = 0; i < 100; ++i) {
    const Numerics numerics = random_numerics(random);
    const GemmProblem p = random_problem(random, random_shape(random, 40), i % 2 == 0);
    std::vector<std::uint32_t> y = p.c;
    gemm(numerics, {p.shape.n, p.shape.k, p.shape.m}, {p.w, p.shape.n, true},
         {p.x, p.shape.k, true}, {y, p.shape.n, true}, true);
    ASSERT_EQ(y, p.run(numerics, true)) << "problem " << i << ": " << p.name();
  }
}

TEST(Gemm, KSplitsAtMultiplesOfN) {
  const std::uint64_t seed = harness::seed_from_environment(14);
  SCOPED_TRACE(harness::seed_message(seed));
  RandomPatterns random(seed);
  for (int i = 0; i < 100; ++i) {
    const Numerics numerics = random_numerics(random);
    const std::size_t first = numerics.n * (1 + random.below(3)), rest = 1 + random.below(70);
    const GemmProblem p =
        random_problem(random, {1 + random.below(9), first + rest, 1 + random.below(9)}, true);
    const auto [m, k, n] = p.shape;
    std::vector<std::uint32_t> y(m * n);
    gemm(numerics, {m, first, n}, p.x_view(), p.w_view(), {y, n}, false);
    gemm(numerics, {m, rest, n}, {std::span(p.x).subspan(first), k},
         {std::span(p.w).subspan(first * n), n}, {y, n}, true);
    ASSERT_EQ(y, p.run(numerics, false)) << "problem " << i << ": " << p.name();
  }
}

TEST(Gemm, AccumulatesFromNegativeZeroAndSpecials) {
  GemmProblem p{{1, 1, 1}, {0x3F80}, {0x0000}, {kFp32Sign}};
  EXPECT_EQ(p.run({}, true), std::vector<std::uint32_t>{0u});  // -0 + +0
  p.x = {0x0001};
  p.w = {0x8001};
  EXPECT_EQ(p.run({}, true), std::vector<std::uint32_t>{kFp32Sign});  // -0 + -0
  EXPECT_EQ(p.run({}, false), std::vector<std::uint32_t>{0u});        // +0 + -0
  p.c = {0xFF80'0001};                                                // not canonical
  EXPECT_EQ(p.run({}, true), std::vector<std::uint32_t>{kFp32Nan});
  p.c = {kFp32Infinity};
  p.x = {kBf16Infinity};
  p.w = {0xBF80};
  EXPECT_EQ(p.run({}, true), std::vector<std::uint32_t>{kFp32Nan});
}

TEST(Gemm, SpecialsStayInTheirRowAndColumn) {
  GemmProblem p{{2, 2, 2},
                {0x7FC0, 0x3F80, 0x3F80, 0x3F80},
                {0x3F80, 0x7F80, 0x3F80, 0x3F80},
                std::vector<std::uint32_t>(4)};
  const std::vector<std::uint32_t> expected = {kFp32Nan, kFp32Nan, 0x4000'0000, kFp32Infinity};
  EXPECT_EQ(p.run({}, false), expected);
}

TEST(Gemm, CountsProductsDroppedWhole) {
  // a = [2^40, 1, 0], w = [0, 1, 1]: one product that is not zero, and it is lost at f = 40.
  const GemmProblem p{{1, 3, 1}, {0x5380, 0x3F80, 0x0000}, {0x0000, 0x3F80, 0x3F80}, {0}};
  GemmStatistics at_40, at_48;
  EXPECT_EQ(p.run({16, 40}, false, &at_40), std::vector<std::uint32_t>{0u});
  EXPECT_EQ(at_40.products, 1u);
  EXPECT_EQ(at_40.dropped, 1u);
  EXPECT_EQ(p.run({16, 48}, false, &at_48), std::vector<std::uint32_t>{0x3F80'0000u});
  EXPECT_EQ(at_48.products, 1u);
  EXPECT_EQ(at_48.dropped, 0u);
}

TEST(Gemm, CountingNeverChangesABit) {
  RandomPatterns random(15);
  const GemmProblem p = random_problem(random, {20, 50, 20}, true);
  GemmStatistics statistics;
  EXPECT_EQ(p.run({}, true, &statistics), p.run({}, true));
  EXPECT_GT(statistics.products, 0u);
}

TEST(Gemm, RefusesWhatIsNotThere) {
  const std::vector<std::uint16_t> x(6), w(6);
  std::vector<std::uint32_t> y(4);
  const Numerics numerics;
  EXPECT_NO_THROW(gemm(numerics, {2, 3, 2}, {x, 3}, {w, 2}, {y, 2}, false));
  EXPECT_NO_THROW(gemm(numerics, {2, 3, 2}, {x, 2, true}, {w, 3, true}, {y, 2}, false));
  const auto refuse = [&](const Numerics& hw, const GemmShape& shape, const Bf16View& a) {
    EXPECT_THROW(gemm(hw, shape, a, {w, 2}, {y, 2}, false), std::invalid_argument);
  };
  refuse({5, 40}, {2, 3, 2}, {x, 3});
  refuse({16, 23}, {2, 3, 2}, {x, 3});
  refuse({16, 49}, {2, 3, 2}, {x, 3});
  refuse(numerics, {2, 3, 2}, {x, 4});                            // last row ends outside
  refuse(numerics, {2, 3, 2}, {x, 2});                            // rows overlap
  refuse(numerics, {3, 3, 2}, {x, 3});                            // too many rows
  refuse(numerics, {2, 3, 2}, {x, 3, true});                      // too many rows, transposed
  refuse(numerics, {std::size_t{1} << 63, 3, 2}, {x, 1u << 31});  // extent beyond 2^64
}

TEST(Gemm, EmptySumsAreZeroOrC) {
  std::vector<std::uint32_t> y = {0x3F80'0000u};
  gemm({}, {1, 0, 1}, {}, {}, {y, 1}, true);
  EXPECT_EQ(y[0], 0x3F80'0000u);
  gemm({}, {1, 0, 1}, {}, {}, {y, 1}, false);
  EXPECT_EQ(y[0], 0u);
}

}  // namespace
}  // namespace gradcore::model
