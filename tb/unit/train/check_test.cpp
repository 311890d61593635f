// SPDX-License-Identifier: Apache-2.0
#include "sw/train/check.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "sw/io/error.h"
#include "sw/model/functional_core.h"
#include "tb/unit/io/scratch_folder.h"

namespace gradcore::train {
namespace {
namespace fs = std::filesystem;
using ::testing::HasSubstr;
using ::testing::StartsWith;

class TrainingCheck : public ::testing::Test {
 protected:
  TrainingCheck() {
    config_.hidden = {16};
    config_.epochs = 2;
  }

  Check run(const CheckOptions& options) {
    model::FunctionalCore a({16, 40, 256, 256}), b({16, 40, 256, 256});
    return check_training(a, b, config_, load_digits(), options);
  }
  tb::ScratchFolder folder_;
  TrainConfig config_;
};

TEST_F(TrainingCheck, WritesTheCurves) {
  config_.min_accuracy = 0.5f;
  const Check check = run({folder_ / "loss.csv", folder_ / "loss.png", true});
  EXPECT_TRUE(check.passed());
  const auto summary = check.summary();
  ASSERT_GE(summary.size(), 3u);
  EXPECT_THAT(summary[0], HasSubstr("after 90 steps, at least 50.00 % asked for"));
  EXPECT_THAT(summary[2], HasSubstr("bit-identical"));

  const std::string csv = folder_.read("loss.csv");
  EXPECT_THAT(csv, StartsWith("step,epoch,loss,train_accuracy,test_accuracy\n1,1,"));
  EXPECT_EQ(std::count(csv.begin(), csv.end(), '\n'), 91);
  EXPECT_THAT(csv, HasSubstr("\n46,2,"));
  if (check.plot_problem.empty()) {
    EXPECT_THAT(folder_.read("loss.png"), StartsWith("\x89PNG"));
  } else {
    EXPECT_FALSE(fs::exists(folder_ / "loss.png"));
    EXPECT_EQ(summary.back(), check.plot_problem);
  }
}

TEST_F(TrainingCheck, TooLittleAccuracyFails) {
  config_.min_accuracy = 1.0f;
  const Check check = run({});
  EXPECT_FALSE(check.passed());
  EXPECT_TRUE(check.is_identical());
  EXPECT_THAT(check.summary()[0], HasSubstr("below the 100.00 % asked for"));
  EXPECT_EQ(folder_.file_count(), 0u);
}

TEST_F(TrainingCheck, DifferingRunsFail) {
  Check check;
  check.runs.divergence = Divergence{4, "dW of layer 1"};
  EXPECT_FALSE(check.passed());
  EXPECT_EQ(check.summary()[2], "differs from the reference, first in step 5: dW of layer 1");
}

TEST_F(TrainingCheck, LooksBeforeItTrains) {
  config_.epochs = 100000;  // would take hours
  EXPECT_THROW(run({folder_ / "missing/loss.csv", {}, true}), io::FileError);
  EXPECT_THROW(run({{}, folder_ / "missing/loss.png", true}), io::FileError);
}

}  // namespace
}  // namespace gradcore::train
