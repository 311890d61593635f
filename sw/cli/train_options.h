// SPDX-License-Identifier: Apache-2.0
// What `gradcore train` was asked for.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "sw/cli/chip.h"
#include "sw/cli/session.h"

namespace gradcore::cli {

struct TrainOptions {
  std::string file, json, listing, folder, timeline, report;
  std::uint64_t timeline_cycles = 1'000'000;
  WaveChoice waves = {.file = "", .from = 0, .cycles = 20'000};
  std::string backend = "model";
  BoardChoice board = {};
  std::optional<std::uint64_t> steps, seed;
  // Of models with layers of many kinds (sw/nn).
  std::string checkpoint, resume;
  std::optional<std::uint64_t> checkpoint_every;
};

// Trains a model of sw/nn. True means passed.
bool train_model(const TrainOptions& options, Session& session);

}  // namespace gradcore::cli
