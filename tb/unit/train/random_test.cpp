// SPDX-License-Identifier: Apache-2.0
#include "sw/train/random.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <set>

namespace gradcore::train {
namespace {

TEST(Random, IsAFunctionOfSeedStreamAndIndex) {
  EXPECT_EQ(random_bits(1, 2, 3), random_bits(1, 2, 3));
  std::set<std::uint64_t> seen;
  for (std::uint64_t seed = 0; seed < 10; ++seed) {
    for (std::uint64_t stream = 0; stream < 10; ++stream) {
      for (std::uint64_t i = 0; i < 10; ++i) seen.insert(random_bits(seed, stream, i));
    }
  }
  EXPECT_EQ(seen.size(), 1000u);
}

// What every platform must give: a change here changes all training runs.
TEST(Random, KnownValues) {
  EXPECT_EQ(mix(1), 0x5692161D100B05E5u);  // SplitMix64's finalizer
  static_assert(random_bits(0, 0, 0) != random_bits(0, 0, 1));
}

TEST(Random, UniformIsCenteredAndBounded) {
  double sum = 0, squares = 0;
  constexpr int kCount = 100000;
  for (int i = 0; i < kCount; ++i) {
    const float v = random_uniform(random_bits(1, 0, static_cast<std::uint64_t>(i)), 2.0f);
    ASSERT_LT(std::abs(v), 2.0f);
    ASSERT_NE(v, 0.0f);
    sum += static_cast<double>(v);
    squares += static_cast<double>(v) * static_cast<double>(v);
  }
  EXPECT_NEAR(sum / kCount, 0.0, 0.02);
  EXPECT_NEAR(squares / kCount, 4.0 / 3, 0.02);
  EXPECT_EQ(random_uniform(0, 1.0f), -random_uniform(~std::uint64_t{0}, 1.0f));
}

TEST(Random, OrderIsAPermutationOfItsOwn) {
  const auto a = random_order(1, 5, 1000), b = random_order(1, 6, 1000);
  EXPECT_EQ(a, random_order(1, 5, 1000));
  EXPECT_NE(a, b);
  auto sorted = a;
  std::sort(sorted.begin(), sorted.end());
  for (std::uint32_t i = 0; i < 1000; ++i) ASSERT_EQ(sorted[i], i);
  EXPECT_TRUE(random_order(1, 1, 0).empty());
  EXPECT_EQ(random_order(1, 1, 1).size(), 1u);
}

}  // namespace
}  // namespace gradcore::train
