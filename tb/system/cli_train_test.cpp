// SPDX-License-Identifier: Apache-2.0
// gradcore train as a user meets it.
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "sw/io/npy.h"
#include "tb/system/program.h"
#include "tb/unit/io/scratch_folder.h"

namespace gradcore {
namespace {

using tb::expect_refusal;
using tb::run_gradcore;
using testing::HasSubstr;

const std::string kDigits = GRADCORE_SOURCE_DIR "/sw/configs/digits.yaml";

class CliTrain : public testing::Test {
 protected:
  std::string path(const char* name) const { return (folder_ / name).string(); }
  tb::ScratchFolder folder_;
};

TEST_F(CliTrain, TrainsTheDigits) {
  const auto outcome = run_gradcore({"train", kDigits, "--json", path("r.json"), "--listing",
                                     path("l.txt"), "--export", path("data")});
  EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
  EXPECT_THAT(outcome.out, HasSubstr("64-128-10 on 1437 samples, 360 for the test"));
  EXPECT_THAT(outcome.out, HasSubstr("PASS"));
  EXPECT_THAT(outcome.err, HasSubstr("training: 100 %"));
  const auto json = nlohmann::json::parse(folder_.read("r.json"));
  EXPECT_EQ(json["steps"], 12 * 44);
  EXPECT_EQ(json["losses"].size(), 12u * 44);
  EXPECT_GE(json["test_accuracy"].back(), 0.95);
  EXPECT_THAT(folder_.read("l.txt"), HasSubstr("# Program train"));
  EXPECT_EQ(io::load_npy(path("data/end_w1.npy")).shape, (std::vector<std::size_t>{64, 128}));
  EXPECT_NE(folder_.read("data/start_b2.npy"), folder_.read("data/end_b2.npy"));
  EXPECT_EQ(io::load_npy(path("data/order.npy")).shape, (std::vector<std::size_t>{12, 44 * 32}));
}

TEST_F(CliTrain, CutShortItStillPasses) {
  const auto outcome = run_gradcore({"train", kDigits, "--steps", "3", "--seed", "5"});
  EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
  EXPECT_THAT(outcome.out, HasSubstr("1 epochs of 3 steps"));
  EXPECT_THAT(outcome.out, HasSubstr("seed 5"));
}

// The same losses from the simulated chip, and where its cycles went.
TEST_F(CliTrain, TheSimulatedChipComputesTheSame) {
  const auto losses = [&](const std::string& backend) {
    const auto outcome = run_gradcore(
        {"train", kDigits, "--steps", "8", "--backend", backend, "--json", path("r.json")});
    EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
    return nlohmann::json::parse(folder_.read("r.json"));
  };
  const auto model = losses("model");
  const auto rtl = losses("rtl");
  EXPECT_EQ(model["losses"], rtl["losses"]);
  EXPECT_EQ(model["test_accuracy"], rtl["test_accuracy"]);
  EXPECT_GT(rtl["cycles"], 8 * rtl["ideal_cycles"].get<double>());
  EXPECT_GT(rtl["units"]["matrix"]["busy"], 0);
}

TEST_F(CliTrain, FailsBelowTheAccuracyAskedFor) {
  const std::string easy = folder_.file(
      "n.yaml",
      "data: {set: synthetic, inputs: 8, classes: 4, samples: 64}\nlayers: [{linear: 4}]\n"
      "loss: softmax_cross_entropy\noptimizer: {method: sgd}\nschedule: {learning_rate: 1e-6}\n"
      "epochs: 1\nmin_accuracy: 1\n");
  const auto outcome = run_gradcore({"train", easy});
  EXPECT_EQ(outcome.exit_code, 1);
  EXPECT_THAT(outcome.out, HasSubstr("FAIL"));
}

TEST_F(CliTrain, RefusesInOneSentence) {
  expect_refusal(run_gradcore({"train"}), 2, "file is required");
  expect_refusal(run_gradcore({"train", "/no/such.yaml"}), 1, "/no/such.yaml");
  expect_refusal(run_gradcore({"train", kDigits, "--steps", "0"}), 2, "whole number");
  const std::string large = folder_.file(
      "n.yaml",
      "data: {set: synthetic, inputs: 2000, classes: 4, samples: 64}\nlayers: [{linear: 2000}, "
      "{linear: 4}]\nloss: softmax_cross_entropy\noptimizer: {method: sgd}\n"
      "schedule: {learning_rate: 0.1}\n");
  expect_refusal(run_gradcore({"train", large}), 1, "the network needs");
}

}  // namespace
}  // namespace gradcore
