// SPDX-License-Identifier: Apache-2.0
// A bad line: bytes that change, go missing or come from nowhere, the same ones for the same seed.
#pragma once

#include <cstddef>
#include <cstdint>

#include "tb/harness/random_patterns.h"

namespace gradcore::board {

// Probabilities for each byte.
struct NoiseSettings {
  double flip = 0;  // one of its bits
  double drop = 0;
  double insert = 0;  // any byte behind it
  std::uint64_t seed = 1;

  bool any() const { return flip > 0 || drop > 0 || insert > 0; }
};

class Noise {
 public:
  explicit Noise(const NoiseSettings& settings) : settings_(settings), random_(settings.seed) {}

  // Hands on what becomes of a byte.
  template <typename Sink>
  void pass(std::byte byte, Sink sink) {
    if (happens(settings_.flip)) byte ^= static_cast<std::byte>(1u << random_.below(8));
    if (!happens(settings_.drop)) sink(byte);
    if (happens(settings_.insert)) sink(static_cast<std::byte>(random_.below(256)));
  }
  std::uint64_t errors() const { return errors_; }

 private:
  bool happens(double probability) {
    if (probability <= 0) return false;
    constexpr double kRange = 4294967296.0;
    const bool yes = random_.bits32() < probability * kRange;
    errors_ += yes ? 1 : 0;
    return yes;
  }

  NoiseSettings settings_;
  harness::RandomPatterns random_;
  std::uint64_t errors_ = 0;
};

}  // namespace gradcore::board
