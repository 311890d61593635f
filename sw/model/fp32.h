// SPDX-License-Identifier: Apache-2.0
// IEEE 754 binary32 addition and multiplication on bits, in integer arithmetic: round to nearest
// even, gradual underflow, and one NaN. The host's floating-point unit and its modes play no part.
#pragma once

#include <algorithm>
#include <bit>
#include <cstdint>

namespace gradcore::model {

inline constexpr std::uint32_t kFp32Sign = 0x8000'0000u;
inline constexpr std::uint32_t kFp32Infinity = 0x7F80'0000u;
inline constexpr std::uint32_t kFp32Nan = 0x7FC0'0000u;  // the canonical quiet NaN

constexpr bool fp32_is_nan(std::uint32_t bits) { return (bits & ~kFp32Sign) > kFp32Infinity; }
constexpr bool fp32_is_infinite(std::uint32_t bits) { return (bits & ~kFp32Sign) == kFp32Infinity; }
constexpr bool fp32_is_zero(std::uint32_t bits) { return (bits & ~kFp32Sign) == 0; }

// A finite value is +-significand * 2^(exponent - 150). Zero and subnormals have no hidden bit and
// the exponent of the smallest normal number.
constexpr std::uint32_t fp32_significand(std::uint32_t bits) {
  const bool normal = (bits & kFp32Infinity) != 0;
  return (bits & 0x007F'FFFFu) | (normal ? 0x0080'0000u : 0u);
}
constexpr int fp32_exponent(std::uint32_t bits) {
  return static_cast<int>(std::max((bits >> 23) & 0xFFu, 1u));
}

// The binary32 nearest to +-magnitude * 2^exponent, for magnitude < 2^62. Zero keeps the sign.
constexpr std::uint32_t fp32_round(bool negative, std::uint64_t magnitude, int exponent) {
  const std::uint32_t sign = negative ? kFp32Sign : 0u;
  if (magnitude == 0) return sign;

  // The unit in the last place of the result is 2^ulp: 23 places below the leading one, but no
  // finer than the subnormals; 2^104 is that of the last finite binade.
  const int leading = 63 - std::countl_zero(magnitude) + exponent;
  const int ulp = std::max(leading - 23, -149);
  if (ulp > 104) return sign | kFp32Infinity;

  std::uint64_t rounded = 0;  // in units of 2^ulp, up to and including 2^24
  if (ulp <= exponent) {
    rounded = magnitude << (exponent - ulp);
  } else {
    // Beyond 63 all is less than half a unit, and so it is at 63.
    const int shift = std::min(ulp - exponent, 63);
    const std::uint64_t is_odd = (magnitude >> shift) & 1u;
    const std::uint64_t below_half = (std::uint64_t{1} << (shift - 1)) - 1u;
    rounded = (magnitude + below_half + is_odd) >> shift;
  }
  // The hidden bit adds one to the exponent field, and a carry out of the significand another: so
  // subnormals become normal and the largest numbers infinite without a case of their own.
  const std::uint32_t field = static_cast<std::uint32_t>(ulp + 149) << 23;
  return sign | (field + static_cast<std::uint32_t>(rounded));
}

constexpr std::uint32_t fp32_add(std::uint32_t a, std::uint32_t b) {
  if (fp32_is_nan(a) || fp32_is_nan(b)) return kFp32Nan;
  if (fp32_is_infinite(a)) return fp32_is_infinite(b) && a != b ? kFp32Nan : a;
  if (fp32_is_infinite(b)) return b;

  const bool swap = (a & ~kFp32Sign) < (b & ~kFp32Sign);
  const std::uint32_t large = swap ? b : a;
  const std::uint32_t small = swap ? a : b;

  // 30 places below the larger significand. A bit that falls out belongs to a number more than 30
  // binades down: that is below 2^-6 units in the last place of the sum, and cannot decide a tie.
  constexpr int kGuard = 30;
  const int distance = std::min(fp32_exponent(large) - fp32_exponent(small), 62);
  const std::uint64_t x = std::uint64_t{fp32_significand(large)} << kGuard;
  const std::uint64_t y = (std::uint64_t{fp32_significand(small)} << kGuard) >> distance;

  const bool subtract = ((a ^ b) & kFp32Sign) != 0;
  const std::uint64_t magnitude = subtract ? x - y : x + y;
  if (magnitude == 0) return a & b & kFp32Sign;  // -0 only as (-0) + (-0)
  return fp32_round((large & kFp32Sign) != 0, magnitude, fp32_exponent(large) - 150 - kGuard);
}

constexpr std::uint32_t fp32_mul(std::uint32_t a, std::uint32_t b) {
  const std::uint32_t sign = (a ^ b) & kFp32Sign;
  if (fp32_is_nan(a) || fp32_is_nan(b)) return kFp32Nan;
  if (fp32_is_infinite(a) || fp32_is_infinite(b)) {
    return fp32_is_zero(a) || fp32_is_zero(b) ? kFp32Nan : sign | kFp32Infinity;
  }
  const std::uint64_t product = std::uint64_t{fp32_significand(a)} * fp32_significand(b);
  return fp32_round(sign != 0, product, fp32_exponent(a) + fp32_exponent(b) - 300);
}

}  // namespace gradcore::model
