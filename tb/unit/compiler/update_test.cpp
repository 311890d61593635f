// SPDX-License-Identifier: Apache-2.0
#include "sw/compiler/update.h"

#include <gtest/gtest.h>

#include <cmath>

#include "sw/compiler/dataset.h"
#include "sw/compiler/run.h"
#include "sw/runtime/model_device.h"

namespace gradcore::compiler {
namespace {

Network network(const std::string& optimizer, const std::string& rate) {
  return parse_network(
      "hardware: {n: 4, operand_kib: 64, accumulator_kib: 128}\n"
      "data: {set: synthetic, inputs: 6, classes: 3, samples: 12}\n"
      "layers: [{linear: 7, activation: tanh}, {linear: 3}]\n"
      "loss: softmax_cross_entropy\noptimizer: " +
          optimizer + "\nschedule: {learning_rate: " + rate + "}\nbatch: 12\nepochs: 1\n",
      "test");
}

TEST(Tables, AreWhatTheOptimizerNeeds) {
  const Network sgd = network("{method: sgd}", "0.1");
  EXPECT_TRUE(tables_of(sgd).empty());
  Network warm = sgd;
  warm.schedule.warmup_steps = 3;
  EXPECT_EQ(tables_of(warm), std::vector<Table>{Table::kRate});
  EXPECT_FLOAT_EQ(table_value(warm, Table::kRate, 0, 10), 0.025f);
  const Network adam = network("{method: adamw, weight_decay: 0.5}", "0.1");
  EXPECT_EQ(tables_of(adam).size(), 3u);
  EXPECT_FLOAT_EQ(table_value(adam, Table::kMoment, 0, 10), 0.1f);
  EXPECT_FLOAT_EQ(table_value(adam, Table::kEpsilon, 0, 10), 1e-8f);
  const double scale = 0.001 / (1 - 0.999 * 0.999);
  EXPECT_FLOAT_EQ(table_value(adam, Table::kEpsilon, 1, 10),
                  static_cast<float>(1e-8 / std::sqrt(scale)));
  EXPECT_FLOAT_EQ(table_value(adam, Table::kMoment, 1, 10),
                  static_cast<float>(0.1 * 0.1 / (1 - 0.9 * 0.9) / std::sqrt(scale)));
  EXPECT_FLOAT_EQ(table_value(adam, Table::kKeep, 5, 10), 0.95f);
}

// The step of the published algorithm, from sums without the factors 1 - beta and with the tables.
TEST(Tables, MakeAdamWOfTheBook) {
  const Network net = network("{method: adamw, beta1: 0.8, beta2: 0.99, epsilon: 1e-3}", "0.1");
  const double beta1 = 0.8f, beta2 = 0.99f, epsilon = 1e-3f, rate = 0.1f;
  double m = 0, v = 0, first = 0, second = 0;
  for (std::uint64_t t = 0; t < 200; ++t) {
    const double g = std::sin(static_cast<double>(3 * t + 1));
    m = beta1 * m + (1 - beta1) * g;
    v = beta2 * v + (1 - beta2) * g * g;
    const auto power = static_cast<double>(t + 1);
    const double want = rate * (m / (1 - std::pow(beta1, power))) /
                        (std::sqrt(v / (1 - std::pow(beta2, power))) + epsilon);
    first = beta1 * first + g;
    second = beta2 * second + g * g;
    const double moment = table_value(net, Table::kMoment, t, 200);
    const double small = table_value(net, Table::kEpsilon, t, 200);
    // The tables are binary32: each is off by 2^-24 of itself at most, the sum in double by less.
    EXPECT_NEAR(moment * first / (std::sqrt(second) + small), want, 3 * 0x1p-24 * std::abs(want))
        << t;
  }
}

// One step of gradient descent without momentum moves each weight by rate times the derivative of
// the loss: against central differences of the loss in double precision.
TEST(Update, FollowsTheGradientOfTheLoss) {
  Network net = network("{method: sgd, momentum: 0}", "1");
  const train::Dataset data = make_dataset(net);
  const RunPlan plan = plan_run(net, data);
  const Compiled compiled = compile(net, plan.shape);
  runtime::ModelDevice chip(net.hardware, compiled.dram_end);
  TrainingRun run(chip, net, plan, compiled, data);
  std::vector<std::vector<double>> w;
  for (std::size_t l = 0; l < 2; ++l) {
    const auto start = start_weights(net, l);
    w.emplace_back(start.begin(), start.end());
  }
  const auto loss = [&](const std::vector<std::vector<double>>& at) {
    double sum = 0;
    for (std::size_t s = 0; s < 12; ++s) {
      double hidden[7] = {};
      double z[3] = {};
      for (std::size_t j = 0; j < 7; ++j) {
        for (std::size_t i = 0; i < 6; ++i) {
          hidden[j] += static_cast<double>(data.train.inputs[6 * s + i]) * at[0][7 * i + j];
        }
        hidden[j] = std::tanh(hidden[j]);
        for (std::size_t c = 0; c < 3; ++c) z[c] += hidden[j] * at[1][3 * j + c];
      }
      const double total = std::exp(z[0]) + std::exp(z[1]) + std::exp(z[2]);
      sum += std::log(total) - z[data.train.labels[s]];
    }
    return sum / 12;
  };
  const std::vector<float> losses = run.train_epoch();
  EXPECT_NEAR(losses[0], loss(w), 0.02) << "bfloat16 has 8 bits";
  const auto after = run.weights();
  for (std::size_t l = 0; l < 2; ++l) {
    for (std::size_t i = 0; i < w[l].size(); ++i) {
      auto up = w;
      auto down = w;
      up[l][i] += 1e-4;
      down[l][i] -= 1e-4;
      const double derivative = (loss(up) - loss(down)) / 2e-4;
      EXPECT_NEAR(w[l][i] - static_cast<double>(after[l].weights[i]), derivative, 0.01)
          << l << ": " << i;
    }
  }
}

// The first step of Adam moves every weight by about the learning rate, whatever the gradient's
// size, and against its sign.
TEST(Update, AdamBeginsWithTheRate) {
  Network net = network("{method: adamw}", "0.001");
  const train::Dataset data = make_dataset(net);
  const RunPlan plan = plan_run(net, data);
  const Compiled compiled = compile(net, plan.shape);
  runtime::ModelDevice chip(net.hardware, compiled.dram_end);
  TrainingRun run(chip, net, plan, compiled, data);
  run.train_epoch();
  const auto after = run.weights();
  for (std::size_t l = 0; l < 2; ++l) {
    const auto start = start_weights(net, l);
    for (std::size_t i = 0; i < start.size(); ++i) {
      EXPECT_NEAR(std::abs(after[l].weights[i] - start[i]), 0.001f, 2e-6f) << l << ": " << i;
    }
  }
}

}  // namespace
}  // namespace gradcore::compiler
