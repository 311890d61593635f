// SPDX-License-Identifier: Apache-2.0
#include "sw/compiler/places.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>

namespace gradcore::compiler {
namespace {

Network mlp() { return load_network(GRADCORE_SOURCE_DIR "/sw/configs/mlp.yaml"); }

TEST(Places, NoTwoMatricesShareATile) {
  Network network = mlp();
  network.layers = {{40, Activation::kTanh}, {70, Activation::kRelu}, {10, Activation::kIdentity}};
  network.optimizer.method = Method::kAdamW;
  const Places places(network, 3);
  std::set<std::pair<bool, std::uint32_t>> taken;
  for (const LocalPlan::Entry& entry : places.plan.entries()) {
    const View& v = entry.view;
    for (std::uint32_t r = 0; r < (v.rows + 15) / 16; ++r) {
      for (std::uint32_t c = 0; c < (v.cols + 15) / 16; ++c) {
        ASSERT_TRUE(taken.emplace(v.accumulator, v.first + r * v.stride + c).second) << entry.name;
      }
    }
  }
}

// Rows of tiles go from bank to bank; what is used together is in different ones.
TEST(Places, BanksOfTheUpdateStayApart) {
  const Places places(mlp(), 0);
  const LayerPlace& layer = places.layers[0];
  EXPECT_EQ(places.blocks(layer), 8u);
  const View& gradient = layer.weight_gradient;
  const View& state = layer.weight.state[0];
  const View& master = layer.weight.master;
  for (const View* view : {&gradient, &state, &master, &layer.output}) {
    EXPECT_EQ(view->stride % 4, 1u);
  }
  EXPECT_NE(state.first % 4, gradient.first % 4);
  EXPECT_NE(state.first % 4, master.first % 4);
  EXPECT_EQ(layer.weights.stride % 2, 1u);
}

// The last part of the hidden layer is written for long while softmax runs: to a bank that softmax
// does not use.
TEST(Places, SoftmaxStaysOutOfTheWay) {
  const Places places(mlp(), 0);
  const LayerPlace& hidden = places.layers[0];
  EXPECT_EQ(hidden.output.block(16, 16, 112, 16, 16).first % 4, 1u);
  const LossPlace& loss = places.loss;
  for (const View* view : {&places.layers[1].output, &loss.labels, &loss.logits, &loss.largest,
                           &loss.exponentials, &loss.sum, &loss.reciprocal}) {
    EXPECT_GE(view->first % 4, 2u);
    EXPECT_TRUE(view->rows == 1 || view->stride % 4 == 0);
  }
}

TEST(Places, GroupsAndBlocks) {
  Network network = mlp();
  EXPECT_EQ(Places(network, 0).groups.size(), 2u);
  EXPECT_EQ(Places(network, 0).groups[1].first, 16u);
  network.batch = 16;
  EXPECT_EQ(Places(network, 0).groups.size(), 1u);
  network.batch = 70;
  EXPECT_EQ(Places(network, 0).groups[1].first, 48u);
  EXPECT_EQ(Places(network, 0).groups[1].rows, 22u);
  network.batch = 32;
  network.inputs = 64;
  EXPECT_EQ(Places(network, 0).layers[0].block, 32u) << "short products are joined";
  EXPECT_EQ(table_width(network), 32u);
}

// What AdamW reads together is two banks apart in every row of tiles, and all of it fits 2 MiB.
TEST(Places, BanksOfAdamwStayApart) {
  Network network = mlp();
  network.optimizer.method = Method::kAdamW;
  const Places places(network, 2);
  EXPECT_TRUE(places.plan.fits());
  EXPECT_EQ(places.tables.size(), 2u);
  const LayerPlace& layer = places.layers[0];
  EXPECT_EQ(layer.weight_gradient.stride % 4, 1u);
  for (const View& view : {layer.weight.state[0], layer.weight.state[1], layer.weight.master}) {
    EXPECT_EQ(view.stride % 4, 1u);
    EXPECT_EQ((view.first + 2) % 4, layer.weight_gradient.first % 4);
  }
}

// Without room for gaps there are none.
TEST(Places, GapsGoBeforeTheNetworkDoes) {
  Network network = mlp();
  network.hardware.accumulator_kib = 1360;
  const Places places(network, 0);
  EXPECT_TRUE(places.plan.fits());
  EXPECT_EQ(places.layers[0].weight_gradient.stride, 8u);
  EXPECT_EQ(places.layers.size(), 2u);
}

// The largest layers go to DRAM first, and only as many as must.
TEST(Places, WeightsGoToDramWhenTheyDoNotFit) {
  Network network = mlp();
  network.hardware.accumulator_kib = 1200;
  const Places partly(network, 0);
  EXPECT_TRUE(partly.layers[0].is_streamed);
  EXPECT_FALSE(partly.layers[1].is_streamed);
  EXPECT_EQ(partly.slots.size(), 3u);
  EXPECT_EQ(partly.slots[0].master.rows, 784u);
  EXPECT_EQ(partly.slots[0].master.cols, 16u);
  network.weights = WeightPlace::kLocal;
  EXPECT_THROW(Places(network, 0), CompileError);
  network.weights = WeightPlace::kDram;
  EXPECT_TRUE(Places(network, 0).layers[1].is_streamed);
  // Of dW four blocks are under way, unless the update waits for all of them.
  const auto gradients = [&] { return Places(network, 0).layers[0].weight_gradient.cols; };
  EXPECT_EQ(gradients(), 64u);
  network.optimizer.clip_norm = 1;
  EXPECT_EQ(gradients(), 128u);
  network.optimizer.clip_norm = 0;
  network.hardware.accumulator_kib = 2048;
  network.weights = WeightPlace::kAuto;
  EXPECT_FALSE(Places(network, 0).layers[0].is_streamed);
}

TEST(Places, WhatDoesNotFitIsSaid) {
  Network network = mlp();
  network.layers[0].outputs = 4096;
  EXPECT_THROW(Places(network, 0), CompileError);
}

}  // namespace
}  // namespace gradcore::compiler
