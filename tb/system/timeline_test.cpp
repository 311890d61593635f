// SPDX-License-Identifier: Apache-2.0
// The timeline of a training run on the Verilated chip, against the chip's own counters.
#include "sw/runtime/timeline.h"

#include <gtest/gtest.h>

#include <array>
#include <vector>

#include "sw/cli/chip.h"
#include "sw/cli/recording.h"
#include "sw/compiler/dataset.h"
#include "sw/compiler/run.h"
#include "sw/report/page.h"

namespace gradcore {
namespace {

constexpr const char* kNetwork = R"(
hardware: {n: 4, operand_kib: 16, accumulator_kib: 32}
memory: {latency: 25, bandwidth: 8, stalls: {ar: 0.1, r: 0.2, aw: 0.1, w: 0.2, b: 0.3}}
data: {set: synthetic, inputs: 10, classes: 3, samples: 96, test_samples: 16}
layers: [{linear: 8, activation: relu}, {linear: 3}]
loss: softmax_cross_entropy
optimizer: {method: sgd}
schedule: {learning_rate: 0.05}
batch: 8
epochs: 2
)";

class TimelineOfTraining : public testing::Test {
 protected:
  TimelineOfTraining() {
    if (cli::rtl_chips().empty()) return;
    const auto chip =
        cli::make_chip({"rtl", network_.hardware, compiled_.dram_end, network_.memory, &timeline_});
    compiler::TrainingRun run(*chip, network_, plan_, compiled_, data_);
    for (std::uint32_t e = 0; e < plan_.epochs; ++e) run.train_epoch();
    run.test_accuracy();
    counters_ = chip->counters();
  }

  const compiler::Network network_ = compiler::parse_network(kNetwork, "test.yaml");
  const train::Dataset data_ = compiler::make_dataset(network_);
  const compiler::RunPlan plan_ = compiler::plan_run(network_, data_);
  const compiler::Compiled compiled_ = compiler::compile(network_, plan_.shape);
  std::vector<runtime::Span> spans_;
  runtime::Timeline timeline_{[this](const runtime::Span& span) { spans_.push_back(span); }};
  runtime::Counters counters_;
};

TEST_F(TimelineOfTraining, LastsAsLongAsTheCountersSay) {
  if (cli::rtl_chips().empty()) GTEST_SKIP() << "no chip is Verilated";
  EXPECT_EQ(timeline_.in_work(), 0u);
  std::array<std::uint64_t, 4> sum{}, last{}, count{};
  for (const runtime::Span& span : spans_) {
    const auto u = static_cast<std::size_t>(span.unit);
    EXPECT_LT(span.accepted, span.done);
    EXPECT_LE(span.accepted, span.begin);
    EXPECT_GE(span.begin, last[u]) << "two instructions of a unit overlap";
    last[u] = span.done;
    sum[u] += span.cycles();
    ++count[u];
  }
  for (std::size_t u = 0; u < sum.size(); ++u) {
    SCOPED_TRACE(runtime::kCountedUnitNames[u]);
    EXPECT_GT(count[u], 20u);
    // A unit also counts as busy in the cycle in which it is offered its first instruction.
    const std::uint64_t work = counters_.units[u].busy + counters_.units[u].memory;
    EXPECT_LE(sum[u], work);
    EXPECT_GE(sum[u] + 2 * count[u], work);
  }
}

TEST_F(TimelineOfTraining, KnowsEveryInstruction) {
  if (cli::rtl_chips().empty()) GTEST_SKIP() << "no chip is Verilated";
  const runtime::InstructionNames names = cli::names_of(compiled_);
  std::size_t losses = 0;
  for (const runtime::Span& span : spans_) {
    const auto* const entry = names.find(span.address);
    ASSERT_NE(entry, nullptr) << std::hex << span.address;
    const auto unit = static_cast<std::size_t>(entry->instruction.info()->unit);
    EXPECT_EQ(unit, 1 + static_cast<std::size_t>(span.unit)) << entry->name;
    if (span.unit == runtime::CountedUnit::kStore && entry->note == "loss") ++losses;
  }
  EXPECT_EQ(losses, 2u * 12);  // one a step
}

TEST_F(TimelineOfTraining, TurnsOfTheLoopAreFound) {
  if (cli::rtl_chips().empty()) GTEST_SKIP() << "no chip is Verilated";
  const auto window = report::step_window(spans_, compiled_.train.assembly.program,
                                          static_cast<std::uint32_t>(compiled_.train.address));
  ASSERT_TRUE(window);
  const double mean = static_cast<double>(counters_.cycles) / 24;
  EXPECT_GT(static_cast<double>(window->to - window->from), 0.5 * mean);
  EXPECT_LT(static_cast<double>(window->to - window->from), 1.5 * mean);
}

}  // namespace
}  // namespace gradcore
