// SPDX-License-Identifier: Apache-2.0
// Several random numbers for one thing, such as a sample.
#pragma once

#include <cstdint>

#include "sw/datasets/fixed_math.h"
#include "sw/train/random.h"

namespace gradcore::datasets {

// SplitMix64, begun at a function of (seed, stream, index).
class RandomStream {
 public:
  RandomStream(std::uint64_t seed, std::uint64_t stream, std::uint64_t index)
      : state_(train::random_bits(seed, stream, index)) {}

  std::uint64_t next() {
    state_ += 0x9E3779B97F4A7C15u;
    return train::mix(state_);
  }
  std::uint64_t below(std::uint64_t limit) { return random_below(next(), limit); }

 private:
  std::uint64_t state_;
};

}  // namespace gradcore::datasets
