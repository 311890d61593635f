// SPDX-License-Identifier: Apache-2.0
// Logarithm, exponential and logistic function in integers. Data made with them is the same on
// every machine, with every compiler, flag and version of a library; the functions of <cmath> are
// not.
//
// A number in Qn is an integer in units of 2^-n.
#pragma once

#include <cstdint>

namespace gradcore::datasets {

// The high 64 bits of a product of two numbers of 64 bits.
constexpr std::uint64_t multiply_high(std::uint64_t a, std::uint64_t b) {
  const std::uint64_t a0 = a & 0xFFFFFFFFu, a1 = a >> 32, b0 = b & 0xFFFFFFFFu, b1 = b >> 32;
  const std::uint64_t middle = a1 * b0 + (a0 * b0 >> 32);
  const std::uint64_t other = a0 * b1 + (middle & 0xFFFFFFFFu);
  return a1 * b1 + (middle >> 32) + (other >> 32);
}

// 64 random bits become a number below `limit`. Uneven by less than limit / 2^64.
constexpr std::uint64_t random_below(std::uint64_t bits, std::uint64_t limit) {
  return multiply_high(bits, limit);
}

// The largest integer whose square is at most x.
std::uint64_t integer_sqrt(std::uint64_t x);

// log2(x), x >= 1, in Q56: at most 2^-55 too small, never too large.
std::uint64_t log2_q56(std::uint64_t x);

// ln(x), x >= 1, as the nearest float of a value that is at most 2^-54 too small: correctly rounded
// for every x up to 2^31.
float ln_float(std::uint64_t x);

// 2^-x, x in Q56, in Q63: within 2^-58 of the value; exact for whole numbers up to 63.
std::uint64_t exp2_minus_q63(std::uint64_t x);

// 1 / (1 + e^-x), x in Q24, in Q53: within 2^-50; never 0 or 2^53 (|x| beyond 30 counts as 30). The
// values for x and -x add up to 2^53.
std::uint64_t logistic_q53(std::int64_t x);

}  // namespace gradcore::datasets
