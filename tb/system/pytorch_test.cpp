// SPDX-License-Identifier: Apache-2.0
// The scripts that compare with PyTorch. Skipped where the system's Python has no PyTorch
// (scripts/setup torch).
#include <gtest/gtest.h>
#include <sys/wait.h>

#include <cstdlib>

#include "tb/system/program.h"
#include "tb/unit/io/scratch_folder.h"

namespace gradcore {
namespace {

using testing::HasSubstr;

const std::string kSource = GRADCORE_SOURCE_DIR;

class PyTorch : public testing::Test {
 protected:
  void SetUp() override {
    if (run("-c 'import numpy, torch, yaml'").exit_code != 0) {
      GTEST_SKIP() << "the system's Python has no PyTorch";
    }
    std::string text;
    for (unsigned i = 0; i < 3000; ++i) text += static_cast<char>('a' + i * i % 23 % 11);
    folder_.file("text", text);
    config_ = folder_.file(
        "small.yaml",
        "hardware: {n: 4}\ndata: {set: text, file: text, sequence: 8}\nlayers:\n"
        "  - embedding: 16\n"
        "  - residual: [layer_norm, {attention: 2, dropout: 0.1}, dropout: 0.1]\n"
        "  - residual: [rms_norm, {linear: 32, activation: silu}, {linear: 16, activation: tanh}]\n"
        "  - residual: [layer_norm, {linear: 32, activation: gelu}, {linear: 16, bias: false}]\n"
        "  - residual: [rms_norm, {linear: 24, activation: swiglu, bias: false}, {linear: 16, "
        "bias: "
        "false}]\n"
        "  - {linear: 16, activation: relu}\n"
        "  - layer_norm\n  - {linear: classes, bias: false, tied: true}\n"
        "loss: softmax_cross_entropy\noptimizer: {method: adamw, weight_decay: 0.1, clip_norm: "
        "0.7}\n"
        "schedule: {learning_rate: 0.005, warmup_steps: 3, decay: cosine}\nbatch: 4\nsteps: 40\n"
        "test_batches: 2\n");
  }
  tb::Outcome run(const std::string& arguments) const {
    const std::string command = "OMP_NUM_THREADS=1 /usr/bin/python3 " + arguments + " >" +
                                (folder_ / "out").string() + " 2>&1";
    tb::Outcome out;
    const int status = std::system(command.c_str());
    if (WIFEXITED(status)) out.exit_code = WEXITSTATUS(status);
    out.out = folder_.read("out");
    return out;
  }
  tb::Outcome script(const std::string& name, const std::string& arguments) const {
    return script(name, config_, arguments);
  }
  tb::Outcome script(const std::string& name, const std::string& config,
                     const std::string& arguments) const {
    return run(kSource + "/scripts/" + name + " --gradcore " GRADCORE_BINARY_DIR "/bin/gradcore " +
               config + " " + arguments);
  }
  // A recommendation model whose tables learn in this way.
  std::string clicks(const std::string& tables) const {
    return folder_.file(
        tables + ".yaml",
        "hardware: {n: 4}\ndata: {set: click_log, dense: 6, tables: 3, rows: 20, bag: [0, 3]}\n"
        "layers:\n"
        "  - interaction: [{linear: 8, activation: relu}, {linear: 4, activation: relu}]\n"
        "    tables: " +
            tables +
            "\n  - {linear: 8, activation: relu}\n  - linear: 1\n"
            "loss: binary_cross_entropy\noptimizer: {method: sgd, momentum: 0.9}\n"
            "schedule: {learning_rate: 0.05, decay: linear}\nbatch: 18\nsteps: 60\n"
            "test_batches: 2\n");
  }
  tb::ScratchFolder folder_;
  std::string config_;
};

TEST_F(PyTorch, LayersOfTheScripts) {
  const auto outcome = run(kSource + "/tb/unit/pytorch/pytorch_test.py");
  EXPECT_EQ(outcome.exit_code, 0) << outcome.out;
}

// Also with an error in each layer in turn.
TEST_F(PyTorch, EveryLayerIsExplainedByBfloat16) {
  const auto outcome = script("compare-layers", "--self-test");
  EXPECT_EQ(outcome.exit_code, 0) << outcome.out;
  EXPECT_THAT(outcome.out, HasSubstr("no layer diverges"));
}

// After some steps, when attention is no longer the same to all positions.
TEST_F(PyTorch, AWrongLayerIsNamed) {
  const std::string checkpoint = (folder_ / "c.npz").string(), dump = (folder_ / "d.npz").string();
  ASSERT_EQ(tb::run_gradcore({"train", config_, "--checkpoint", checkpoint}).exit_code, 0);
  ASSERT_EQ(
      tb::run_gradcore({"dump", config_, "--checkpoint", checkpoint, "--out", dump}).exit_code, 0);
  for (const auto& [change, place] :
       {std::pair{"2.0.norm:epsilon=1e-3", "2.0.norm (forward"},
        std::pair{"1.1.attention:scale=0.36", "1.1.attention (forward"},
        std::pair{"3.residual:factor=0.9999", "3.residual (forward"}}) {
    const auto outcome =
        script("compare-layers", "--dump " + dump + " --inject " + std::string(change));
    EXPECT_EQ(outcome.exit_code, 1) << outcome.out;
    EXPECT_THAT(outcome.out, HasSubstr(std::string("first layer that diverges: ") + place));
  }
  EXPECT_THAT(script("compare-layers", "--dump " + dump + " --inject 2.0.norm:depth=3").out,
              HasSubstr("there is no depth of 2.0.norm"));
  EXPECT_THAT(script("compare-layers", "--dump " + checkpoint).out,
              HasSubstr("it is no dump of a step"));
}

TEST_F(PyTorch, ARunEndsAtTheSameLoss) {
  const std::string picture = (folder_ / "losses.png").string();
  auto outcome = script("compare-pytorch", "--last 20 --picture " + picture);
  EXPECT_EQ(outcome.exit_code, 0) << outcome.out;
  EXPECT_THAT(outcome.out, HasSubstr("PASS"));
  EXPECT_EQ(folder_.read("losses.png").substr(1, 3), "PNG");
  outcome = script("compare-pytorch", "--steps 5 --tolerance 1e-9");
  EXPECT_EQ(outcome.exit_code, 1) << outcome.out;
  EXPECT_THAT(outcome.out, HasSubstr("FAIL"));
}

// Tables, their bags and both ways in which they learn: in so few steps the loss alone would not
// tell.
TEST_F(PyTorch, ARecommendationModelEndsAtTheSameLoss) {
  for (const char* tables : {"sgd", "adagrad"}) {
    const auto outcome = script("compare-pytorch", clicks(tables), "--last 20 --seeds 2 --way 0.1");
    EXPECT_EQ(outcome.exit_code, 0) << outcome.out;
    EXPECT_THAT(outcome.out, testing::AllOf(HasSubstr("2 seeds"), HasSubstr("test loss")));
  }
}

TEST_F(PyTorch, EveryLayerOfARecommendationModelIsExplained) {
  const std::string config = clicks("adagrad"), checkpoint = (folder_ / "c.npz").string(),
                    dump = (folder_ / "d.npz").string();
  ASSERT_EQ(tb::run_gradcore({"train", config, "--checkpoint", checkpoint}).exit_code, 0);
  ASSERT_EQ(tb::run_gradcore({"dump", config, "--checkpoint", checkpoint, "--out", dump}).exit_code,
            0);
  auto outcome = script("compare-layers", config, "--self-test --dump " + dump);
  EXPECT_EQ(outcome.exit_code, 0) << outcome.out;
  EXPECT_THAT(outcome.out,
              testing::AllOf(HasSubstr("an error in 0.interaction"), HasSubstr("table.2")));
  outcome = script("compare-layers", config, "--inject 0.interaction:factor=0.99 --dump " + dump);
  EXPECT_EQ(outcome.exit_code, 1) << outcome.out;
  EXPECT_THAT(outcome.out, HasSubstr("first layer that diverges: 0.interaction (forward"));
}

}  // namespace
}  // namespace gradcore
