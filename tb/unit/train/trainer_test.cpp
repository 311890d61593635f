// SPDX-License-Identifier: Apache-2.0
#include "sw/train/trainer.h"

#include <gtest/gtest.h>

#include <limits>
#include <thread>

#include "sw/model/functional_core.h"

namespace gradcore::train {
namespace {

constexpr device::Hardware kHardware{16, 40, 256, 256};

TrainConfig brief(std::uint64_t seed = 1) {
  TrainConfig config;
  config.seed = seed;
  config.hidden = {24};
  config.epochs = 2;
  return config;
}

History run(const TrainConfig& config, const device::Hardware& hardware = kHardware) {
  model::FunctionalCore core(hardware);
  return train(core, config, load_digits());
}

TEST(Train, LossFallsAndTestSamplesAreRecognised) {
  const History history = run(brief());
  EXPECT_TRUE(history.completed);
  ASSERT_EQ(history.steps.size(), 2u * 45);  // 44 batches of 32 and one of 29
  ASSERT_EQ(history.epochs.size(), 2u);
  EXPECT_NEAR(history.steps.front().loss, 2.5, 1.0);
  EXPECT_LT(history.epochs[1].train_loss, 0.5f * history.epochs[0].train_loss);
  EXPECT_GT(history.epochs[1].train_accuracy, history.epochs[0].train_accuracy);
  EXPECT_GT(history.test_accuracy(), 0.85);
  for (const StepRecord& step : history.steps) EXPECT_EQ(step.products.size(), 5u);
  EXPECT_EQ(history.steps.back().epoch, 1u);
}

TEST(Train, TheDefaultReachesItsAccuracyWithSeveralSeeds) {
  const Dataset data = load_digits();
  for (const std::uint64_t seed : {1u, 2u, 3u}) {
    model::FunctionalCore core({16, 40, 2048, 2048});
    TrainConfig config;
    config.seed = seed;
    const History history = train(core, config, data);
    EXPECT_GE(history.test_accuracy(), 0.96) << "seed " << seed;
  }
}

TEST(Train, IsAFunctionOfConfigurationAndNumerics) {
  const History once = run(brief());
  const History again = run(brief());
  EXPECT_EQ(once.digest, again.digest);
  EXPECT_EQ(once.steps, again.steps);
  EXPECT_EQ(once.epochs, again.epochs);

  History elsewhere;
  std::jthread([&] { elsewhere = run(brief()); }).join();
  EXPECT_EQ(once.digest, elsewhere.digest);
  // Neither the amount of memory nor the clock is part of the contract; N and F are.
  EXPECT_EQ(once.digest, run(brief(), {16, 40, 2048, 512}).digest);
  EXPECT_NE(once.digest, run(brief(), {8, 40, 256, 256}).digest);
  EXPECT_NE(once.digest, run(brief(), {16, 24, 256, 256}).digest);
  EXPECT_NE(once.digest, run(brief(2)).digest);
}

// What every compiler, option and machine must give. Changes with the numerics contract, the data,
// or the host's arithmetic: then, and only then, it is to be replaced.
TEST(Train, KnownDigest) { EXPECT_EQ(run(brief()).digest, 0x028db0e4b739df7bu); }

TEST(Train, AnyDepth) {
  for (const std::vector<std::uint32_t>& hidden : {std::vector<std::uint32_t>{}, {7}, {33, 20}}) {
    TrainConfig config = brief();
    config.hidden = hidden;
    config.epochs = 1;
    config.batch = 50;
    const History history = run(config);
    EXPECT_LT(history.steps.back().loss, history.steps.front().loss);
    EXPECT_EQ(history.steps.front().products.size(), 3 * hidden.size() + 2);
  }
}

TEST(Train, ABatchLargerThanTheDataIsTheData) {
  TrainConfig config = brief();
  config.batch = 60000;
  EXPECT_EQ(run(config, {16, 40, 1024, 1024}).steps.size(), 2u);
}

TEST(Train, ReportsProgressAndStopsOnRequest) {
  model::FunctionalCore core(kHardware);
  std::stop_source stop;
  std::uint64_t calls = 0;
  const History history = train(
      core, brief(), load_digits(),
      [&](const TrainProgress& progress) {
        EXPECT_EQ(progress.step, ++calls);
        EXPECT_EQ(progress.steps, 90u);
        EXPECT_EQ(progress.epoch, calls <= 45 ? 0u : 1u);
        EXPECT_EQ(progress.test_accuracy < 0, calls <= 45);
        if (calls == 50) stop.request_stop();
      },
      stop.get_token());
  EXPECT_EQ(calls, 50u);
  EXPECT_FALSE(history.completed);
  EXPECT_EQ(history.steps.size(), 50u);
  EXPECT_EQ(history.epochs.size(), 1u);
}

TEST(Train, RefusesImpossibleConfigurations) {
  for (const auto& spoil : std::vector<void (*)(TrainConfig&)>{
           [](TrainConfig& c) { c.batch = 0; }, [](TrainConfig& c) { c.epochs = 0; },
           [](TrainConfig& c) { c.hidden = {0}; }, [](TrainConfig& c) { c.learning_rate = 0; },
           [](TrainConfig& c) { c.learning_rate = std::numeric_limits<float>::infinity(); },
           [](TrainConfig& c) { c.momentum = 1; }, [](TrainConfig& c) { c.momentum = -0.1f; }}) {
    TrainConfig config = brief();
    spoil(config);
    EXPECT_THROW(run(config), std::invalid_argument);
  }
  EXPECT_THROW(run(brief(), {16, 40, 8, 8}), device::AllocationError);
}

}  // namespace
}  // namespace gradcore::train
