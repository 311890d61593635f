// SPDX-License-Identifier: Apache-2.0
// sw/configs/dlrm-criteo.yaml with a file of Criteo's format, as a user meets it.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cmath>
#include <nlohmann/json.hpp>
#include <random>

#include "sw/io/npz.h"
#include "tb/system/program.h"
#include "tb/unit/io/scratch_folder.h"

namespace gradcore {
namespace {

using tb::expect_refusal;
using tb::run_gradcore;
using testing::AllOf;
using testing::ContainsRegex;
using testing::HasSubstr;

class CliCriteo : public testing::Test {
 protected:
  CliCriteo() {
    std::string text = folder_.read(GRADCORE_SOURCE_DIR "/sw/configs/dlrm-criteo.yaml");
    for (const auto& [from, to] : {std::pair{"../../criteo/train.txt", "train.txt"},
                                   {"rows: 100000", "rows: 300"},
                                   {"steps: 10000", "steps: 80"},
                                   {"warmup_steps: 100", "warmup_steps: 10"},
                                   {"test_batches: 512", "test_batches: 6"},
                                   {"test_every: 1000", "test_every: 40"}}) {
      const std::size_t at = text.find(from);
      EXPECT_NE(at, std::string::npos) << from;
      text.replace(at, std::string(from).size(), to);
    }
    config_ = folder_.file("criteo.yaml", text);
  }
  // Samples whose label is that of the third category, but for one in ten; one field of ten is
  // empty, and integers may be negative.
  static std::string lines(unsigned count) {
    std::mt19937 random(4);
    const auto draw = [&](std::uint32_t below) {
      return static_cast<std::uint32_t>(random()) % below;
    };
    const auto category = [](std::uint32_t number) {
      return fmt::format("\t{:08x}", number * 0x9E3779B9u);
    };
    std::string out;
    for (unsigned i = 0; i < count; ++i) {
      const std::uint32_t kind = draw(12);
      out += (kind < 6) != (draw(10) == 0) ? '1' : '0';
      for (unsigned f = 0; f < 13; ++f) {
        out += draw(10) == 0 ? "\t"
                             : fmt::format("\t{}", int{static_cast<std::int16_t>(draw(300))} - 2);
      }
      for (unsigned t = 0; t < 26; ++t) {
        out += t == 2 ? category(kind) : draw(10) == 0 ? "\t" : category(draw(50));
      }
      out += '\n';
    }
    return out;
  }
  std::string path(const char* name) const { return (folder_ / name).string(); }
  tb::ScratchFolder folder_;
  std::string config_;
};

// The file has fewer samples than the steps need: it is read again.
TEST_F(CliCriteo, LearnsWhoClicks) {
  folder_.file("train.txt", lines(6 * 32 + 50 * 32 + 7));
  const auto outcome = run_gradcore({"train", config_, "--json", path("r.json"), "--checkpoint",
                                     path("c.npz"), "--report", path("r.html")});
  ASSERT_EQ(outcome.exit_code, 0) << outcome.err;
  EXPECT_THAT(outcome.out,
              AllOf(HasSubstr("26 tables of 300 rows"), HasSubstr("and 124800 in tables in DRAM"),
                    ContainsRegex("test log loss +[0-9.]+ after step 0, [0-9.]+ after 80\n"),
                    ContainsRegex("test AUC +[0-9.]+ after step 0, [0-9.]+ after 80\n")));
  const auto json = nlohmann::json::parse(folder_.read("r.json"));
  EXPECT_EQ(json["data"]["tables"], 26);
  ASSERT_EQ(json["tests"].size(), 3u);
  const auto first = json["tests"].front(), last = json["tests"].back();
  EXPECT_LT(last["loss"], 0.6 * std::log(2));
  EXPECT_LT(last["loss"], first["loss"]);
  EXPECT_NEAR(first["auc"].get<double>(), 0.5, 0.2);
  EXPECT_GT(last["auc"], 0.85);
  EXPECT_THAT(folder_.read("r.html"),
              AllOf(HasSubstr("AUC</th>"),
                    HasSubstr(fmt::format("{:.4f}</td>", last["auc"].get<double>()))));
  io::NpzFile checkpoint(path("c.npz"));
  EXPECT_EQ(checkpoint.load("table.25").shape, (std::vector<std::size_t>{300, 16}));
  EXPECT_EQ(checkpoint.load("table.0.state1").shape, (std::vector<std::size_t>{300, 1}));

  const auto evaluation = run_gradcore({"eval", config_, "--checkpoint", path("c.npz")});
  EXPECT_EQ(evaluation.exit_code, 0) << evaluation.err;
  EXPECT_THAT(
      evaluation.out,
      AllOf(HasSubstr(fmt::format("test log loss       {:.6f},", last["loss"].get<double>())),
            HasSubstr(fmt::format("AUC                 {:.4f}\n", last["auc"].get<double>()))));
}

TEST_F(CliCriteo, RefusesInOneSentence) {
  expect_refusal(run_gradcore({"train", config_}), 1, "train.txt");
  folder_.file("train.txt", lines(6 * 32 + 3));
  expect_refusal(run_gradcore({"train", config_}), 1, "no whole batch of samples behind the test");
  folder_.file("train.txt", lines(20) + "1\t2\t3\n");
  expect_refusal(run_gradcore({"train", config_}), 1, "train.txt:21");
}

}  // namespace
}  // namespace gradcore
