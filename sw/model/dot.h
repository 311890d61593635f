// SPDX-License-Identifier: Apache-2.0
// The aligned dot product: how a tile of n products of bfloat16 numbers becomes one binary32.
//
//   value of an operand     +-significand * 2^(exponent - 134), significand < 2^8, exponent >= 1
//   bound of the tile       max_a + max_w, the largest exponents of the two vectors
//   one product             significand_a * significand_w, with f - 16 zero bits appended, shifted
//                           right by (max_a - exponent_a) + (max_w - exponent_w); what falls out
//                           is dropped (toward zero)
//   the tile                integer sum of the signed products, in units of 2^(max_a+max_w-252-f),
//                           at the end rounded once to binary32
//
// Integer addition is associative: the order of the n products cannot matter.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include "sw/model/bf16.h"
#include "sw/model/fp32.h"

namespace gradcore::model {

// What the bits of a result depend on, besides the operands.
struct Numerics {
  unsigned n = 16;  // products per tile: 4, 8, 16 or 32
  unsigned f = 40;  // bits of an aligned product: 24..48
  bool operator==(const Numerics&) const = default;
};
constexpr bool is_supported(const Numerics& numerics) {
  const unsigned n = numerics.n;
  return (n == 4 || n == 8 || n == 16 || n == 32) && numerics.f >= 24 && numerics.f <= 48;
}

constexpr std::uint32_t bf16_significand(std::uint16_t bits) {
  return (bits & 0x7Fu) | ((bits & 0x7F80u) != 0 ? 0x80u : 0u);
}
constexpr std::uint32_t bf16_exponent(std::uint16_t bits) {
  return std::max((bits >> 7) & 0xFFu, 1u);
}

// One operand vector of a tile, decoded and aligned to its own largest exponent.
template <unsigned kLanes>
struct AlignedVector {
  std::array<std::uint32_t, kLanes> significand;
  std::array<std::uint32_t, kLanes> distance;  // max_exponent - exponent, at most 63
  std::array<std::uint32_t, kLanes> sign;      // 0 or 1
  std::array<std::uint16_t, kLanes> bits;
  std::uint32_t max_exponent;
  bool is_special;  // some lane is infinite or NaN
};

// For at most kLanes values. Lanes beyond their end are +0, which changes neither maximum nor sum.
template <unsigned kLanes>
constexpr AlignedVector<kLanes> align_vector(std::span<const std::uint16_t> values) {
  AlignedVector<kLanes> out{};
  std::copy(values.begin(), values.end(), out.bits.begin());
  out.max_exponent = 1;
  for (const std::uint16_t v : out.bits) {
    out.max_exponent = std::max(out.max_exponent, bf16_exponent(v));
    out.is_special |= bf16_is_nan(v) || bf16_is_infinite(v);
  }
  for (unsigned lane = 0; lane < kLanes; ++lane) {
    const std::uint16_t v = out.bits[lane];
    out.significand[lane] = bf16_significand(v);
    out.distance[lane] = std::min(out.max_exponent - bf16_exponent(v), 63u);
    out.sign[lane] = v >> 15;
  }
  return out;
}

// What infinities and NaNs of a tile lead to.
struct Specials {
  bool nan = false;  // an operand is NaN, or infinity meets zero
  bool positive_infinity = false;
  bool negative_infinity = false;
  bool operator==(const Specials&) const = default;
};

struct TileSum {
  std::int64_t sum = 0;  // |sum| < n * 2^f <= 2^53; without meaning if there are specials
  std::uint32_t max_a = 1, max_w = 1;
  Specials specials;
};

template <unsigned kLanes>
constexpr Specials tile_specials(const AlignedVector<kLanes>& a, const AlignedVector<kLanes>& w) {
  Specials out;
  for (unsigned lane = 0; lane < kLanes; ++lane) {
    const std::uint16_t x = a.bits[lane], y = w.bits[lane];
    const bool infinite = bf16_is_infinite(x) || bf16_is_infinite(y);
    if (bf16_is_nan(x) || bf16_is_nan(y)) {
      out.nan = true;
    } else if (infinite && (bf16_is_zero(x) || bf16_is_zero(y))) {
      out.nan = true;
    } else if (infinite) {
      (((x ^ y) & 0x8000u) != 0 ? out.negative_infinity : out.positive_infinity) = true;
    }
  }
  return out;
}

// Magnitude of one aligned product. Products are below 2^f <= 2^48, so that any shift from 48 up
// drops them whole.
constexpr std::uint64_t aligned_product(std::uint32_t significand_a, std::uint32_t significand_w,
                                        std::uint32_t distance, unsigned f) {
  const std::uint64_t product = std::uint64_t{significand_a} * significand_w;
  return (product << (f - 16)) >> std::min(distance, 63u);
}

template <unsigned kLanes>
constexpr TileSum tile_dot(const AlignedVector<kLanes>& a, const AlignedVector<kLanes>& w,
                           unsigned f) {
  std::uint64_t sum = 0;  // modulo 2^64: two's complement without the overflow rules of signed
  for (unsigned lane = 0; lane < kLanes; ++lane) {
    const std::uint64_t product = aligned_product(a.significand[lane], w.significand[lane],
                                                  a.distance[lane] + w.distance[lane], f);
    const std::uint64_t negative = a.sign[lane] ^ w.sign[lane];
    sum += (product ^ (0 - negative)) + negative;
  }
  TileSum out{static_cast<std::int64_t>(sum), a.max_exponent, w.max_exponent, {}};
  if (a.is_special || w.is_special) out.specials = tile_specials(a, w);
  return out;
}

// The same from plain vectors of at most 32 lanes, for any n.
constexpr TileSum tile_dot(std::span<const std::uint16_t> a, std::span<const std::uint16_t> w,
                           unsigned f) {
  return tile_dot(align_vector<32>(a), align_vector<32>(w), f);
}

// The normaliser: sum * 2^(max_a + max_w - 252 - f) to the nearest binary32. A nonzero sum that
// rounds to zero keeps its sign, a zero sum is +0. For |sum| < 2^62.
constexpr std::uint32_t sum_to_fp32(std::int64_t sum, std::uint32_t max_a, std::uint32_t max_w,
                                    const Specials& specials, unsigned f) {
  if (specials.nan || (specials.positive_infinity && specials.negative_infinity)) return kFp32Nan;
  if (specials.positive_infinity) return kFp32Infinity;
  if (specials.negative_infinity) return kFp32Sign | kFp32Infinity;
  const bool negative = sum < 0;
  const std::uint64_t bits = static_cast<std::uint64_t>(sum);
  const std::uint64_t magnitude = negative ? 0 - bits : bits;
  const int exponent = static_cast<int>(max_a + max_w) - 252 - static_cast<int>(f);
  return fp32_round(negative, magnitude, exponent);
}
constexpr std::uint32_t sum_to_fp32(const TileSum& tile, unsigned f) {
  return sum_to_fp32(tile.sum, tile.max_a, tile.max_w, tile.specials, f);
}

}  // namespace gradcore::model
