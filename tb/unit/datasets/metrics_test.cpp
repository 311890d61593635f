// SPDX-License-Identifier: Apache-2.0
#include "sw/datasets/metrics.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <random>
#include <stdexcept>
#include <vector>

namespace gradcore::datasets {
namespace {

using Labels = std::vector<std::uint8_t>;
using Logits = std::vector<float>;
using testing::HasSubstr;

constexpr float kInf = std::numeric_limits<float>::infinity();
constexpr float kNan = std::numeric_limits<float>::quiet_NaN();

TEST(Metrics, LogLossByItsDefinition) {
  for (const double z : {-5.0, -0.5, 0.0, 0.25, 3.0}) {
    const double p = 1 / (1 + std::exp(-z));
    EXPECT_NEAR(log_loss(z, 1), -std::log(p), 1e-14) << z;
    EXPECT_NEAR(log_loss(z, 0), -std::log(1 - p), 1e-14) << z;
  }
  EXPECT_EQ(log_loss(0.0, 1), std::log(2.0));
  EXPECT_DOUBLE_EQ(log_loss(Logits{0, 2, -1}, Labels{1, 0, 0}),
                   (log_loss(0.0, 1) + log_loss(2.0, 0) + log_loss(-1.0, 0)) / 3);
}

TEST(Metrics, LogLossIsStable) {
  EXPECT_EQ(log_loss(1000.0, 0), 1000);
  EXPECT_EQ(log_loss(-1e300, 1), 1e300);
  EXPECT_EQ(log_loss(1000.0, 1), 0);
  // Where 1 + e^-z is 1 in binary64.
  EXPECT_NEAR(log_loss(50.0, 1) / std::exp(-50.0), 1, 1e-12);
  EXPECT_EQ(log_loss(double{kInf}, 1), 0);
  EXPECT_EQ(log_loss(double{kInf}, 0), kInf);
  EXPECT_EQ(log_loss(-double{kInf}, 0), 0);
  EXPECT_EQ(log_loss(-double{kInf}, 1), kInf);
  EXPECT_TRUE(std::isnan(log_loss(double{kNan}, 0)));
  EXPECT_TRUE(std::isnan(log_loss(Logits{1, kNan}, Labels{1, 1})));
}

TEST(Metrics, AccuracyCountsSides) {
  EXPECT_EQ(accuracy(Logits{1, -1, 2, -2}, Labels{1, 0, 0, 1}), 0.5);
  EXPECT_EQ(accuracy(Logits{0.0f, -0.0f}, Labels{0, 0}), 1);
  EXPECT_EQ(accuracy(Logits{0.0f, kNan, kNan, kInf}, Labels{1, 1, 0, 1}), 0.25);
}

TEST(Metrics, NoSamplesAndUnequalNumbers) {
  EXPECT_TRUE(std::isnan(log_loss(Logits{}, Labels{})));
  EXPECT_TRUE(std::isnan(accuracy(Logits{}, Labels{})));
  EXPECT_THROW(log_loss(Logits{1}, Labels{}), std::invalid_argument);
  EXPECT_THROW(accuracy(Logits{}, Labels{1}), std::invalid_argument);
  EXPECT_THROW(auc(Logits{1, 2}, Labels{1}), std::invalid_argument);
}

TEST(Metrics, AucOfSmallCases) {
  EXPECT_EQ(auc(Logits{1, 2}, Labels{0, 1}).value, 1);
  EXPECT_EQ(auc(Logits{1, 2}, Labels{1, 0}).value, 0);
  EXPECT_EQ(auc(Logits{1, 1}, Labels{1, 0}).value, 0.5);
  EXPECT_EQ(auc(Logits{0.0f, -0.0f}, Labels{1, 0}).value, 0.5);
  EXPECT_EQ(auc(Logits{kInf, -kInf, kInf}, Labels{1, 0, 0}).value, 0.75);
  EXPECT_EQ(auc(Logits{3, 1, 2, 2}, Labels{1, 0, 1, 0}).value, 0.875);
  EXPECT_EQ(auc(Logits{3, 1}, Labels{1, 0}).undefined, "");
}

TEST(Metrics, AucSaysWhyItIsUndefined) {
  const auto why = [](const Logits& logits, const Labels& labels) {
    const Auc result = auc(logits, labels);
    EXPECT_FALSE(result.value);
    return result.undefined;
  };
  EXPECT_THAT(why({}, {}), HasSubstr("there are no samples"));
  EXPECT_THAT(why({1, 2, 3}, {0, 0, 0}), HasSubstr("undefined: all 3 labels are 0"));
  EXPECT_THAT(why({1}, {1}), HasSubstr("undefined: all 1 labels are 1"));
  EXPECT_THAT(why({1, kNan}, {1, 0}), HasSubstr("logit 1 is NaN"));
}

TEST(Metrics, AucCountsPairs) {
  std::mt19937 random(1);
  for (int round = 0; round < 200; ++round) {
    const auto count = 2 + random() % 60;
    const auto values = 1 + random() % 20;  // few values: many ties
    Logits logits;
    Labels labels = {0, 1};
    for (std::size_t i = 0; i < count; ++i) {
      logits.push_back(static_cast<float>(random() % values) - 5);
      if (i >= 2) labels.push_back(static_cast<std::uint8_t>(random() % 2));
    }
    int halves = 0, pairs = 0;
    for (std::size_t i = 0; i < count; ++i) {
      for (std::size_t j = 0; j < count; ++j) {
        if (labels[i] == 0 || labels[j] != 0) continue;
        ++pairs;
        halves += logits[i] > logits[j] ? 2 : logits[i] == logits[j] ? 1 : 0;
      }
    }
    ASSERT_DOUBLE_EQ(auc(logits, labels).value.value(), halves / (2.0 * pairs)) << round;
  }
}

// More pairs than 32 bits can count.
TEST(Metrics, AucOfManySamples) {
  constexpr std::size_t kCount = 200000;
  Logits logits(kCount);
  Labels labels(kCount);
  for (std::size_t i = 0; i < kCount; ++i) {
    logits[i] = static_cast<float>(i - i % 2);
    labels[i] = i >= kCount / 2 ? 1 : 0;
  }
  EXPECT_EQ(auc(logits, labels).value, 1);
}

TEST(Metrics, EntropyOfACoin) {
  EXPECT_EQ(entropy(0), 0);
  EXPECT_EQ(entropy(1), 0);
  EXPECT_DOUBLE_EQ(entropy(0.5), std::log(2));
  EXPECT_NEAR(entropy(0.25), 0.5623351446188083, 1e-15);
  EXPECT_DOUBLE_EQ(entropy(0.75), entropy(0.25));
}

}  // namespace
}  // namespace gradcore::datasets
