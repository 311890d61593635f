// SPDX-License-Identifier: Apache-2.0
// What dot.h and fp32.h do to one number, for a block of columns at a time: the same bits in
// straight-line loops without branches, which compilers turn into vector instructions.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>

#include "sw/model/dot.h"

namespace gradcore::model {

inline constexpr std::size_t kColumns = 16;  // of a block

template <typename T>
using Columns = std::array<T, kColumns>;

// A tile of the stationary operand: kLanes consecutive k of each column of a block. Columns beyond
// the matrix are +0.
template <unsigned kLanes>
struct ColumnTile {
  std::array<Columns<std::uint32_t>, kLanes> significand;
  std::array<Columns<std::uint32_t>, kLanes> distance;
  std::array<Columns<std::uint32_t>, kLanes> negative;  // all ones or 0
  Columns<std::int64_t> max_exponent;
  bool is_special;
};

// The place of the leading bit, 0 if there is none, by halves: compilers know no vector form of
// countl_zero.
inline std::int64_t leading_bit(std::uint64_t x) {
  std::int64_t place = 0;
  const auto halve = [&x, &place](int step) {
    const bool is_above = (x >> step) != 0;
    x = is_above ? x >> step : x;
    place += is_above ? step : 0;
  };
  halve(32);
  halve(16);
  halve(8);
  halve(4);
  halve(2);
  halve(1);
  return place;
}

constexpr std::int64_t at_least(std::int64_t x, std::int64_t low) { return x < low ? low : x; }
constexpr std::int64_t at_most(std::int64_t x, std::int64_t high) { return x > high ? high : x; }

// fp32_round, for a magnitude below 2^62; `sign` is that bit of the result.
inline std::uint64_t round_column(std::uint64_t magnitude, std::int64_t exponent,
                                  std::uint64_t sign) {
  const std::int64_t leading = leading_bit(magnitude) + exponent;
  const std::int64_t ulp = at_least(leading - 23, -149);
  const std::int64_t shift = at_most(ulp - exponent, 63);
  // All but the last place, then that: it decides with what is below it.
  const auto most = static_cast<std::uint64_t>(at_least(shift - 1, 0));
  const auto left = static_cast<std::uint64_t>(at_least(-shift, 0));
  const std::uint64_t half = magnitude >> most;
  const std::uint64_t is_sticky = (half << most) != magnitude ? 1 : 0;
  const std::uint64_t kept = half >> 1;
  const std::uint64_t shifted = kept + (half & (is_sticky | kept) & 1u);
  const std::uint64_t rounded = shift > 0 ? shifted : magnitude << left;
  const std::uint64_t field = static_cast<std::uint64_t>(ulp + 149) << 23;
  const std::uint64_t finite = ulp > 104 ? kFp32Infinity : field + rounded;
  return sign | (magnitude == 0 ? 0 : finite);
}

// fp32_add of finite numbers.
inline std::uint64_t add_column(std::uint64_t a, std::uint64_t b) {
  constexpr std::uint64_t kMagnitude = 0x7FFF'FFFFu;
  const bool swap = (a & kMagnitude) < (b & kMagnitude);
  const std::uint64_t large = swap ? b : a;
  const std::uint64_t small = swap ? a : b;
  const auto exponent = [](std::uint64_t x) {
    return at_least(static_cast<std::int64_t>(x >> 23 & 0xFFu), 1);
  };
  const auto significand = [](std::uint64_t x) {
    return (x & 0x7F'FFFFu) | ((x & kFp32Infinity) != 0 ? 0x80'0000u : 0u);
  };
  constexpr int kGuard = 30;
  const auto distance = static_cast<std::uint64_t>(at_most(exponent(large) - exponent(small), 62));
  const std::uint64_t x = significand(large) << kGuard;
  const std::uint64_t y = (significand(small) << kGuard) >> distance;
  const std::uint64_t magnitude = ((a ^ b) & kFp32Sign) != 0 ? x - y : x + y;
  const std::uint64_t rounded =
      round_column(magnitude, exponent(large) - 150 - kGuard, large & kFp32Sign);
  return magnitude == 0 ? a & b & kFp32Sign : rounded;
}

// The sums of a tile, without special values.
template <unsigned kLanes>
Columns<std::int64_t> column_dot(const AlignedVector<kLanes>& a, const ColumnTile<kLanes>& w,
                                 unsigned f) {
  Columns<std::uint64_t> sum{};
  for (unsigned lane = 0; lane < kLanes; ++lane) {
    const std::uint32_t significand = a.significand[lane];
    if (significand == 0) continue;
    const std::uint32_t distance = a.distance[lane];
    const std::uint32_t negative = 0u - a.sign[lane];
    for (std::size_t j = 0; j < kColumns; ++j) {
      const std::uint64_t product = std::uint64_t{significand * w.significand[lane][j]};
      const std::uint64_t shift = std::min(distance + w.distance[lane][j], 63u);
      const std::uint64_t aligned = (product << (f - 16)) >> shift;
      const auto mask = static_cast<std::uint64_t>(
          std::int64_t{static_cast<std::int32_t>(negative ^ w.negative[lane][j])});
      sum[j] += (aligned ^ mask) - mask;
    }
  }
  Columns<std::int64_t> out;
  for (std::size_t j = 0; j < kColumns; ++j) out[j] = static_cast<std::int64_t>(sum[j]);
  return out;
}

// total += the sums as binary32, exponents as in sum_to_fp32; all finite. False, and total is as
// it was, where a total was not finite before or is not now.
inline bool accumulate_columns(const Columns<std::int64_t>& sum, std::int64_t max_a,
                               const Columns<std::int64_t>& max_w, unsigned f,
                               Columns<std::uint64_t>& total) {
  Columns<std::uint64_t> next;
  const std::int64_t* const in = sum.data();
  const std::int64_t* const max = max_w.data();
  const std::uint64_t* const old = total.data();
  std::uint64_t* const out = next.data();
  const std::int64_t scale = max_a - 252 - static_cast<std::int64_t>(f);
  std::uint64_t infinite = 0;
  for (std::size_t j = 0; j < kColumns; ++j) {
    const std::int64_t sign = in[j] >> 63;
    const auto magnitude = static_cast<std::uint64_t>((in[j] ^ sign) - sign);
    const std::uint64_t rounded =
        round_column(magnitude, scale + max[j], static_cast<std::uint64_t>(sign) & kFp32Sign);
    const std::uint64_t before = old[j];
    out[j] = add_column(before, rounded);
    // The exponent field of all ones carries into the next bit.
    constexpr std::uint64_t kOne = 0x80'0000u;
    infinite |= ((before & kFp32Infinity) + kOne) | ((rounded & kFp32Infinity) + kOne);
  }
  const bool finite = (infinite & kFp32Sign) == 0;
  if (!finite) return false;
  total = next;
  return true;
}

}  // namespace gradcore::model
