// SPDX-License-Identifier: Apache-2.0
// The second part of `gradcore sim`: a classifier trained on the chip and on the model of it.
#pragma once

#include <filesystem>
#include <nlohmann/json_fwd.hpp>

#include "sw/cli/session.h"
#include "sw/compiler/run.h"
#include "sw/runtime/status.h"
#include "sw/train/history.h"
#include "sw/train/train_config.h"

namespace gradcore::cli {

struct TrainingResult {
  train::History history;  // of the chip
  float min_accuracy = 0;
  std::int64_t differs_at = -1;  // step, from 0, whose loss is not the model's; or all steps, when
                                 // only the weights at the end differ; -1: the same bits
  runtime::Counters counters;    // of the training, evaluations not counted
  double ideal_cycles = 0;       // of a step

  double accuracy() const { return history.test_accuracy(); }
  bool is_identical() const { return differs_at < 0; }
  bool passed() const { return accuracy() >= min_accuracy && is_identical(); }
  // Of the array, wall to wall; 0 without a clock.
  double utilisation() const;
};

// The network that the configuration asks for.
compiler::Network network_of(const train::TrainConfig& config, const device::Hardware& hardware);

// Trains, prints what came out, and writes loss.csv and loss.png into `folder`. Throws
// BackendError, compiler::CompileError, compiler::ChipError, io::FileError, Interrupted.
TrainingResult run_training(const std::string& backend, const device::Hardware& hardware,
                            const train::TrainConfig& config, bool two_threads,
                            const std::filesystem::path& folder, Session& session);

// The member "training" of the results.
nlohmann::ordered_json to_json(const TrainingResult& result);

}  // namespace gradcore::cli
