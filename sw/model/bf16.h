// SPDX-License-Identifier: Apache-2.0
// bfloat16 as bits: the upper half of an IEEE binary32 (sign, 8 exponent bits, 7 fraction bits).
// Subnormals are values like any other; every NaN result is the canonical one.
#pragma once

#include <cstdint>

#include "sw/model/fp32.h"

namespace gradcore::model {

inline constexpr std::uint16_t kBf16Nan = 0x7FC0u;  // the canonical quiet NaN
inline constexpr std::uint16_t kBf16Infinity = 0x7F80u;

constexpr bool bf16_is_nan(std::uint16_t bits) { return (bits & 0x7FFFu) > kBf16Infinity; }
constexpr bool bf16_is_infinite(std::uint16_t bits) { return (bits & 0x7FFFu) == kBf16Infinity; }
constexpr bool bf16_is_zero(std::uint16_t bits) { return (bits & 0x7FFFu) == 0; }

// Exact.
constexpr std::uint32_t bf16_to_fp32(std::uint16_t bits) {
  return bf16_is_nan(bits) ? kFp32Nan : std::uint32_t{bits} << 16;
}

// Round to nearest, ties to even. Carrying out of the fraction into the exponent is what rounding
// up to the next binade, and from the last one to infinity, means.
constexpr std::uint16_t fp32_to_bf16_rne(std::uint32_t bits) {
  if (fp32_is_nan(bits)) return kBf16Nan;
  const std::uint32_t is_odd = (bits >> 16) & 1u;
  return static_cast<std::uint16_t>((bits + 0x7FFFu + is_odd) >> 16);
}

// Stochastic: away from zero with probability (lower half of bits) / 2^16, when `random` is
// uniform. Exact values never move; a finite value may become infinite, infinity stays.
constexpr std::uint16_t fp32_to_bf16_stochastic(std::uint32_t bits, std::uint16_t random) {
  if (fp32_is_nan(bits)) return kBf16Nan;
  return static_cast<std::uint16_t>((bits + random) >> 16);
}

}  // namespace gradcore::model
