// SPDX-License-Identifier: Apache-2.0
// What the commands that work with a model (train, eval, generate, export, import) have in common.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "sw/cli/chip.h"
#include "sw/cli/recording.h"
#include "sw/cli/session.h"
#include "sw/nn/decoding.h"
#include "sw/nn/training.h"

namespace gradcore::cli {

// A model on a chip, with its data.
struct ModelRun {
  nn::Description description;
  std::unique_ptr<nn::Feed> feed;
  nn::LaunchShape shape;
  nn::CompiledModel compiled;
  std::optional<nn::CompiledDecoding> decoding;
  std::unique_ptr<Recording> recording;
  std::unique_ptr<runtime::Device> chip;
  std::unique_ptr<nn::Training> training;
};

struct ModelChoice {
  std::string file;  // description
  std::string backend = "model";
  std::optional<std::uint64_t> seed = std::nullopt;
  std::uint32_t steps = 1;  // of a launch, at most
  // What for; to take a text on may be asked for besides.
  bool trains = true, evaluates = true, decodes = false;
  RecordingOptions recording = {};
  WaveChoice waves = {};
  BoardChoice board = {};
  bool dumps = false;  // steps store what flows between their layers
};

// The same without a chip, for work with files.
struct ModelFiles {
  nn::Description description;
  std::unique_ptr<nn::Feed> feed;
  std::unique_ptr<nn::Model> model;
};
ModelFiles make_model_files(const std::string& file);

// Compiles the model and puts it on a chip with its start values. Throws what its parts throw.
ModelRun make_model_run(const ModelChoice& choice);

// "a 16 x 16 array, ..." and the like: the first lines of a command's output.
void introduce(const ModelRun& run, const std::string& backend, Session& session);

}  // namespace gradcore::cli
