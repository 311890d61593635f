// SPDX-License-Identifier: Apache-2.0
#include "sw/nn/checkpoint.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <thread>

#include "sw/io/npz.h"
#include "tb/unit/nn/text_run.h"

namespace gradcore::nn {
namespace {

using testing::HasSubstr;

bool operator==(const Tensor& a, const Tensor& b) {
  return a.name == b.name && a.rows == b.rows && a.cols == b.cols && a.values == b.values;
}
bool same(const std::vector<Tensor>& a, const std::vector<Tensor>& b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [](const Tensor& x, const Tensor& y) { return x == y; });
}

template <typename Error = compiler::CompileError, typename F>
std::string error_of(F f) {
  try {
    f();
  } catch (const Error& error) {
    return error.what();
  }
  return "nothing was refused";
}

class Checkpoints : public testing::Test {
 protected:
  Checkpoints() : run_("{n: 16}") { run_.training.train(2); }

  // The model of another description, with the same data.
  Model other(const std::string& from, const std::string& to) const {
    std::string text = small_description((run_.folder / "text").string(), "{n: 16}");
    text.replace(text.find(from), from.size(), to);
    return {parse_description(text, "other.yaml"), run_.feed->shape()};
  }
  std::filesystem::path save() {
    const std::filesystem::path path = run_.folder / "c.npz";
    save_checkpoint(path, model(), run_.training.snapshot());
    return path;
  }
  const Model& model() const { return run_.model; }
  TextRun run_;
};

TEST_F(Checkpoints, ComeBackBitForBit) {
  const Snapshot want = run_.training.snapshot();
  const Snapshot got = load_checkpoint(save(), model());
  EXPECT_EQ(got.step, 2u);
  EXPECT_TRUE(same(got.parameters, want.parameters));
  EXPECT_TRUE(same(got.state, want.state));
  EXPECT_EQ(got.meaning, run_.feed->meaning());
  EXPECT_EQ(got.digest, run_.feed->digest());
}

TEST_F(Checkpoints, ARunGoesOnAsIfNothingHadBeen) {
  const auto path = save();
  const std::vector<float> want = run_.training.train(5);
  const Snapshot end = run_.training.snapshot();
  TextRun again("{n: 16}");
  again.training.restore(load_checkpoint(path, again.model));
  EXPECT_EQ(again.training.steps_done(), 2u);
  EXPECT_EQ(again.training.train(5), want);
  const Snapshot got = again.training.snapshot();
  EXPECT_TRUE(same(got.parameters, end.parameters));
  EXPECT_TRUE(same(got.state, end.state));
}

// Whatever byte is missing or wrong.
TEST_F(Checkpoints, DamageIsRefused) {
  save();
  const std::string whole = run_.folder.read("c.npz");
  for (std::size_t part = 0; part < 40; ++part) {
    const std::string cut = run_.folder.file("cut.npz", whole.substr(0, whole.size() * part / 40));
    EXPECT_THAT(error_of<io::FileError>([&] { load_checkpoint(cut, model()); }),
                HasSubstr("cut.npz"))
        << part;
    std::string flipped = whole;
    flipped[(whole.size() - 1) * part / 39] ^= 1;
    const std::string bad = run_.folder.file("bad.npz", flipped);
    EXPECT_THAT(error_of<io::FileError>([&] { load_checkpoint(bad, model()); }),
                HasSubstr("bad.npz"))
        << part;
    EXPECT_THROW(load_parameters(bad, model()), io::FileError) << part;
  }
}

TEST_F(Checkpoints, OfAnotherNetworkAreRefused) {
  const auto path = save();
  // Parameters of the same shapes among them.
  for (const auto& [from, to] :
       std::vector<std::pair<std::string, std::string>>{{"attention: 2", "attention: 1"},
                                                        {"gelu", "silu"},
                                                        {"linear: 64", "linear: 32"},
                                                        {"  - layer_norm\n", ""},
                                                        {"sequence: 16", "sequence: 16"}}) {
    const Model changed = other(from, to);
    if (from == to) {
      EXPECT_EQ(load_checkpoint(path, changed).step, 2u);
      continue;
    }
    EXPECT_THAT(error_of([&] { load_checkpoint(path, changed); }), HasSubstr("another network"));
    EXPECT_THAT(error_of([&] { load_parameters(path, changed); }), HasSubstr("another network"));
  }
}

TEST_F(Checkpoints, OfAnotherRunGiveTheirParametersOnly) {
  const auto path = save();
  for (const auto& [from, to] : std::vector<std::pair<std::string, std::string>>{
           {"steps: 100", "steps: 50"},
           {"learning_rate: 0.01", "learning_rate: 0.02"},
           {"method: adamw", "method: adamw, beta1: 0.8"},
           {"{n: 16}", "{n: 8}"},
           {"batch: 2", "batch: 4"}}) {
    const Model changed = other(from, to);
    EXPECT_THAT(error_of([&] { load_checkpoint(path, changed); }), HasSubstr("a run with another"))
        << to;
    const Snapshot parameters = load_parameters(path, changed);
    EXPECT_TRUE(same(parameters.parameters, run_.training.snapshot().parameters)) << to;
    EXPECT_TRUE(parameters.state.empty());
    EXPECT_FALSE(parameters.digest);
  }
}

TEST_F(Checkpoints, OfAnotherTextAreRefused) {
  Snapshot snapshot = load_checkpoint(save(), model());
  snapshot.digest = *snapshot.digest + 1;
  EXPECT_THAT(error_of([&] { run_.training.restore(snapshot); }), HasSubstr("other data"));
  snapshot.digest.reset();
  run_.training.restore(snapshot);
  *snapshot.meaning += "7a";
  EXPECT_THAT(error_of([&] { run_.training.restore(snapshot); }), HasSubstr("other characters"));
}

TEST_F(Checkpoints, OtherFilesAreRefused) {
  const auto path = run_.folder / "w.npz";
  save_weights(path, run_.training.snapshot());
  EXPECT_THAT(error_of<io::FileError>([&] { load_checkpoint(path, model()); }),
              HasSubstr("no checkpoint"));
  EXPECT_THROW(load_checkpoint(run_.folder / "none.npz", model()), io::FileError);
  const std::string text = run_.folder.file("text.npz", "not a zip archive");
  EXPECT_THROW(load_parameters(text, model()), io::FileError);
  // An `about` that is none of this program, in an intact file.
  for (const std::string about : {"", "{}", "[1]", "{\"format\": \"gradcore checkpoint 9\"}"}) {
    const std::vector<io::NamedArray> arrays = {
        {"about",
         io::make_array<std::uint8_t>(io::ElementType::kUint8, {about.size()},
                                      std::vector<std::uint8_t>(about.begin(), about.end()))}};
    io::save_npz(path, arrays);
    EXPECT_THAT(error_of<io::FileError>([&] { load_checkpoint(path, model()); }),
                HasSubstr("no checkpoint of this program"));
  }
}

TEST_F(Checkpoints, WeightsAreTheParametersAndNoOthers) {
  const auto path = run_.folder / "w.npz";
  const Snapshot want = run_.training.snapshot();
  save_weights(path, want);
  EXPECT_TRUE(same(load_weights(path, model()).parameters, want.parameters));
  EXPECT_TRUE(same(load_parameters(path, model()).parameters, want.parameters));
  std::vector<io::NamedArray> arrays = io::load_npz(path);
  EXPECT_EQ(arrays.size(), model().parameters().all().size());

  std::swap(arrays.front(), arrays.back());
  io::save_npz(path, arrays);
  EXPECT_TRUE(same(load_weights(path, model()).parameters, want.parameters));

  std::vector<io::NamedArray> more = arrays;
  more.push_back(more.back());
  more.back().name = "surplus";
  io::save_npz(path, more);
  EXPECT_THAT(error_of([&] { load_weights(path, model()); }),
              HasSubstr("the network has no parameter 'surplus'"));

  const std::string missing = arrays.back().name;
  arrays.pop_back();
  io::save_npz(path, arrays);
  EXPECT_THAT(error_of([&] { load_weights(path, model()); }),
              HasSubstr("there is no '" + missing + "'"));

  arrays.push_back(
      {missing, io::make_array<float>(io::ElementType::kFloat32, {2, 2}, std::vector<float>(4))});
  io::save_npz(path, arrays);
  EXPECT_THAT(error_of([&] { load_weights(path, model()); }), HasSubstr("is no float32 array of"));
}

// From weights a run begins as the optimizer does at step 0.
TEST_F(Checkpoints, WeightsBecomeABeginning) {
  const Snapshot begun = begin_with(model(), *run_.feed, run_.training.snapshot().parameters);
  save_checkpoint(run_.folder / "b.npz", model(), begun);
  const Snapshot got = load_checkpoint(run_.folder / "b.npz", model());
  EXPECT_EQ(got.step, 0u);
  EXPECT_TRUE(same(got.parameters, begun.parameters));
  for (const Tensor& tensor : got.state) {
    for (const float value : tensor.values) ASSERT_EQ(value, 0.0f);
  }
  run_.training.restore(got);
  EXPECT_EQ(run_.training.steps_done(), 0u);
  run_.training.train(1);
}

// A process that writes checkpoints without end is killed wherever it is.
TEST_F(Checkpoints, AKilledWriterLeavesAWholeOne) {
  const auto path = run_.folder / "c.npz";
  const Snapshot one = run_.training.snapshot();
  run_.training.train(1);
  const Snapshot two = run_.training.snapshot();
  save_checkpoint(path, model(), one);
  std::size_t halves = 0;  // files of those that were killed while they wrote
  for (int kill = 0; kill < 40; ++kill) {
    const pid_t child = ::fork();
    ASSERT_GE(child, 0);
    if (child == 0) {
      while (true) {
        save_checkpoint(path, model(), two);
        save_checkpoint(path, model(), one);
      }
    }
    std::this_thread::sleep_for(std::chrono::microseconds(3000 + 617 * kill));
    ::kill(child, SIGKILL);
    ::waitpid(child, nullptr, 0);
    const Snapshot got = load_checkpoint(path, model());
    const Snapshot& want = got.step == one.step ? one : two;
    ASSERT_TRUE(same(got.parameters, want.parameters) && same(got.state, want.state));
    for (const auto& entry : std::filesystem::directory_iterator(run_.folder.path())) {
      if (entry.path().extension() == ".tmp") {
        ++halves;
        std::filesystem::remove(entry.path());
      }
    }
  }
  EXPECT_GT(halves, 5u);  // or the test would show nothing
}

}  // namespace
}  // namespace gradcore::nn
