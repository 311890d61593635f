// SPDX-License-Identifier: Apache-2.0
// The course of a training run as a table and as a picture.
#pragma once

#include <filesystem>

#include "sw/train/history.h"

namespace gradcore::train {

// Columns step, epoch, loss, test_accuracy; the accuracy only where an epoch ends. Steps and epochs
// count from 1. Throws io::FileError.
void write_loss_csv(const std::filesystem::path& path, const History& history);
// PNG: the loss of every step, its mean over each epoch, and the accuracy on the test samples.
// Throws io::PlotError when there is no gnuplot, io::FileError.
void plot_loss(const std::filesystem::path& path, const History& history);

}  // namespace gradcore::train
