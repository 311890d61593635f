// SPDX-License-Identifier: Apache-2.0
#include "sw/report/axis.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <stdexcept>

namespace gradcore::report {
namespace {

using testing::ElementsAre;
using testing::SizeIs;

TEST(Axis, MapsNumbersToPixels) {
  const Axis up(0, 10, 200, 100);
  EXPECT_EQ(up.at(0), 200);
  EXPECT_EQ(up.at(10), 100);
  EXPECT_EQ(up.at(2.5), 175);
  const Axis log(0.01, 100, 0, 400, true);
  EXPECT_NEAR(log.at(1), 200, 1e-9);
  EXPECT_NEAR(log.at(10), 300, 1e-9);
}

TEST(Axis, TicksAreRound) {
  EXPECT_THAT(Axis(0, 10, 0, 1).ticks(5), ElementsAre(0, 2, 4, 6, 8, 10));
  EXPECT_THAT(Axis(0.5, 528.5, 0, 1).ticks(5), ElementsAre(200, 400));
  EXPECT_THAT(Axis(-3, 4, 0, 1).ticks(4), ElementsAre(-2, 0, 2, 4));
  EXPECT_FALSE(std::signbit(Axis(0, 10, 0, 1).ticks(5).front()));
  const auto log = Axis(0.03, 4, 0, 1, true).ticks(6);
  ASSERT_THAT(log, SizeIs(6));
  EXPECT_NEAR(log.front(), 0.05, 1e-12);
  EXPECT_NEAR(log.back(), 2, 1e-12);
  EXPECT_THAT(Axis(1e-12, 1, 0, 1, true).ticks(6), SizeIs(13));
}

TEST(Axis, NeedsTwoNumbers) {
  EXPECT_THROW(Axis(1, 1, 0, 1), std::invalid_argument);
  EXPECT_THROW(Axis(0, 1, 0, 1, true), std::invalid_argument);
  EXPECT_THROW(Axis(0, std::numeric_limits<double>::infinity(), 0, 1), std::invalid_argument);
}

TEST(NumberText, IsShort) {
  EXPECT_EQ(number_text(25568), "25,568");
  EXPECT_EQ(number_text(1234567), "1,234,567");
  EXPECT_EQ(number_text(-1000), "-1,000");
  EXPECT_EQ(number_text(999), "999");
  EXPECT_EQ(number_text(0.05), "0.05");
  EXPECT_EQ(number_text(0.00002), "2e-05");
  EXPECT_EQ(number_text(0), "0");
}

}  // namespace
}  // namespace gradcore::report
