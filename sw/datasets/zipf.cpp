// SPDX-License-Identifier: Apache-2.0
#include "sw/datasets/zipf.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <stdexcept>

namespace gradcore::datasets {
namespace {

constexpr std::uint32_t kMostNumbers = std::uint32_t{1} << 31;
constexpr unsigned kCellBits = 8;
constexpr unsigned kFraction = 56;

}  // namespace

Zipf::Zipf(std::uint32_t size, double exponent) : size_(size) {
  if (size == 0 || size > kMostNumbers || !(exponent >= 0 && exponent <= 8)) {
    throw std::invalid_argument(
        fmt::format("Zipf's law for {} numbers with exponent {}, expected 1 to 2^31 numbers and an "
                    "exponent from 0 to 8",
                    size, exponent));
  }
  exponent_ = static_cast<std::uint64_t>(exponent * (std::uint64_t{1} << kFraction));
  groups_ = static_cast<unsigned>(std::bit_width(size));
  // A group's weight is its number of ranks times (2^j)^-s, in Q63, shifted so that the sum has 63
  // bits: first as if the exponent were 0, then as it turns out to be.
  auto shift = groups_;
  for (int pass = 0; pass < 2; ++pass) {
    std::uint64_t sum = 0;
    for (unsigned j = 0; j < groups_; ++j) {
      const std::uint64_t first = std::uint64_t{1} << j;
      const std::uint64_t ranks = std::min(first, size_ - first + 1);
      const std::uint64_t each = exp2_minus_q63(j * exponent_);
      sum += multiply_high(each, ranks) << (64 - shift) | each * ranks >> shift;
      below_[j] = sum;
    }
    shift -= std::min(shift - 1, 63 - static_cast<unsigned>(std::bit_width(sum)));
  }
  for (unsigned i = 0; i <= kCells; ++i) at_[i] = acceptance(kCells + i, kCellBits);
}

std::uint64_t Zipf::acceptance(std::uint64_t k, unsigned group) const {
  const std::uint64_t ratio = log2_q56(k) - (std::uint64_t{group} << kFraction);
  // Q56 of a number up to 1 times Q56 of one below 16.
  return exp2_minus_q63(multiply_high(ratio << 4, exponent_ << 4));
}

std::uint32_t Zipf::draw(RandomStream& random) const {
  for (;;) {
    const std::uint64_t mass = random.below(below_[groups_ - 1]);
    unsigned group = 0;
    while (mass >= below_[group]) ++group;
    const std::uint64_t first = std::uint64_t{1} << group;
    const std::uint64_t k = first + random.below(std::min(first, size_ - first + 1));
    const std::uint64_t keep = random.next() >> 1;
    // The acceptance falls with k: that of the ends of its cell decides most cases.
    const std::uint64_t place = k - first;
    const std::uint64_t cell =
        group > kCellBits ? place >> (group - kCellBits) : place << (kCellBits - group);
    if (keep < at_[cell]) {
      const bool is_sure = group <= kCellBits || keep < at_[cell + 1];
      if (is_sure || keep < acceptance(k, group)) return static_cast<std::uint32_t>(k - 1);
    }
  }
}

}  // namespace gradcore::datasets
