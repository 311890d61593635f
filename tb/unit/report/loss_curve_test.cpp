// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <limits>

#include "sw/report/svg.h"
#include "tb/unit/report/well_formed.h"

namespace gradcore::report {
namespace {

using testing::HasSubstr;
using testing::Not;

// The path of the curve itself.
std::string path_of(const std::string& svg) {
  const std::size_t end = svg.find("\" class=\"loss\"");
  const std::size_t begin = svg.rfind("d=\"", end) + 3;
  return svg.substr(begin, end - begin);
}

TEST(LossCurve, GoesThroughEveryStep) {
  // Left axis from 10 down to 0.1, logarithmic: the middle is 1.
  const std::string svg = loss_curve({10, 1, 0.1f}, {0.5, 1});
  tb::expect_self_contained(svg);
  EXPECT_EQ(path_of(svg), "M208.3 16.0L485.0 165.0L761.7 314.0");
  EXPECT_THAT(svg, HasSubstr("epoch 1: 50.00 %"));
  EXPECT_THAT(svg, HasSubstr("epoch 2: 100.00 %"));
  EXPECT_THAT(svg, HasSubstr(">100 %</text>"));
}

TEST(LossCurve, WithZeroTheAxisIsLinear) {
  EXPECT_EQ(path_of(loss_curve({2, 0}, {})), "M277.5 16.0L692.5 314.0");
  EXPECT_THAT(loss_curve({2, 0}, {}), Not(HasSubstr("%</text>")));
}

TEST(LossCurve, WhatIsNoNumberLeavesAGap) {
  const float nan = std::numeric_limits<float>::quiet_NaN();
  const std::string path =
      path_of(loss_curve({2, nan, 1, std::numeric_limits<float>::infinity()}, {}));
  EXPECT_EQ(std::count(path.begin(), path.end(), 'M'), 2);
  EXPECT_EQ(std::count(path.begin(), path.end(), 'L'), 0);
  EXPECT_THAT(loss_curve({nan, nan}, {}), HasSubstr("no loss that is a number"));
}

TEST(LossCurve, OneStepAndAFlatCurveCanBeDrawn) {
  EXPECT_EQ(path_of(loss_curve({1.5f}, {0.25})).substr(0, 2), "M4");
  tb::expect_self_contained(loss_curve({0, 0, 0}, {}));
}

TEST(LossCurve, VeryManyStepsAreSummedUp) {
  std::vector<float> losses(100'000);
  for (std::size_t i = 0; i < losses.size(); ++i) {
    losses[i] = 1.0f + static_cast<float>(i % 2);
  }
  const std::string svg = loss_curve(losses, {});
  tb::expect_self_contained(svg);
  EXPECT_LT(svg.size(), 100'000u);
  EXPECT_THAT(svg, HasSubstr("314.0V16.0"));
}

}  // namespace
}  // namespace gradcore::report
