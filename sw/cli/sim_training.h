// SPDX-License-Identifier: Apache-2.0
// The second part of `gradcore sim`: a classifier trained on the device and on the reference.
#pragma once

#include <filesystem>
#include <nlohmann/json_fwd.hpp>

#include "sw/cli/session.h"
#include "sw/device/device.h"
#include "sw/train/compare.h"

namespace gradcore::cli {

struct TrainingResult {
  train::Comparison runs;  // first: the device, second: the reference
  float min_accuracy = 0;
  double utilisation = 0;  // of the array in the device's matrix work; 0 without a clock

  double accuracy() const { return runs.first.test_accuracy(); }
  bool is_identical() const { return !runs.divergence.has_value(); }
  bool passed() const { return accuracy() >= min_accuracy && is_identical(); }
};

// Trains, prints what came out, and writes loss.csv and loss.png into `folder`. Throws
// io::FileError and what devices throw.
TrainingResult run_training(device::Device& device, device::Device& reference,
                            const train::TrainConfig& config, bool two_threads,
                            const std::filesystem::path& folder, Session& session);

// The member "training" of the results.
nlohmann::ordered_json to_json(const TrainingResult& result);

}  // namespace gradcore::cli
