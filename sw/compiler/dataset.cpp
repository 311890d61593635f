// SPDX-License-Identifier: Apache-2.0
#include "sw/compiler/dataset.h"

#include <bit>
#include <cmath>

#include "sw/model/bf16.h"
#include "sw/train/random.h"

namespace gradcore::compiler {
namespace {

// Streams of random numbers; below are the layers' weights. The first is that of sw/train.
constexpr std::uint64_t kOrderStream = std::uint64_t{1} << 32;
constexpr std::uint64_t kCentreStream = std::uint64_t{1} << 40;
constexpr std::uint64_t kNoiseStream = (std::uint64_t{1} << 40) + 1;
constexpr std::uint64_t kTestStream = (std::uint64_t{1} << 40) + 2;

// Nearly normal, deviation 1: the sum of twelve uniform numbers. No function of the host's
// mathematical library, whose last bit is its own.
float normal(std::uint64_t seed, std::uint64_t stream, std::uint64_t index) {
  float sum = 0;
  for (unsigned i = 0; i < 12; ++i) {
    sum += train::random_uniform(train::random_bits(seed, stream, 12 * index + i), 0.5f);
  }
  return sum;
}

train::Samples clusters(const Network& network, std::uint64_t stream, std::uint32_t count) {
  constexpr float kSpread = 0.25f;  // of the centres, against noise of 1
  const std::uint32_t features = network.data.inputs;
  train::Samples out;
  out.inputs.reserve(std::size_t{count} * features);
  for (std::uint32_t s = 0; s < count; ++s) {
    const std::uint32_t label = s % network.data.classes;
    for (std::uint32_t f = 0; f < features; ++f) {
      const float centre = normal(network.seed, kCentreStream, std::uint64_t{label} * features + f);
      out.inputs.push_back(kSpread * centre +
                           normal(network.seed, stream, std::uint64_t{s} * features + f));
    }
    out.labels.push_back(static_cast<std::uint8_t>(label));
  }
  return out;
}

template <typename T>
void append(std::vector<std::byte>& to, T bits) {
  for (std::size_t k = 0; k < sizeof(T); ++k) to.push_back(static_cast<std::byte>(bits >> 8 * k));
}

}  // namespace

train::Dataset make_dataset(const Network& network) {
  if (network.data.kind == DataKind::kDigits) return train::load_digits(network.data.file);
  return {network.data.inputs, network.data.classes,
          clusters(network, kNoiseStream, network.data.samples),
          clusters(network, kTestStream, network.data.test_samples)};
}

std::vector<std::uint32_t> sample_order(const Network& network, std::uint32_t epoch,
                                        std::uint32_t samples) {
  return train::random_order(network.seed, kOrderStream + (network.shuffle_each_epoch ? epoch : 0),
                             samples);
}

std::vector<float> start_weights(const Network& network, std::size_t layer) {
  const std::uint32_t inputs = layer == 0 ? network.inputs : network.layers[layer - 1].outputs;
  const float limit = std::sqrt(6.0f / static_cast<float>(inputs));
  std::vector<float> out(std::size_t{inputs} * network.layers[layer].outputs);
  for (std::size_t i = 0; i < out.size(); ++i) {
    out[i] = train::random_uniform(train::random_bits(network.seed, layer, i), limit);
  }
  return out;
}

std::vector<std::byte> input_bytes(const train::Samples& samples, std::uint32_t features,
                                   std::span<const std::uint32_t> which) {
  std::vector<std::byte> out;
  out.reserve(which.size() * features * 2);
  for (const std::uint32_t sample : which) {
    for (std::uint32_t f = 0; f < features; ++f) {
      const float value = samples.inputs[std::size_t{sample} * features + f];
      append(out, model::fp32_to_bf16_rne(std::bit_cast<std::uint32_t>(value)));
    }
  }
  return out;
}

std::vector<std::byte> label_bytes(const train::Samples& samples, std::uint32_t classes,
                                   std::uint32_t batch, std::span<const std::uint32_t> which) {
  const auto hot = std::bit_cast<std::uint32_t>(1.0f / static_cast<float>(batch));
  std::vector<std::byte> out;
  out.reserve(which.size() * classes * 4);
  for (const std::uint32_t sample : which) {
    for (std::uint32_t c = 0; c < classes; ++c) {
      append(out, samples.labels[sample] == c ? hot : std::uint32_t{0});
    }
  }
  return out;
}

std::vector<std::byte> float_bytes(std::span<const float> values) {
  std::vector<std::byte> out;
  out.reserve(values.size() * 4);
  for (const float value : values) append(out, std::bit_cast<std::uint32_t>(value));
  return out;
}

std::vector<float> floats(std::span<const std::byte> bytes) {
  std::vector<float> out(bytes.size() / 4);
  for (std::size_t i = 0; i < out.size(); ++i) {
    std::uint32_t bits = 0;
    for (unsigned k = 0; k < 4; ++k) {
      bits |= std::to_integer<std::uint32_t>(bytes[4 * i + k]) << (8 * k);
    }
    out[i] = std::bit_cast<float>(bits);
  }
  return out;
}

}  // namespace gradcore::compiler
