// SPDX-License-Identifier: Apache-2.0
// Networks of sw/nn on the Verilated chip and on the functional one: the same bits, and in how many
// cycles.
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "tb/system/same_run.h"

namespace gradcore::harness {
namespace {

using namespace nn;  // NOLINT(google-build-using-namespace): all of it is tested here

void compare(const SmallNetwork& network, Residence residence, const AxiMemorySettings& memory) {
  Model model(network.description(), network.data, residence);
  DrawnFeed feed(network.data, network.loss == LossKind::kBinaryCrossEntropy);
  expect_same_run(model, feed, {.steps = 2, .test_batches = 1}, memory);
}

SmallNetwork gpt(unsigned n) {
  return {.name = "gpt",
          .n = n,
          .layers = fmt::format("[embedding: {0}, residual: [layer_norm, attention: 2], residual: "
                                "[layer_norm, linear: {1}, gelu, linear: {0}], layer_norm, "
                                "{{linear: classes, bias: false, tied: true}}]",
                                2 * n, 5 * n + 1),
          .data = tokens(19, 2 * n),
          .batch = 2,
          .optimizer = "{method: adamw, beta2: 0.99, weight_decay: 0.1}",
          .schedule = "{learning_rate: 0.01, warmup_steps: 2, decay: cosine}"};
}

TEST(ChipNetworks, SmallGptIsThatOfTheModel) {
  for (const unsigned n : {4u, 16u}) {
    for (const Residence residence : {Residence::kAll, Residence::kCopies}) {
      SCOPED_TRACE(fmt::format("{} x {}, residence {}", n, n, static_cast<int>(residence)));
      compare(gpt(n), residence, {});
    }
  }
}

// Norms without a mean, no biases, and a gate.
TEST(ChipNetworks, SmallLlamaIsThatOfTheModel) {
  for (const unsigned n : {4u, 16u}) {
    SCOPED_TRACE(n);
    SmallNetwork network = gpt(n);
    network.layers = fmt::format(
        "[{{embedding: {0}, positions: false}}, residual: [rms_norm, {{attention: 2, "
        "bias: false}}], residual: [rms_norm, {{linear: {1}, activation: swiglu, bias: "
        "false}}, {{linear: {0}, bias: false}}], rms_norm, {{linear: classes, bias: "
        "false}}]",
        2 * n, 5 * n);
    compare(network, Residence::kAll, {});
  }
}

// The number of the step is the random words' seed: a register of the loop.
TEST(ChipNetworks, DropoutIsThatOfTheModel) {
  for (const unsigned n : {4u, 16u}) {
    SCOPED_TRACE(n);
    SmallNetwork network = gpt(n);
    network.layers = fmt::format(
        "[embedding: {0}, dropout: 0.1, residual: [layer_norm, {{attention: 2, "
        "dropout: 0.2}}, dropout: 0.1], residual: [layer_norm, linear: {1}, gelu, "
        "linear: {0}, dropout: 0.3], layer_norm, {{linear: classes, bias: false, tied: "
        "true}}]",
        2 * n, 5 * n + 1);
    compare(network, Residence::kAll, {});
  }
}

TEST(ChipNetworks, ClippingIsThatOfTheModel) {
  SmallNetwork network = gpt(4);
  for (const char* optimizer : {"{method: adamw, weight_decay: 0.1, clip_norm: 0.3}",
                                "{method: sgd, clip_norm: 0.3, skip_nonfinite: true}"}) {
    network.optimizer = optimizer;
    for (const Residence residence : {Residence::kAll, Residence::kCopies}) {
      compare(network, residence, {});
    }
  }
}

// The other layers, and rows that belong to nobody else, in two chunks.
TEST(ChipNetworks, LayersOfEveryKindAreThoseOfTheModel) {
  compare({"mixed", 4,
           "[{linear: 9, activation: silu}, residual: [rms_norm, {linear: 9, activation: relu}], "
           "{linear: 6, activation: tanh}, linear: 1]",
           features(7, 2), 11, LossKind::kBinaryCrossEntropy, "{method: sgd}",
           "{learning_rate: 0.1, decay: linear}"},
          Residence::kWeights, {});
}

// DRAM that is slow and has moods changes when parameters come and go, and nothing else.
TEST(ChipNetworks, SmallGptWithMoodsOfDram) {
  AxiMemorySettings memory;
  memory.latency = 100;
  memory.bandwidth = 3.5;
  memory.stalls = {.ar = 0.3, .r = 0.2, .aw = 0.4, .w = 0.3, .b = 0.5};
  memory.reorder = 0.5;
  memory.interleave = true;
  compare(gpt(4), Residence::kCopies, memory);
}

// The GPT of sw/configs with a vocabulary of 65 characters: four fifths of what the array could do
// at best. Turn after turn, since what a step does ahead of the next one counts.
TEST(ChipNetworks, TheGptKeepsTheMatrixUnitBusy) {
  const Description description = load_description(GRADCORE_SOURCE_DIR "/sw/configs/gpt.yaml");
  const DataShape data = tokens(65, description.data.sequence);
  const LaunchShape shape{.steps = 2, .test_batches = 1};
  const CompiledModel best = compile_best(description, data, shape);
  const Compiled& compiled = best.compiled;
  DrawnFeed feed(data, false);
  const auto chip =
      make_rtl_chip({.hardware = description.hardware, .dram_bytes = compiled.dram_end});
  Training training(*chip, *best.model, compiled, feed, shape);
  const auto cycles_of = [&](std::uint32_t steps) {
    const std::uint64_t before = chip->counters().cycles;
    training.train(steps);
    return chip->counters().cycles - before;
  };
  const std::uint64_t one = cycles_of(1);
  const auto cycles = static_cast<double>(cycles_of(2) - one);
  EXPECT_EQ(compiled.ideal_cycles, 356'544);
  EXPECT_LE(cycles, 425'000);
}

}  // namespace
}  // namespace gradcore::harness
