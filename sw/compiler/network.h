// SPDX-License-Identifier: Apache-2.0
// What is to be trained, on what, and how. sw/configs/digits.yaml shows every key.
#pragma once

#include <cstdint>
#include <filesystem>
#include <stdexcept>
#include <string>
#include <vector>

#include "sw/device/device.h"

namespace gradcore::compiler {

// A network, or a run of it, that the chip cannot carry out; one sentence.
class CompileError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

enum class Activation : std::uint8_t { kIdentity, kRelu, kTanh };

// Y = activation(X W + bias). The last layer's activation is the identity: the loss takes logits.
struct Linear {
  std::uint32_t outputs = 0;
  Activation activation = Activation::kIdentity;
};

enum class Method : std::uint8_t { kSgd, kAdamW };

// sgd:   v = momentum v + g,  w = w - rate v
// adamw: Loshchilov and Hutter, Decoupled weight decay regularization, 2019; with bias correction
struct Optimizer {
  Method method = Method::kSgd;
  float momentum = 0.9f;
  float beta1 = 0.9f, beta2 = 0.999f, epsilon = 1e-8f, weight_decay = 0;
  // Gradients are scaled down to this norm of all of them together (Pascanu et al., On the
  // difficulty of training recurrent neural networks, 2013); 0: never.
  float clip_norm = 0;
  // A step whose gradients hold a NaN or an infinity, or squares that overflow, changes nothing.
  bool skip_nonfinite = false;

  // Then an update needs all gradients, and must wait for the last one.
  bool is_guarded() const { return clip_norm > 0 || skip_nonfinite; }
};

enum class Decay : std::uint8_t { kNone, kLinear, kCosine };

// The learning rate of each step: rises from 0 during warm-up, then falls to final_part of itself.
struct Schedule {
  float learning_rate = 0.05f;
  std::uint32_t warmup_steps = 0;
  Decay decay = Decay::kNone;
  float final_part = 0;

  bool is_constant() const { return warmup_steps == 0 && decay == Decay::kNone; }
  // Of `step`, from 0, of a run of `steps`.
  float rate(std::uint64_t step, std::uint64_t steps) const;
};

enum class DataKind : std::uint8_t { kDigits, kSynthetic };

// Synthetic: normal clusters, one per class, from the seed.
struct Data {
  DataKind kind = DataKind::kDigits;
  std::string file;  // of digits; empty: the copy that comes with the sources
  std::uint32_t inputs = 64, classes = 10, samples = 1024, test_samples = 256;
};

// How the DRAM of a Verilated chip behaves. Results never depend on it, only cycles do.
struct Memory {
  std::uint32_t latency = 40;        // cycles from a read's address to its first data
  std::uint32_t write_latency = 20;  // from a write's last data to its answer
  double bandwidth = 16;             // bytes a cycle, reads and writes together
  // Probabilities, for each cycle, that a channel of AXI4 does nothing.
  struct Stalls {
    double ar = 0, r = 0, aw = 0, w = 0, b = 0;
  } stalls;
  double reorder = 0;       // probability that a burst overtakes those of other ids
  bool interleave = false;  // data of bursts of different ids mix
  std::uint64_t seed = 1;   // of stalls and order
};

// Where binary32 weights and the optimizer's state are between their updates: in local memory, in
// DRAM, or in DRAM as far as they must. The bfloat16 copy is in local memory anyway.
enum class WeightPlace : std::uint8_t { kAuto, kLocal, kDram };

struct Network {
  device::Hardware hardware;
  Memory memory;
  Data data;
  std::uint32_t inputs = 0;    // of the first layer: what the data have
  std::vector<Linear> layers;  // the last one has an output for each class
  Optimizer optimizer;
  Schedule schedule;
  WeightPlace weights = WeightPlace::kAuto;
  std::uint32_t batch = 32;
  std::uint32_t epochs = 12;
  bool shuffle_each_epoch = true;  // else one order for all
  std::uint64_t seed = 1;
  float min_accuracy = 0;  // of the test samples at the end: below it the run fails
};

// Throws config::ConfigError with place and reason. Relative paths are taken from the file's
// folder.
Network load_network(const std::filesystem::path& path);
// The same from a text; `name` stands for the file in messages.
Network parse_network(const std::string& text, const std::string& name);

}  // namespace gradcore::compiler
