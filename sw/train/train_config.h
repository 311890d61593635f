// SPDX-License-Identifier: Apache-2.0
// What a training run is made of. The YAML section `training` has these names as its keys.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace gradcore::train {

// The classifier has hidden.size() + 1 layers; its input and output widths come from the data.
struct TrainConfig {
  std::uint64_t seed = 1;                     // initial weights and order of the samples
  std::vector<std::uint32_t> hidden = {128};  // widths of the hidden layers, each 1..65536
  std::uint32_t batch = 32;                   // samples of a step, 1..65536
  std::uint32_t epochs = 12;                  // passes over the training samples, 1..100000
  float learning_rate = 0.05f;                // finite, > 0
  float momentum = 0.9f;                      // 0 <= momentum < 1
  float min_accuracy = 0.95f;                 // of the test samples, 0..1: below it the run fails
  std::string data;                           // digits file; empty: the copy in the source tree
};

}  // namespace gradcore::train
