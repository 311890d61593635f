// SPDX-License-Identifier: Apache-2.0
// Whole training runs on the Verilated chip and on the functional one: the same bits whatever DRAM
// does, and in how many cycles.
#include <gtest/gtest.h>

#include <memory>
#include <numeric>
#include <string>
#include <utility>
#include <vector>

#include "sw/compiler/compile.h"
#include "sw/compiler/dataset.h"
#include "sw/compiler/estimate.h"
#include "sw/compiler/run.h"
#include "sw/runtime/model_device.h"
#include "tb/harness/mismatch_report.h"
#include "tb/harness/rtl_chip.h"
#include "tb/harness/waveform.h"

namespace gradcore::harness {
namespace {

using compiler::Network;

constexpr std::uint64_t kDram = 16u << 20;

std::vector<std::byte> dram_of(runtime::Device& device) {
  std::vector<std::byte> bytes(device.dram_bytes());
  device.read(0, bytes);
  return bytes;
}

// A network, its data and its programs for a number of steps.
struct Training {
  Training(const Network& of, std::uint64_t steps)
      : network(of),
        data(compiler::make_dataset(network)),
        plan(compiler::plan_run(network, data, steps)),
        compiled(compiler::compile(network, plan.shape)) {}

  std::vector<float> run(runtime::Device& device) const {
    compiler::TrainingRun training(device, network, plan, compiled, data);
    return training.train_epoch();
  }

  Network network;
  train::Dataset data;
  compiler::RunPlan plan;
  compiler::Compiled compiled;
};

// Records the chip if somebody has asked for waveforms; a test's chips are numbered.
void record(RtlChip& chip) {
  static unsigned number = 0;
  const testing::TestInfo& test = *testing::UnitTest::GetInstance()->current_test_info();
  const std::string name = file_name(std::string(test.test_suite_name()) + "." + test.name() + "." +
                                     std::to_string(++number) + ".fst");
  chip.record(*waves_from_environment() / name, 0, Waveform::kDefaultLimit);
}

// Losses and all of DRAM, after the same run on both. Returns the chip's counters.
runtime::Counters compare(const Training& training, const AxiMemorySettings& memory) {
  const device::Hardware& hardware = training.network.hardware;
  runtime::ModelDevice model(hardware, kDram);
  RtlChip* chip = nullptr;
  const bool is_recorded = waves_from_environment().has_value();
  const auto rtl = make_rtl_chip(
      {.hardware = hardware, .dram_bytes = kDram, .memory = memory, .traced = is_recorded}, &chip);
  if (is_recorded) record(*chip);
  EXPECT_EQ(training.run(model), training.run(*rtl));
  EXPECT_EQ(dram_of(model), dram_of(*rtl));
  EXPECT_EQ(chip->assertion_failures(), 0u);
  const runtime::Counters counters = rtl->counters();
  for (std::size_t u = 0; u < counters.units.size(); ++u) {
    const runtime::UnitCounters& unit = counters.units[u];
    EXPECT_EQ(unit.busy + unit.token + unit.memory + unit.idle, counters.cycles)
        << runtime::kCountedUnitNames[u];
  }
  return counters;
}

Network load(const char* name, unsigned n) {
  Network network = compiler::load_network(std::string(GRADCORE_SOURCE_DIR "/sw/configs/") + name);
  network.hardware.n = n;
  return network;
}

TEST(ChipTraining, DigitsOnEverySize) {
  for (const unsigned n : {4u, 8u, 16u}) {
    SCOPED_TRACE(n);
    compare(Training(load("digits.yaml", n), 4), {});
  }
}

// Tanh, three hidden layers, clipping, skipping, AdamW, batches that fill no tile, schedules.
TEST(ChipTraining, NetworksOfEveryKind) {
  const std::string deep =
      "{linear: 33, activation: relu}, {linear: 70, activation: tanh}, {linear: 20}, ";
  const auto network = [](const std::string& layers, const std::string& optimizer, unsigned batch) {
    return compiler::parse_network(
        "hardware: {n: 8}\ndata: {set: synthetic, inputs: 37, classes: 5, samples: 80}\n"
        "layers: [" +
            layers + "{linear: 5}]\nloss: softmax_cross_entropy\noptimizer: " + optimizer +
            "\nschedule: {learning_rate: 0.05, warmup_steps: 2, decay: cosine}\nbatch: " +
            std::to_string(batch) + "\n",
        "test");
  };
  compare(Training(network(deep, "{method: sgd, clip_norm: 1, skip_nonfinite: true}", 32), 0), {});
  compare(Training(network(deep, "{method: adamw, weight_decay: 0.01}", 8), 0), {});
  compare(Training(network("{linear: 70}, ", "{method: sgd}", 5), 0), {});
  compare(Training(network("", "{method: adamw, skip_nonfinite: true}", 19), 0), {});
  Network streamed = network(deep, "{method: adamw, clip_norm: 1}", 32);
  streamed.weights = compiler::WeightPlace::kDram;
  compare(Training(streamed, 0), {});
}

// A slow and moody DRAM changes when things happen, and nothing else.
TEST(ChipTraining, DigitsWithEveryMoodOfDram) {
  const Training training(load("digits.yaml", 4), 3);
  for (const std::uint64_t seed : {1, 2, 3}) {
    AxiMemorySettings memory;
    memory.latency = 100;
    memory.bandwidth = seed == 1 ? 16 : 3.5;
    memory.stalls = {.ar = 0.3, .r = 0.2, .aw = 0.4, .w = 0.3, .b = 0.5};
    memory.reorder = 0.5;
    memory.interleave = seed == 2;
    memory.max_reads = seed == 3 ? 1 : 16;
    memory.seed = seed;
    compare(training, memory);
  }
}

// The benchmark's step, everything on the chip: at least 95 % of what the array could do at best,
// wall to wall. Every cycle of the loop counts: two runs differ by six turns of it.
TEST(ChipTraining, TheMlpKeepsTheMatrixUnitBusy) {
  const Network mlp = load("mlp.yaml", 16);
  const Training six(mlp, 6);
  const Training twelve(mlp, 12);
  const runtime::Counters few = compare(six, {});
  const runtime::Counters many = compare(twelve, {});
  const double cycles = static_cast<double>(many.cycles - few.cycles) / 6;
  EXPECT_EQ(six.compiled.ideal_cycles, 25'568);
  EXPECT_GE(six.compiled.ideal_cycles / cycles, 0.95) << cycles << " cycles a step";
}

// With the optimizer's passes of their own the vector unit sets the pace: near to what the program
// takes when nobody waits for a bank of local memory.
TEST(ChipTraining, OptimizersKeepTheVectorUnitBusy) {
  Network clipped = load("mlp.yaml", 16);
  clipped.optimizer.clip_norm = 1;
  Network adam = load("mlp.yaml", 16);
  adam.optimizer.method = compiler::Method::kAdamW;
  for (const auto& [network, most] : {std::pair(clipped, 1.15), std::pair(adam, 1.10)}) {
    const Training three(network, 3);
    const Training six(network, 6);
    const double cycles =
        static_cast<double>(compare(six, {}).cycles - compare(three, {}).cycles) / 3;
    const isa::Program& program = six.compiled.train.assembly.program;
    const double estimated =
        compiler::cycles_of_turn(program, compiler::estimate(program, network.hardware));
    EXPECT_GT(estimated, six.compiled.ideal_cycles);
    EXPECT_LE(cycles, most * estimated) << cycles << " cycles a step";
  }
}

// With weights and state in DRAM the traffic sets the pace: within 10 % of what DRAM alone needs
// for a step's bytes.
TEST(ChipTraining, WeightsInDramKeepDramBusy) {
  Network mlp = load("mlp.yaml", 16);
  mlp.weights = compiler::WeightPlace::kDram;
  const Training three(mlp, 3);
  const Training six(mlp, 6);
  const double cycles =
      static_cast<double>(compare(six, {}).cycles - compare(three, {}).cycles) / 3;
  // Weights and velocity there and back.
  constexpr std::uint64_t kWeights = 784 * 128 + 128 * 10;
  EXPECT_GE(six.compiled.step_dram_bytes, 16 * kWeights);
  EXPECT_LE(cycles, 1.10 * static_cast<double>(six.compiled.step_dram_bytes) / 16)
      << cycles << " cycles a step";
}

}  // namespace
}  // namespace gradcore::harness
