// SPDX-License-Identifier: Apache-2.0
#include "sw/cli/comparison.h"

#include <gtest/gtest.h>

#include <bit>
#include <limits>
#include <stdexcept>
#include <vector>

namespace gradcore::cli {
namespace {

std::uint32_t bits(float value) { return std::bit_cast<std::uint32_t>(value); }

constexpr float kInfinity = std::numeric_limits<float>::infinity();
constexpr std::uint32_t kNan = 0x7FC00000, kOtherNan = 0xFFC00001;

bool same(std::uint32_t expected, std::uint32_t got, std::optional<Tolerance> tolerance) {
  const std::vector<std::uint32_t> a = {expected}, b = {got};
  return compare(a, b, tolerance).different == 0;
}

TEST(Comparison, BitExact) {
  EXPECT_TRUE(same(kNan, kNan, std::nullopt));
  EXPECT_FALSE(same(kNan, kOtherNan, std::nullopt));
  EXPECT_FALSE(same(bits(0.0f), bits(-0.0f), std::nullopt));
  EXPECT_FALSE(same(bits(1.0f), bits(1.0f) + 1, std::nullopt));
}

TEST(Comparison, Tolerances) {
  EXPECT_TRUE(same(bits(0.0f), bits(-0.0f), Tolerance{}));
  EXPECT_TRUE(same(kNan, kOtherNan, Tolerance{}));
  EXPECT_FALSE(same(kNan, bits(1.0f), Tolerance{1, 1}));
  EXPECT_TRUE(same(bits(kInfinity), bits(kInfinity), Tolerance{}));
  EXPECT_FALSE(same(bits(kInfinity), bits(-kInfinity), Tolerance{1, 1}));
  EXPECT_FALSE(same(bits(kInfinity), bits(1.0f), Tolerance{1, 1}));
  EXPECT_TRUE(same(bits(100.0f), bits(101.0f), Tolerance{0.01, 0}));
  EXPECT_FALSE(same(bits(100.0f), bits(101.5f), Tolerance{0.01, 0}));
  EXPECT_TRUE(same(bits(100.0f), bits(101.5f), Tolerance{0.01, 0.5}));
}

TEST(Comparison, CountsAndKeepsTheFirst) {
  const std::vector<std::uint32_t> expected = {1, 2, 3, 4}, got = {1, 5, 3, 6};
  const Comparison result = compare(expected, got, std::nullopt);
  EXPECT_EQ(result.different, 2u);
  EXPECT_EQ(result.first, 1u);
  EXPECT_EQ(result.expected, 2u);
  EXPECT_EQ(result.got, 5u);
  EXPECT_THROW(compare(expected, {}, std::nullopt), std::invalid_argument);
}

TEST(Comparison, UlpDistance) {
  EXPECT_EQ(ulp_distance(bits(1.0f), bits(1.0f) + 3), 3u);
  EXPECT_EQ(ulp_distance(bits(0.0f), bits(-0.0f)), 0u);
  EXPECT_EQ(ulp_distance(0x00000002, 0x80000001), 3u);
  EXPECT_EQ(ulp_distance(0x7F800000, 0xFF800000), 2 * std::uint64_t{0x7F800000});
  EXPECT_EQ(ulp_distance(kNan, bits(1.0f)), std::nullopt);
}

TEST(Comparison, DescribesTheFirstDifference) {
  const Comparison two{2, 7, bits(1.0f), bits(1.0f) + 1};
  EXPECT_EQ(describe(two, 12, 3, 4),
            "2 of 12 elements differ, first at (row 1, column 3): expected 0x3f800000 (1), got "
            "0x3f800001 (1.00000012), 1 ULP apart");
  EXPECT_EQ(describe(two, 12, 1, 4),
            "2 of 12 elements differ, first at (matrix 1, row 0, column 3): expected 0x3f800000 "
            "(1), got 0x3f800001 (1.00000012), 1 ULP apart");
  EXPECT_EQ(describe({1, 0, kNan, 0}, 1, 1, 1),
            "1 of 1 elements differ, first at (row 0, column 0): expected 0x7fc00000 (nan), got "
            "0x00000000 (0)");
}

}  // namespace
}  // namespace gradcore::cli
