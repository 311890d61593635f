// SPDX-License-Identifier: Apache-2.0
// The integer binary32 arithmetic against the CPU's own.
#include "sw/model/fp32.h"

#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <cstdint>
#include <vector>

#include "tb/harness/random_patterns.h"

namespace gradcore::model {
namespace {

using harness::RandomPatterns;

std::uint32_t canonical_bits(float value) {
  return std::isnan(value) ? kFp32Nan : std::bit_cast<std::uint32_t>(value);
}
std::uint32_t cpu_add(std::uint32_t a, std::uint32_t b) {
  return canonical_bits(std::bit_cast<float>(a) + std::bit_cast<float>(b));
}
std::uint32_t cpu_mul(std::uint32_t a, std::uint32_t b) {
  return canonical_bits(std::bit_cast<float>(a) * std::bit_cast<float>(b));
}

// Every magnitude at which something changes, with both signs.
std::vector<std::uint32_t> corners() {
  std::vector<std::uint32_t> out;
  for (std::uint32_t exponent :
       {0u,   1u,   2u,   23u,  24u,  25u,  63u,  64u,  102u, 103u, 104u, 125u, 126u,
        127u, 128u, 129u, 149u, 150u, 151u, 152u, 190u, 191u, 252u, 253u, 254u, 255u}) {
    for (std::uint32_t fraction : {0x0u, 0x1u, 0x2u, 0x3u, 0x3F'FFFFu, 0x40'0000u, 0x40'0001u,
                                   0x55'5555u, 0x7F'FFFEu, 0x7F'FFFFu}) {
      out.push_back(exponent << 23 | fraction);
      out.push_back(kFp32Sign | exponent << 23 | fraction);
    }
  }
  return out;
}

// Stops at the first mismatch: millions of messages help nobody.
template <typename Model, typename Cpu>
void expect_equal(std::uint32_t a, std::uint32_t b, Model model, Cpu cpu) {
  ASSERT_EQ(model(a, b), cpu(a, b)) << std::hex << "a=0x" << a << " b=0x" << b;
}

TEST(Fp32, SpecialValuesOfAddition) {
  const std::uint32_t one = 0x3F80'0000, minus_zero = kFp32Sign,
                      minus_infinity = kFp32Sign | kFp32Infinity;
  EXPECT_EQ(fp32_add(0, minus_zero), 0u);
  EXPECT_EQ(fp32_add(minus_zero, 0), 0u);
  EXPECT_EQ(fp32_add(minus_zero, minus_zero), minus_zero);
  EXPECT_EQ(fp32_add(one, one | kFp32Sign), 0u);
  EXPECT_EQ(fp32_add(kFp32Infinity, one), kFp32Infinity);
  EXPECT_EQ(fp32_add(one, minus_infinity), minus_infinity);
  EXPECT_EQ(fp32_add(kFp32Infinity, minus_infinity), kFp32Nan);
  EXPECT_EQ(fp32_add(0xFF80'0001, one), kFp32Nan);
  EXPECT_EQ(fp32_add(0x7F7F'FFFF, 0x7F7F'FFFF), kFp32Infinity);
  EXPECT_EQ(fp32_add(0x7F7F'FFFF, 0x7300'0000), kFp32Infinity);  // half a unit: tie to even
  EXPECT_EQ(fp32_add(0x7F7F'FFFF, 0x72FF'FFFF), 0x7F7F'FFFFu);
}

TEST(Fp32, SpecialValuesOfMultiplication) {
  const std::uint32_t one = 0x3F80'0000, half = 0x3F00'0000, minus_zero = kFp32Sign;
  EXPECT_EQ(fp32_mul(one, minus_zero), minus_zero);
  EXPECT_EQ(fp32_mul(minus_zero, minus_zero), 0u);
  EXPECT_EQ(fp32_mul(kFp32Infinity, minus_zero), kFp32Nan);
  EXPECT_EQ(fp32_mul(0, kFp32Infinity), kFp32Nan);
  EXPECT_EQ(fp32_mul(kFp32Infinity, one | kFp32Sign), kFp32Sign | kFp32Infinity);
  EXPECT_EQ(fp32_mul(0x7F80'0001, 0), kFp32Nan);
  EXPECT_EQ(fp32_mul(0x0000'0001, half), 0u);  // tie to even
  EXPECT_EQ(fp32_mul(0x8000'0001, half), minus_zero);
  EXPECT_EQ(fp32_mul(0x0000'0003, half), 2u);
  EXPECT_EQ(fp32_mul(0x00FF'FFFF, half), 0x0080'0000u);  // rounds up into the normal numbers
  EXPECT_EQ(fp32_mul(0x7F7F'FFFF, 0x3F80'0001), kFp32Infinity);
}

TEST(Fp32, EveryPairOfCornersAgreesWithCpu) {
  const std::vector<std::uint32_t> values = corners();
  for (const std::uint32_t a : values) {
    for (const std::uint32_t b : values) {
      ASSERT_NO_FATAL_FAILURE(expect_equal(a, b, fp32_add, cpu_add)) << "add";
      ASSERT_NO_FATAL_FAILURE(expect_equal(a, b, fp32_mul, cpu_mul)) << "mul";
      if (HasFatalFailure()) return;
    }
  }
}

TEST(Fp32, AdditionAgreesWithCpu) {
  const std::uint64_t seed = harness::seed_from_environment(1);
  SCOPED_TRACE(harness::seed_message(seed));
  RandomPatterns random(seed);
  for (int i = 0; i < 20'000'000; ++i) {
    const auto [a, b] = random.fp32_pair();
    if (fp32_add(a, b) != cpu_add(a, b)) expect_equal(a, b, fp32_add, cpu_add);
    if (HasFatalFailure()) return;
  }
}

TEST(Fp32, MultiplicationAgreesWithCpu) {
  const std::uint64_t seed = harness::seed_from_environment(2);
  SCOPED_TRACE(harness::seed_message(seed));
  RandomPatterns random(seed);
  for (int i = 0; i < 20'000'000; ++i) {
    const auto [a, b] = random.fp32_pair();
    if (fp32_mul(a, b) != cpu_mul(a, b)) expect_equal(a, b, fp32_mul, cpu_mul);
    if (HasFatalFailure()) return;
  }
}

// The rounding that both and the normaliser share: binary64 holds 53 bits and all exponents in
// question exactly, and the CPU rounds that to binary32.
TEST(Fp32, RoundingAgreesWithCpu) {
  const std::uint64_t seed = harness::seed_from_environment(3);
  SCOPED_TRACE(harness::seed_message(seed));
  RandomPatterns random(seed);
  for (int i = 0; i < 10'000'000; ++i) {
    const std::uint64_t magnitude = (random.bits() >> 11) >> random.below(53);
    const int leading = static_cast<int>(random.below(300)) - 160;  // of the value, when 53 bits
    const int exponent = leading - static_cast<int>(random.below(60));
    const bool negative = random.one_in(2);
    const double exact = std::ldexp(static_cast<double>(magnitude), exponent);
    const std::uint32_t expected = canonical_bits(static_cast<float>(negative ? -exact : exact));
    ASSERT_EQ(fp32_round(negative, magnitude, exponent), expected)
        << magnitude << " * 2^" << exponent;
  }
}

}  // namespace
}  // namespace gradcore::model
