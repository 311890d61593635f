// SPDX-License-Identifier: Apache-2.0
#include "sw/nn/sampling.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <stdexcept>
#include <vector>

#include "sw/datasets/fixed_math.h"
#include "sw/train/random.h"

namespace gradcore::nn {
namespace {

constexpr std::uint64_t kStream = 0x6000;  // apart from those of data
constexpr double kLog2e = 1.4426950408889634;

// exp(-difference / temperature) in Q47: of 2^16 tokens the sum has 63 bits.
std::uint64_t weight(double difference, double temperature) {
  const double powers = difference * kLog2e / temperature;
  if (!(powers < 48)) return 0;
  constexpr double kQ56 = 72057594037927936.0;
  return datasets::exp2_minus_q63(static_cast<std::uint64_t>(powers * kQ56)) >> 16;
}

}  // namespace

std::uint32_t choose_token(std::span<const float> logits, const Sampling& sampling,
                           std::uint64_t index) {
  if (!std::all_of(logits.begin(), logits.end(), [](float x) { return std::isfinite(x); })) {
    throw std::invalid_argument(
        "the model's logits are not all finite: its parameters have grown too large");
  }
  std::vector<std::uint32_t> tokens(logits.size());
  std::iota(tokens.begin(), tokens.end(), 0u);
  std::stable_sort(tokens.begin(), tokens.end(),
                   [&](std::uint32_t a, std::uint32_t b) { return logits[a] > logits[b]; });
  if (sampling.is_greedy) return tokens.at(0);
  if (sampling.top_k > 0 && sampling.top_k < tokens.size()) tokens.resize(sampling.top_k);
  std::vector<std::uint64_t> sums;
  std::uint64_t sum = 0;
  const double largest = logits[tokens.at(0)];
  for (const std::uint32_t token : tokens) {
    sum += weight(largest - double{logits[token]}, sampling.temperature);
    sums.push_back(sum);
  }
  const std::uint64_t draw =
      datasets::random_below(train::random_bits(sampling.seed, kStream, index), sum);
  const auto chosen = std::upper_bound(sums.begin(), sums.end(), draw);
  return tokens[static_cast<std::size_t>(chosen - sums.begin())];
}

}  // namespace gradcore::nn
