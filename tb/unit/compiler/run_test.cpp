// SPDX-License-Identifier: Apache-2.0
#include "sw/compiler/run.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <numeric>

#include "sw/compiler/dataset.h"
#include "sw/runtime/model_device.h"
#include "tb/unit/compiler/any_order_chip.h"
#include "tb/unit/compiler/plain_training.h"

namespace gradcore::compiler {
namespace {

Network network(const std::string& name, unsigned n, const std::string& layers, unsigned batch,
                const std::string& optimizer = "{method: sgd}",
                const std::string& schedule = "{learning_rate: 0.05}") {
  return parse_network(
      fmt::format("hardware: {{n: {}, operand_kib: 256, accumulator_kib: 1024}}\n"
                  "data: {{set: synthetic, inputs: 37, classes: 5, samples: 80, "
                  "test_samples: 21}}\nlayers: [{}{{linear: 5}}]\nloss: softmax_cross_entropy\n"
                  "optimizer: {}\nschedule: {}\nbatch: {}\nepochs: 2\nseed: 3\n",
                  n, layers, optimizer, schedule, batch),
      name);
}

struct Case {
  std::string name;
  Network network;
};

std::vector<Case> cases() {
  const std::string relu = "{linear: 40, activation: relu}, ";
  const std::string wide = "{linear: 70, activation: relu}, ";
  const std::string deep =
      "{linear: 33, activation: relu}, {linear: 70, activation: tanh}, {linear: 20}, ";
  const std::string adam = "{method: adamw, weight_decay: 0.01}";
  const std::string cosine = "{learning_rate: 0.05, warmup_steps: 2, decay: cosine}";
  std::vector<Case> out;
  const auto add = [&](const std::string& name, const Network& n) { out.push_back({name, n}); };
  add("TwoGroups", network("a", 16, relu, 32));
  add("OneGroup", network("b", 16, relu, 13));
  add("SmallArray", network("c", 4, wide, 16));
  add("RaggedGroups", network("d", 8, wide, 19));
  add("NoHiddenLayer", network("e", 8, "", 20));
  add("DeepOneGroup", network("f", 16, deep, 16));
  add("Deep", network("g", 8, deep, 32));
  add("LargeArray", network("h", 32, wide, 40));
  add("Schedule", network("i", 16, relu, 32, "{method: sgd, momentum: 0.5}", cosine));
  add("AdamW", network("j", 8, relu, 16, adam, "{learning_rate: 0.01}"));
  add("AdamDeep", network("k", 16, deep, 32, "{method: adamw}", cosine));
  add("Clipped", network("l", 16, relu, 32, "{method: sgd, clip_norm: 0.5}"));
  add("ClippedDeep", network("m", 8, deep, 32, "{method: sgd, clip_norm: 2}", cosine));
  add("Guarded", network("n", 16, relu, 16, "{method: sgd, clip_norm: 1, skip_nonfinite: true}"));
  add("GuardedAdam", network("o", 8, relu, 19,
                             "{method: adamw, weight_decay: 0.1, skip_nonfinite: true}", cosine));
  // The same with weights in DRAM: one block, fewer blocks than slots, more, a multiple, or not.
  const auto stream = [&](const std::string& name, Network n) {
    n.weights = WeightPlace::kDram;
    add(name, n);
  };
  stream("StreamedOneBlock", network("p", 16, "", 32));
  stream("StreamedTwoGroups", network("q", 16, relu, 32));
  stream("StreamedSmallArray", network("r", 4, wide, 16));
  stream("StreamedDeep", network("s", 8, deep, 32, "{method: sgd, clip_norm: 2}", cosine));
  stream("StreamedAdam", network("t", 8, relu, 16, adam, "{learning_rate: 0.01}"));
  stream("StreamedAdamDeep", network("u", 16, deep, 32, "{method: adamw}", cosine));
  stream("StreamedGradients", network("w", 4, "{linear: 90, activation: relu}, ", 12));
  stream("StreamedGradientsOfGroups", network("x", 4, "{linear: 90}, {linear: 9}, ", 23));
  // One layer of four does not fit (places_test).
  Network partly = network("v", 8, deep, 32);
  partly.hardware.accumulator_kib = 148;
  add("PartlyStreamed", partly);
  return out;
}

// What the host writes for an epoch.
void copy_epoch(const Compiled& compiled, model::FunctionalChip& from, model::FunctionalChip& to) {
  for (const Region* r : {&compiled.inputs, &compiled.labels, &compiled.table}) {
    const auto bytes = from.dram().subspan(r->address, r->bytes);
    std::copy(bytes.begin(), bytes.end(), to.dram().subspan(r->address).begin());
  }
}

class Training : public testing::TestWithParam<Case> {
 protected:
  Training()
      : network_(GetParam().network),
        data_(make_dataset(network_)),
        plan_(plan_run(network_, data_)),
        compiled_(compile(network_, plan_.shape)) {}

  Matrix batch_inputs(std::span<const std::uint32_t> which) const {
    const auto bytes = input_bytes(data_.train, data_.features, which);
    return filled(which.size(), data_.features, [&](std::size_t r, std::size_t c) {
      const std::size_t at = 2 * (r * data_.features + c);
      return std::to_integer<Bits>(bytes[at]) << 16 | std::to_integer<Bits>(bytes[at + 1]) << 24;
    });
  }
  PlainTraining plain() const {
    std::vector<std::vector<float>> start;
    for (std::size_t l = 0; l < network_.layers.size(); ++l) {
      start.push_back(start_weights(network_, l));
    }
    return {network_, start};
  }

  Network network_;
  train::Dataset data_;
  RunPlan plan_;
  Compiled compiled_;
};

// Losses of every step, weights and test logits: the same bits as without tiles, groups and blocks.
TEST_P(Training, ComputesWhatPlainTrainingDoes) {
  runtime::ModelDevice chip(network_.hardware, compiled_.dram_end);
  TrainingRun run(chip, network_, plan_, compiled_, data_);
  PlainTraining want = plain();
  const std::uint32_t steps = plan_.shape.steps;
  for (std::uint32_t epoch = 0; epoch < 2; ++epoch) {
    const std::vector<float> losses = run.train_epoch();
    ASSERT_EQ(losses.size(), steps);
    const auto order =
        sample_order(network_, epoch, static_cast<std::uint32_t>(data_.train.count()));
    for (std::uint32_t s = 0; s < steps; ++s) {
      const auto which = std::span(order).subspan(s * network_.batch, network_.batch);
      std::vector<std::uint8_t> labels;
      for (const std::uint32_t i : which) labels.push_back(data_.train.labels[i]);
      const float loss = want.step(batch_inputs(which), labels, epoch * steps + s, 2 * steps);
      ASSERT_EQ(bits(losses[s]), bits(loss)) << "epoch " << epoch << " step " << s;
    }
  }
  const auto weights = run.weights();
  for (std::size_t l = 0; l < weights.size(); ++l) {
    for (std::size_t i = 0; i < weights[l].weights.size(); ++i) {
      ASSERT_EQ(bits(weights[l].weights[i]), want.layers[l].weights.data[i]) << l << ": " << i;
    }
    for (std::size_t i = 0; i < weights[l].bias.size(); ++i) {
      ASSERT_EQ(bits(weights[l].bias[i]), want.layers[l].bias.data[i]) << l << ": " << i;
    }
  }
  EXPECT_EQ(run.epochs_done(), 2u);
}

// Whatever unit is ahead.
TEST_P(Training, ResultsDoNotDependOnWhoIsAhead) {
  runtime::ModelDevice first(network_.hardware, compiled_.dram_end);
  runtime::ModelDevice chip(network_.hardware, compiled_.dram_end);
  TrainingRun in_order(first, network_, plan_, compiled_, data_);
  for (std::uint64_t seed = 1; seed <= 12; ++seed) {
    chip.free_all();
    TrainingRun run(chip, network_, plan_, compiled_, data_);
    if (seed == 1) in_order.train_epoch();
    const auto bytes = first.chip().dram();
    copy_epoch(compiled_, first.chip(), chip.chip());
    const std::size_t queue = seed % 2 == 0 ? 2 : 1000;
    AnyOrderChip(chip.chip(), network_.hardware, seed, queue).run(compiled_.train.assembly.program);
    // Every matrix that stays from step to step, and some that do not.
    ASSERT_EQ(chip.chip().local().operands(), first.chip().local().operands()) << "seed " << seed;
    ASSERT_EQ(chip.chip().local().accumulators(), first.chip().local().accumulators())
        << "seed " << seed;
    const auto after = chip.chip().dram();
    ASSERT_TRUE(std::equal(after.begin(), after.end(), bytes.begin())) << "seed " << seed;
  }
}

TEST_P(Training, EvaluatesTheTestSamples) {
  runtime::ModelDevice chip(network_.hardware, compiled_.dram_end);
  TrainingRun run(chip, network_, plan_, compiled_, data_);
  run.train_epoch();
  const std::vector<float> logits = run.test_logits();
  PlainTraining want = plain();
  const auto weights = run.weights();
  for (std::size_t l = 0; l < weights.size(); ++l) {
    for (std::size_t i = 0; i < weights[l].weights.size(); ++i) {
      want.layers[l].weights.data[i] = bits(weights[l].weights[i]);
    }
    for (std::size_t i = 0; i < weights[l].bias.size(); ++i) {
      want.layers[l].bias.data[i] = bits(weights[l].bias[i]);
    }
  }
  std::vector<std::uint32_t> all(data_.test.count());
  std::iota(all.begin(), all.end(), 0u);
  std::swap(data_.train, data_.test);
  want.forward(batch_inputs(all));
  ASSERT_EQ(logits.size(), want.layers.back().output.data.size());
  for (std::size_t i = 0; i < logits.size(); ++i) {
    ASSERT_EQ(bits(logits[i]), want.layers.back().output.data[i]) << i;
  }
}

// Whoever wants to stop a run must not wait for the end of its program.
TEST(TrainingRun, IsObserved) {
  Network long_one = cases().front().network;
  long_one.data.samples = 256 * long_one.batch;
  const train::Dataset data = make_dataset(long_one);
  const RunPlan plan = plan_run(long_one, data);
  const Compiled compiled = compile(long_one, plan.shape);
  runtime::ModelDevice chip(long_one.hardware, compiled.dram_end);
  TrainingRun run(chip, long_one, plan, compiled, data);
  const std::uint64_t before = chip.counters().instructions;
  std::uint64_t calls = 0;
  run.set_observer([&calls] { ++calls; });
  run.train_epoch();
  const std::uint64_t instructions = chip.counters().instructions - before;
  EXPECT_GT(instructions, 5000u);
  EXPECT_GT(calls, instructions / 1000);
  run.set_observer([] { throw std::runtime_error("stop"); });
  EXPECT_THROW(run.train_epoch(), std::runtime_error);
}

// The check above is alive: without the tokens of any pair of units it fails.
void expect_every_token_is_needed(const Network& deep) {
  const train::Dataset data = make_dataset(deep);
  const RunPlan plan = plan_run(deep, data);
  const Compiled compiled = compile(deep, plan.shape);
  runtime::ModelDevice want(deep.hardware, compiled.dram_end);
  TrainingRun(want, deep, plan, compiled, data).train_epoch();
  std::uint32_t used = 0;
  for (const isa::Instruction& i : compiled.train.assembly.program) {
    if (i.info()->unit != isa::Unit::kControl) used |= i.get(isa::gemm::kTake);
  }
  for (unsigned token = 0; token < kPairs; ++token) {
    if (((used >> token) & 1u) == 0) continue;
    isa::Program broken = compiled.train.assembly.program;
    for (isa::Instruction& i : broken) {
      if (i.info()->unit == isa::Unit::kControl) continue;
      i.set(isa::gemm::kTake, i.get(isa::gemm::kTake) & ~(1u << token));
    }
    bool shows = false;
    for (std::uint64_t seed = 1; seed <= 40 && !shows; ++seed) {
      runtime::ModelDevice chip(deep.hardware, compiled.dram_end);
      const TrainingRun run(chip, deep, plan, compiled, data);
      const auto bytes = want.chip().dram();
      copy_epoch(compiled, want.chip(), chip.chip());
      AnyOrderChip(chip.chip(), deep.hardware, seed, 1000).run(broken);
      const auto after = chip.chip().dram();
      shows = chip.chip().local().accumulators() != want.chip().local().accumulators() ||
              !std::equal(after.begin(), after.end(), bytes.begin());
    }
    EXPECT_TRUE(shows) << "token " << token;
  }
}

TEST(TrainingRun, MissingTokensShow) {
  for (const Case& c : cases()) {
    if (c.name != "SmallArray" && c.name != "StreamedSmallArray") continue;
    SCOPED_TRACE(c.name);
    expect_every_token_is_needed(c.network);
  }
}

INSTANTIATE_TEST_SUITE_P(Networks, Training, testing::ValuesIn(cases()),
                         [](const auto& info) { return info.param.name; });

TEST(TrainingRun, LearnsTheDigits) {
  const Network digits = load_network(GRADCORE_SOURCE_DIR "/sw/configs/digits.yaml");
  const train::Dataset data = make_dataset(digits);
  const RunPlan plan = plan_run(digits, data);
  EXPECT_EQ(plan.shape.steps, 44u);
  const Compiled compiled = compile(digits, plan.shape);
  runtime::ModelDevice chip(digits.hardware, compiled.dram_end);
  TrainingRun run(chip, digits, plan, compiled, data);
  for (std::uint32_t e = 0; e < plan.epochs; ++e) run.train_epoch();
  EXPECT_GE(run.test_accuracy(), digits.min_accuracy);
}

// One sample is infinite: the steps that meet it change nothing but the count, the others are as if
// they had never been.
TEST(TrainingRun, SkipsStepsThatAreNotFinite) {
  for (const std::string method : {"{method: sgd, skip_nonfinite: true, clip_norm: 1}",
                                   "{method: adamw, skip_nonfinite: true, weight_decay: 0.1}"}) {
    Network net = network("skips", 16, "{linear: 20, activation: relu}, ", 16, method);
    net.shuffle_each_epoch = false;
    train::Dataset data = make_dataset(net);
    const auto order = sample_order(net, 0, static_cast<std::uint32_t>(data.train.count()));
    data.train.inputs[std::size_t{order[3 * 16]} * data.features] =
        HUGE_VALF;  // in the fourth step
    std::vector<std::vector<TrainingRun::Weights>> after;
    for (const std::uint64_t steps : {3u, 4u, 5u}) {
      const RunPlan plan = plan_run(net, data, steps);
      const Compiled compiled = compile(net, plan.shape);
      runtime::ModelDevice chip(net.hardware, compiled.dram_end);
      TrainingRun run(chip, net, plan, compiled, data);
      run.train_epoch();
      after.push_back(run.weights());
      EXPECT_EQ(run.skipped(), steps > 3 ? 1u : 0u);
    }
    for (std::size_t l = 0; l < 2; ++l) {
      EXPECT_EQ(after[0][l].weights, after[1][l].weights);
      EXPECT_EQ(after[0][l].bias, after[1][l].bias);
      EXPECT_NE(after[1][l].weights, after[2][l].weights);
      for (const float w : after[2][l].weights) ASSERT_TRUE(std::isfinite(w));
    }
  }
}

// One launch of several rounds is the same as several launches.
TEST(TrainingRun, RoundsAreEpochs) {
  Network same = network("rounds", 16, "{linear: 20, activation: relu}, ", 16);
  same.shuffle_each_epoch = false;
  const train::Dataset data = make_dataset(same);
  RunPlan plan = plan_run(same, data);
  std::vector<float> one_by_one;
  std::vector<float> at_once;
  for (const bool at_one_go : {false, true}) {
    plan.shape.rounds = at_one_go ? 3 : 1;
    const Compiled compiled = compile(same, plan.shape);
    runtime::ModelDevice chip(same.hardware, compiled.dram_end);
    TrainingRun run(chip, same, plan, compiled, data);
    for (int e = 0; e < (at_one_go ? 1 : 3); ++e) {
      auto& to = at_one_go ? at_once : one_by_one;
      const auto losses = run.train_epoch();
      to.insert(to.end(), losses.begin(), losses.end());
    }
  }
  EXPECT_EQ(one_by_one, at_once);
}

TEST(TrainingRun, ARefusedInstructionIsOneSentence) {
  const Network small = network("refused", 16, "", 16);
  const train::Dataset data = make_dataset(small);
  const RunPlan plan = plan_run(small, data);
  const Compiled compiled = compile(small, plan.shape);
  runtime::ModelDevice chip(small.hardware, compiled.dram_end);
  TrainingRun run(chip, small, plan, compiled, data);
  chip.set_windows({0, chip.dram_bytes()}, {0, 0});
  try {
    run.train_epoch();
    ADD_FAILURE() << "nothing was refused";
  } catch (const ChipError& error) {
    EXPECT_THAT(error.what(), testing::HasSubstr("window"));
  }
}

TEST(PlanRun, CutsToSteps) {
  const Network some = network("plan", 16, "", 16);  // 80 samples, 2 epochs
  const train::Dataset data = make_dataset(some);
  const auto plan = [&](std::uint64_t steps) {
    const RunPlan out = plan_run(some, data, steps);
    return std::pair(out.epochs, out.shape.steps);
  };
  EXPECT_EQ(plan(0), std::pair(2u, 5u));
  EXPECT_EQ(plan(3), std::pair(1u, 3u));
  EXPECT_EQ(plan(7), std::pair(1u, 5u));
  EXPECT_EQ(plan(100), std::pair(2u, 5u));
  EXPECT_EQ(plan_run(some, data).shape.test_batches, 2u);
  Network large = some;
  large.batch = 81;
  EXPECT_THROW(plan_run(large, data), CompileError);
}

}  // namespace
}  // namespace gradcore::compiler
