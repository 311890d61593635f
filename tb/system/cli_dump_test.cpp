// SPDX-License-Identifier: Apache-2.0
// gradcore dump, and gradcore train --export of a model of many layers, as a user meets them.
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "sw/io/npz.h"
#include "tb/system/program.h"
#include "tb/unit/io/scratch_folder.h"

namespace gradcore {
namespace {

using tb::expect_refusal;
using tb::run_gradcore;
using testing::Contains;
using testing::HasSubstr;

class CliDump : public testing::Test {
 protected:
  CliDump() {
    std::string text;
    for (unsigned i = 0; i < 900; ++i) text += static_cast<char>('a' + i * i % 11);
    folder_.file("text", text);
    config_ = folder_.file(
        "small.yaml",
        "hardware: {n: 4}\ndata: {set: text, file: text, sequence: 8}\nlayers:\n"
        "  - embedding: 8\n  - residual: [layer_norm, attention: 2]\n"
        "  - {linear: classes, bias: false, tied: true}\n"
        "loss: softmax_cross_entropy\noptimizer: {method: adamw, weight_decay: 0.1}\n"
        "schedule: {learning_rate: 0.01, decay: cosine}\nbatch: 2\nsteps: 6\ntest_every: 3\n"
        "test_batches: 2\n");
  }
  std::string path(const char* name) const { return (folder_ / name).string(); }
  tb::ScratchFolder folder_;
  std::string config_;
};

TEST_F(CliDump, WritesAStep) {
  const auto outcome = run_gradcore({"dump", config_, "--out", path("d.npz")});
  EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
  EXPECT_THAT(outcome.out, HasSubstr("in step 1\n"));
  const io::NpzFile file(path("d.npz"));
  for (const char* name : {"about", "loss", "inputs", "labels", "1.1.attention in weights",
                           "0.embedding output", "1.1.attention output", "loss gradient",
                           "1.1.attention gradient", "gradient of 0.embedding tokens"}) {
    EXPECT_THAT(file.names(), Contains(name));
  }
}

TEST_F(CliDump, WritesTheStepBehindACheckpoint) {
  ASSERT_EQ(run_gradcore({"train", config_, "--steps", "4", "--checkpoint", path("c.npz"), "--json",
                          path("r.json")})
                .exit_code,
            0);
  const auto outcome =
      run_gradcore({"dump", config_, "--checkpoint", path("c.npz"), "--out", path("d.npz")});
  EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
  EXPECT_THAT(outcome.out, HasSubstr("in step 5\n"));
  ASSERT_EQ(run_gradcore({"train", config_, "--json", path("r.json")}).exit_code, 0);
  const auto json = nlohmann::json::parse(folder_.read("r.json"));
  EXPECT_EQ(io::NpzFile(path("d.npz")).load("loss").values<float>().front(),
            json["losses"][4].get<float>());
}

// The simulated chip writes the same numbers.
TEST_F(CliDump, BothBackendsWriteTheSame) {
  for (const char* backend : {"model", "rtl"}) {
    const auto outcome =
        run_gradcore({"dump", config_, "--backend", backend, "--out", path(backend)});
    ASSERT_EQ(outcome.exit_code, 0) << outcome.err;
  }
  EXPECT_EQ(folder_.read("model"), folder_.read("rtl"));
}

TEST_F(CliDump, RefusesInOneSentence) {
  expect_refusal(run_gradcore({"dump", config_}), 2, "--out is required");
  expect_refusal(run_gradcore({"dump", config_, "--out", "/no/such/folder/d.npz"}), 1,
                 "/no/such/folder");
  expect_refusal(run_gradcore({"dump", config_, "--out", path("d.npz"), "--checkpoint", config_}),
                 1, "small.yaml");
  expect_refusal(
      run_gradcore({"dump", GRADCORE_SOURCE_DIR "/sw/configs/digits.yaml", "--out", path("d.npz")}),
      1, "digits.yaml");
  EXPECT_FALSE(std::filesystem::exists(path("d.npz")));
}

TEST_F(CliDump, TrainExportsARun) {
  const auto outcome = run_gradcore(
      {"train", config_, "--steps", "4", "--export", path("run"), "--json", path("r.json")});
  ASSERT_EQ(outcome.exit_code, 0) << outcome.err;
  io::NpzFile start(folder_ / "run" / "start.npz"), end(folder_ / "run" / "end.npz");
  EXPECT_EQ(start.names(), end.names());
  EXPECT_THAT(start.names(), Contains("1.1.attention in weights"));
  EXPECT_NE(start.load("0.embedding tokens"), end.load("0.embedding tokens"));
  io::NpzFile batches(folder_ / "run" / "batches.npz");
  EXPECT_EQ(batches.load("inputs").shape, (std::vector<std::size_t>{4, 16, 1}));
  EXPECT_EQ(batches.load("test_labels").shape, (std::vector<std::size_t>{2, 16}));
  const auto json = nlohmann::json::parse(folder_.read("r.json"));
  EXPECT_EQ(json["rates"].size(), 4u);
  EXPECT_EQ(json["rates"][0], 0.01f);
  EXPECT_LT(json["rates"][3], json["rates"][2]);
  EXPECT_EQ(json["optimizer"]["method"], "adamw");
  EXPECT_EQ(json["data"]["sequence"], 8);
  EXPECT_EQ(json["data"]["is_text"], true);

  // It is the same run as one without.
  ASSERT_EQ(run_gradcore({"train", config_, "--steps", "4", "--json", path("plain.json"),
                          "--checkpoint", path("c.npz")})
                .exit_code,
            0);
  EXPECT_EQ(nlohmann::json::parse(folder_.read("plain.json"))["losses"], json["losses"]);
  io::NpzFile checkpoint(path("c.npz"));
  for (const std::string& name : end.names()) EXPECT_EQ(checkpoint.load(name), end.load(name));

  expect_refusal(
      run_gradcore({"train", config_, "--resume", path("c.npz"), "--export", path("run")}), 2,
      "expected no --resume");
}

}  // namespace
}  // namespace gradcore
