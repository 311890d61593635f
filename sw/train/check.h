// SPDX-License-Identifier: Apache-2.0
// Training as a test of a device: does it learn, and is it bit for bit the reference?
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "sw/train/compare.h"

namespace gradcore::train {

struct CheckOptions {
  std::filesystem::path csv, png;  // loss curve as a table and as a picture; empty: not written
  bool two_threads = true;
};

struct Check {
  Comparison runs;  // first: the device, second: the reference
  double min_accuracy = 0;
  std::string plot_problem;  // why there is no picture; empty when all is well

  bool is_accurate() const { return runs.first.test_accuracy() >= min_accuracy; }
  bool is_identical() const { return !runs.divergence; }
  bool passed() const { return is_accurate() && is_identical(); }
  // What to tell the user, one sentence per line.
  std::vector<std::string> summary() const;
};

// Trains on both and writes the curves of the device's run, also when the runs differ. That the
// files can be written is looked at first. Without gnuplot there is no picture, which is no error.
// Throws what train_on_both() throws, and io::FileError.
Check check_training(device::Device& device, device::Device& reference, const TrainConfig& config,
                     const Dataset& data, const CheckOptions& options,
                     const TrainObserver& observer = {});

}  // namespace gradcore::train
