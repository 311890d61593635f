// SPDX-License-Identifier: Apache-2.0
// The functions that IEEE 754 does not fix, as table and formula: exp, log, tanh, reciprocal and
// reciprocal square root of a binary32 number. Bit for bit what the vector unit computes.
//
// Each is one quadratic in fixed point, of the segment of a binade in which the argument lies, and
// one rounding. Subnormal arguments and results are numbers like any other.
#pragma once

#include <cstdint>

namespace gradcore::model {

// Where in its segment an argument lies, as a fraction of this many bits.
inline constexpr unsigned kOffsetBits = 18;
// Values and coefficients are integers in units of 2^-30.
inline constexpr unsigned kTableBits = 30;

// Binades with sections of their own: ln near 1 by the distance from 1, and tanh.
inline constexpr int kLogAboveFirst = -2, kLogAboveLast = -23;  // 1 < x < 1.5
inline constexpr int kLogBelowFirst = -3, kLogBelowLast = -24;  // 0.75 < x < 1
inline constexpr int kTanhFirst = 3, kTanhLast = -12;           // below, tanh(x) is x

// c0 + c1 t + c2 t^2 for t = offset / 2^18, both products rounded down, as is the square.
constexpr std::int64_t polynomial(std::int64_t c0, std::int64_t c1, std::int64_t c2,
                                  std::uint32_t offset) {
  const std::int64_t t = offset;
  const std::int64_t square = (t * t) >> kOffsetBits;
  return c0 + ((c1 * t) >> kOffsetBits) + ((c2 * square) >> kOffsetBits);
}

std::uint32_t fp32_reciprocal(std::uint32_t x);  // 1/x; of +-0 the infinity of that sign
std::uint32_t fp32_rsqrt(std::uint32_t x);       // 1/sqrt(x); likewise; NaN below 0
std::uint32_t fp32_exp(std::uint32_t x);         // e^x
std::uint32_t fp32_log(std::uint32_t x);         // ln x; of +-0 -infinity, NaN below 0
std::uint32_t fp32_tanh(std::uint32_t x);        // keeps the sign of zero

}  // namespace gradcore::model
