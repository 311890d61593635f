// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <bit>
#include <cstdint>
#include <span>

#include "sw/train/random.h"

namespace gradcore::train {

// A 64-bit fingerprint of a sequence of numbers, by their bits. Sequences of the same length that
// differ in one number always have different fingerprints: each step is a bijection.
class Digest {
 public:
  void add(std::uint32_t word) { state_ = (state_ ^ word) * 0x100000001B3u; }  // as in FNV-1a
  void add(float value) { add(std::bit_cast<std::uint32_t>(value)); }
  template <typename T>
  void add(std::span<const T> values) {
    for (const T value : values) add(value);
  }
  void add_digest(std::uint64_t digest) {
    add(static_cast<std::uint32_t>(digest));
    add(static_cast<std::uint32_t>(digest >> 32));
  }
  std::uint64_t value() const { return mix(state_); }

 private:
  std::uint64_t state_ = 0xCBF29CE484222325u;
};

}  // namespace gradcore::train
