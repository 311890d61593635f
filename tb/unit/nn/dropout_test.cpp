// SPDX-License-Identifier: Apache-2.0
// What is left out: how much of it, the same forward and backward, something else in every step,
// and a function of seed and step only. That gradients are right is gradient_test.cpp's.
#include "sw/nn/dropout.h"

#include <gtest/gtest.h>

#include <cmath>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "tb/unit/nn/plain_dropout.h"
#include "tb/unit/nn/small_run.h"

namespace gradcore::nn {
namespace {

constexpr double kRate = 0.3;

SmallNetwork rows(const std::string& layers) { return {"rows", 16, layers, features(40, 5), 100}; }
SmallNetwork gpt() {
  return {.name = "gpt",
          .n = 4,
          .layers =
              "[embedding: 8, dropout: 0.1, residual: [layer_norm, {attention: 2, dropout: "
              "0.2}, dropout: 0.1], residual: [rms_norm, linear: 50, silu, linear: 8, "
              "dropout: 0.1], layer_norm, {linear: classes, bias: false, tied: true}]",
          .data = tokens(11, 8),
          .batch = 2,
          .optimizer = "{method: adamw, weight_decay: 0.1}",
          .schedule = "{learning_rate: 0.01, warmup_steps: 2, decay: cosine}"};
}

// A run whose steps are dumped.
class DumpedRun {
 public:
  explicit DumpedRun(const SmallNetwork& network)
      : model_(network.description(), network.data),
        feed_(network.data, false),
        compiled_(compile(model_, shape_)),
        device_(model_.description().hardware, compiled_.dram_end),
        training_(device_, model_, compiled_, feed_, shape_) {
    training_.restore(drawn_parameters(model_, 9));
  }
  std::map<std::string, std::vector<float>> step() {
    training_.train(1);
    std::map<std::string, std::vector<float>> out;
    for (Tensor& t : training_.dumped()) out[t.name] = std::move(t.values);
    return out;
  }
  const Model& model() const { return model_; }

 private:
  LaunchShape shape_{.steps = 1, .test_batches = 1, .dumps = true};
  Model model_;
  DrawnFeed feed_;
  Compiled compiled_;
  runtime::ModelDevice device_;
  Training training_;
};

std::vector<bool> kept(const std::vector<float>& values) {
  std::vector<bool> out;
  for (const float x : values) out.push_back(x != 0);
  return out;
}

// Of n elements each dropped with probability p: five deviations of the binomial distribution.
void expect_rate(const std::vector<bool>& kept, double rate) {
  const auto count = static_cast<double>(kept.size());
  double dropped = 0;
  for (const bool k : kept) dropped += k ? 0 : 1;
  EXPECT_NEAR(dropped / count, rate, 5 * std::sqrt(rate * (1 - rate) / count));
}

TEST(Dropout, LeavesOutAPartAndScalesTheRest) {
  DumpedRun run(rows("[linear: 64, dropout: 0.3, linear: 5]"));
  const auto scale = static_cast<float>(1 / (1 - kRate));
  std::set<std::vector<bool>> masks;
  for (unsigned step = 0; step < 3; ++step) {
    const auto values = run.step();
    const std::vector<float>& x = values.at("0.linear output");
    const std::vector<float>& y = values.at("1.dropout output");
    ASSERT_EQ(y.size(), 6400u);
    const std::vector<bool> forward = kept(y);
    expect_rate(forward, kRate);
    masks.insert(forward);
    // Backward the same ones, of what comes from above.
    const std::vector<float>& dy = values.at("2.linear gradient");
    const std::vector<float>& dx = values.at("1.dropout gradient");
    for (std::size_t i = 0; i < y.size(); ++i) {
      ASSERT_EQ(y[i], forward[i] ? x[i] * scale : 0.0f) << i;
      ASSERT_EQ(dx[i], forward[i] ? dy[i] * scale : 0.0f) << i;
    }
  }
  EXPECT_EQ(masks.size(), 3u) << "every step has its own";
}

// As the header says it, also for later steps and for every part of a mini-batch.
TEST(Dropout, IsAFunctionOfSeedStepAndPlace) {
  SmallNetwork network = rows("[linear: 64, dropout: 0.5, relu, dropout: 0.3, linear: 5]");
  DumpedRun run(network);
  const std::uint64_t seed = run.model().description().seed;
  for (unsigned step = 0; step < 2; ++step) {
    const std::vector<float> y = run.step().at("1.dropout output");
    const plain::Mask mask(0.5, seed, 0, step);
    std::size_t first = 0;
    for (std::size_t chunk = 0; chunk < run.model().chunks().size(); ++chunk) {
      for (std::size_t i = 0; i < 64 * run.model().chunks()[chunk]; ++i) {
        ASSERT_EQ(y[first + i] != 0, mask.at(chunk, i / 64, i % 64, 64) != 0) << chunk << " " << i;
      }
      first += 64 * run.model().chunks()[chunk];
    }
  }
}

TEST(Dropout, LayersChunksAndSeedsHaveMasksOfTheirOwn) {
  const auto mask = [](std::uint64_t seed, std::uint32_t number, std::uint64_t part) {
    std::vector<bool> out;
    const plain::Mask of(0.5, seed, number);
    for (std::size_t i = 0; i < 64; ++i) out.push_back(of.at(part, 0, i, 64) != 0);
    return out;
  };
  std::set<std::vector<bool>> all;
  for (const std::uint64_t seed : {1u, 2u}) {
    for (const std::uint32_t number : {0u, 1u, 2u}) {
      for (const std::uint64_t part : {0u, 1u, 2u}) all.insert(mask(seed, number, part));
    }
  }
  EXPECT_EQ(all.size(), 18u);
}

// Weights of attention come from the scores' own pass.
TEST(Dropout, OfAttentionIsThatOfTheWeights) {
  SmallNetwork network = gpt();
  const std::string with = "dropout: 0.2";
  for (const char* rate : {"dropout: 0.0", "dropout: 0.2"}) {
    SmallNetwork other = network;
    other.layers.replace(other.layers.find(with), with.size(), rate);
    DumpedRun a(network), b(other);
    const bool is_same = a.step().at("2.1.attention output") == b.step().at("2.1.attention output");
    EXPECT_EQ(is_same, rate == with);
  }
}

TEST(Dropout, HappensInTrainingOnly) {
  const auto test = [](const SmallNetwork& network) {
    const LaunchShape shape{.steps = 1, .test_batches = 2};
    Model model(network.description(), network.data);
    const Compiled compiled = compile(model, shape);
    runtime::ModelDevice device(model.description().hardware, compiled.dram_end);
    DrawnFeed feed(network.data, false);
    Training training(device, model, compiled, feed, shape);
    training.restore(drawn_parameters(model, 9));
    return training.test().outputs;
  };
  SmallNetwork without = gpt();
  for (const std::string key : {", dropout: 0.2", "dropout: 0.1"}) {
    for (std::size_t at = 0; (at = without.layers.find(key)) != std::string::npos;) {
      without.layers.replace(at, key.size(), key[0] == ',' ? "" : "dropout: 0");
    }
  }
  EXPECT_EQ(without.layers.find("0."), std::string::npos);
  EXPECT_EQ(test(gpt()), test(without));
}

// Launches of any length, and a run that was interrupted.
TEST(Dropout, GoesOnWhereARunWasInterrupted) {
  const SmallNetwork network = gpt();
  constexpr std::uint32_t kSteps = 6;
  struct End {
    std::vector<float> losses;
    Snapshot end;
  };
  const auto run = [&](const std::vector<std::uint32_t>& launches, Residence residence,
                       bool interrupted) {
    const LaunchShape shape{.steps = kSteps, .test_batches = 1};
    Model model(network.description(), network.data, residence);
    const Compiled compiled = compile(model, shape);
    DrawnFeed feed(network.data, false);
    End out;
    out.end = drawn_parameters(model, 9);
    std::unique_ptr<runtime::Device> device;
    std::unique_ptr<Training> training;
    for (const std::uint32_t steps : launches) {
      if (training == nullptr || interrupted) {
        device =
            std::make_unique<runtime::ModelDevice>(model.description().hardware, compiled.dram_end);
        training = std::make_unique<Training>(*device, model, compiled, feed, shape);
        training->restore(out.end);
      }
      const std::vector<float> losses = training->train(steps);
      out.losses.insert(out.losses.end(), losses.begin(), losses.end());
      out.end = training->snapshot();
    }
    return out;
  };
  const End all = run({kSteps}, Residence::kAll, false);
  const auto expect_same = [&](const End& other) {
    EXPECT_EQ(other.losses, all.losses);
    for (std::size_t t = 0; t < all.end.parameters.size(); ++t) {
      EXPECT_EQ(other.end.parameters[t].values, all.end.parameters[t].values)
          << all.end.parameters[t].name;
    }
  };
  expect_same(run({1, 2, 3}, Residence::kAll, false));
  expect_same(run({1, 3, 2}, Residence::kAll, true));
  expect_same(run({4, 2}, Residence::kCopies, true));
}

// Bottom layers are carried out in the step before, those behind the interaction are not.
TEST(Dropout, IsForLayersBehindAnInteraction) {
  const auto description = [](const std::string& layers) {
    return parse_description(
        "hardware: {n: 4}\ndata: {set: click_log, dense: 6, tables: 2, rows: 20}\nlayers: " +
            layers +
            "\nloss: binary_cross_entropy\noptimizer: {method: sgd}\n"
            "schedule: {learning_rate: 0.1}\nbatch: 13\n",
        "test.yaml");
  };
  const Description bottom =
      description("[{interaction: [linear: 8, dropout: 0.1, linear: 8]}, linear: 1]");
  const auto feed = make_feed(bottom);
  try {
    const Model model(bottom, feed->shape());
    ADD_FAILURE() << "accepted";
  } catch (const compiler::CompileError& error) {
    EXPECT_STREQ(error.what(),
                 "test.yaml:3:10: dropout among the bottom layers, expected it behind the "
                 "interaction");
  }
  const Description top = description(
      "[{interaction: [linear: 8]}, {linear: 16, activation: relu}, dropout: 0.5, linear: 1]");
  const auto losses = [&](std::uint32_t steps) {
    Model model(top, feed->shape());
    const LaunchShape shape{.steps = steps, .test_batches = 1};
    const Compiled compiled = compile(model, shape);
    runtime::ModelDevice device(top.hardware, compiled.dram_end);
    return train_on(device, model, compiled, *feed, shape, 4 / steps).losses;
  };
  EXPECT_EQ(losses(4), losses(1));
}

// Only programs that need it count steps: others are what they were.
TEST(Dropout, CountsStepsOnlyWhereItIs) {
  const auto counts = [](const SmallNetwork& network) {
    Model model(network.description(), network.data);
    return compile(model, {.steps = 2}).train_step.has_value();
  };
  EXPECT_TRUE(counts(rows("[linear: 8, dropout: 0.1, linear: 5]")));
  EXPECT_FALSE(counts(rows("[linear: 8, dropout: 0, linear: 5]")));
  EXPECT_FALSE(counts(rows("[linear: 8, linear: 5]")));
}

}  // namespace
}  // namespace gradcore::nn
