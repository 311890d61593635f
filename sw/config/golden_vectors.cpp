// SPDX-License-Identifier: Apache-2.0
// The names and default contents of a configuration.
#include "sw/config/config.h"

namespace gradcore::config {

const std::vector<std::string>& distribution_names() {
  static const std::vector<std::string> names = {"normal",  "uniform",   "lognormal",
                                                 "integer", "subnormal", "bits"};
  return names;
}

const std::vector<std::string>& log_levels() {
  static const std::vector<std::string> names = {"trace",   "debug", "info",
                                                 "warning", "error", "off"};
  return names;
}

const std::string& pass_name(Pass pass) {
  static const std::vector<std::string> names = {"fwd", "dX", "dW", "gemm"};
  return names.at(static_cast<std::size_t>(pass));
}

std::vector<GoldenVector> layer_vectors(const GoldenVector& like, std::uint32_t batch,
                                        std::uint32_t in, std::uint32_t out) {
  std::vector<GoldenVector> vectors(3, like);
  // Y = X W
  vectors[0].pass = Pass::kForward;
  vectors[0].m = batch;
  vectors[0].k = in;
  vectors[0].n = out;
  // dX = dY W^T
  vectors[1].pass = Pass::kInputGradient;
  vectors[1].m = batch;
  vectors[1].k = out;
  vectors[1].n = in;
  vectors[1].trans_b = true;
  // dW = X^T dY
  vectors[2].pass = Pass::kWeightGradient;
  vectors[2].m = in;
  vectors[2].k = batch;
  vectors[2].n = out;
  vectors[2].trans_a = true;
  return vectors;
}

std::vector<GoldenVector> default_vectors() {
  struct Layer {
    const char* name;
    std::uint32_t batch, in, out;
    Distribution values;
    bool accumulate;
  };
  constexpr Layer kLayers[] = {
      {"digits 64-128", 32, 64, 128, Distribution::kNormal, false},
      {"digits 128-10", 32, 128, 10, Distribution::kNormal, false},
      {"mlp 784-128", 32, 784, 128, Distribution::kNormal, false},
      {"gpt 64-256", 256, 64, 256, Distribution::kNormal, false},
      {"odd sizes", 17, 33, 65, Distribution::kUniform, true},
      {"one row", 1, 64, 64, Distribution::kNormal, false},
      {"exact sums", 32, 48, 40, Distribution::kInteger, false},
      {"wide exponents", 32, 100, 40, Distribution::kLogNormal, false},
      {"subnormals", 32, 48, 40, Distribution::kSubnormal, true},
      {"NaN, infinity", 32, 48, 40, Distribution::kBits, true},
  };
  std::vector<GoldenVector> vectors;
  for (const Layer& layer : kLayers) {
    GoldenVector like;
    like.name = layer.name;
    like.values = layer.values;
    like.accumulate = layer.accumulate;
    for (GoldenVector& vector : layer_vectors(like, layer.batch, layer.in, layer.out)) {
      vectors.push_back(std::move(vector));
    }
  }
  return vectors;
}

}  // namespace gradcore::config
