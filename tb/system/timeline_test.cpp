// SPDX-License-Identifier: Apache-2.0
// The timeline of a training run on the Verilated chip, against the chip's own counters.
#include "sw/runtime/timeline.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <map>
#include <nlohmann/json.hpp>
#include <set>
#include <sstream>
#include <string>
#include <utility>
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

using nlohmann::json;

std::set<std::string> keys(const json& object) {
  std::set<std::string> out;
  for (const auto& item : object.items()) out.insert(item.key());
  return out;
}

// An event of the kinds that are written, as "Trace Event Format" (Google, 2016) has them.
void check_event(const json& event, std::set<std::pair<int, int>>& named) {
  const std::string phase = event.at("ph").get<std::string>();
  ASSERT_TRUE(event.at("pid").is_number_unsigned());
  if (phase == "M") {
    const std::string name = event.at("name").get<std::string>();
    if (name == "process_name") {
      EXPECT_EQ(keys(event), (std::set<std::string>{"ph", "pid", "name", "args"}));
    } else {
      EXPECT_EQ(keys(event), (std::set<std::string>{"ph", "pid", "tid", "name", "args"}));
      ASSERT_TRUE(event.at("tid").is_number_unsigned());
    }
    if (name == "thread_sort_index") {
      EXPECT_EQ(keys(event.at("args")), std::set<std::string>{"sort_index"});
      EXPECT_TRUE(event.at("args").at("sort_index").is_number_integer());
      return;
    }
    EXPECT_TRUE(name == "process_name" || name == "thread_name") << name;
    EXPECT_EQ(keys(event.at("args")), std::set<std::string>{"name"});
    EXPECT_FALSE(event.at("args").at("name").get<std::string>().empty());
    if (name == "thread_name") {
      EXPECT_TRUE(named.emplace(event.at("pid"), event.at("tid")).second) << "named twice";
    }
    return;
  }
  ASSERT_EQ(phase, "X");
  std::set<std::string> expected = {"ph", "pid", "tid", "ts", "dur", "name", "cat"};
  if (event.contains("args")) {
    expected.insert("args");
    EXPECT_TRUE(event.at("args").is_object());
  }
  EXPECT_EQ(keys(event), expected);
  EXPECT_TRUE(event.at("ts").is_number_unsigned());
  EXPECT_TRUE(event.at("dur").is_number_unsigned());
  EXPECT_FALSE(event.at("name").get<std::string>().empty());
  EXPECT_FALSE(event.at("cat").get<std::string>().empty());
  EXPECT_TRUE(named.contains({event.at("pid"), event.at("tid")})) << "a track without a name";
}

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

// What Perfetto and chrome://tracing need, strictly; they drop what is wrong without a word, and
// events of a track that overlap.
TEST_F(TimelineOfTraining, TheFileKeepsTheFormat) {
  if (cli::rtl_chips().empty()) GTEST_SKIP() << "no chip is Verilated";
  const runtime::InstructionNames names = cli::names_of(compiled_);
  std::ostringstream text;
  runtime::TraceWriter writer(text, names, "test");
  for (const runtime::Span& span : spans_) writer.write(span);
  writer.finish();
  const json file = json::parse(text.str());
  EXPECT_EQ(keys(file), (std::set<std::string>{"traceEvents", "displayTimeUnit", "otherData"}));
  EXPECT_EQ(file["displayTimeUnit"], "ms");
  for (const auto& item : file["otherData"].items()) EXPECT_TRUE(item.value().is_string());

  std::set<std::pair<int, int>> named;
  std::map<int, std::vector<std::pair<std::uint64_t, std::uint64_t>>> tracks;
  for (const json& event : file["traceEvents"]) {
    SCOPED_TRACE(event.dump());
    ASSERT_NO_FATAL_FAILURE(check_event(event, named));
    if (event["ph"] != "X") continue;
    const std::uint64_t begin = event["ts"];
    tracks[event["tid"]].emplace_back(begin, begin + event["dur"].get<std::uint64_t>());
  }
  EXPECT_EQ(tracks.size(), 6u);
  for (auto& [track, slices] : tracks) {
    std::sort(slices.begin(), slices.end());
    for (std::size_t i = 1; i < slices.size(); ++i) {
      EXPECT_GE(slices[i].first, slices[i - 1].second) << "on track " << track;
    }
  }
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
