// SPDX-License-Identifier: Apache-2.0
#include "sw/compiler/network.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "sw/config/yaml_reader.h"

namespace gradcore::compiler {
namespace {

using testing::HasSubstr;

const std::string kGood = R"(data: {set: synthetic, inputs: 20, classes: 4}
layers: [{linear: 8, activation: tanh}, {linear: 4}]
loss: softmax_cross_entropy
optimizer: {method: adamw, beta1: 0.8, weight_decay: 0.1}
schedule: {learning_rate: 0.5, warmup_steps: 4, decay: linear, final_part: 0.5}
)";

std::string with(const std::string& from, const std::string& to) {
  std::string text = kGood;
  text.replace(text.find(from), from.size(), to);
  return text;
}

void expect_error(const std::string& text, const std::string& what) {
  try {
    parse_network(text, "test.yaml");
    ADD_FAILURE() << "accepted: " << text;
  } catch (const config::ConfigError& error) {
    EXPECT_THAT(error.what(), HasSubstr(what));
    EXPECT_THAT(error.what(), HasSubstr("test.yaml:"));
  }
}

TEST(Network, ReadsWhatIsWrittenAndHasDefaults) {
  const Network n = parse_network(kGood, "test.yaml");
  EXPECT_EQ(n.inputs, 20u);
  ASSERT_EQ(n.layers.size(), 2u);
  EXPECT_EQ(n.layers[0].outputs, 8u);
  EXPECT_EQ(n.layers[0].activation, Activation::kTanh);
  EXPECT_EQ(n.optimizer.method, Method::kAdamW);
  EXPECT_EQ(n.optimizer.beta1, 0.8f);
  EXPECT_EQ(n.optimizer.beta2, 0.999f);
  EXPECT_EQ(n.schedule.decay, Decay::kLinear);
  EXPECT_EQ(n.batch, 32u);
  EXPECT_TRUE(n.shuffle_each_epoch);
  EXPECT_EQ(n.hardware, device::Hardware{});
}

TEST(Network, SaysWhatIsWrong) {
  expect_error(with("{linear: 4}", "{linear: 5}"), "one for each of the 4 classes");
  expect_error(with("{linear: 4}", "{linear: 4, activation: relu}"), "expected none");
  expect_error(with("tanh", "tahn"), "tanh");
  expect_error(with("beta1", "momentum"), "belongs to sgd");
  expect_error(with("adamw", "sgd"), "belongs to adamw");
  expect_error(with("synthetic", "digits"), "is given by the digits");
  expect_error(with("inputs: 20", "file: x"), "belongs to digits");
  expect_error(with("loss: softmax_cross_entropy\n", ""), "'loss'");
  expect_error(kGood + "bacth: 3\n", "batch");
}

TEST(Network, ReadsHowDramBehaves) {
  const Memory defaults = parse_network(kGood, "test.yaml").memory;
  EXPECT_EQ(defaults.latency, 40u);
  EXPECT_EQ(defaults.bandwidth, 16);
  const Memory m = parse_network(kGood + R"(memory:
  {latency: 100, write_latency: 7, bandwidth: 2.5, stalls: {r: 0.5, b: 0.25}, reorder: 0.75,
   interleave: true, seed: 9}
)",
                                 "test.yaml")
                       .memory;
  EXPECT_EQ(m.latency, 100u);
  EXPECT_EQ(m.write_latency, 7u);
  EXPECT_EQ(m.bandwidth, 2.5);
  EXPECT_EQ(m.stalls.ar, 0);
  EXPECT_EQ(m.stalls.r, 0.5);
  EXPECT_EQ(m.stalls.b, 0.25);
  EXPECT_EQ(m.reorder, 0.75);
  EXPECT_TRUE(m.interleave);
  EXPECT_EQ(m.seed, 9u);
  expect_error(kGood + "memory: {latency: -1}\n", "memory.latency");
  expect_error(kGood + "memory: {bandwidth: 17}\n", "memory.bandwidth");
  expect_error(kGood + "memory: {stalls: {r: 1}}\n", "memory.stalls.r");
  expect_error(kGood + "memory: {stalls: 0.5}\n", "memory.stalls");
  expect_error(kGood + "memory: {latncy: 1}\n", "latency");
}

TEST(Schedule, WarmsUpAndDecays) {
  const Schedule s = parse_network(kGood, "test").schedule;
  EXPECT_FALSE(s.is_constant());
  EXPECT_FLOAT_EQ(s.rate(0, 14), 0.1f);
  EXPECT_FLOAT_EQ(s.rate(3, 14), 0.4f);
  EXPECT_FLOAT_EQ(s.rate(4, 14), 0.5f);
  EXPECT_FLOAT_EQ(s.rate(9, 14), 0.375f);
  EXPECT_FLOAT_EQ(s.rate(100, 14), 0.25f);
  Schedule cosine = s;
  cosine.decay = Decay::kCosine;
  EXPECT_FLOAT_EQ(cosine.rate(9, 14), 0.375f);
  EXPECT_GT(cosine.rate(5, 14), s.rate(5, 14));
  Schedule plain;
  EXPECT_TRUE(plain.is_constant());
  EXPECT_EQ(plain.rate(7, 9), plain.learning_rate);
}

TEST(Network, TheExamplesCanBeRead) {
  EXPECT_EQ(load_network(GRADCORE_SOURCE_DIR "/sw/configs/digits.yaml").inputs, 64u);
  EXPECT_EQ(load_network(GRADCORE_SOURCE_DIR "/sw/configs/mlp.yaml").inputs, 784u);
}

}  // namespace
}  // namespace gradcore::compiler
