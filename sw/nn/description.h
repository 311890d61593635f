// SPDX-License-Identifier: Apache-2.0
// A network and its training, as described in YAML. sw/configs/gpt.yaml shows every key.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "sw/compiler/network.h"
#include "sw/datasets/click_log.h"
#include "sw/nn/layer.h"
#include "sw/nn/loss.h"

namespace gradcore::nn {

// Checkpoints have the numbers.
enum class LayerKind : std::uint8_t {
  kEmbedding,
  kLinear,
  kActivation,
  kNorm,
  kAttention,
  kResidual,
  kInteraction,
  kSwiglu,
  kDropout,
};

// One of the layers, with the keys that belong to its kind.
struct LayerDescription {
  LayerKind kind = LayerKind::kLinear;
  std::string place;  // in the file, for messages
  std::uint32_t outputs =
      0;                 // linear: columns, 0: as many as there are classes; embedding: features
  bool has_bias = true;  // linear, attention
  bool is_tied = false;  // linear: the weights are those of the embedding
  bool has_positions = true;  // embedding
  std::uint32_t heads = 1;    // attention
  double dropout = 0;         // dropout; attention: of its weights
  Function function = Function::kRelu;
  Norm::Kind norm = Norm::Kind::kLayer;
  bool is_last_of_residual = false;
  bool is_adagrad = false;               // interaction: of its tables
  bool is_mean = false;                  // interaction: of its bags, else sums
  std::vector<LayerDescription> layers;  // residual, bottom of an interaction
};

enum class DataSet : std::uint8_t { kText, kClickLog, kCriteo };

struct DataDescription {
  DataSet set = DataSet::kText;
  std::string file;                    // empty: the default of the set
  std::uint32_t sequence = 64;         // text: tokens
  datasets::ClickLogConfig clicks;     // click_log
  std::uint32_t table_rows = 100'000;  // criteo: categories are counted modulo this
};

struct Description {
  std::string name;  // of the file, without folder and ending
  device::Hardware hardware;
  compiler::Memory memory;
  DataDescription data;
  std::vector<LayerDescription> layers;
  LossKind loss = LossKind::kSoftmaxCrossEntropy;
  compiler::Optimizer optimizer;
  compiler::Schedule schedule;
  std::uint32_t batch = 32;  // samples (of text: sequences) of a step
  std::uint64_t steps = 300;
  std::uint32_t test_batches = 16;
  std::uint64_t test_every = 100;  // steps
  std::uint64_t seed = 1;
};

// Whether a file describes one of these, by its set of data: descriptions of classifiers that
// sw/compiler/network.h reads are others.
bool is_description(const std::filesystem::path& path);

// Throws config::ConfigError with place and reason. Relative paths are taken from the file's
// folder.
Description load_description(const std::filesystem::path& path);
// The same from a text; `name` stands for the file in messages.
Description parse_description(const std::string& text, const std::string& name);

}  // namespace gradcore::nn
