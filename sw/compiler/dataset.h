// SPDX-License-Identifier: Apache-2.0
// The data that a description names, and how they are cut into batches.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "sw/compiler/network.h"
#include "sw/train/digits.h"

namespace gradcore::compiler {

// Digits from their file (throws io::FileError), or normal clusters whose centres are a function of
// the seed: inputs are centre + noise, both rounded to bfloat16 by the chip's host only.
train::Dataset make_dataset(const Network& network);

// The order of the training samples in an epoch; the same for all unless it is to be shuffled.
std::vector<std::uint32_t> sample_order(const Network& network, std::uint32_t epoch,
                                        std::uint32_t samples);

// Start weights of a layer, inputs x outputs: uniform with variance 2 / inputs (He et al., Delving
// deep into rectifiers, 2015). Biases are 0.
std::vector<float> start_weights(const Network& network, std::size_t layer);

// Bytes of samples as the chip's DRAM holds them: bfloat16, nearest even.
std::vector<std::byte> input_bytes(const train::Samples& samples, std::uint32_t features,
                                   std::span<const std::uint32_t> which);
// One-hot, 1 / batch at the class, binary32.
std::vector<std::byte> label_bytes(const train::Samples& samples, std::uint32_t classes,
                                   std::uint32_t batch, std::span<const std::uint32_t> which);
std::vector<std::byte> float_bytes(std::span<const float> values);
std::vector<float> floats(std::span<const std::byte> bytes);

}  // namespace gradcore::compiler
