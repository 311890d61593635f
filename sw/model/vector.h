// SPDX-License-Identifier: Apache-2.0
// What the vector unit does to one element. Every NaN result is the canonical one.
#pragma once

#include <cstdint>

#include "sw/isa/isa.h"
#include "sw/model/fp32.h"
#include "sw/model/functions.h"

namespace gradcore::model {

constexpr std::uint32_t fp32_negate(std::uint32_t x) { return x ^ kFp32Sign; }

// -1, 0 or 1 as a is less than, equal to or greater than b, neither a NaN; +0 and -0 are equal.
constexpr int fp32_compare(std::uint32_t a, std::uint32_t b) {
  const auto key = [](std::uint32_t x) {  // in the order of the numbers
    const auto magnitude = static_cast<std::int64_t>(x & ~kFp32Sign);
    return (x & kFp32Sign) != 0 ? -magnitude : magnitude;
  };
  return key(a) < key(b) ? -1 : key(a) > key(b) ? 1 : 0;
}

// The larger; +0 is larger than -0, and a NaN wins (IEEE 754-2019, maximum).
constexpr std::uint32_t fp32_max(std::uint32_t a, std::uint32_t b) {
  if (fp32_is_nan(a) || fp32_is_nan(b)) return kFp32Nan;
  const int order = fp32_compare(a, b);
  if (order == 0) return a & b;  // of two zeros -0 only if both are
  return order > 0 ? a : b;
}
constexpr std::uint32_t fp32_min(std::uint32_t a, std::uint32_t b) {
  return fp32_is_nan(a) || fp32_is_nan(b) ? kFp32Nan
                                          : fp32_negate(fp32_max(fp32_negate(a), fp32_negate(b)));
}

constexpr std::uint32_t fp32_canonical(std::uint32_t x) { return fp32_is_nan(x) ? kFp32Nan : x; }

// Of the product and c. Dropout, which needs more, is the product here.
inline std::uint32_t combine(isa::Combine how, std::uint32_t p, std::uint32_t c) {
  const bool ordered = !fp32_is_nan(p) && !fp32_is_nan(c);
  constexpr std::uint32_t kOne = 0x3F80'0000u;
  switch (how) {
    case isa::Combine::kAdd:
      return fp32_add(p, c);
    case isa::Combine::kSubtract:
      return fp32_add(p, fp32_negate(c));
    case isa::Combine::kReverseSubtract:
      return fp32_add(c, fp32_negate(p));
    case isa::Combine::kMax:
      return fp32_max(p, c);
    case isa::Combine::kMin:
      return fp32_min(p, c);
    case isa::Combine::kMask:
      return !fp32_is_nan(c) && fp32_compare(c, 0) > 0 ? p : 0u;
    case isa::Combine::kGreater:
      return ordered && fp32_compare(p, c) > 0 ? kOne : 0u;
    case isa::Combine::kEqual:
      return ordered && fp32_compare(p, c) == 0 ? kOne : 0u;
    case isa::Combine::kReplace:
      return fp32_canonical(c);
    case isa::Combine::kProduct:
    case isa::Combine::kDropout:
      break;
  }
  return p;
}

inline std::uint32_t apply(isa::Apply function, std::uint32_t x) {
  switch (function) {
    case isa::Apply::kRelu:
      return fp32_is_nan(x) ? kFp32Nan : (x & kFp32Sign) != 0 ? 0u : x;
    case isa::Apply::kAbs:
      return fp32_canonical(x) & ~kFp32Sign;
    case isa::Apply::kExp:
      return fp32_exp(x);
    case isa::Apply::kLog:
      return fp32_log(x);
    case isa::Apply::kTanh:
      return fp32_tanh(x);
    case isa::Apply::kReciprocal:
      return fp32_reciprocal(x);
    case isa::Apply::kRsqrt:
      return fp32_rsqrt(x);
    case isa::Apply::kIdentity:
      break;
  }
  return fp32_canonical(x);
}

}  // namespace gradcore::model
