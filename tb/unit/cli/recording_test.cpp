// SPDX-License-Identifier: Apache-2.0
#include "sw/cli/recording.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <nlohmann/json.hpp>

#include "tb/unit/io/scratch_folder.h"

namespace gradcore::cli {
namespace {

using runtime::CountedUnit;
using testing::HasSubstr;

compiler::Network network() {
  return compiler::parse_network(R"(hardware: {n: 4, operand_kib: 16, accumulator_kib: 32}
data: {set: synthetic, inputs: 6, classes: 3, samples: 64}
layers: [{linear: 3}]
loss: softmax_cross_entropy
optimizer: {method: sgd}
schedule: {learning_rate: 0.1}
batch: 8
)",
                                 "test.yaml");
}

class RecordingTest : public testing::Test {
 protected:
  std::uint32_t train(std::size_t i) const {
    return static_cast<std::uint32_t>(compiled_.train.address + i * isa::kInstructionBytes);
  }
  tb::ScratchFolder folder_;
  const compiler::Network network_ = network();
  const compiler::Compiled compiled_ = compiler::compile(network_, {.steps = 6});
};

TEST_F(RecordingTest, WithoutAFileOrAReportNothingIsRecorded) {
  Recording recording({}, compiled_, "test");
  EXPECT_EQ(recording.timeline(), nullptr);
  recording.commit();
}

TEST_F(RecordingTest, TheFileIsCutAndThereOnlyAfterCommit) {
  const std::string path = (folder_ / "t.json").string();
  const auto record = [&](Recording& recording) {
    for (const std::uint64_t end : {1'020u, 1'050u, 1'090u, 1'120u}) {
      recording.timeline()->start(1'000, CountedUnit::kLoad, train(0));
      recording.timeline()->done(end, CountedUnit::kLoad);
    }
  };
  {
    Recording recording({.file = path, .max_cycles = 100}, compiled_, "test");
    record(recording);
  }
  EXPECT_EQ(folder_.file_count(), 0u);
  Recording recording({.file = path, .max_cycles = 100}, compiled_, "test");
  record(recording);
  EXPECT_TRUE(recording.spans().empty());
  recording.commit();
  EXPECT_EQ(folder_.file_count(), 1u);
  EXPECT_EQ(recording.written(), 3u);
  const auto json = nlohmann::json::parse(folder_.read("t.json"));
  EXPECT_EQ(json["traceEvents"].back()["name"], "train");  // the program
  EXPECT_EQ(json["traceEvents"].back()["dur"], 90);
  EXPECT_THAT(json["otherData"]["left out"].get<std::string>(),
              HasSubstr("1 instructions that ended after the first 100 cycles"));
}

TEST_F(RecordingTest, KeepsTheFirstTurnsOfTraining) {
  Recording recording({.file = "", .max_cycles = 0, .keeps_step = true}, compiled_, "test");
  const auto other = static_cast<std::uint32_t>(compiled_.evaluate.address);
  for (std::uint64_t i = 0; i < 100'000; ++i) {
    recording.timeline()->start(2 * i, CountedUnit::kMatrix, i % 2 == 0 ? other : train(0));
    recording.timeline()->done(2 * i + 1, CountedUnit::kMatrix);
  }
  EXPECT_EQ(recording.spans().size(), 5 * compiled_.train.assembly.program.size());
  EXPECT_EQ(recording.spans().front().begin, 2u);
}

TEST_F(RecordingTest, TheEstimateIsATimelineToo) {
  const auto spans = estimated_spans(compiled_, network_.hardware);
  const auto names = names_of(compiled_);
  std::array<std::uint64_t, 4> last{};
  for (const runtime::Span& span : spans) {
    ASSERT_NE(names.find(span.address), nullptr);
    std::uint64_t& end = last[static_cast<std::size_t>(span.unit)];
    EXPECT_GE(span.begin, end);
    EXPECT_GE(span.done, span.begin);
    end = span.done;
  }
  EXPECT_GT(last[0], 0u);
}

}  // namespace
}  // namespace gradcore::cli
