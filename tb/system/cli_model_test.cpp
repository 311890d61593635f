// SPDX-License-Identifier: Apache-2.0
// Checkpoints and what is done with them, as a user meets it: train --resume, eval, generate,
// export, import.
#include <gtest/gtest.h>

#include <cmath>
#include <nlohmann/json.hpp>

#include "sw/io/npz.h"
#include "tb/system/program.h"
#include "tb/unit/nn/text_run.h"

namespace gradcore {
namespace {

using tb::expect_refusal;
using tb::Outcome;
using tb::run_gradcore;
using testing::HasSubstr;

class CliModel : public testing::Test {
 protected:
  CliModel() {
    folder_.file("text", nn::small_text());
    model_ = folder_.file("m.yaml", nn::small_description("text", "{n: 16}"));
  }
  std::string path(const std::string& name) const { return (folder_ / name).string(); }

  nlohmann::json train(const std::string& steps, const std::string& checkpoint,
                       const std::vector<std::string>& more = {}) const {
    std::vector<std::string> arguments = {
        "train",        model_,           "--steps", steps,
        "--checkpoint", path(checkpoint), "--json",  path("train.json")};
    arguments.insert(arguments.end(), more.begin(), more.end());
    const Outcome outcome = run_gradcore(arguments);
    EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
    return nlohmann::json::parse(folder_.read("train.json"));
  }
  Outcome with(const std::string& command, const std::string& checkpoint,
               const std::vector<std::string>& more = {}) const {
    std::vector<std::string> arguments = {command, model_, "--checkpoint", path(checkpoint)};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return run_gradcore(arguments);
  }
  // What generate writes, without the last line's end.
  std::string text(const std::vector<std::string>& more) const {
    const Outcome outcome = with("generate", "c.npz", more);
    EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
    EXPECT_FALSE(outcome.out.empty());
    return outcome.out.substr(0, outcome.out.size() - 1);
  }

  tb::ScratchFolder folder_;
  std::string model_;
};

TEST_F(CliModel, ARunInPartsIsTheRunInOnePiece) {
  const auto whole = train("9", "whole.npz");
  auto losses = train("2", "c.npz")["losses"];
  for (const char* const end : {"5", "9"}) {
    const auto part = train(end, "c.npz", {"--resume", path("c.npz"), "--checkpoint-every", "2"});
    losses.insert(losses.end(), part["losses"].begin(), part["losses"].end());
  }
  EXPECT_EQ(losses, whole["losses"]);
  EXPECT_TRUE(folder_.read("c.npz") == folder_.read("whole.npz"));
}

// The simulated chip goes on where the functional one stopped, and the other way round.
TEST_F(CliModel, ARunMayChangeTheBackend) {
  const auto whole = train("4", "whole.npz");
  auto losses = train("1", "c.npz")["losses"];
  for (const auto& [end, backend] : std::vector<std::pair<std::string, std::string>>{
           {"2", "rtl"}, {"3", "model"}, {"4", "rtl"}}) {
    const auto part = train(end, "c.npz", {"--resume", path("c.npz"), "--backend", backend});
    losses.insert(losses.end(), part["losses"].begin(), part["losses"].end());
  }
  EXPECT_EQ(losses, whole["losses"]);
  EXPECT_TRUE(folder_.read("c.npz") == folder_.read("whole.npz"));
}

// What is left out at random is a function of seed and step, so it is the same then.
TEST_F(CliModel, ARunWithDropoutMayChangeTheBackendToo) {
  const std::string layers =
      "layers:\n"
      "  - embedding: 32\n"
      "  - dropout: 0.1\n"
      "  - residual: [rms_norm, {attention: 2, dropout: 0.1}, dropout: 0.1]\n"
      "  - residual: [rms_norm, {linear: 48, activation: swiglu, bias: false}, linear: 32]\n"
      "  - rms_norm\n"
      "  - {linear: classes, bias: false}\n";
  std::string text = nn::small_description("text", "{n: 16}", layers);
  const std::string adamw = "{method: adamw";
  text.replace(text.find(adamw), adamw.size(), adamw + ", clip_norm: 0.5, skip_nonfinite: true");
  folder_.file("m.yaml", text);
  const auto whole = train("4", "whole.npz");
  EXPECT_EQ(whole["norms"].size(), 4u);
  EXPECT_EQ(whole["not_finite"], 0);
  auto losses = train("1", "c.npz")["losses"];
  for (const auto& [end, backend] :
       std::vector<std::pair<std::string, std::string>>{{"3", "rtl"}, {"4", "model"}}) {
    const auto part = train(end, "c.npz", {"--resume", path("c.npz"), "--backend", backend});
    losses.insert(losses.end(), part["losses"].begin(), part["losses"].end());
  }
  EXPECT_EQ(losses, whole["losses"]);
  EXPECT_TRUE(folder_.read("c.npz") == folder_.read("whole.npz"));
  // Another rate is another run, but the same network.
  text.replace(text.find("dropout: 0.1"), 12, "dropout: 0.2");
  folder_.file("m.yaml", text);
  expect_refusal(run_gradcore({"train", model_, "--resume", path("c.npz")}), 1,
                 "of a run with another");
  EXPECT_EQ(with("eval", "c.npz").exit_code, 0);
}

TEST_F(CliModel, SaysHowOftenGradientsWereClipped) {
  std::string text = nn::small_description("text", "{n: 16}");
  const std::string adamw = "{method: adamw";
  text.replace(text.find(adamw), adamw.size(), adamw + ", clip_norm: 1e-3");
  folder_.file("m.yaml", text);
  const Outcome outcome = run_gradcore({"train", model_, "--steps", "3"});
  EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
  EXPECT_THAT(outcome.out, HasSubstr("clipped to 0.001 in 3 of 3 steps; 0 steps not finite\n"));
}

TEST_F(CliModel, EvaluatesACheckpoint) {
  const double want = train("5", "c.npz")["tests"].back()["loss"];
  const Outcome outcome = with("eval", "c.npz", {"--json", path("e.json")});
  EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
  EXPECT_THAT(outcome.out, HasSubstr("5 steps of training"));
  const auto json = nlohmann::json::parse(folder_.read("e.json"));
  EXPECT_EQ(json["loss"], want);
  EXPECT_EQ(json["batches"], 2);
  EXPECT_DOUBLE_EQ(json["perplexity"], std::exp(want));
  EXPECT_DOUBLE_EQ(json["bits_per_character"], want / std::log(2.0));
  EXPECT_THAT(outcome.out, HasSubstr(fmt::format("{:.6f}", want)));
  EXPECT_THAT(outcome.out, HasSubstr(fmt::format("{:.4f}", std::exp(want))));
}

TEST_F(CliModel, ExportsAndImportsParameters) {
  train("3", "c.npz");
  Outcome outcome = with("export", "c.npz", {"--out", path("w.npz")});
  EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
  const auto arrays = io::load_npz(path("w.npz"));
  const auto whole = io::load_npz(path("c.npz"));
  EXPECT_THAT(outcome.out, HasSubstr(fmt::format("{} parameters", arrays.size())));
  EXPECT_EQ(whole.size(), 1 + 3 * arrays.size());  // parameters, two moments of each, and `about`
  for (const io::NamedArray& array : arrays) {
    EXPECT_EQ(std::count(whole.begin(), whole.end(), array), 1) << array.name;
  }
  EXPECT_EQ(with("eval", "w.npz", {"--json", path("w.json")}).exit_code, 0);
  EXPECT_EQ(with("eval", "c.npz", {"--json", path("c.json")}).exit_code, 0);
  EXPECT_EQ(folder_.read("w.json"), folder_.read("c.json"));

  outcome =
      run_gradcore({"import", model_, "--weights", path("w.npz"), "--out", path("begin.npz")});
  EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
  EXPECT_THAT(outcome.out, HasSubstr("at step 0"));
  const auto json = train("2", "next.npz", {"--resume", path("begin.npz")});
  EXPECT_EQ(json["first_step"], 0);
  // It goes on from what was learned: the test's loss before the first step is that of the export.
  EXPECT_EQ(json["tests"][0]["loss"], nlohmann::json::parse(folder_.read("c.json"))["loss"]);
  EXPECT_EQ(with("export", "begin.npz", {"--out", path("again.npz")}).exit_code, 0);
  EXPECT_TRUE(folder_.read("again.npz") == folder_.read("w.npz"));
}

TEST_F(CliModel, TakesATextOn) {
  train("100", "c.npz");
  const std::string learned = text({"--prompt", "abcd", "--length", "40", "--greedy"});
  EXPECT_EQ(learned.size(), 44u);
  EXPECT_EQ(learned.substr(0, 4), "abcd");
  EXPECT_EQ(text({"--prompt", "abcd", "--length", "40", "--top-k", "1"}), learned);
  const std::string drawn = text({"--length", "40", "--seed", "3"});
  EXPECT_EQ(drawn.size(), 40u);  // a beginning that nobody asked for is not shown
  EXPECT_EQ(text({"--length", "40", "--seed", "3"}), drawn);
  EXPECT_EQ(text({"--length", "20", "--seed", "3"}), drawn.substr(0, 20));
  EXPECT_NE(text({"--length", "40", "--seed", "4"}), drawn);
  EXPECT_NE(text({"--length", "40", "--seed", "3", "--temperature", "5"}), drawn);
  EXPECT_EQ(text({"--length", "20", "--seed", "3", "--backend", "rtl"}), drawn.substr(0, 20));
}

TEST_F(CliModel, EndsCleanlyAtCtrlC) {
  train("1", "c.npz");
  tb::RunOptions options;
  options.interrupt_after_text = "abcd";
  const Outcome outcome = run_gradcore({"generate", model_, "--checkpoint", path("c.npz"),
                                        "--prompt", "abcd", "--length", "1000000000"},
                                       options);
  expect_refusal(outcome, 130, "interrupted");
  EXPECT_EQ(outcome.out.substr(0, 4), "abcd");
  EXPECT_EQ(outcome.out.back(), '\n');
}

TEST_F(CliModel, RefusesFilesThatDoNotFit) {
  train("1", "c.npz");
  const std::string whole = folder_.read("c.npz");
  folder_.file("cut.npz", whole.substr(0, whole.size() / 2));
  std::string flipped = whole;
  flipped[whole.size() / 3] ^= 4;
  folder_.file("flipped.npz", flipped);
  folder_.file("foreign.npz", "PK but no archive");
  const std::string out = path("out.npz");
  for (const std::string file : {"none.npz", "cut.npz", "flipped.npz", "foreign.npz"}) {
    expect_refusal(with("eval", file), 1, file);
    expect_refusal(with("generate", file), 1, file);
    expect_refusal(with("export", file, {"--out", out}), 1, file);
    expect_refusal(run_gradcore({"import", model_, "--weights", path(file), "--out", out}), 1,
                   file);
    expect_refusal(run_gradcore({"train", model_, "--resume", path(file)}), 1, file);
  }
  // Another network, another run, another text.
  std::string description = nn::small_description("text", "{n: 16}");
  description.replace(description.find("attention: 2"), 12, "attention: 1");
  model_ = folder_.file("heads.yaml", description);
  expect_refusal(with("eval", "c.npz"), 1, "another network");
  expect_refusal(with("generate", "c.npz"), 1, "another network");
  expect_refusal(with("export", "c.npz", {"--out", out}), 1, "another network");
  model_ = folder_.file("seed.yaml", nn::small_description("text", "{n: 16}") + "seed: 5\n");
  expect_refusal(run_gradcore({"train", model_, "--resume", path("c.npz")}), 1,
                 "of a run with another");
  EXPECT_EQ(with("eval", "c.npz").exit_code, 0);
  std::string text = nn::small_text();
  std::swap(text[0], text[1]);
  folder_.file("other", text);
  model_ = folder_.file("other.yaml", nn::small_description("other", "{n: 16}"));
  expect_refusal(run_gradcore({"train", model_, "--resume", path("c.npz")}), 1, "other data");
  EXPECT_EQ(with("eval", "c.npz").exit_code, 0);  // the same characters
  for (char& c : text) c = c == 'a' ? 'Z' : c;
  folder_.file("other", text);
  for (const std::string command : {"eval", "generate"}) {
    expect_refusal(with(command, "c.npz"), 1, "other characters");
  }
  expect_refusal(with("export", "c.npz", {"--out", out}), 1, "other characters");
  EXPECT_FALSE(std::filesystem::exists(out));
}

TEST_F(CliModel, RefusesInOneSentence) {
  train("1", "c.npz");
  expect_refusal(with("generate", "c.npz", {"--prompt", "abc Z"}), 2,
                 "character 4 of the text to encode is byte 0x20");
  expect_refusal(with("generate", "c.npz", {"--prompt", "abc", "--greedy", "--top-k", "2"}), 2,
                 "--greedy");
  expect_refusal(with("generate", "c.npz", {"--temperature", "0"}), 2, "number above 0");
  expect_refusal(with("generate", "c.npz", {"--temperature", "nan"}), 2, "number above 0");
  expect_refusal(with("generate", "c.npz", {"--length", "0"}), 2, "whole number");
  expect_refusal(with("generate", "c.npz", {"--backend", "fpga"}), 2, "fpga");
  for (const std::string command : {"eval", "generate", "export", "import"}) {
    expect_refusal(run_gradcore({command}), 2, "is required");
    expect_refusal(run_gradcore({command, model_}), 2, "is required");
  }
  expect_refusal(with("export", "c.npz", {"--out", "/no/such/folder/w.npz"}), 1, "/no/such/folder");
  model_ = GRADCORE_SOURCE_DIR "/sw/configs/digits.yaml";
  expect_refusal(with("eval", "c.npz"), 1, "digits.yaml");
  model_ = "/no/such.yaml";
  expect_refusal(with("generate", "c.npz"), 1, "/no/such.yaml");
}

}  // namespace
}  // namespace gradcore
