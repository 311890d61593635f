// SPDX-License-Identifier: Apache-2.0
#include "sw/datasets/zipf.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <stdexcept>
#include <vector>

namespace gradcore::datasets {
namespace {

std::vector<std::uint32_t> draws(const Zipf& zipf, std::uint64_t seed, std::size_t count) {
  RandomStream random(seed, 1, 0);
  std::vector<std::uint32_t> out(count);
  for (std::uint32_t& value : out) value = zipf.draw(random);
  return out;
}

// Pearson's statistic against k^-s, in units of its standard deviation. Numbers beyond `cells` are
// counted together.
double deviation(std::uint32_t size, double exponent, std::uint32_t cells, std::size_t count) {
  std::vector<double> expected(cells + 1, 0);
  double sum = 0;
  for (std::uint32_t k = size; k >= 1; --k) {
    const double weight = std::pow(k, -exponent);
    sum += weight;
    expected[std::min(k - 1, cells)] += weight;
  }
  std::vector<double> seen(cells + 1, 0);
  for (const std::uint32_t value : draws(Zipf(size, exponent), 7, count)) {
    EXPECT_LT(value, size);
    ++seen[std::min(value, cells)];
  }
  double statistic = 0, freedom = -1;
  for (std::size_t i = 0; i <= cells; ++i) {
    const double mean = expected[i] / sum * static_cast<double>(count);
    if (mean == 0) {
      EXPECT_EQ(seen[i], 0);
      continue;
    }
    statistic += (seen[i] - mean) * (seen[i] - mean) / mean;
    ++freedom;
  }
  return (statistic - freedom) / std::sqrt(2 * freedom);
}

TEST(Zipf, DrawsByItsLaw) {
  for (const double exponent : {0.0, 0.5, 1.0, 1.05, 1.5}) {
    // Cells of the last group that is not full, and of those where only the table decides.
    EXPECT_LT(std::abs(deviation(100, exponent, 100, 200000)), 4) << exponent;
    EXPECT_LT(std::abs(deviation(1500, exponent, 1500, 1000000)), 4) << exponent;
    EXPECT_LT(std::abs(deviation(100003, exponent, 400, 300000)), 4) << exponent;
  }
  EXPECT_LT(std::abs(deviation(1000, 3.0, 12, 300000)), 4);
  EXPECT_LT(std::abs(deviation(10'000'000, 1.05, 2000, 1000000)), 4);
}

// Within the last group of 2^20 numbers, in slices smaller than the cells of the table.
TEST(Zipf, DrawsLargeNumbersByItsLaw) {
  constexpr std::uint32_t kFirst = 1 << 19, kSlice = 1 << 9;
  constexpr double kExponent = 0.8;
  std::vector<double> law(kFirst / kSlice, 0), seen(law.size(), 0);
  double weights = 0, total = 0;
  for (std::uint32_t k = kFirst; k < 2 * kFirst; ++k) {
    law[(k - kFirst) / kSlice] += std::pow(k, -kExponent);
    weights += std::pow(k, -kExponent);
  }
  for (const std::uint32_t value : draws(Zipf(2 * kFirst - 1, kExponent), 3, 2000000)) {
    if (value + 1 < kFirst) continue;
    ++seen[(value + 1 - kFirst) / kSlice];
    ++total;
  }
  double statistic = 0;
  for (std::size_t i = 0; i < law.size(); ++i) {
    const double mean = law[i] / weights * total;
    statistic += (seen[i] - mean) * (seen[i] - mean) / mean;
  }
  const auto freedom = static_cast<double>(law.size() - 1);
  EXPECT_LT(std::abs((statistic - freedom) / std::sqrt(2 * freedom)), 4);
}

TEST(Zipf, SizesAtTheirLimits) {
  EXPECT_THAT(draws(Zipf(1, 1), 1, 100), testing::Each(0u));
  EXPECT_THAT(draws(Zipf(1u << 31, 8), 1, 1000), testing::Contains(0u));
  const auto large = draws(Zipf(1u << 31, 0), 1, 1000);
  EXPECT_THAT(large, testing::Each(testing::Lt(1u << 31)));
  EXPECT_THAT(large, testing::Contains(testing::Gt(2'000'000'000u)));
  EXPECT_THAT(draws(Zipf(2, 0), 1, 100),
              testing::AllOf(testing::Contains(0u), testing::Contains(1u)));
  for (const double exponent : {-0.1, 8.1, std::nan("")}) {
    EXPECT_THROW(Zipf(10, exponent), std::invalid_argument);
  }
  EXPECT_THROW(Zipf(0, 1), std::invalid_argument);
  EXPECT_THROW(Zipf((1u << 31) + 1, 1), std::invalid_argument);
}

// The definition of draw() without tables, in binary64, from the same random bits.
std::uint32_t defined_draw(std::uint32_t size, double exponent, RandomStream& random) {
  const auto unit = [&] { return std::ldexp(static_cast<double>(random.next()), -64); };
  std::vector<double> below = {0};
  for (std::uint64_t first = 1; first <= size; first *= 2) {
    const auto ranks = static_cast<double>(std::min<std::uint64_t>(first, size - first + 1));
    below.push_back(below.back() + ranks * std::pow(first, -exponent));
  }
  for (;;) {
    const double mass = unit() * below.back();
    unsigned group = 0;
    while (mass >= below[group + 1]) ++group;
    const std::uint64_t first = std::uint64_t{1} << group;
    const std::uint64_t ranks = std::min<std::uint64_t>(first, size - first + 1);
    const std::uint64_t k = first + random.below(ranks);
    const double keep = unit();
    if (keep < std::pow(static_cast<double>(first) / static_cast<double>(k), exponent)) {
      return static_cast<std::uint32_t>(k - 1);
    }
  }
}

TEST(Zipf, DrawsAsDefined) {
  for (const std::uint32_t size : {5u, 300u, 100'000u, 10'000'000u, 1u << 31}) {
    for (const double exponent : {0.25, 1.05, 3.0}) {
      const Zipf zipf(size, exponent);
      RandomStream random(5, size, 0), same(5, size, 0);
      for (int i = 0; i < 30000; ++i) {
        ASSERT_EQ(zipf.draw(random), defined_draw(size, exponent, same)) << size << " " << exponent;
      }
    }
  }
}

// The same on every machine: if this changes, so does every run with a click log.
TEST(Zipf, DrawsTheseNumbers) {
  EXPECT_THAT(draws(Zipf(10'000'000, 1.05), 1, 8),
              testing::ElementsAre(34821, 12, 9, 88, 6, 0, 408, 1043968));
}

}  // namespace
}  // namespace gradcore::datasets
