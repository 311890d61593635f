// SPDX-License-Identifier: Apache-2.0
// The configuration of a run: hardware, golden vectors, training, log.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "sw/config/yaml_reader.h"
#include "sw/device/device.h"
#include "sw/train/train_config.h"

namespace gradcore::config {

// How the elements of golden vectors are drawn.
enum class Distribution {
  kNormal,     // mean 0, deviation 1
  kUniform,    // from -1 to 1
  kLogNormal,  // +-exp(2 g) with g normal: wide exponents
  kInteger,    // -8 to 8: every sum is exact
  kSubnormal,  // the smallest magnitudes, most of them subnormal
  kBits,       // any bit pattern: NaNs, infinities and zeros among them
};
const std::vector<std::string>& distribution_names();

enum class Pass { kForward, kInputGradient, kWeightGradient, kGemm };
// "fwd", "dX", "dW", "gemm".
const std::string& pass_name(Pass pass);

// One golden vector: Y = op(A) op(B), Y is m x n, the inner dimension k.
struct GoldenVector {
  std::string name;
  Pass pass = Pass::kGemm;
  std::uint32_t m = 0, k = 0, n = 0;
  bool trans_a = false, trans_b = false;
  bool accumulate = false;  // Y += ..., from random values
  Distribution values = Distribution::kNormal;
};

// The three GEMMs of a linear layer with `in` inputs and `out` outputs on `batch` samples.
std::vector<GoldenVector> layer_vectors(const GoldenVector& like, std::uint32_t batch,
                                        std::uint32_t in, std::uint32_t out);
// What is checked when the configuration does not say.
std::vector<GoldenVector> default_vectors();

struct Log {
  std::string level = "info";  // trace, debug, info, warning, error or off
  std::string file;            // empty: the terminal
};
const std::vector<std::string>& log_levels();

struct Config {
  device::Hardware hardware;
  std::uint64_t seed = 1;  // of the golden vectors, and of the training unless it has its own
  std::vector<GoldenVector> vectors = default_vectors();
  train::TrainConfig training;
  Log log;
};

// Reads a configuration; what the file does not mention has its default. Throws ConfigError.
Config load_config(const std::filesystem::path& path);
// The same from a text; `name` stands for the file in messages, relative paths are taken from the
// folder of `name`.
Config parse_config(const std::string& text, const std::string& name);

// Throws ConfigError at `value` for hardware no core can have.
device::Hardware read_hardware(const Value& value);

}  // namespace gradcore::config
