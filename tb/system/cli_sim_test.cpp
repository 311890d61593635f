// SPDX-License-Identifier: Apache-2.0
// `gradcore sim` as a user meets it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

#include "tb/system/program.h"
#include "tb/unit/io/scratch_folder.h"

namespace gradcore {
namespace {

using tb::expect_refusal;
using tb::Outcome;
using tb::run_gradcore;
using tb::ScratchFolder;
using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

class CliSim : public testing::Test {
 protected:
  Outcome sim(const std::string& config, std::vector<std::string> options = {},
              const tb::RunOptions& how = {}) const {
    const std::string file = folder_.file("sim.yaml", config);
    options.insert(options.begin(), {"sim", file, "--out", (folder_ / "out").string()});
    return run_gradcore(options, how);
  }

  const std::string small_ =
      "vectors: [{name: one, layer: {batch: 5, in: 6, out: 7}, values: bits}]\n"
      "training: {hidden: [16], epochs: 1, min_accuracy: 0.5}\n";
  ScratchFolder folder_;
};

TEST_F(CliSim, PassesOnTheRtl) {
  const Outcome outcome =
      sim(small_, {"--n", "8", "--seed", "7", "--json", (folder_ / "r.json").string()});
  EXPECT_EQ(outcome.exit_code, 0) << outcome.out << outcome.err;
  EXPECT_THAT(outcome.out, AllOf(HasSubstr("GradCore 8 x 8"), HasSubstr("seed 7"),
                                 HasSubstr("dX    5 x 7 x 6"), HasSubstr("3 of 3 vectors passed"),
                                 HasSubstr("same bits as model  losses of all 44 steps")));
  EXPECT_TRUE(outcome.out.ends_with("\nPASS\n"));
  EXPECT_TRUE(std::filesystem::exists(folder_ / "out" / "loss.csv"));
  EXPECT_THAT(folder_.read("r.json"),
              AllOf(HasSubstr("\"passed\": true"), HasSubstr("\"bit_identical\": true")));
}

TEST_F(CliSim, ThreadsDoNotChangeTheResult) {
  const Outcome one = sim(small_, {"--backend", "model", "--threads", "1"});
  const Outcome two = sim(small_, {"--backend", "model", "--threads", "2"});
  EXPECT_EQ(one.exit_code, 0);
  EXPECT_EQ(one.out, two.out);
}

TEST_F(CliSim, FailsBelowTheAccuracy) {
  const Outcome outcome = sim(small_ + "seed: 3\n", {"--backend", "model", "--log-level", "off"});
  EXPECT_EQ(outcome.exit_code, 0);
  const Outcome failed =
      sim("vectors: [{name: one, layer: {batch: 5, in: 6, out: 7}}]\n"
          "training: {hidden: [4], epochs: 1, min_accuracy: 1, learning_rate: 1e-6}\n",
          {"--backend", "model", "--log-level", "off"});
  EXPECT_EQ(failed.exit_code, 1);
  EXPECT_THAT(failed.out, HasSubstr("at least 100.00 % needed: FAIL"));
  EXPECT_TRUE(failed.out.ends_with("\nFAIL\n"));
}

TEST_F(CliSim, NothingRunsWithAWrongConfiguration) {
  const Outcome outcome = sim("hardware:\n  n: 16\n  opernd_kib: 64\n");
  expect_refusal(outcome, 1,
                 "sim.yaml:3:3: unknown key 'opernd_kib' in hardware, expected n, f, operand_kib "
                 "or accumulator_kib (nearest valid key: operand_kib)");
  EXPECT_EQ(outcome.out, "");
  EXPECT_FALSE(std::filesystem::exists(folder_ / "out"));
  expect_refusal(sim("training: {epochs: many}"), 1, "sim.yaml:1:20: training.epochs is 'many'");
  expect_refusal(run_gradcore({"sim", "/no/such.yaml"}), 1, "cannot read '/no/such.yaml'");
  expect_refusal(sim("", {"--config", "other.yaml"}), 2, "expected one");
  expect_refusal(sim("hardware: {n: 4, operand_kib: 1}", {"--n", "32"}), 2, "too small");
}

TEST_F(CliSim, LogsIntoAFile) {
  const Outcome outcome = sim(small_, {"--backend", "model", "--log-file",
                                       (folder_ / "run.log").string(), "--log-level", "debug"});
  EXPECT_EQ(outcome.exit_code, 0);
  EXPECT_THAT(outcome.err, Not(HasSubstr("debug:")));
  EXPECT_THAT(folder_.read("run.log"), HasSubstr("debug: configuration "));
  EXPECT_THAT(folder_.read("run.log"), HasSubstr("debug: epoch 1: loss "));
  expect_refusal(sim(small_, {"--log-file", "/no/such/y.log"}), 1, "there is no folder '/no/such'");
  expect_refusal(sim(small_, {"--log-file", "/no/such/folder\n/x/y.log", "--log-file", "/dev"}), 2,
                 "--log-file");
  expect_refusal(sim(small_, {"--log-file", "/dev"}), 1, "cannot write the log '/dev'");
}

TEST_F(CliSim, CtrlCDuringTraining) {
  tb::RunOptions how;
  how.interrupt_after_text = "Training on the chip:";
  const Outcome outcome =
      sim("vectors: [{name: one, layer: {batch: 5, in: 6, out: 7}}]\ntraining: {epochs: 100000}\n",
          {"--backend", "model"}, how);
  EXPECT_EQ(outcome.exit_code, 130) << outcome.err;
  EXPECT_TRUE(std::filesystem::is_empty(folder_ / "out"));
}

TEST_F(CliSim, OutputThatCannotBeWritten) {
  tb::RunOptions how;
  how.stdout_to = "/dev/full";
  const Outcome outcome = sim(small_, {"--backend", "model"}, how);
  EXPECT_EQ(outcome.exit_code, 1);
  EXPECT_THAT(outcome.err, HasSubstr("gradcore: cannot write to standard output\n"));
  expect_refusal(sim(small_, {"--json", "/no/such/r.json", "--log-level", "off"}), 1,
                 "there is no directory '/no/such'");
}

}  // namespace
}  // namespace gradcore
