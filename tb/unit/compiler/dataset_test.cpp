// SPDX-License-Identifier: Apache-2.0
#include "sw/compiler/dataset.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

namespace gradcore::compiler {
namespace {

Network synthetic() {
  return parse_network(
      "data: {set: synthetic, inputs: 50, classes: 4, samples: 400, test_samples: 40}\n"
      "layers: [{linear: 4}]\nloss: softmax_cross_entropy\noptimizer: {method: sgd}\n"
      "schedule: {learning_rate: 1}\n",
      "test");
}

TEST(Dataset, SyntheticIsAFunctionOfTheSeed) {
  Network network = synthetic();
  const train::Dataset a = make_dataset(network);
  EXPECT_EQ(a.train.count(), 400u);
  EXPECT_EQ(a.test.count(), 40u);
  EXPECT_EQ(a.train.inputs, make_dataset(network).train.inputs);
  double square = 0;
  for (const float x : a.train.inputs) square += static_cast<double>(x) * x;
  EXPECT_NEAR(square / 20'000, 1 + 1.0 / 16, 0.05);
  network.seed = 2;
  EXPECT_NE(a.train.inputs, make_dataset(network).train.inputs);
}

TEST(Dataset, OrdersArePermutations) {
  Network network = synthetic();
  auto order = sample_order(network, 0, 100);
  EXPECT_NE(order, sample_order(network, 1, 100));
  network.shuffle_each_epoch = false;
  EXPECT_EQ(order, sample_order(network, 1, 100));
  std::sort(order.begin(), order.end());
  for (std::uint32_t i = 0; i < 100; ++i) ASSERT_EQ(order[i], i);
}

TEST(Dataset, StartWeightsHaveTheirVariance) {
  Network network = synthetic();
  network.layers = {{300, Activation::kRelu}, {4, Activation::kIdentity}};
  const auto w = start_weights(network, 0);
  EXPECT_EQ(w.size(), 50u * 300u);
  EXPECT_EQ(start_weights(network, 1).size(), 300u * 4u);
  double square = 0;
  for (const float x : w) square += static_cast<double>(x) * x;
  EXPECT_NEAR(square / 15'000, 2.0 / 50, 0.002);
}

TEST(Dataset, BytesAsTheChipReadsThem) {
  const train::Samples samples{{1.0f, -2.0f, 0.5f, 1.00390625f}, {1, 0}};
  const std::uint32_t which[] = {1, 0};
  const auto in = input_bytes(samples, 2, which);
  const std::vector<unsigned> want = {0x00, 0x3F, 0x80, 0x3F, 0x80, 0x3F, 0x00, 0xC0};
  ASSERT_EQ(in.size(), want.size());
  for (std::size_t i = 0; i < want.size(); ++i)
    EXPECT_EQ(std::to_integer<unsigned>(in[i]), want[i]);
  const auto labels = floats(label_bytes(samples, 2, 4, which));
  EXPECT_EQ(labels, (std::vector<float>{0.25f, 0, 0, 0.25f}));
  const std::vector<float> numbers = {1.5f, -0.0f, 3e-40f};
  EXPECT_EQ(floats(float_bytes(numbers)), numbers);
}

}  // namespace
}  // namespace gradcore::compiler
