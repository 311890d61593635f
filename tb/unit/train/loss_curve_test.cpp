// SPDX-License-Identifier: Apache-2.0
#include "sw/train/loss_curve.h"

#include <gtest/gtest.h>

#include <stdexcept>
#include <string>

#include "sw/io/error.h"
#include "sw/io/plot.h"
#include "tb/unit/io/scratch_folder.h"

namespace gradcore::train {
namespace {

// Two epochs of two steps; stopped in the middle of the second one.
History stopped() {
  History history;
  for (const float loss : {2.5f, 1.0f, 0.1f}) {
    StepRecord step;
    step.loss = loss;
    step.epoch = history.steps.size() < 2 ? 0 : 1;
    history.steps.push_back(step);
  }
  history.epochs.resize(1);
  history.epochs[0].test_accuracy = 0.75;
  return history;
}

TEST(LossCurve, TableHasAccuracyWhereAnEpochEnds) {
  const tb::ScratchFolder folder;
  write_loss_csv(folder / "loss.csv", stopped());
  EXPECT_EQ(folder.read("loss.csv"),
            "step,epoch,loss,test_accuracy\n"
            "1,1,2.5,\n"
            "2,1,1,0.750000\n"
            "3,2,0.100000001,\n");
}

TEST(LossCurve, PictureIsThereOrTheReasonWhyNot) {
  const tb::ScratchFolder folder;
  try {
    plot_loss(folder / "loss.png", stopped());
    EXPECT_EQ(folder.read("loss.png").substr(1, 3), "PNG");
  } catch (const io::PlotError& error) {
    EXPECT_NE(std::string(error.what()).find("gnuplot"), std::string::npos);
    EXPECT_EQ(folder.file_count(), 0u);
  }
}

TEST(LossCurve, NothingIsWrittenWhereItCannotBe) {
  const tb::ScratchFolder folder;
  EXPECT_THROW(write_loss_csv(folder / "missing/loss.csv", stopped()), io::FileError);
  EXPECT_THROW(plot_loss(folder / "missing/loss.png", stopped()), io::FileError);
  EXPECT_THROW(plot_loss(folder / "loss.png", History{}), std::invalid_argument);
  EXPECT_EQ(folder.file_count(), 0u);
}

}  // namespace
}  // namespace gradcore::train
