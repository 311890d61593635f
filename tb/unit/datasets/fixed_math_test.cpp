// SPDX-License-Identifier: Apache-2.0
#include "sw/datasets/fixed_math.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdlib>
#include <limits>
#include <random>

namespace gradcore::datasets {
namespace {

// Enough bits to see an error of 2^-60; only x86 has them.
using Long = long double;
constexpr bool kHasLong = std::numeric_limits<Long>::digits >= 64;

constexpr std::uint64_t kOne = 1;

TEST(FixedMath, MultipliesHighHalves) {
  __extension__ using Wide = unsigned __int128;
  std::mt19937_64 random(1);
  for (int i = 0; i < 10000; ++i) {
    const std::uint64_t a = random() >> (i % 64), b = random() >> (i / 64 % 64);
    ASSERT_EQ(multiply_high(a, b), static_cast<std::uint64_t>(Wide{a} * b >> 64)) << a << " " << b;
  }
  EXPECT_EQ(multiply_high(~0u, 0), 0u);
  EXPECT_EQ(multiply_high(~std::uint64_t{0}, ~std::uint64_t{0}), ~std::uint64_t{1});
}

TEST(FixedMath, RandomBelowCoversItsRange) {
  EXPECT_EQ(random_below(0, 7), 0u);
  EXPECT_EQ(random_below(~std::uint64_t{0}, 7), 6u);
  EXPECT_EQ(random_below(~std::uint64_t{0}, 1), 0u);
  EXPECT_EQ(random_below(kOne << 63, 10), 5u);
}

TEST(FixedMath, RootsOfIntegers) {
  std::mt19937_64 random(2);
  for (int i = 0; i < 10000; ++i) {
    const std::uint64_t x = random() >> (i % 64), root = integer_sqrt(x);
    ASSERT_LE(root * root, x);
    ASSERT_TRUE(root == 0xFFFFFFFFu || (root + 1) * (root + 1) > x) << x;
  }
  EXPECT_EQ(integer_sqrt(0), 0u);
  EXPECT_EQ(integer_sqrt(~std::uint64_t{0}), 0xFFFFFFFFu);
}

TEST(FixedMath, Logarithms) {
  for (int i = 0; i < 64; ++i) EXPECT_EQ(log2_q56(kOne << i), static_cast<std::uint64_t>(i) << 56);
  if (!kHasLong) GTEST_SKIP() << "no type of more than 53 bits to compare with";
  std::mt19937_64 random(3);
  for (int i = 0; i < 100000; ++i) {
    const std::uint64_t x = i < 5000 ? i + 1 : random() >> (i % 64) | 1;
    const Long error =
        static_cast<Long>(log2_q56(x)) - std::ldexp(std::log2(static_cast<Long>(x)), 56);
    ASSERT_LE(error, 0.05L) << x;
    ASSERT_GE(error, -2) << x;
  }
}

TEST(FixedMath, NaturalLogarithmsAreRoundedRight) {
  EXPECT_EQ(ln_float(1), 0.0f);
  EXPECT_EQ(ln_float(2), 0x1.62e43p-1f);
  EXPECT_EQ(ln_float(3), 0x1.193ea8p+0f);
  EXPECT_EQ(ln_float(kOne << 31), 0x1.57cd0ep+4f);
  std::mt19937_64 random(4);
  for (int i = 0; i < 200000; ++i) {
    const std::uint64_t x = i < 100000 ? i + 1 : (random() >> (33 + i % 31)) + 1;
    ASSERT_EQ(ln_float(x), static_cast<float>(std::log(static_cast<Long>(x)))) << x;
  }
}

TEST(FixedMath, PowersOfTwo) {
  for (std::uint64_t i = 0; i < 64; ++i) EXPECT_EQ(exp2_minus_q63(i << 56), kOne << (63 - i));
  EXPECT_EQ(exp2_minus_q63(kOne << 62), 0u);
  EXPECT_EQ(exp2_minus_q63(~std::uint64_t{0}), 0u);
  if (!kHasLong) GTEST_SKIP() << "no type of more than 53 bits to compare with";
  std::mt19937_64 random(5);
  for (int i = 0; i < 100000; ++i) {
    const std::uint64_t x = random() >> (i % 60) & ((kOne << 62) - 1);
    const Long value = std::exp2(-std::ldexp(static_cast<Long>(x), -56));
    ASSERT_NEAR(static_cast<double>(static_cast<Long>(exp2_minus_q63(x)) - std::ldexp(value, 63)),
                0, 32)
        << x;  // 2^5 of 2^63
  }
}

TEST(FixedMath, LogisticFunction) {
  constexpr std::uint64_t kWhole = kOne << 53;
  EXPECT_EQ(logistic_q53(0), kWhole / 2);
  std::mt19937_64 random(6);
  std::uint64_t before = 0;
  for (std::int64_t x = -(std::int64_t{31} << 24); x <= std::int64_t{31} << 24; x += 9973) {
    const std::uint64_t p = logistic_q53(x);
    ASSERT_GE(p, before);
    before = p;
    ASSERT_GT(p, 0u);
    ASSERT_LT(p, kWhole);
    ASSERT_EQ(p + logistic_q53(-x), kWhole) << x;
    const double z = std::clamp(static_cast<double>(x) / (1 << 24), -30.0, 30.0);
    ASSERT_NEAR(static_cast<double>(p) / kWhole, 1 / (1 + std::exp(-z)), 0x1p-50) << x;
  }
  for (const std::int64_t far :
       {std::numeric_limits<std::int64_t>::min(), std::numeric_limits<std::int64_t>::min() + 1}) {
    EXPECT_EQ(logistic_q53(far), logistic_q53(-(std::int64_t{30} << 24)));
  }
  EXPECT_EQ(logistic_q53(std::numeric_limits<std::int64_t>::max()),
            logistic_q53(std::int64_t{30} << 24));
}

// Of all integers that a click log can have, those whose logarithm is hardest to round: within 64
// units of binary64 of the middle between two floats.
TEST(FixedMath, SoakNaturalLogarithmsNearTies) {
  if (!kHasLong) GTEST_SKIP() << "no type of more than 53 bits to compare with";
  constexpr std::int64_t kMiddle = 1 << 28;
  int near = 0;
  for (std::uint64_t x = 2; x <= kOne << 31; ++x) {
    const auto bits = std::bit_cast<std::uint64_t>(std::log(static_cast<double>(x)));
    const auto below = static_cast<std::int64_t>(bits & (2 * kMiddle - 1));
    if (std::abs(below - kMiddle) > 64) continue;
    ++near;
    ASSERT_EQ(ln_float(x), static_cast<float>(std::log(static_cast<Long>(x)))) << x;
  }
  EXPECT_GT(near, 400);
}

}  // namespace
}  // namespace gradcore::datasets
