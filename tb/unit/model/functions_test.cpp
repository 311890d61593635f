// SPDX-License-Identifier: Apache-2.0
// The approximated functions against binary64: errors in units in the last place, and what must be
// exact. `make soak` measures every binary32 number there is.
#include "sw/model/functions.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>
#include <string>

#include "sw/model/fp32.h"
#include "tb/harness/random_patterns.h"

namespace gradcore::model {
namespace {

// `bound` is the stated error (sw/model/README.md): 0.5 would be the nearest number everywhere.
struct FunctionCase {
  std::string name;
  std::uint32_t (*function)(std::uint32_t);
  double (*exact)(double);
  double bound;
};

double rsqrt(double x) { return x == 0 ? 1 / x : 1 / std::sqrt(x); }

class Functions : public testing::TestWithParam<FunctionCase> {
 protected:
  // Compares one argument; remembers the largest error.
  void check(std::uint32_t bits) {
    const FunctionCase& c = GetParam();
    const std::uint32_t got = c.function(bits);
    if (fp32_is_nan(bits)) {
      ASSERT_EQ(got, kFp32Nan) << std::hex << bits;
      return;
    }
    const double exact = c.exact(std::bit_cast<float>(bits));
    if (std::isnan(exact)) {
      ASSERT_EQ(got, kFp32Nan) << std::hex << bits;
      return;
    }
    const auto nearest = static_cast<float>(exact);
    if (exact == 0 || std::isinf(exact)) {
      ASSERT_EQ(got, std::bit_cast<std::uint32_t>(nearest)) << std::hex << bits;
      return;
    }
    // Where one of them is infinite, the other is the last finite number at most.
    if (std::isinf(nearest) || fp32_is_infinite(got)) {
      ASSERT_EQ(got, std::bit_cast<std::uint32_t>(nearest)) << std::hex << bits;
      return;
    }
    int exponent = 0;
    std::frexp(exact, &exponent);
    const double ulp = std::ldexp(1.0, std::max(exponent - 24, -149));
    const double error = std::abs(double{std::bit_cast<float>(got)} - exact) / ulp;
    ASSERT_LE(error, c.bound) << std::hex << bits;
    worst_ = std::max(worst_, error);
  }

  double worst_ = 0;
};

TEST_P(Functions, EveryBfloat16) {
  for (std::uint32_t i = 0; i < 65536; ++i) ASSERT_NO_FATAL_FAILURE(check(i << 16));
}

TEST_P(Functions, MillionsOfBinary32) {
  constexpr std::uint32_t kStep = 211;  // twenty million, over all binades
  for (std::uint64_t i = 0; i < (std::uint64_t{1} << 32); i += kStep) {
    ASSERT_NO_FATAL_FAILURE(check(static_cast<std::uint32_t>(i)));
  }
  EXPECT_GT(worst_, 0.5) << "the bound is not tight";
  RecordProperty("worst_ulp", std::to_string(worst_));
}

TEST_P(Functions, SoakEveryBinary32) {
  if (std::getenv("GRADCORE_SOAK") == nullptr) GTEST_SKIP();
  for (std::uint64_t i = 0; i < (std::uint64_t{1} << 32); ++i) {
    ASSERT_NO_FATAL_FAILURE(check(static_cast<std::uint32_t>(i)));
  }
  EXPECT_GT(worst_, GetParam().bound - 0.01) << "the bound is not tight";
}

INSTANTIATE_TEST_SUITE_P(
    All, Functions,
    testing::Values(FunctionCase{"Exp", fp32_exp, [](double x) { return std::exp(x); }, 0.60},
                    FunctionCase{"Log", fp32_log, [](double x) { return std::log(x); }, 0.64},
                    FunctionCase{"Tanh", fp32_tanh, [](double x) { return std::tanh(x); }, 0.61},
                    FunctionCase{"Reciprocal", fp32_reciprocal, [](double x) { return 1 / x; },
                                 0.56},
                    FunctionCase{"Rsqrt", fp32_rsqrt, rsqrt, 0.60}),
    [](const auto& info) { return info.param.name; });

std::uint32_t bits(float x) { return std::bit_cast<std::uint32_t>(x); }

TEST(FunctionValues, WhatShouldBeExactIs) {
  constexpr float kInfinity = std::numeric_limits<float>::infinity();
  for (int e = -126; e <= 126; ++e) {
    EXPECT_EQ(fp32_reciprocal(bits(std::ldexp(1.0f, e))), bits(std::ldexp(1.0f, -e))) << e;
    EXPECT_EQ(fp32_rsqrt(bits(std::ldexp(1.0f, e & ~1))), bits(std::ldexp(1.0f, -(e >> 1)))) << e;
  }
  EXPECT_EQ(fp32_exp(bits(0.0f)), bits(1.0f));
  EXPECT_EQ(fp32_exp(bits(-0.0f)), bits(1.0f));
  EXPECT_EQ(fp32_exp(bits(-kInfinity)), bits(0.0f));
  EXPECT_EQ(fp32_log(bits(1.0f)), bits(0.0f));
  EXPECT_EQ(fp32_log(bits(kInfinity)), bits(kInfinity));
  EXPECT_EQ(fp32_log(bits(-1.0f)), kFp32Nan);
  EXPECT_EQ(fp32_tanh(bits(-0.0f)), bits(-0.0f));
  EXPECT_EQ(fp32_tanh(bits(-kInfinity)), bits(-1.0f));
  EXPECT_EQ(fp32_reciprocal(bits(-kInfinity)), bits(-0.0f));
  EXPECT_EQ(fp32_reciprocal(bits(-0.0f)), bits(-kInfinity));
  EXPECT_EQ(fp32_rsqrt(bits(-0.0f)), bits(-kInfinity));
  EXPECT_EQ(fp32_rsqrt(bits(-1.0f)), kFp32Nan);
  // The smallest number there is.
  EXPECT_EQ(fp32_rsqrt(1), bits(std::ldexp(1.0f, 74) * std::sqrt(2.0f)));
  EXPECT_EQ(fp32_reciprocal(1), bits(kInfinity));
  EXPECT_EQ(fp32_tanh(1), 1u);
}

// Whatever the segment says.
TEST(FunctionValues, TanhNeverLeavesOne) {
  harness::RandomPatterns random(5);
  for (int i = 0; i < 2'000'000; ++i) {
    const std::uint32_t x = random.bits32();
    if (!fp32_is_nan(x)) {
      ASSERT_LE(fp32_tanh(x) & ~kFp32Sign, bits(1.0f)) << std::hex << x;
    }
  }
}

}  // namespace
}  // namespace gradcore::model
