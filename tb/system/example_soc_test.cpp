// SPDX-License-Identifier: Apache-2.0
// The chip trains beside another master on one DRAM (tb/examples/soc): the same bits, later.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>
#include <iostream>
#include <memory>
#include <vector>

#include "sw/compiler/compile.h"
#include "sw/compiler/dataset.h"
#include "sw/compiler/run.h"
#include "sw/runtime/chip_device.h"
#include "sw/runtime/model_device.h"
#include "tb/examples/soc/soc_chip.h"

namespace gradcore::harness {
namespace {

constexpr const char* kNetwork = R"(
hardware: {n: 4, operand_kib: 16, accumulator_kib: 32}
data: {set: digits}
layers: [{linear: 16, activation: relu}, {linear: 10}]
loss: softmax_cross_entropy
optimizer: {method: sgd, momentum: 0.9}
schedule: {learning_rate: 0.1}
batch: 8
)";
constexpr std::uint64_t kSteps = 24;

struct Training {
  compiler::Network network = compiler::parse_network(kNetwork, "test");
  train::Dataset data = compiler::make_dataset(network);
  compiler::RunPlan plan = compiler::plan_run(network, data, kSteps);
  compiler::Compiled compiled = compiler::compile(network, plan.shape);

  // What the chip may use, and behind it the other master's.
  std::uint64_t window() const {
    return (compiled.dram_end + kTrafficBytes - 1) / kTrafficBytes * kTrafficBytes;
  }
};

struct Outcome {
  std::vector<float> losses;
  std::vector<std::byte> dram;
  std::uint64_t cycles = 0, read_beats = 0, write_beats = 0;  // of the chip
  std::uint64_t run_cycles = 0;                               // of the whole run
  Traffic traffic;                                            // during it
  unsigned failures = 0;
};

// What the other master must have written in a pass, into its half of the window.
void expect_pattern(RtlChip& chip, std::uint64_t window, std::uint32_t pass) {
  std::vector<std::byte> half(kTrafficBytes / 2);
  chip.read_dram(window + pass % 2 * half.size(), half);
  for (std::uint32_t beat = 0; beat < half.size() / kAxiBytes; ++beat) {
    const std::uint32_t word = ((beat + 1) * 0x9e37'79b1u) ^ (pass * 0x85eb'ca6bu);
    const AxiBeat expected = {word, word + pass, ~word, word ^ beat};
    ASSERT_EQ(std::memcmp(&half[std::size_t{kAxiBytes} * beat], expected.data(), kAxiBytes), 0)
        << "beat " << beat;
  }
}

Outcome run(const Training& training, const AxiMemorySettings& memory, bool with_traffic) {
  const std::uint64_t bytes = training.window() + kTrafficBytes;
  TrafficPins* pins = nullptr;
  auto model = make_soc(&pins);
  const ChipSettings settings{
      .hardware = kSocHardware, .dram_bytes = bytes, .memory = memory, .traced = false};
  auto port = std::make_unique<RtlChip>(settings, std::move(model));
  RtlChip& chip = *port;
  runtime::ChipDevice device(std::move(port));
  if (with_traffic) pins->enable(true, training.window());
  const std::uint64_t begin = chip.cycles();
  Outcome out;
  compiler::TrainingRun work(device, training.network, training.plan, training.compiled,
                             training.data);
  out.losses = work.train_epoch();
  out.run_cycles = chip.cycles() - begin;
  out.traffic = pins->traffic();
  // The pass under way comes to its end.
  pins->enable(false, training.window());
  for (unsigned i = 0; i < 20'000; ++i) chip.cycle();
  EXPECT_TRUE(chip.memory().is_idle());
  out.dram.resize(training.window());
  chip.read_dram(0, out.dram);
  const runtime::Counters counters = device.counters();
  out.cycles = counters.cycles;
  out.read_beats = counters.read_beats;
  out.write_beats = counters.write_beats;
  const Traffic end = pins->traffic();
  EXPECT_EQ(end.wrong, 0u);
  EXPECT_EQ(end.errors, 0u);
  if (end.passes > 0) expect_pattern(chip, training.window(), end.passes - 1);
  EXPECT_EQ(chip.assertion_failures(), 0u);
  return out;
}

class ExampleSoc : public testing::TestWithParam<double> {};

// With the bandwidth of both buses, and with a quarter of it. DRAM reorders and stalls.
TEST_P(ExampleSoc, TrainsTheSameBitsBesideAnotherMaster) {
  const Training training;
  AxiMemorySettings memory;
  memory.ids = 2 * kAxiIds;
  memory.bandwidth = GetParam();
  memory.stalls = {.ar = 0.05, .r = 0.02, .aw = 0.05, .w = 0.02, .b = 0.1};
  memory.reorder = 0.3;
  const Outcome alone = run(training, memory, false);
  const Outcome both = run(training, memory, true);

  runtime::ModelDevice model(kSocHardware, training.window());
  compiler::TrainingRun reference(model, training.network, training.plan, training.compiled,
                                  training.data);
  EXPECT_EQ(reference.train_epoch(), both.losses);
  std::vector<std::byte> dram(training.window());
  model.read(0, dram);
  EXPECT_EQ(dram, both.dram);
  EXPECT_EQ(dram, alone.dram);
  EXPECT_EQ(alone.losses, both.losses);
  // How far instructions are read ahead of the last one depends on time: 4 beats each.
  EXPECT_NEAR(static_cast<double>(alone.read_beats), static_cast<double>(both.read_beats), 32);
  EXPECT_EQ(alone.write_beats, both.write_beats);

  // Both get on: the other master has at least a third of what DRAM can do, and the chip is less
  // than twice as slow. That neither gets two turns where both ask is an assertion of the
  // interconnect.
  EXPECT_EQ(alone.traffic.passes, 0u);
  EXPECT_GE(both.traffic.passes, 3u);
  const double beats = both.traffic.read_beats + both.traffic.write_beats;
  const double rate = beats / static_cast<double>(both.run_cycles);
  EXPECT_GT(rate, std::min(memory.bandwidth / kAxiBytes, 2.0) / 3);
  const double slower = static_cast<double>(both.cycles) / static_cast<double>(alone.cycles);
  EXPECT_LT(slower, 2.0);
  std::cout << "DRAM of " << memory.bandwidth << " bytes a cycle: a step takes "
            << both.cycles / kSteps << " cycles beside another master, " << alone.cycles / kSteps
            << " alone (" << slower << " times); the other has " << 16 * rate << " bytes a cycle\n";
}

INSTANTIATE_TEST_SUITE_P(Bandwidth, ExampleSoc, testing::Values(32.0, 8.0));

}  // namespace
}  // namespace gradcore::harness
