// SPDX-License-Identifier: Apache-2.0
#include "sw/datasets/fixed_math.h"

#include <algorithm>
#include <array>
#include <bit>

namespace gradcore::datasets {
namespace {

constexpr int kFraction = 56;
constexpr std::uint64_t kLn2Q64 = 0xB17217F7D1CF79ABu;    // floor(ln(2) 2^64)
constexpr std::uint64_t kLog2eQ63 = 0xB8AA3B295C17F0BBu;  // floor(log2(e) 2^63)

// floor(sqrt(x 2^64)) of x 2^-64: the root of a number in Q64, below 1, in Q64.
constexpr std::uint64_t sqrt_q64(std::uint64_t x) {
  // Bit by bit: root^2 <= x 2^64 compares the high halves, and equality needs a low half of 0.
  std::uint64_t root = 0;
  for (int bit = 63; bit >= 0; --bit) {
    const std::uint64_t next = root | (std::uint64_t{1} << bit);
    const std::uint64_t high = multiply_high(next, next), low = next * next;
    if (high < x || (high == x && low == 0)) root = next;
  }
  return root;
}

// 2^-(2^-i) in Q64, i = 1 .. 56, each the root of the one before.
constexpr auto kRoots = [] {
  std::array<std::uint64_t, kFraction + 1> roots{};
  roots[0] = std::uint64_t{1} << 63;
  for (std::size_t i = 1; i < roots.size(); ++i) roots[i] = sqrt_q64(roots[i - 1]);
  return roots;
}();

// floor(a 2^n / b) for a < b <= 2^63, n <= 63.
constexpr std::uint64_t divide(std::uint64_t a, std::uint64_t b, int n) {
  std::uint64_t quotient = 0;
  for (int i = 0; i < n; ++i) {
    a <<= 1;
    quotient <<= 1;
    if (a >= b) {
      a -= b;
      quotient |= 1;
    }
  }
  return quotient;
}

}  // namespace

std::uint64_t integer_sqrt(std::uint64_t x) {
  std::uint64_t root = 0;
  for (std::uint64_t bit = std::uint64_t{1} << 31; bit > 0; bit >>= 1) {
    const std::uint64_t next = root | bit;
    if (next * next <= x) root = next;
  }
  return root;
}

std::uint64_t log2_q56(std::uint64_t x) {
  const auto whole = static_cast<std::uint64_t>(std::bit_width(x)) - 1;
  // Squaring doubles the logarithm of a number from 1 to 2, here in Q63; what passes 2 is a bit.
  std::uint64_t number = x << (63 - whole);
  std::uint64_t result = whole;
  for (int i = 0; i < kFraction; ++i) {
    const std::uint64_t square = multiply_high(number, number);  // Q62
    const std::uint64_t bit = square >> 63;
    number = bit != 0 ? square : square << 1;
    result = result << 1 | bit;
  }
  return result;
}

float ln_float(std::uint64_t x) {
  return static_cast<float>(multiply_high(log2_q56(x), kLn2Q64)) / (std::uint64_t{1} << kFraction);
}

std::uint64_t exp2_minus_q63(std::uint64_t x) {
  const std::uint64_t whole = x >> kFraction;
  if (whole > 63) return 0;
  std::uint64_t result = ~std::uint64_t{0};  // 1 in Q64, but for the last bit
  for (int i = 1; i <= kFraction; ++i) {
    if ((x >> (kFraction - i) & 1) != 0) result = multiply_high(result, kRoots[i]);
  }
  const bool is_whole = x << (64 - kFraction) == 0;
  return is_whole ? std::uint64_t{1} << (63 - whole) : result >> 1 >> whole;
}

std::uint64_t logistic_q53(std::int64_t x) {
  constexpr std::int64_t kMost = std::int64_t{30} << 24;
  const std::int64_t size = std::min(x < 0 ? -std::max(x, -kMost) : x, kMost);
  // e^-|x| = 2^-(|x| log2 e), which is Q24 * Q63 >> 31 = Q56 and below 44.
  const auto shifted = static_cast<std::uint64_t>(size) << 33;
  const std::uint64_t e = exp2_minus_q63(multiply_high(shifted, kLog2eQ63)) >> 1;  // Q62
  const std::uint64_t small = divide(e, (std::uint64_t{1} << 62) + e, 53);
  return x < 0 ? small : (std::uint64_t{1} << 53) - small;
}

}  // namespace gradcore::datasets
