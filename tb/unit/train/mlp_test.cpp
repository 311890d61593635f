// SPDX-License-Identifier: Apache-2.0
#include "sw/train/mlp.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <vector>

#include "sw/model/bf16.h"
#include "sw/model/functional_core.h"
#include "sw/train/random.h"

namespace gradcore::train {
namespace {

using ::testing::HasSubstr;

// What an Mlp computes, as directly as can be said: binary64, no device, operands rounded to
// bfloat16 where the device rounds them.
class ReferenceMlp {
 public:
  ReferenceMlp(std::vector<std::uint32_t> widths, std::uint64_t seed) : widths_(std::move(widths)) {
    for (std::uint32_t i = 0; i + 1 < widths_.size(); ++i) {
      const float limit = std::sqrt(6.0f / static_cast<float>(widths_[i]));
      weights_.emplace_back();
      for (std::size_t j = 0; j < std::size_t{widths_[i]} * widths_[i + 1]; ++j) {
        weights_[i].push_back(random_uniform(random_bits(seed, i, j), limit));
      }
      bias_.emplace_back(widths_[i + 1], 0.0);
    }
  }

  std::vector<double> forward(const std::vector<double>& inputs, std::size_t rows) {
    activations_ = {inputs};
    for (std::size_t i = 0; i < weights_.size(); ++i) {
      std::vector<double> y = bias_for(i, rows);
      for_products(i, rows, [&](std::size_t r, std::size_t in, std::size_t out) {
        y[r * widths_[i + 1] + out] += rounded(activations_[i][r * widths_[i] + in]) *
                                       rounded(weights_[i][in * widths_[i + 1] + out]);
      });
      if (i + 1 < weights_.size()) {
        for (double& v : y) v = std::max(v, 0.0);
      }
      activations_.push_back(y);
    }
    return activations_.back();
  }

  double step(const std::vector<double>& inputs, const std::vector<std::uint8_t>& labels,
              double rate) {
    const std::size_t rows = labels.size(), classes = widths_.back();
    std::vector<double> dy = forward(inputs, rows);
    double loss = 0;
    for (std::size_t r = 0; r < rows; ++r) {
      double sum = 0;
      for (std::size_t c = 0; c < classes; ++c) sum += std::exp(dy[r * classes + c]);
      loss += std::log(sum) - dy[r * classes + labels[r]];
      for (std::size_t c = 0; c < classes; ++c) {
        double& v = dy[r * classes + c];
        v = (std::exp(v) / sum - (c == labels[r] ? 1 : 0)) / static_cast<double>(rows);
      }
    }
    for (std::size_t i = weights_.size(); i-- > 0;) {
      std::vector<double> dx(rows * widths_[i]), dw(weights_[i].size());
      for_products(i, rows, [&](std::size_t r, std::size_t in, std::size_t out) {
        const double g = rounded(dy[r * widths_[i + 1] + out]);
        dx[r * widths_[i] + in] += g * rounded(weights_[i][in * widths_[i + 1] + out]);
        dw[in * widths_[i + 1] + out] += g * rounded(activations_[i][r * widths_[i] + in]);
      });
      for (std::size_t j = 0; j < dy.size(); ++j) bias_[i][j % widths_[i + 1]] -= rate * dy[j];
      for (std::size_t j = 0; j < dw.size(); ++j) weights_[i][j] -= rate * dw[j];
      for (std::size_t j = 0; j < dx.size(); ++j) {
        if (activations_[i][j] == 0) dx[j] = 0;
      }
      dy = dx;
    }
    return loss / static_cast<double>(rows);
  }

 private:
  static double rounded(double v) {
    const auto bits = std::bit_cast<std::uint32_t>(static_cast<float>(v));
    return std::bit_cast<float>(model::bf16_to_fp32(model::fp32_to_bf16_rne(bits)));
  }
  std::vector<double> bias_for(std::size_t i, std::size_t rows) const {
    std::vector<double> y;
    for (std::size_t r = 0; r < rows; ++r) y.insert(y.end(), bias_[i].begin(), bias_[i].end());
    return y;
  }
  template <typename Visit>
  void for_products(std::size_t i, std::size_t rows, Visit visit) const {
    for (std::size_t r = 0; r < rows; ++r) {
      for (std::size_t in = 0; in < widths_[i]; ++in) {
        for (std::size_t out = 0; out < widths_[i + 1]; ++out) visit(r, in, out);
      }
    }
  }

  std::vector<std::uint32_t> widths_;
  std::vector<std::vector<double>> weights_, bias_, activations_;
};

// Awkward widths, so that tiles are masked; a batch that is not full.
TEST(Mlp, StepsLikeADirectImplementation) {
  const std::vector<std::uint32_t> widths = {13, 21, 9, 5};
  const std::vector<std::uint8_t> labels = {0, 4, 2, 2, 1, 3, 0};
  std::vector<float> inputs;
  for (std::uint64_t i = 0; i < 7 * 13; ++i) {
    inputs.push_back(random_uniform(random_bits(3, 99, i), 1.0f));
  }
  const std::vector<double> wide(inputs.begin(), inputs.end());
  for (const unsigned n : {4u, 8u, 16u}) {
    model::FunctionalCore core({n, 40, 64, 64});
    Mlp network(core, widths, 8, 42);
    ReferenceMlp reference(widths, 42);
    for (int step = 0; step < 4; ++step) {
      const float loss = network.step(inputs, labels, 0.25f, 0.0f);
      EXPECT_NEAR(loss, reference.step(wide, labels, 0.25), 2e-5) << step;
    }
    const auto logits = network.forward(inputs);
    const std::vector<double> expected = reference.forward(wide, labels.size());
    for (std::size_t i = 0; i < expected.size(); ++i) {
      // Now and then a value falls to the other side of a rounding to bfloat16.
      EXPECT_NEAR(logits[i], expected[i], 0.01) << i;
    }
  }
}

TEST(Mlp, CountsItsProducts) {
  model::FunctionalCore core({16, 40, 64, 64});
  Mlp network(core, {6, 5, 3}, 4, 1);
  const std::vector<float> inputs(12, 0.5f);
  network.step(inputs, std::vector<std::uint8_t>{0, 2}, 0.1f, 0.9f);
  EXPECT_EQ(network.macs(), 2u * (2 * 6 * 5 + 3 * 5 * 3));
  EXPECT_EQ(network.report().commands, 5u);
  const auto products = network.take_products();
  ASSERT_EQ(products.size(), 5u);
  const std::pair<std::uint32_t, Pass> order[] = {{0, Pass::kForward},
                                                  {1, Pass::kForward},
                                                  {1, Pass::kGradX},
                                                  {1, Pass::kGradW},
                                                  {0, Pass::kGradW}};
  for (std::size_t i = 0; i < 5; ++i) {
    EXPECT_EQ(products[i].layer, order[i].first);
    EXPECT_EQ(products[i].pass, order[i].second);
  }
  EXPECT_TRUE(network.take_products().empty());
}

TEST(Mlp, DigestFollowsTheWeights) {
  model::FunctionalCore core({16, 40, 64, 64}), other({16, 40, 64, 64});
  Mlp a(core, {6, 5, 3}, 4, 1), b(other, {6, 5, 3}, 4, 2);
  EXPECT_NE(a.digest(), b.digest());
  const std::uint64_t before = a.digest();
  a.forward(std::vector<float>(6, 1.0f));
  EXPECT_EQ(a.digest(), before);
  a.step(std::vector<float>(6, 1.0f), std::vector<std::uint8_t>{1}, 0.1f, 0.9f);
  EXPECT_NE(a.digest(), before);
}

TEST(Mlp, SaysWhatDoesNotFit) {
  model::FunctionalCore core({16, 40, 64, 64});
  EXPECT_THAT(([&] {
                Mlp(core, {64, 1000, 10}, 32, 1);
              }),
              ::testing::ThrowsMessage<device::AllocationError>(
                  HasSubstr("a matrix of 64 x 1000 does not fit into operand memory")));
  EXPECT_THROW(Mlp(core, {64}, 32, 1), std::invalid_argument);
  EXPECT_THROW(Mlp(core, {64, 0, 1}, 32, 1), std::invalid_argument);
  EXPECT_THROW(Mlp(core, {64, 1}, 0, 1), std::invalid_argument);
}

TEST(Mlp, RefusesInputsThatAreNoSamples) {
  model::FunctionalCore core({16, 40, 64, 64});
  Mlp network(core, {6, 3}, 2, 1);
  EXPECT_THROW(network.forward({}), std::invalid_argument);
  EXPECT_THROW(network.forward(std::vector<float>(7)), std::invalid_argument);
  EXPECT_THROW(network.forward(std::vector<float>(18)), std::invalid_argument);
  EXPECT_THROW(network.step(std::vector<float>(12), std::vector<std::uint8_t>{1}, 0.1f, 0.0f),
               std::invalid_argument);
}

}  // namespace
}  // namespace gradcore::train
