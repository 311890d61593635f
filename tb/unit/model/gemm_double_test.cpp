// SPDX-License-Identifier: Apache-2.0
// The error bound of the contract, and that the check of it can fail.
#include "sw/model/gemm_double.h"

#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <cstdint>
#include <optional>
#include <vector>

#include "tb/harness/random_patterns.h"
#include "tb/unit/model/gemm_problem.h"

namespace gradcore::model {
namespace {

using harness::RandomPatterns;

BoundReport check(const GemmProblem& p, const Numerics& numerics, bool accumulate,
                  const std::vector<std::uint32_t>& y) {
  const auto c = accumulate ? std::optional(p.c_view()) : std::nullopt;
  return check_bound(numerics, p.shape, p.x_view(), p.w_view(), c, {y, p.shape.n});
}

TEST(GemmDouble, BoundHoldsOnRandomProblems) {
  const std::uint64_t seed = harness::seed_from_environment(21);
  SCOPED_TRACE(harness::seed_message(seed));
  RandomPatterns random(seed);
  double worst = 0;
  for (int i = 0; i < 600; ++i) {
    const Numerics numerics = random_numerics(random);
    const GemmProblem p = random_problem(random, random_shape(random, 60), i % 3 == 0);
    const bool accumulate = random.one_in(2);
    const BoundReport report = check(p, numerics, accumulate, p.run(numerics, accumulate));
    ASSERT_TRUE(report.holds()) << "problem " << i << ": " << p.name() << " n=" << numerics.n
                                << " f=" << numerics.f << " ratio " << report.worst << " at ("
                                << report.worst_row << ", " << report.worst_column << ")";
    worst = std::max(worst, report.worst);
  }
  EXPECT_GT(worst, 0.3) << "a bound that is never approached says little";
}

TEST(GemmDouble, BoundHoldsAmongSubnormals) {
  const std::uint64_t seed = harness::seed_from_environment(22);
  SCOPED_TRACE(harness::seed_message(seed));
  RandomPatterns random(seed);
  for (int i = 0; i < 300; ++i) {
    GemmProblem p = random_problem(random, random_shape(random, 20), false);
    for (auto& v : p.x) v = random.bf16_near(40, 6);
    for (auto& v : p.w) v = random.bf16_near(70, 12);  // products around 2^-144
    for (auto& v : p.c) v &= 0x80FF'FFFFu;
    const bool accumulate = random.one_in(2);
    const BoundReport report = check(p, {}, accumulate, p.run({}, accumulate));
    ASSERT_TRUE(report.holds()) << "problem " << i << " ratio " << report.worst;
  }
}

TEST(GemmDouble, NormalDataIsAsAccurateAsTheDesignSays) {
  RandomPatterns random(harness::seed_from_environment(23));
  GemmProblem p = random_problem(random, {16, 784, 16}, false);
  for (auto& v : p.x) v = random.bf16_near(125, 2);
  for (auto& v : p.w) v = random.bf16_near(125, 2);
  EXPECT_LT(check(p, {}, false, p.run({}, false)).relative_error, 1.2e-7);  // binary32: 2^-23
}

TEST(GemmDouble, ASmallErrorIsFound) {
  RandomPatterns random(24);
  GemmProblem p = random_problem(random, {8, 40, 8}, false);
  for (auto& v : p.x) v = random.bf16_near(127, 1);
  for (auto& v : p.w) v = random.bf16_near(127, 1);
  std::vector<std::uint32_t> y = p.run({}, false);
  ASSERT_TRUE(check(p, {}, false, y).holds());
  y[3 * 8 + 5] ^= 1u << 8;
  const BoundReport report = check(p, {}, false, y);
  EXPECT_FALSE(report.holds());
  EXPECT_EQ(report.worst_row, 3u);
  EXPECT_EQ(report.worst_column, 5u);
}

TEST(GemmDouble, AMissingProductIsFound) {
  RandomPatterns random(25);
  GemmProblem p = random_problem(random, {4, 40, 4}, false);
  for (auto& v : p.x) v = random.bf16_near(127, 1);
  for (auto& v : p.w) v = random.bf16_near(127, 1);
  GemmProblem broken = p;
  broken.x[7] = 0;
  EXPECT_FALSE(check(p, {}, false, broken.run({}, false)).holds());
}

TEST(GemmDouble, WrongSpecialsAreFound) {
  const GemmProblem p{{1, 2, 1}, {0x7F80, 0x3F80}, {0x3F80, 0x3F80}, {0}};
  EXPECT_TRUE(check(p, {}, false, {kFp32Infinity}).holds());
  EXPECT_FALSE(check(p, {}, false, {kFp32Sign | kFp32Infinity}).holds());
  EXPECT_FALSE(check(p, {}, false, {kFp32Nan}).holds());
  EXPECT_FALSE(check(p, {}, false, {0x3F80'0000}).holds());
  const GemmProblem nan{{1, 1, 1}, {0x7F80}, {0x0000}, {0}};
  EXPECT_TRUE(check(nan, {}, false, {kFp32Nan}).holds());
  EXPECT_FALSE(check(nan, {}, false, {0x7FC0'0001}).holds());  // not the canonical NaN
  EXPECT_FALSE(check(nan, {}, false, {0}).holds());
  const GemmProblem finite{{1, 1, 1}, {0x3F80}, {0x3F80}, {0}};
  EXPECT_FALSE(check(finite, {}, false, {kFp32Infinity}).holds());
}

TEST(GemmDouble, OverflowIsToldApart) {
  const GemmProblem p{{1, 1, 1}, {0x7F00}, {0x4000}, {0}};  // 2^127 * 2
  const BoundReport report = check(p, {}, false, p.run({}, false));
  EXPECT_TRUE(report.holds());
  EXPECT_EQ(report.overflowed, 1u);
}

TEST(GemmDouble, ComputesTheProduct) {
  const GemmProblem p{
      {2, 2, 1}, {0x3F80, 0x4000, 0x4040, 0x4080}, {0x3F80, 0xBF80}, {0, 0x4120'0000}};
  EXPECT_EQ(gemm_double(p.shape, p.x_view(), p.w_view(), std::nullopt),
            (std::vector<double>{-1, -1}));
  EXPECT_EQ(gemm_double(p.shape, p.x_view(), p.w_view(), p.c_view()), (std::vector<double>{-1, 9}));
}

}  // namespace
}  // namespace gradcore::model
