// SPDX-License-Identifier: Apache-2.0
// scripts/fpga refuses what it cannot make, in one sentence, before any tool runs. Skipped where
// Python's yaml is missing (scripts/setup synth).
#include <gtest/gtest.h>
#include <sys/wait.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <string>

#include "tb/system/program.h"
#include "tb/unit/io/scratch_folder.h"

namespace gradcore {
namespace {

using testing::HasSubstr;

class FpgaScript : public testing::Test {
 protected:
  void SetUp() override {
    if (run("python3 -c 'import yaml'").exit_code != 0) GTEST_SKIP() << "Python has no yaml";
  }
  tb::Outcome run(const std::string& command) const {
    tb::Outcome out;
    const int status = std::system((command + " >" + (folder_ / "out").string() + " 2>&1").c_str());
    if (WIFEXITED(status)) out.exit_code = WEXITSTATUS(status);
    out.out = folder_.read("out");
    return out;
  }
  // What it says of a board of that file, in one line.
  std::string refusal(const std::string& arguments) const {
    const tb::Outcome outcome = run(GRADCORE_SOURCE_DIR "/scripts/fpga --build " +
                                    (folder_ / "build").string() + " " + arguments);
    EXPECT_EQ(outcome.exit_code, 1);
    EXPECT_EQ(std::count(outcome.out.begin(), outcome.out.end(), '\n'), 1) << outcome.out;
    EXPECT_FALSE(std::filesystem::exists(folder_ / "build"));
    return outcome.out;
  }
  tb::ScratchFolder folder_;
};

TEST_F(FpgaScript, KnowsItsBoards) {
  EXPECT_EQ(refusal("nosuch"), "fpga: no board is called nosuch; rtl/fpga/boards.yaml has ulx3s\n");
  EXPECT_EQ(refusal("ulx3s --config n64"), "fpga: ulx3s has no configuration n64; it has n4, n8\n");
}

// Descriptions in a copy of the folder, each with one thing wrong.
TEST_F(FpgaScript, SaysWhatIsWrongWithADescription) {
  std::filesystem::copy(GRADCORE_SOURCE_DIR "/rtl/fpga", folder_ / "fpga");
  const std::string description =
      "a: {title: A, top: ulx3s, sources: [board.sv], pins: ulx3s.lpf, device: {size: 85k},"
      " loader: [], configurations: {x: {N: 4}}}\n";
  const auto said = [&](const std::string& text) {
    return refusal("a --boards " + folder_.file("fpga/boards.yaml", text));
  };
  const auto with = [&](const std::string& from, const std::string& to) {
    std::string text = description;
    return said(text.replace(text.find(from), from.size(), to));
  };
  EXPECT_THAT(said("- a\n"), HasSubstr("expected the name of a board"));
  EXPECT_THAT(said("a: [\n"), HasSubstr("is no YAML"));
  EXPECT_THAT(with("title: A, ", ""), HasSubstr("missing or too many: title"));
  EXPECT_THAT(with("[board.sv]", "[bored.sv]"), HasSubstr("bored.sv, which a names, is missing"));
  EXPECT_THAT(with("ulx3s.lpf", "no.lpf"), HasSubstr("no.lpf, which a names, is missing"));
  EXPECT_THAT(with("N: 4", "N: four"), HasSubstr("N of a x is no integer: four"));
  EXPECT_THAT(with("{size: 85k}", "{seize: 85k}"), HasSubstr("is not described as"));
}

}  // namespace
}  // namespace gradcore
