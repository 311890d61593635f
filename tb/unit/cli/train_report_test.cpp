// SPDX-License-Identifier: Apache-2.0
#include "sw/cli/train_report.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>

#include "sw/cli/recording.h"
#include "tb/unit/io/scratch_folder.h"
#include "tb/unit/report/well_formed.h"

namespace gradcore::cli {
namespace {

using testing::HasSubstr;

const std::string kNetwork = R"(hardware: {n: 4, operand_kib: 16, accumulator_kib: 32}
memory: {latency: 77, stalls: {r: 0.5}, reorder: 0.25, interleave: true}
data: {set: synthetic, inputs: 6, classes: 3, samples: 64}
layers: [{linear: 5, activation: tanh}, {linear: 3}]
loss: softmax_cross_entropy
optimizer: {method: adamw, weight_decay: 0.5, skip_nonfinite: true}
schedule: {learning_rate: 0.1, warmup_steps: 2, decay: cosine}
batch: 8
epochs: 2
)";

class TrainReport : public testing::Test {
 protected:
  TrainReport() {
    plan_.epochs = 2;
    plan_.shape.steps = 6;
    compiled_ = compiler::compile(network_, plan_.shape);
    result_.losses = {4, 3, 2, 1};
    result_.accuracy = {0.5, 0.75};
    result_.seconds = 2;
    result_.estimated = 2 * compiled_.ideal_cycles;
  }
  report::Report make(const std::vector<runtime::Span>& spans = {}) const {
    return make_report({"rtl", network_, plan_, compiled_, result_}, spans);
  }
  // Rows of a table as a map.
  static std::map<std::string, std::string> map_of(
      const std::vector<std::pair<std::string, std::string>>& rows) {
    return {rows.begin(), rows.end()};
  }

  const compiler::Network network_ = compiler::parse_network(kNetwork, "test.yaml");
  compiler::RunPlan plan_;
  compiler::Compiled compiled_;
  TrainResult result_;
};

TEST_F(TrainReport, FiguresComeFromTheCounters) {
  result_.counters.has_clock = true;
  result_.counters.cycles = static_cast<std::uint64_t>(16 * compiled_.ideal_cycles);
  result_.counters.read_beats = 4 * 100;
  result_.counters.write_beats = 4;
  result_.counters.units[0] = {.busy = result_.counters.cycles, .token = 0, .memory = 0};
  const report::Report report = make();
  auto figures = map_of(report.figures);
  EXPECT_EQ(figures["loss"], "4.0000 in the first step, 1.0000 in the last");
  EXPECT_EQ(figures["test accuracy"], "75.00 %");
  EXPECT_EQ(figures["utilisation"], "25.00 % of the array's MACs");
  EXPECT_EQ(figures["DRAM, bytes a step"], "1,600 read, 16 written");
  EXPECT_THAT(figures["estimated cycles a step"], HasSubstr("utilisation 50.00 %"));
  ASSERT_EQ(report.bars.size(), 5u);
  EXPECT_EQ(report.bars[0].name, "MACs");
  EXPECT_NEAR(report.bars[0].parts[0].share, 0.25, 0.001);
  EXPECT_EQ(report.bars[1].parts[0].share, 1);
  EXPECT_THAT(map_of(report.configuration)["DRAM"],
              HasSubstr("latency 77 to read, 20 to write, 16 bytes a cycle, stalls ar 0, r 0.5"));
}

TEST_F(TrainReport, TheConfigurationIsInWords) {
  auto configuration = map_of(make().configuration);
  EXPECT_EQ(configuration["array"], "4 x 4, F = 40");
  EXPECT_EQ(configuration["layer 1"], "linear 5, tanh");
  EXPECT_EQ(configuration["layer 2"], "linear 3, softmax cross-entropy");
  EXPECT_THAT(configuration["optimizer"], HasSubstr("AdamW"));
  EXPECT_THAT(configuration["optimizer"], HasSubstr("not finite skipped"));
  EXPECT_EQ(configuration["learning rate"], "0.1, 2 to warm up, decay cosine to 0");
  EXPECT_EQ(configuration["epochs"], "2 of 6 steps");
  EXPECT_FALSE(configuration.contains("DRAM"));  // of a model without a clock it says nothing
}

TEST_F(TrainReport, MemoryPlansAreWhole) {
  const report::Report report = make();
  ASSERT_EQ(report.tables.size(), 3u);
  EXPECT_GE(report.tables[0].rows.size(), 4u + 4u);
  std::size_t matrices = 0;
  for (const std::size_t t : {1u, 2u}) matrices += report.tables[t].rows.size();
  EXPECT_EQ(matrices, compiled_.local.size());
  EXPECT_THAT(report.tables[1].title, HasSubstr("of 512 tiles"));
}

TEST_F(TrainReport, WithoutSpansTheStepIsAnEstimate) {
  const report::Report estimated = make();
  EXPECT_THAT(estimated.step_note, HasSubstr("estimate"));
  EXPECT_FALSE(estimated.spans.empty());
  const auto spans = estimated_spans(compiled_, network_.hardware);
  const report::Report measured = make(spans);
  EXPECT_THAT(measured.step_note, HasSubstr("As measured"));
  EXPECT_EQ(measured.step.from, estimated.step.from);
  // Too little was recorded for a picture.
  EXPECT_TRUE(make({spans.front()}).spans.empty());
}

TEST_F(TrainReport, IsWrittenWholeAndNeedsNothing) {
  const tb::ScratchFolder folder;
  write_report((folder / "r.html").string(), make());
  tb::expect_self_contained(folder.read("r.html"));
  EXPECT_EQ(folder.file_count(), 1u);
}

}  // namespace
}  // namespace gradcore::cli
