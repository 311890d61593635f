// SPDX-License-Identifier: Apache-2.0
// What vector.h does to one element, for a line of the vector unit at a time: the same bits, in
// loops that compilers turn into vector instructions.
//
// Multiplication, addition and comparison are the host's own: IEEE 754 binary32, rounding to
// nearest even, subnormals included, which is how every host starts. NaNs are made canonical here.
// Tests hold it against the integer arithmetic of fp32.h, bit by bit.
#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <limits>

#include "sw/model/vector.h"

#ifdef __FAST_MATH__
#error "the bits of the model are fixed: -ffast-math must not be used"
#endif

namespace gradcore::model {
static_assert(std::numeric_limits<float>::is_iec559);

inline constexpr unsigned kMaxLanes = 32;
template <std::size_t kLanes>
using Line = std::array<std::uint32_t, kLanes>;

inline float fp32_value(std::uint32_t bits) { return std::bit_cast<float>(bits); }
// Of a result of arithmetic.
inline std::uint32_t fp32_bits(float x) {
  return x != x ? kFp32Nan : std::bit_cast<std::uint32_t>(x);
}

// Lane by lane into `out`, which may be one of the sources.
template <std::size_t kLanes, typename Operation>
void each_lane(const Line<kLanes>& a, const Line<kLanes>& b, Line<kLanes>& out,
               Operation operation) {
  Line<kLanes> result;
  for (std::size_t lane = 0; lane < kLanes; ++lane) result[lane] = operation(a[lane], b[lane]);
  out = result;
}

inline std::uint32_t fast_mul(std::uint32_t a, std::uint32_t b) {
  return fp32_bits(fp32_value(a) * fp32_value(b));
}
inline std::uint32_t fast_add(std::uint32_t a, std::uint32_t b) {
  return fp32_bits(fp32_value(a) + fp32_value(b));
}
inline std::uint32_t fast_max(std::uint32_t a, std::uint32_t b) {
  const float x = fp32_value(a);
  const float y = fp32_value(b);
  const std::uint32_t equal = a & b;  // of two zeros -0 only if both are
  const std::uint32_t larger = x > y ? a : x < y ? b : equal;
  return x != x || y != y ? kFp32Nan : larger;
}
inline std::uint32_t fast_min(std::uint32_t a, std::uint32_t b) {
  const float x = fp32_value(a);
  const float y = fp32_value(b);
  const std::uint32_t equal = a | b;
  const std::uint32_t smaller = x < y ? a : x > y ? b : equal;
  return x != x || y != y ? kFp32Nan : smaller;
}

// combine() of the product and c.
template <std::size_t kLanes>
void combine_lines(isa::Combine how, Line<kLanes>& p, const Line<kLanes>& c) {
  constexpr std::uint32_t kOne = 0x3F80'0000u;
  using Bits = std::uint32_t;
  switch (how) {
    case isa::Combine::kAdd:
      return each_lane(p, c, p, fast_add);
    case isa::Combine::kSubtract:
      return each_lane(p, c, p, [](Bits x, Bits y) { return fast_add(x, fp32_negate(y)); });
    case isa::Combine::kReverseSubtract:
      return each_lane(p, c, p, [](Bits x, Bits y) { return fast_add(y, fp32_negate(x)); });
    case isa::Combine::kMax:
      return each_lane(p, c, p, fast_max);
    case isa::Combine::kMin:
      return each_lane(p, c, p, fast_min);
    case isa::Combine::kMask:
      return each_lane(p, c, p, [](Bits x, Bits y) { return fp32_value(y) > 0 ? x : Bits{0}; });
    case isa::Combine::kGreater:
      return each_lane(p, c, p,
                       [](Bits x, Bits y) { return fp32_value(x) > fp32_value(y) ? kOne : 0u; });
    case isa::Combine::kEqual:
      return each_lane(p, c, p,
                       [](Bits x, Bits y) { return fp32_value(x) == fp32_value(y) ? kOne : 0u; });
    case isa::Combine::kReplace:
      return each_lane(p, c, p, [](Bits, Bits y) { return fp32_canonical(y); });
    case isa::Combine::kProduct:
    case isa::Combine::kDropout:
      break;
  }
}

// apply() of the first `count` lanes.
template <std::size_t kLanes>
void apply_line(isa::Apply function, Line<kLanes>& x, std::size_t count) {
  switch (function) {
    case isa::Apply::kIdentity:
      return each_lane(x, x, x, [](std::uint32_t a, std::uint32_t) { return fp32_canonical(a); });
    case isa::Apply::kRelu:
      return each_lane(x, x, x, [](std::uint32_t a, std::uint32_t) {
        const std::uint32_t positive = (a & kFp32Sign) != 0 ? 0u : a;
        return fp32_is_nan(a) ? kFp32Nan : positive;
      });
    case isa::Apply::kAbs:
      return each_lane(
          x, x, x, [](std::uint32_t a, std::uint32_t) { return fp32_canonical(a) & ~kFp32Sign; });
    default:
      for (std::size_t lane = 0; lane < count; ++lane) x[lane] = apply(function, x[lane]);
  }
}

// Of all lanes, halves lane by lane until one is left.
template <std::size_t kLanes>
std::uint32_t reduce_line(isa::Reduce how, Line<kLanes> line) {
  for (std::size_t half = kLanes / 2; half > 0; half /= 2) {
    for (std::size_t lane = 0; lane < half; ++lane) {
      line[lane] = how == isa::Reduce::kSum ? fast_add(line[lane], line[lane + half])
                                            : fast_max(line[lane], line[lane + half]);
    }
  }
  return line[0];
}

}  // namespace gradcore::model
