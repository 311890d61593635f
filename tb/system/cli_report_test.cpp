// SPDX-License-Identifier: Apache-2.0
// gradcore train --report and --timeline as a user meets them.
#include <gtest/gtest.h>

#include <map>
#include <nlohmann/json.hpp>

#include "sw/cli/chip.h"
#include "tb/system/program.h"
#include "tb/unit/io/scratch_folder.h"
#include "tb/unit/report/well_formed.h"

namespace gradcore {
namespace {

using nlohmann::json;
using tb::expect_refusal;
using tb::expect_self_contained;
using tb::run_gradcore;
using testing::HasSubstr;
using testing::Not;

const std::string kTiny = R"(hardware: {n: 4, operand_kib: 16, accumulator_kib: 32}
data: {set: synthetic, inputs: 10, classes: 3, samples: 96, test_samples: 16}
layers: [{linear: 8, activation: relu}, {linear: 3}]
loss: softmax_cross_entropy
optimizer: {method: sgd}
schedule: {learning_rate: 0.05}
batch: 8
epochs: 2
)";

class CliReport : public testing::Test {
 protected:
  std::string path(const char* name) const { return (folder_ / name).string(); }
  tb::ScratchFolder folder_;
  const std::string tiny_ = folder_.file("tiny.yaml", kTiny);
};

class CliReportOfRtl : public CliReport {
 protected:
  void SetUp() override {
    if (cli::rtl_chips().empty()) GTEST_SKIP() << "no chip is Verilated";
  }
  // The results of a run with more options.
  json train(const std::string& network, std::vector<std::string> options) {
    options.insert(options.begin(), {"train", network, "--backend", "rtl", "--json", path("j")});
    const auto outcome = run_gradcore(options);
    EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
    return json::parse(folder_.read("j"));
  }
};

TEST_F(CliReportOfRtl, WritesBoth) {
  const json results = train(tiny_, {"--report", path("r.html"), "--timeline", path("t.json")});
  EXPECT_EQ(results["steps"], 24);
  EXPECT_GT(results["cycles"], results["ideal_cycles"].get<double>() * 24);

  const std::string html = folder_.read("r.html");
  expect_self_contained(html);
  EXPECT_THAT(html, HasSubstr("Training 10-8-3 on GradCore 4 x 4"));
  EXPECT_THAT(html, HasSubstr("the Verilated chip"));
  EXPECT_THAT(html, HasSubstr("matrix: busy"));
  EXPECT_THAT(html, HasSubstr("As measured."));
  EXPECT_THAT(html, HasSubstr("layer 1 forward"));
  EXPECT_THAT(html, HasSubstr("bfloat16 weights of layer 1"));

  const json timeline = json::parse(folder_.read("t.json"));
  EXPECT_EQ(timeline["otherData"]["left out"], "nothing");
  std::map<int, std::uint64_t> last;
  std::map<std::string, int> programs, turns;
  for (const json& event : timeline["traceEvents"]) {
    if (event["ph"] != "X") continue;
    const auto begin = event["ts"].get<std::uint64_t>();
    std::uint64_t& end = last[event["tid"].get<int>()];
    EXPECT_GE(begin, end);
    end = begin + event["dur"].get<std::uint64_t>();
    ++programs[event["cat"].get<std::string>()];
    if (event["tid"] == 6) ++turns[event["cat"].get<std::string>()];
  }
  EXPECT_EQ(last.size(), 4u + 2);
  EXPECT_EQ(turns["train"], 24);   // a step each
  EXPECT_EQ(programs.size(), 3u);  // initialise, train, evaluate; nothing asks for save
  EXPECT_EQ(programs.count("unknown"), 0u);
}

TEST_F(CliReportOfRtl, TheTimelineIsCutWhereAsked) {
  train(tiny_, {"--timeline", path("all.json")});
  train(tiny_, {"--timeline", path("cut.json"), "--timeline-cycles", "3000"});
  const json cut = json::parse(folder_.read("cut.json"));
  EXPECT_LT(cut["traceEvents"].size(),
            json::parse(folder_.read("all.json"))["traceEvents"].size() / 2);
  EXPECT_THAT(cut["otherData"]["left out"].get<std::string>(), HasSubstr("first 3000 cycles"));
}

TEST_F(CliReportOfRtl, MemoryCostsCyclesAndChangesNothing) {
  const json fast = train(tiny_, {});
  const std::string slow = folder_.file(
      "slow.yaml",
      kTiny + "memory: {latency: 300, bandwidth: 2, reorder: 0.5, interleave: true}\n");
  const json late = train(slow, {"--report", path("r.html")});
  EXPECT_GT(late["cycles"], fast["cycles"].get<std::uint64_t>() * 11 / 10);
  EXPECT_EQ(late["losses"], fast["losses"]);
  EXPECT_EQ(late["test_accuracy"], fast["test_accuracy"]);
  EXPECT_THAT(folder_.read("r.html"), HasSubstr("latency 300 to read"));
  const auto model = run_gradcore({"train", tiny_, "--json", path("m")});
  EXPECT_EQ(json::parse(folder_.read("m"))["losses"], fast["losses"]);
}

TEST_F(CliReportOfRtl, CtrlCLeavesNothing) {
  std::string text = kTiny;
  text.replace(text.find("epochs: 2"), 9, "epochs: 100000");
  const std::string endless = folder_.file("endless.yaml", text);
  const std::size_t before = folder_.file_count();
  tb::RunOptions options;
  options.interrupt_after_text = "Training: ";
  const auto outcome = run_gradcore(
      {"train", endless, "--backend", "rtl", "--report", path("r.html"), "--timeline", path("t")},
      options);
  expect_refusal(
      {outcome.exit_code, outcome.out, outcome.err.substr(outcome.err.find("gradcore: "))}, 130,
      "interrupted");
  EXPECT_EQ(folder_.file_count(), before);
}

TEST_F(CliReportOfRtl, CtrlCEndsTheFunctionalChipToo) {
  std::string text = kTiny;
  text.replace(text.find("epochs: 2"), 9, "epochs: 100000");
  tb::RunOptions options;
  options.interrupt_after_text = "Training: ";
  const auto outcome = run_gradcore({"train", folder_.file("endless.yaml", text)}, options);
  EXPECT_EQ(outcome.exit_code, 130);
  EXPECT_THAT(outcome.err, HasSubstr("gradcore: interrupted"));
}

TEST_F(CliReportOfRtl, SaysWhichChipsThereAre) {
  std::string text = kTiny;
  text.replace(text.find("n: 4"), 4, "n: 4, f: 30");
  const std::string other = folder_.file("other.yaml", text);
  expect_refusal(run_gradcore({"train", other, "--backend", "rtl"}), 1, "no chip is built for");
  EXPECT_EQ(run_gradcore({"cores", "--missing", "--network", other}).out, "4:30:16:32\n");
  EXPECT_EQ(run_gradcore({"cores", "--missing", "--network", tiny_}).out, "");
  EXPECT_THAT(run_gradcore({"cores", "--chips"}).out, HasSubstr("4:40:16:32\n"));
}

TEST_F(CliReport, WithoutAClockTheStepIsAnEstimate) {
  const auto outcome = run_gradcore({"train", tiny_, "--report", path("r.html")});
  EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
  const std::string html = folder_.read("r.html");
  expect_self_contained(html);
  EXPECT_THAT(html, HasSubstr("By the compiler&#39;s estimate"));
  EXPECT_THAT(html, Not(HasSubstr("Where the cycles went")));
}

TEST_F(CliReport, RefusesInOneSentence) {
  expect_refusal(run_gradcore({"train", tiny_, "--timeline", path("t.json")}), 2, "has no clock");
  expect_refusal(run_gradcore({"train", tiny_, "--report", "/no/such/folder/r.html"}), 1,
                 "/no/such/folder");
  expect_refusal(run_gradcore({"train", tiny_, "--timeline-cycles", "0"}), 2, "whole number");
  EXPECT_FALSE(std::filesystem::exists(path("t.json")));
}

}  // namespace
}  // namespace gradcore
