// SPDX-License-Identifier: Apache-2.0
#include "sw/train/elementwise.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <random>
#include <vector>

namespace gradcore::train {
namespace {

using ::testing::ElementsAre;

constexpr float kNan = std::numeric_limits<float>::quiet_NaN();

TEST(Elementwise, ExpIsCloseToTheLibrarys) {
  double worst = 0;
  for (int i = 0; i <= 700000; ++i) {
    const double x = -i * 0.001;
    worst = std::max(worst, std::abs(exp_nonpositive(x) / std::exp(x) - 1));
  }
  EXPECT_LT(worst, 1e-15);
  EXPECT_EQ(exp_nonpositive(0.0), 1.0);
  EXPECT_EQ(exp_nonpositive(-0.0), 1.0);
  EXPECT_EQ(exp_nonpositive(-701.0), 0.0);
  EXPECT_EQ(exp_nonpositive(-std::numeric_limits<double>::infinity()), 0.0);
  EXPECT_TRUE(std::isnan(exp_nonpositive(std::nan(""))));
}

TEST(Elementwise, LogIsCloseToTheLibrarys) {
  double worst = 0;
  for (double x = 1.0; x < 1e12; x *= 1.0001) {
    worst = std::max(worst, std::abs(log_from_one(x) - std::log(x)) / std::max(1.0, std::log(x)));
  }
  EXPECT_LT(worst, 1e-15);
  EXPECT_EQ(log_from_one(1.0), 0.0);
  EXPECT_TRUE(std::isnan(log_from_one(std::nan(""))));
}

TEST(Elementwise, BiasReluAndTheirGradients) {
  std::vector<float> values = {1, -2, 3, -4, 5, -6};
  add_bias(values, std::vector<float>{0.5f, 1, -3});
  EXPECT_THAT(values, ElementsAre(1.5f, -1.0f, 0.0f, -3.5f, 6.0f, -9.0f));
  relu(values);
  EXPECT_THAT(values, ElementsAre(1.5f, 0.0f, 0.0f, 0.0f, 6.0f, 0.0f));
  std::vector<float> gradient = {1, 2, 3, 4, 5, 6};
  relu_gradient(gradient, values);
  EXPECT_THAT(gradient, ElementsAre(1, 0, 0, 0, 5, 0));
  std::vector<float> sum(3, 99.0f);
  column_sum(std::vector<float>{1, 2, 3, 4, 5, 6}, sum);
  EXPECT_THAT(sum, ElementsAre(5, 7, 9));

  std::vector<float> special = {kNan, -0.0f};
  relu(special);
  EXPECT_TRUE(std::isnan(special[0]));
  EXPECT_FALSE(std::signbit(special[1]));
}

TEST(Elementwise, ColumnSumsAddRowsInOrder) {
  // 2^24 + 1 rounds back to 2^24; the other order would give 2^24 + 2.
  std::vector<float> sum(1);
  column_sum(std::vector<float>{16777216.0f, 1, 1}, sum);
  EXPECT_EQ(sum[0], 16777216.0f);
  column_sum(std::vector<float>{1, 1, 16777216.0f}, sum);
  EXPECT_EQ(sum[0], 16777218.0f);
}

TEST(Elementwise, LossOfUniformLogitsIsTheLogarithmOfTheClasses) {
  const std::vector<float> logits(20, 3.0f);
  const std::vector<std::uint8_t> labels = {4, 9};
  EXPECT_FLOAT_EQ(softmax_cross_entropy(logits, labels, 10, {}), std::log(10.0f));
}

// The derivative of the loss against differences of losses computed with the C library.
TEST(Elementwise, SoftmaxGradientMatchesDifferences) {
  constexpr std::uint32_t kRows = 7, kClasses = 10;
  std::mt19937 random(1);
  std::vector<float> logits(kRows * kClasses);
  for (float& z : logits) z = static_cast<float>(random() % 2001) / 250.0f - 4.0f;
  std::vector<std::uint8_t> labels;
  for (std::uint32_t r = 0; r < kRows; ++r) {
    labels.push_back(static_cast<std::uint8_t>(random() % kClasses));
  }
  const auto loss_of = [&](std::size_t moved, double by) {
    double loss = 0;
    for (std::size_t r = 0; r < kRows; ++r) {
      double sum = 0, own = 0;
      for (std::size_t c = 0; c < kClasses; ++c) {
        const std::size_t i = r * kClasses + c;
        const double z = static_cast<double>(logits[i]) + (i == moved ? by : 0.0);
        sum += std::exp(z);
        if (c == labels[r]) own = z;
      }
      loss += std::log(sum) - own;
    }
    return loss / kRows;
  };
  std::vector<float> gradient(logits.size());
  const float loss = softmax_cross_entropy(logits, labels, kClasses, gradient);
  EXPECT_NEAR(loss, loss_of(0, 0), 1e-6);
  for (std::size_t i = 0; i < logits.size(); ++i) {
    const double slope = (loss_of(i, 1e-5) - loss_of(i, -1e-5)) / 2e-5;
    EXPECT_NEAR(gradient[i], slope, 1e-8) << i;
  }
}

TEST(Elementwise, LossSurvivesLargeLogitsAndShowsNan) {
  std::vector<float> gradient(3);
  const std::vector<std::uint8_t> label = {1};
  EXPECT_FLOAT_EQ(softmax_cross_entropy(std::vector<float>{1e30f, 0, -1e30f}, label, 3, gradient),
                  1e30f);
  EXPECT_THAT(gradient, ElementsAre(1.0f, -1.0f, 0.0f));
  EXPECT_TRUE(
      std::isnan(softmax_cross_entropy(std::vector<float>{1, 2, kNan}, label, 3, gradient)));
  EXPECT_TRUE(
      std::isnan(softmax_cross_entropy(std::vector<float>{kNan, 2, 1}, label, 3, gradient)));
}

TEST(Elementwise, LossRefusesSizesThatDoNotMatch) {
  const std::vector<float> logits(20);
  const std::vector<std::uint8_t> labels = {0, 9}, outside = {0, 10}, one = {0};
  std::vector<float> gradient(19);
  EXPECT_THROW(softmax_cross_entropy(logits, labels, 10, gradient), std::invalid_argument);
  EXPECT_THROW(softmax_cross_entropy(logits, one, 10, {}), std::invalid_argument);
  EXPECT_THROW(softmax_cross_entropy(logits, outside, 10, {}), std::invalid_argument);
  EXPECT_THROW(softmax_cross_entropy({}, {}, 10, {}), std::invalid_argument);
}

TEST(Elementwise, CountsCorrectRows) {
  const std::vector<float> logits = {1, 2, 3, 5, 5, 4, 0, -1, -2};
  EXPECT_EQ(count_correct(logits, std::vector<std::uint8_t>{2, 0, 0}, 3), 3u);
  EXPECT_EQ(count_correct(logits, std::vector<std::uint8_t>{2, 1, 1}, 3), 1u);
}

TEST(Elementwise, MomentumByHand) {
  std::vector<float> weights = {1}, velocity = {0};
  const std::vector<float> gradient = {2};
  momentum_sgd(weights, velocity, gradient, 0.25f, 0.5f);
  EXPECT_EQ(weights[0], 0.5f);
  EXPECT_EQ(velocity[0], 2.0f);
  momentum_sgd(weights, velocity, gradient, 0.25f, 0.5f);
  EXPECT_EQ(velocity[0], 3.0f);
  EXPECT_EQ(weights[0], -0.25f);
}

// Rounded after each operation: with a fused multiply-add the product below would keep its tail.
TEST(Elementwise, NothingIsFused) {
  std::vector<float> weights = {0}, velocity = {1 + 0x1p-23f};
  const float momentum = 1 - 0x1p-23f;  // the product is 1 - 2^-46, rounded 1
  momentum_sgd(weights, velocity, std::vector<float>{-1}, 1, momentum);
  EXPECT_EQ(velocity[0], 0.0f);
}

}  // namespace
}  // namespace gradcore::train
