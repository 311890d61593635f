// SPDX-License-Identifier: Apache-2.0
#include "sw/io/progress.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <sstream>

namespace gradcore::io {
namespace {

using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::StartsWith;

TEST(Progress, PlainOutputIsALinePerTenth) {
  std::ostringstream out;
  {
    Progress progress(out, false, "training", 1000);
    for (std::uint64_t i = 1; i <= 1000; ++i) progress.update(i, "loss 0.5");
  }
  const std::string text = out.str();
  EXPECT_EQ(std::count(text.begin(), text.end(), '\n'), 10);
  EXPECT_THAT(text, StartsWith("training: 10 % (100 of 1000), loss 0.5\n"));
  EXPECT_THAT(text, EndsWith("training: 100 % (1000 of 1000), loss 0.5\n"));
  EXPECT_EQ(text.find('\r'), std::string::npos);
}

TEST(Progress, ShortWorkSkipsTenths) {
  std::ostringstream out;
  Progress progress(out, false, "vectors", 3);
  for (std::uint64_t i = 0; i <= 3; ++i) progress.update(i);
  EXPECT_EQ(out.str(), "vectors: 30 % (1 of 3)\nvectors: 60 % (2 of 3)\nvectors: 100 % (3 of 3)\n");
}

TEST(Progress, TerminalsGetABarOnOneLine) {
  std::ostringstream out;
  {
    Progress progress(out, true, "training", 10);
    progress.update(5,
                    "a note that is so long that it would make the line wrap in a narrow window");
    progress.update(10, "done");
  }
  const std::string text = out.str();
  EXPECT_THAT(text, StartsWith("\rtraining [###############...............]  50 %"));
  EXPECT_THAT(text, HasSubstr("[##############################] 100 %"));
  EXPECT_EQ(std::count(text.begin(), text.end(), '\n'), 1);
  EXPECT_THAT(text, EndsWith("\n"));
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line, '\r');) EXPECT_LE(line.size(), 80u);
}

TEST(Progress, RedrawsAtMostTenTimesASecond) {
  std::ostringstream out;
  Progress progress(out, true, "training", 1'000'000);
  const auto start = std::chrono::steady_clock::now();
  for (std::uint64_t i = 0; i < 100'000; ++i) progress.update(i);
  const std::chrono::duration<double> elapsed = std::chrono::steady_clock::now() - start;
  const std::string text = out.str();
  EXPECT_LE(std::count(text.begin(), text.end(), '\r'), 2 + static_cast<int>(elapsed.count() * 10));
}

TEST(Progress, NothingWithoutAnUpdate) {
  std::ostringstream out;
  { Progress progress(out, true, "training", 0); }
  { Progress progress(out, false, "training", 0); }
  EXPECT_EQ(out.str(), "");
}

TEST(Progress, MoreThanAllIsAll) {
  std::ostringstream out;
  Progress progress(out, false, "training", 2);
  progress.update(5);
  EXPECT_EQ(out.str(), "training: 100 % (2 of 2)\n");
}

}  // namespace
}  // namespace gradcore::io
