// SPDX-License-Identifier: Apache-2.0
// Numbers as popular as words and products are: the k-th most popular with probability ~ k^-s.
#pragma once

#include <array>
#include <cstdint>

#include "sw/datasets/random_stream.h"

namespace gradcore::datasets {

// By rejection, in integers only (fixed_math.h), so that any size needs 2 KiB of tables: a group of
// ranks 2^j .. 2^(j+1) - 1 is drawn as if all were as popular as the first, then one rank of it,
// which is kept with probability (2^j / k)^s, or all begins again. Probabilities are right to some
// 2^-50.
class Zipf {
 public:
  // size 1 .. 2^31, exponent s 0 (all alike) .. 8; throws std::invalid_argument.
  Zipf(std::uint32_t size, double exponent);

  // 0 is the most popular of size numbers.
  std::uint32_t draw(RandomStream& random) const;

 private:
  // (2^group / k)^s in Q63 for a k of the group.
  std::uint64_t acceptance(std::uint64_t k, unsigned group) const;

  static constexpr unsigned kCells = 256;

  std::uint64_t exponent_ = 0;  // Q56
  unsigned groups_ = 0;
  std::uint64_t size_;
  std::array<std::uint64_t, 32> below_{};       // weights of the groups so far, added up
  std::array<std::uint64_t, kCells + 1> at_{};  // acceptance of k = 2^group (1 + i / kCells)
};

}  // namespace gradcore::datasets
