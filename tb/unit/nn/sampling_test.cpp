// SPDX-License-Identifier: Apache-2.0
#include "sw/nn/sampling.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <stdexcept>
#include <vector>

namespace gradcore::nn {
namespace {

const std::vector<float> kLogits = {0.5f, 2, -1, 2, 1};

std::vector<int> counts(const Sampling& sampling, int draws) {
  std::vector<int> out(kLogits.size(), 0);
  for (int i = 0; i < draws; ++i) ++out[choose_token(kLogits, sampling, i)];
  return out;
}

TEST(Sampling, GreedyTakesTheFirstOfTheLargest) {
  for (std::uint64_t i = 0; i < 20; ++i) {
    EXPECT_EQ(choose_token(kLogits, {.is_greedy = true, .seed = i}, i), 1u);
  }
}

// Within five standard deviations of softmax(logits / temperature).
TEST(Sampling, DrawsBySoftmax) {
  constexpr int kDraws = 20000;
  for (const double temperature : {0.5, 1.0, 3.0}) {
    double sum = 0;
    for (const float x : kLogits) sum += std::exp(double{x} / temperature);
    const std::vector<int> got = counts({.temperature = temperature}, kDraws);
    for (std::size_t i = 0; i < kLogits.size(); ++i) {
      const double p = std::exp(double{kLogits[i]} / temperature) / sum;
      EXPECT_NEAR(got[i], kDraws * p, 5 * std::sqrt(kDraws * p * (1 - p)) + 1)
          << "temperature " << temperature << ", token " << i;
    }
  }
}

TEST(Sampling, TopKLeavesTheOthersOut) {
  const std::vector<int> got = counts({.top_k = 3}, 2000);
  EXPECT_EQ(got[0], 0);
  EXPECT_EQ(got[2], 0);
  for (const std::size_t i : {1u, 3u, 4u}) EXPECT_GT(got[i], 100);
  EXPECT_EQ(counts({.top_k = 1}, 50)[1], 50);  // of two equal ones the first
  EXPECT_EQ(counts({.top_k = 99}, 500), counts({}, 500));
}

TEST(Sampling, VeryHighAndVeryLowTemperatures) {
  EXPECT_EQ(counts({.temperature = 1e-300, .top_k = 1}, 20)[1], 20);
  const std::vector<int> cold = counts({.temperature = 1e-300}, 1000);
  EXPECT_EQ(cold[1] + cold[3], 1000);
  for (const int count : counts({.temperature = 1e300}, 5000)) EXPECT_NEAR(count, 1000, 150);
}

// A function of seed and index, the same on every machine.
TEST(Sampling, IsTheSameEverywhere) {
  std::vector<std::uint32_t> got;
  for (std::uint64_t i = 0; i < 16; ++i) got.push_back(choose_token(kLogits, {.seed = 7}, i));
  EXPECT_EQ(got, (std::vector<std::uint32_t>{3, 3, 1, 4, 1, 4, 3, 1, 1, 3, 1, 1, 4, 3, 0, 1}));
  std::vector<std::uint32_t> other;
  for (std::uint64_t i = 0; i < 16; ++i) other.push_back(choose_token(kLogits, {.seed = 8}, i));
  EXPECT_NE(got, other);
}

TEST(Sampling, RefusesWhatIsNoNumber) {
  for (const float bad :
       {std::numeric_limits<float>::quiet_NaN(), std::numeric_limits<float>::infinity()}) {
    const std::vector<float> logits = {1, bad};
    EXPECT_THROW(choose_token(logits, {}, 0), std::invalid_argument);
  }
}

}  // namespace
}  // namespace gradcore::nn
