// SPDX-License-Identifier: Apache-2.0
// Integers that are interesting to normalise and round to 24 bits.
#pragma once

#include <cstdint>
#include <sstream>
#include <string>
#include <vector>

#include "tb/harness/unit_bench.h"

namespace gradcore::harness {

// Below 2^width: zero, and for every length powers of two, ties to even and to odd, all ones, and
// the neighbours of each.
inline std::vector<std::uint64_t> corner_magnitudes(unsigned width) {
  const std::uint64_t limit = std::uint64_t{1} << width;
  std::vector<std::uint64_t> out = {0};
  for (unsigned bit = 0; bit < width; ++bit) {
    const std::uint64_t power = std::uint64_t{1} << bit;
    const std::uint64_t half = bit >= 24 ? power >> 24 : 0;  // of the last place that is kept
    for (const std::uint64_t base :
         {power, power + half, power + 3 * half, 2 * power - half, power + power / 2}) {
      for (const std::uint64_t value : {base - 1, base, base + 1}) {
        if (value < limit) out.push_back(value);
      }
    }
  }
  return out;
}

// Below 2^width, of any length; often with few bits below those that are kept, or at a tie.
inline std::uint64_t random_magnitude(RandomPatterns& random, unsigned width) {
  const unsigned length = random.below(width + 1);
  const std::uint64_t mask = (std::uint64_t{1} << length) - 1;
  std::uint64_t value = random.bits() & mask;
  switch (random.below(4)) {
    case 0:  // sparse
      value &= random.bits() & random.bits();
      break;
    case 1:  // the lower part zeros or ones, give or take one
      if (length > 0) {
        const std::uint64_t low = (std::uint64_t{1} << random.below(length)) - 1;
        value = random.one_in(2) ? value | low : value & ~low;
        value += random.below(3) - std::uint64_t{1};
      }
      break;
    case 2:  // at a tie
      if (length > 25) {
        const std::uint64_t half = std::uint64_t{1} << (length - 25);
        value = (value & ~(2 * half - 1)) | half | (std::uint64_t{1} << (length - 1));
        value += random.below(3) - std::uint64_t{1};
      }
      break;
    default:
      break;
  }
  return value & mask;
}

}  // namespace gradcore::harness
