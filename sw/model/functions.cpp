// SPDX-License-Identifier: Apache-2.0
#include "sw/model/functions.h"

#include <algorithm>
#include <bit>

#include "sw/model/fp32.h"
#include "sw/model/function_tables.h"

namespace gradcore::model {
namespace {

constexpr std::uint32_t kOne = 0x3F80'0000u;
constexpr unsigned kFractionBits = 23;

// |x| = (1 + fraction / 2^23) * 2^exponent, for any x but zero, infinity and NaN.
struct Binade {
  int exponent;
  std::uint32_t fraction;
};

Binade binade(std::uint32_t significand, int exponent) {
  const int shift = std::countl_zero(significand) - (31 - static_cast<int>(kFractionBits));
  return {exponent - shift, (significand << shift) & 0x007F'FFFFu};
}

Binade binade(std::uint32_t x) { return binade(fp32_significand(x), fp32_exponent(x) - 127); }

std::int64_t lookup(const TableSection& section, std::uint32_t index, std::uint32_t offset) {
  const TableRow& row = kFunctionTable[section.base + index];
  return polynomial(row.c0, row.c1, row.c2, offset);
}

// The section's function of a significand with this fraction.
std::int64_t lookup(const TableSection& section, std::uint32_t fraction) {
  const unsigned rest = kFractionBits - section.bits;
  const std::uint32_t offset = (fraction & ((1u << rest) - 1)) << (kOffsetBits - rest);
  return lookup(section, fraction >> rest, offset);
}

std::uint32_t round_value(bool negative, std::int64_t value, int exponent) {
  return fp32_round(negative, static_cast<std::uint64_t>(value),
                    exponent - static_cast<int>(kTableBits));
}

}  // namespace

std::uint32_t fp32_reciprocal(std::uint32_t x) {
  const std::uint32_t sign = x & kFp32Sign;
  if (fp32_is_nan(x)) return kFp32Nan;
  if (fp32_is_zero(x)) return sign | kFp32Infinity;
  if (fp32_is_infinite(x)) return sign;
  const Binade b = binade(x);
  return round_value(sign != 0, lookup(kTableReciprocal, b.fraction), -b.exponent);
}

std::uint32_t fp32_rsqrt(std::uint32_t x) {
  const std::uint32_t sign = x & kFp32Sign;
  if (fp32_is_nan(x)) return kFp32Nan;
  if (fp32_is_zero(x)) return sign | kFp32Infinity;
  if (sign != 0) return kFp32Nan;
  if (fp32_is_infinite(x)) return 0;
  const Binade b = binade(x);
  const bool is_odd = (b.exponent & 1) != 0;
  return round_value(false, lookup(is_odd ? kTableRsqrtOdd : kTableRsqrt, b.fraction),
                     -(b.exponent >> 1));
}

// 2^z with z = x log2(e) in fixed point; the table stands for the middle of the last place of z.
std::uint32_t fp32_exp(std::uint32_t x) {
  const bool negative = (x & kFp32Sign) != 0;
  if (fp32_is_nan(x)) return kFp32Nan;
  const int exponent = fp32_exponent(x) - 127;
  if (exponent > 7) return negative ? 0u : kFp32Infinity;  // infinities, too
  constexpr std::uint64_t kLog2E = 0xB'8AA3'B296u;         // in units of 2^-35
  constexpr unsigned kPlaces = 26;
  const int shift = std::min(32 - exponent, 63);
  const auto magnitude =
      static_cast<std::int64_t>((std::uint64_t{fp32_significand(x)} * kLog2E) >> shift);
  const std::int64_t z = negative ? ~magnitude : magnitude;
  const auto fraction = static_cast<std::uint32_t>(z & ((1 << kPlaces) - 1));
  const std::int64_t value =
      lookup(kTableExp2, fraction >> kOffsetBits, fraction & ((1u << kOffsetBits) - 1));
  return round_value(false, value, static_cast<int>(z >> kPlaces));
}

std::uint32_t fp32_log(std::uint32_t x) {
  if (fp32_is_nan(x)) return kFp32Nan;
  if (fp32_is_zero(x)) return kFp32Sign | kFp32Infinity;
  if ((x & kFp32Sign) != 0) return kFp32Nan;
  if (fp32_is_infinite(x)) return x;
  if (x == kOne) return 0;
  const Binade b = binade(x);
  constexpr std::uint32_t kHalf = 1u << (kFractionBits - 1);
  if (b.exponent == 0 && b.fraction < kHalf) {  // by the distance from 1
    const Binade d = binade(b.fraction, 0);
    return round_value(false, lookup(kTableLogAbove[kLogAboveFirst - d.exponent], d.fraction),
                       d.exponent);
  }
  if (b.exponent == -1 && b.fraction > kHalf) {
    const Binade d = binade((1u << kFractionBits) - b.fraction, -1);
    return round_value(true, lookup(kTableLogBelow[kLogBelowFirst - d.exponent], d.fraction),
                       d.exponent);
  }
  constexpr std::int64_t kLn2 = 744'261'118;  // in units of 2^-30
  const std::int64_t value = b.exponent * kLn2 + lookup(kTableLog, b.fraction);
  return round_value(value < 0, value < 0 ? -value : value, 0);
}

std::uint32_t fp32_tanh(std::uint32_t x) {
  const std::uint32_t sign = x & kFp32Sign;
  if (fp32_is_nan(x)) return kFp32Nan;
  const int exponent = fp32_exponent(x) - 127;
  if (exponent < kTanhLast) return x;
  if (exponent > kTanhFirst) return sign | kOne;
  const Binade b = binade(x);
  return round_value(sign != 0, lookup(kTableTanh[kTanhFirst - exponent], b.fraction),
                     std::min(exponent, 0));
}

}  // namespace gradcore::model
