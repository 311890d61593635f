// SPDX-License-Identifier: Apache-2.0
// Random numbers as a function of (seed, stream, index): no state, so nothing depends on the order
// in which they are asked for. The distributions of <random> differ between libraries.
#pragma once

#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

namespace gradcore::train {

// The finalizer of SplitMix64 (Steele, Lea, Flood: Fast splittable pseudorandom number generators,
// OOPSLA 2014): a bijection whose output bits all depend on all input bits.
constexpr std::uint64_t mix(std::uint64_t x) {
  x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9u;
  x = (x ^ (x >> 27)) * 0x94D049BB133111EBu;
  return x ^ (x >> 31);
}

constexpr std::uint64_t random_bits(std::uint64_t seed, std::uint64_t stream, std::uint64_t index) {
  constexpr std::uint64_t kStep = 0x9E3779B97F4A7C15u;
  return mix(mix(mix(seed + kStep) + (stream + 1) * kStep) + (index + 1) * kStep);
}

// Uniform in (-limit, limit): 24 bits, symmetric, never zero.
constexpr float random_uniform(std::uint64_t bits, float limit) {
  const auto odd = static_cast<std::int32_t>((bits >> 40) | 1u);  // 1..2^24-1
  return static_cast<float>(odd - 0x800000) * (1.0f / 0x800000) * limit;
}

// A permutation of 0..size-1 (Fisher and Yates). Slightly uneven, by less than size / 2^32.
inline std::vector<std::uint32_t> random_order(std::uint64_t seed, std::uint64_t stream,
                                               std::uint32_t size) {
  std::vector<std::uint32_t> order(size);
  for (std::uint32_t i = 0; i < size; ++i) order[i] = i;
  for (std::uint32_t i = size; i > 1; --i) {
    const std::uint64_t draw = random_bits(seed, stream, i) >> 32;
    std::swap(order[i - 1], order[static_cast<std::size_t>((draw * i) >> 32)]);
  }
  return order;
}

}  // namespace gradcore::train
