// SPDX-License-Identifier: Apache-2.0
// Embedding tables in plain C++, with the sums in the order that embedding_lists.h promises, and
// mini-batches of bags whose indices follow a power law.
#pragma once

#include <bit>
#include <cstdint>
#include <map>
#include <vector>

#include "sw/datasets/zipf.h"
#include "sw/model/functions.h"
#include "sw/nn/embedding_lists.h"
#include "sw/train/random.h"

namespace gradcore::nn::plain {

// Bags of least to most indices; about one in eight is empty where that is allowed.
inline datasets::Bags zipf_bags(std::uint32_t count, std::uint32_t least, std::uint32_t most,
                                std::uint32_t table_rows, std::uint64_t seed, double exponent) {
  const datasets::Zipf zipf(table_rows, exponent);
  datasets::RandomStream random(seed, 0, 0);
  datasets::Bags out;
  for (std::uint32_t b = 0; b < count; ++b) {
    std::uint32_t size = least + static_cast<std::uint32_t>(random.below(most - least + 1));
    if (least == 0 && random.below(8) == 0) size = 0;
    for (std::uint32_t i = 0; i < size; ++i) out.indices.push_back(zipf.draw(random));
    out.offsets.push_back(static_cast<std::uint32_t>(out.indices.size()));
  }
  return out;
}

inline std::vector<float> random_floats(std::size_t count, std::uint64_t seed, float range) {
  std::vector<float> out(count);
  for (std::size_t i = 0; i < count; ++i) {
    out[i] = train::random_uniform(train::random_bits(seed, 7, i), range);
  }
  return out;
}

struct Embedding {
  unsigned n = 4;  // size of the array, which fixes the order of sums of a row
  std::uint32_t features = 0;
  bool is_adagrad = false, is_mean = false;
  std::vector<float> rows, state;

  float sum_of_squares(const std::vector<float>& g) const {
    float out = 0;
    for (std::size_t tile = 0; tile < g.size(); tile += n) {
      std::vector<float> lanes(n, -0.0f);
      for (std::size_t i = 0; i < n && tile + i < g.size(); ++i)
        lanes[i] = g[tile + i] * g[tile + i];
      for (std::size_t half = n / 2; half > 0; half /= 2) {
        for (std::size_t i = 0; i < half; ++i) lanes[i] += lanes[i + half];
      }
      out = tile == 0 ? lanes[0] : out + lanes[0];
    }
    return out;
  }

  // Sums of so many vectors each, in the order of embedding_lists.h.
  static std::vector<float> sum(const std::vector<std::vector<float>>& addends, std::uint32_t chain,
                                std::size_t features) {
    const std::size_t parts = (addends.size() + chain - 1) / chain;
    std::vector<float> total(features, 0.0f);
    for (std::size_t p = 0; p < parts; ++p) {
      std::vector<float> part(features, 0.0f);
      for (std::size_t k = p; k < addends.size(); k += parts) {
        for (std::size_t f = 0; f < features; ++f) part[f] += addends[k][f];
      }
      for (std::size_t f = 0; f < features; ++f) total[f] += part[f];
    }
    return total;
  }

  std::vector<float> pooled(const datasets::Bags& bags) const {
    std::vector<float> out;
    for (std::size_t b = 0; b < bags.count(); ++b) {
      std::vector<std::vector<float>> addends;
      for (const std::uint32_t row : bags.bag(b)) {
        const auto first = rows.begin() + std::ptrdiff_t{row} * features;
        addends.emplace_back(first, first + features);
      }
      constexpr std::uint32_t kChain = 16;
      for (const float x : sum(addends, kChain, features)) {
        out.push_back(
            is_mean ? x * (addends.empty() ? 0.0f : 1.0f / static_cast<float>(addends.size())) : x);
      }
    }
    return out;
  }

  void update(const datasets::Bags& bags, const std::vector<float>& gradients, float rate) {
    std::map<std::uint32_t, std::vector<std::vector<float>>> addends;
    for (std::size_t b = 0; b < bags.count(); ++b) {
      std::vector<float> g(gradients.begin() + static_cast<std::ptrdiff_t>(b * features),
                           gradients.begin() + static_cast<std::ptrdiff_t>((b + 1) * features));
      if (is_mean && !bags.bag(b).empty()) {
        for (float& x : g) x *= 1.0f / static_cast<float>(bags.bag(b).size());
      }
      for (const std::uint32_t row : bags.bag(b)) addends[row].push_back(g);
    }
    const auto indices = static_cast<std::uint32_t>(bags.indices.size());
    const std::uint32_t chain = std::max(16u, (indices + 47) / 48);
    for (const auto& [row, all] : addends) {
      const std::vector<float> g = sum(all, chain, features);
      float scale = rate;
      if (is_adagrad) {
        float& h = state[row];
        h = sum_of_squares(g) * (1.0f / static_cast<float>(features)) + h;
        const auto bits = std::bit_cast<std::uint32_t>(h + 1e-10f);
        scale = std::bit_cast<float>(model::fp32_rsqrt(bits)) * rate;
      }
      for (std::size_t f = 0; f < features; ++f) {
        float& w = rows[std::size_t{row} * features + f];
        w -= g[f] * scale;
      }
    }
  }
};

}  // namespace gradcore::nn::plain
