// SPDX-License-Identifier: Apache-2.0
#include "sw/io/plot.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <cstdlib>
#include <fstream>
#include <limits>

#include "sw/io/error.h"
#include "tb/unit/io/scratch_folder.h"

namespace gradcore::io {
namespace {
namespace fs = std::filesystem;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::StartsWith;
using ::testing::ThrowsMessage;

class Plot : public ::testing::Test {
 protected:
  Plot() {
    plot_.title = "It's a 'test' with {braces}_and $symbols";
    plot_.x_label = "x";
    plot_.y_label = "y";
    plot_.series = {{"a\nb", {1, 2, 3}, {4, 5, 6}}};
  }

  // A program in gnuplot's place.
  std::string fake(const std::string& body) {
    const std::string path = folder_.file("fake", "#!/bin/sh\n" + body + "\n");
    fs::permissions(path, fs::perms::owner_all);
    return path;
  }
  std::string content() const { return folder_.read("out.png"); }
  fs::path target() const { return folder_ / "out.png"; }
  tb::ScratchFolder folder_;
  LinePlot plot_;
};

bool has_gnuplot() { return std::system("gnuplot --version > /dev/null 2>&1") == 0; }

TEST_F(Plot, DrawsAPng) {
  if (!has_gnuplot()) GTEST_SKIP() << "there is no gnuplot here";
  plot_.right_label = "right";
  plot_.log_y = true;
  plot_.series.push_back({"gaps", {1, 2, 3, 4}, {1, -1, std::nan(""), 1}});
  plot_.series.push_back({"right", {1, 2}, {-5, 5}, true, true});
  write_png(target(), plot_);
  EXPECT_THAT(content(), StartsWith("\x89PNG"));
  EXPECT_GT(fs::file_size(target()), 5000u);
  EXPECT_EQ(folder_.file_count(), 1u);
}

TEST_F(Plot, ScriptsCannotBeEscapedFromATitle) {
  // Shows the program its input back: what is in quotes stays in quotes.
  const std::string echo = fake("cat > '" + (folder_ / "script").string() +
                                "'; printf '\\211PNG\\r\\n\\032\\n....IEND\\256B`\\202'");
  plot_.title = "a'\nset output '/nowhere'\n'";
  write_png(target(), plot_, echo);
  EXPECT_THAT(folder_.read("script"), HasSubstr("set title 'a'' set output ''/nowhere'' '''\n"));
}

// As gnuplot leaves it on a full disk, without an error.
TEST_F(Plot, RefusesHalfAPicture) {
  const std::string half = fake("printf '\\211PNG\\r\\n\\032\\nhalf'");
  EXPECT_THAT([&] { write_png(target(), plot_, half); },
              ThrowsMessage<FileError>(HasSubstr("the picture is cut short")));
  EXPECT_FALSE(fs::exists(target()));
}

TEST_F(Plot, SaysThatGnuplotIsMissing) {
  EXPECT_THAT([&] { write_png(target(), plot_, "gnuplot-that-is-not-there"); },
              ThrowsMessage<PlotError>(AllOf(HasSubstr("'gnuplot-that-is-not-there' was not found"),
                                             HasSubstr("gnuplot-nox"))));
  EXPECT_EQ(folder_.file_count(), 0u);
}

TEST_F(Plot, FailuresLeaveWhatWasThere) {
  std::ofstream(target()) << "old";
  const std::string failing =
      fake("echo half; echo >&2; echo 'line 0: no such terminal' >&2; exit 3");
  EXPECT_THAT(
      [&] { write_png(target(), plot_, failing); },
      ThrowsMessage<PlotError>("cannot draw a plot: gnuplot failed: line 0: no such terminal"));
  EXPECT_EQ(content(), "old");
  EXPECT_THROW(write_png(target(), plot_, fake("echo no picture")), PlotError);
  EXPECT_THROW(write_png(target(), plot_, fake("kill -9 $$")), PlotError);
  EXPECT_EQ(content(), "old");
  EXPECT_EQ(folder_.file_count(), 2u);
}

TEST_F(Plot, ReadsNothingAndNobodyIsHurt) {
  for (int i = 0; i < 100000; ++i) {
    plot_.series[0].x.push_back(i);
    plot_.series[0].y.push_back(i);
  }
  EXPECT_THROW(write_png(target(), plot_, fake("exec 0<&-; exit 1")), PlotError);
}

TEST_F(Plot, RefusesWhatCannotBeDrawn) {
  EXPECT_THROW(write_png(folder_ / "missing" / "out.png", plot_), FileError);
  plot_.series = {};
  EXPECT_THROW(write_png(target(), plot_), std::invalid_argument);
  plot_.series = {{"", {1}, {std::numeric_limits<double>::infinity()}}};
  EXPECT_THROW(write_png(target(), plot_), std::invalid_argument);
  plot_.series = {{"", {1, 2}, {1}}};
  EXPECT_THROW(write_png(target(), plot_), std::invalid_argument);
  EXPECT_EQ(folder_.file_count(), 0u);
}

}  // namespace
}  // namespace gradcore::io
