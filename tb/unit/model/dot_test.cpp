// SPDX-License-Identifier: Apache-2.0
// The aligned dot product against its definition in exact wide integers, and the normaliser against
// the CPU.
#include "sw/model/dot.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdint>
#include <sstream>
#include <vector>

#include "tb/harness/random_patterns.h"

namespace gradcore::model {
namespace {

using harness::RandomPatterns;
using Vector = std::vector<std::uint16_t>;
__extension__ using Wide = __int128;

std::string describe(const Vector& a, const Vector& w, unsigned f) {
  std::ostringstream out;
  out << "f=" << f << std::hex << "\na =";
  for (const auto v : a) out << " 0x" << v;
  out << "\nw =";
  for (const auto v : w) out << " 0x" << v;
  return out.str();
}

// 2 to the power of at most 127, or 0 for "larger than anything here".
Wide power_of_two(int exponent) { return exponent > 100 ? 0 : Wide{1} << exponent; }

struct Decoded {
  int significand;  // signed
  int exponent;
};
Decoded decode(std::uint16_t bits) {
  const int field = (bits >> 7) & 0xFF, fraction = bits & 0x7F;
  const int magnitude = field == 0 ? fraction : 128 + fraction;
  return {(bits & 0x8000) != 0 ? -magnitude : magnitude, field == 0 ? 1 : field};
}

// From the definition: unsaturated distances, and division, which truncates toward zero.
std::int64_t sum_by_definition(const Vector& a, const Vector& w, unsigned f) {
  int max_a = 1, max_w = 1;
  for (const auto v : a) max_a = std::max(max_a, decode(v).exponent);
  for (const auto v : w) max_w = std::max(max_w, decode(v).exponent);
  Wide sum = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    const Decoded x = decode(a[i]), y = decode(w[i]);
    const Wide product =
        Wide{x.significand} * y.significand * power_of_two(static_cast<int>(f) - 16);
    const Wide divisor = power_of_two(max_a + max_w - x.exponent - y.exponent);
    if (divisor != 0) sum += product / divisor;
  }
  return static_cast<std::int64_t>(sum);
}

// binary64 holds every sum and its scale exactly; the CPU rounds it.
std::uint32_t round_by_cpu(std::int64_t sum, std::uint32_t max_a, std::uint32_t max_w, unsigned f) {
  if (sum == 0) return 0;
  const int exponent = static_cast<int>(max_a + max_w) - 252 - static_cast<int>(f);
  return std::bit_cast<std::uint32_t>(
      static_cast<float>(std::ldexp(static_cast<double>(sum), exponent)));
}

TEST(Dot, OneTimesOne) {
  const Vector one = {0x3F80};
  const TileSum tile = tile_dot(one, one, 40);
  EXPECT_EQ(tile.sum, std::int64_t{1} << 38);  // 1.0 = 01.00 in two integer bits
  EXPECT_EQ(tile.max_a, 127u);
  EXPECT_EQ(sum_to_fp32(tile, 40), 0x3F80'0000u);
}

TEST(Dot, ProductOf2To40And0Hides1) {
  // The bound is by norm: a = [2^40, 1], b = [0, 1].
  const Vector a = {0x5380, 0x3F80}, w = {0x0000, 0x3F80};
  EXPECT_EQ(tile_dot(a, w, 40).sum, 0);
  EXPECT_EQ(tile_dot(a, w, 42).sum, 1);
}

TEST(Dot, ZeroSumsArePositive) {
  EXPECT_EQ(sum_to_fp32(tile_dot(Vector{0x8000}, Vector{0x3F80}, 40), 40), 0u);
  EXPECT_EQ(sum_to_fp32(tile_dot(Vector{0x3F80, 0xBF80}, Vector{0x3F80, 0x3F80}, 40), 40), 0u);
}

TEST(Dot, SumThatRoundsToZeroKeepsItsSign) {
  EXPECT_EQ(sum_to_fp32(-1, 1, 1, {}, 40), kFp32Sign);
  EXPECT_EQ(sum_to_fp32(1, 1, 1, {}, 40), 0u);
  EXPECT_EQ(sum_to_fp32(0, 1, 1, {}, 40), 0u);
}

TEST(Dot, SpecialValues) {
  const std::uint16_t inf = kBf16Infinity, minus_inf = 0x8000u | kBf16Infinity, one = 0x3F80,
                      minus_one = 0xBF80, zero = 0, minus_zero = 0x8000, nan = 0xFF81;
  const auto result = [](const Vector& a, const Vector& w) {
    const std::uint32_t bits = sum_to_fp32(tile_dot(a, w, 40), 40);
    EXPECT_EQ(bits, sum_to_fp32(tile_dot(w, a, 40), 40));
    return bits;
  };
  const std::uint32_t minus_infinity = kFp32Sign | kFp32Infinity;
  EXPECT_EQ(result({inf}, {one}), kFp32Infinity);
  EXPECT_EQ(result({inf}, {minus_one}), minus_infinity);
  EXPECT_EQ(result({minus_inf}, {minus_inf}), kFp32Infinity);
  EXPECT_EQ(result({inf}, {0x0001}), kFp32Infinity);  // a subnormal is not zero
  EXPECT_EQ(result({inf}, {zero}), kFp32Nan);
  EXPECT_EQ(result({minus_zero}, {minus_inf}), kFp32Nan);
  EXPECT_EQ(result({nan}, {zero}), kFp32Nan);
  EXPECT_EQ(result({nan, one}, {inf, one}), kFp32Nan);
  EXPECT_EQ(result({inf, inf}, {one, one}), kFp32Infinity);
  EXPECT_EQ(result({inf, inf}, {one, minus_one}), kFp32Nan);
  EXPECT_EQ(result({inf, one}, {one, minus_inf}), kFp32Nan);
  EXPECT_EQ(result({inf, one}, {one, minus_one}), kFp32Infinity);
}

TEST(Dot, EveryProductOfTwoSignificandsIsExact) {
  for (std::uint32_t a = 0; a < 256; ++a) {
    for (std::uint32_t w = 0; w < 256; ++w) {
      // A fraction without hidden bit is a subnormal.
      const auto encode = [](std::uint32_t significand, std::uint32_t sign) {
        const std::uint32_t field = significand >= 128 ? 1 : 0;
        return static_cast<std::uint16_t>(sign << 15 | field << 7 | (significand & 0x7F));
      };
      for (unsigned f : {24u, 40u, 48u}) {
        const TileSum tile = tile_dot(Vector{encode(a, 0)}, Vector{encode(w, a & 1)}, f);
        const std::int64_t magnitude = std::int64_t{a} * w * (std::int64_t{1} << (f - 16));
        ASSERT_EQ(tile.sum, (a & 1) != 0 ? -magnitude : magnitude) << a << " " << w << " " << f;
      }
    }
  }
}

TEST(Dot, SumsAgreeWithTheDefinition) {
  const std::uint64_t seed = harness::seed_from_environment(6);
  SCOPED_TRACE(harness::seed_message(seed));
  RandomPatterns random(seed);
  for (int i = 0; i < 400'000; ++i) {
    const std::size_t size = 1 + random.below(32);
    const Vector a = random.bf16_vector(size), w = random.bf16_vector(size);
    const unsigned f = random.one_in(2) ? 40 : 24 + random.below(25);
    const TileSum tile = tile_dot(a, w, f);
    ASSERT_EQ(tile.sum, sum_by_definition(a, w, f)) << describe(a, w, f);
    ASSERT_EQ(sum_to_fp32(tile, f), round_by_cpu(tile.sum, tile.max_a, tile.max_w, f))
        << describe(a, w, f);
  }
}

TEST(Dot, LargestSumFits) {
  const Vector a(32, 0x7F7F), w(32, 0xFF7F);
  EXPECT_EQ(tile_dot(a, w, 48).sum, -(std::int64_t{32} * 255 * 255 << 32));
  EXPECT_EQ(sum_to_fp32(tile_dot(a, w, 48), 48), kFp32Sign | kFp32Infinity);
}

TEST(Dot, ExactWithinTheWindowWhateverTheOrder) {
  const std::uint64_t seed = harness::seed_from_environment(7);
  SCOPED_TRACE(harness::seed_message(seed));
  RandomPatterns random(seed);
  for (int i = 0; i < 50'000; ++i) {
    // Exponents at most 12 apart per operand lose no bit at f = 40: 16 + 24 bits.
    const std::size_t size = 1 + random.below(32);
    const std::uint32_t centre = 10 + random.below(235);
    Vector a(size), w(size);
    for (auto& v : a) v = random.bf16_near(centre, 6);
    for (auto& v : w) v = random.bf16_near(127, 6);
    Wide exact = 0;  // in units of the smallest possible product
    for (std::size_t k = 0; k < size; ++k) {
      const Decoded x = decode(a[k]), y = decode(w[k]);
      const int shift = x.exponent - static_cast<int>(centre - 6) + y.exponent - 121;
      exact += Wide{x.significand} * y.significand * power_of_two(shift);
    }
    const int unit = static_cast<int>(centre) - 6 + 121 - 268;
    const double value = std::ldexp(static_cast<double>(exact), unit);
    const std::uint32_t expected =
        exact == 0 ? 0u : std::bit_cast<std::uint32_t>(static_cast<float>(value));
    ASSERT_EQ(sum_to_fp32(tile_dot(a, w, 40), 40), expected) << describe(a, w, 40);
    std::reverse(a.begin(), a.end());
    std::reverse(w.begin(), w.end());
    ASSERT_EQ(sum_to_fp32(tile_dot(a, w, 40), 40), expected) << describe(a, w, 40);
  }
}

TEST(Dot, LanesDoNotMatterBeyondTheVector) {
  const std::uint64_t seed = harness::seed_from_environment(8);
  SCOPED_TRACE(harness::seed_message(seed));
  RandomPatterns random(seed);
  for (int i = 0; i < 50'000; ++i) {
    const Vector a = random.bf16_vector(4, true), w = random.bf16_vector(4, true);
    const TileSum four = tile_dot(align_vector<4>(a), align_vector<4>(w), 40);
    const TileSum many = tile_dot(align_vector<32>(a), align_vector<32>(w), 40);
    ASSERT_EQ(four.specials, many.specials) << describe(a, w, 40);
    ASSERT_EQ(sum_to_fp32(four, 40), sum_to_fp32(many, 40)) << describe(a, w, 40);
  }
}

TEST(Dot, NormaliserAgreesWithCpu) {
  const std::uint64_t seed = harness::seed_from_environment(9);
  SCOPED_TRACE(harness::seed_message(seed));
  RandomPatterns random(seed);
  for (int i = 0; i < 10'000'000; ++i) {
    const unsigned f = 24 + random.below(25);
    std::int64_t sum = static_cast<std::int64_t>((random.bits() >> 11) >> random.below(53));
    if (random.one_in(4)) sum &= static_cast<std::int64_t>(random.bits() & random.bits());
    if (random.one_in(2)) sum = -sum;
    const std::uint32_t max_a = 1 + random.below(254), max_w = 1 + random.below(254);
    ASSERT_EQ(sum_to_fp32(sum, max_a, max_w, {}, f), round_by_cpu(sum, max_a, max_w, f))
        << "sum " << sum << " max_a " << max_a << " max_w " << max_w << " f " << f;
  }
}

TEST(Dot, NormaliserGivesSpecialsPrecedence) {
  const std::uint32_t minus_infinity = kFp32Sign | kFp32Infinity;
  EXPECT_EQ(sum_to_fp32(5, 127, 127, {true, false, false}, 40), kFp32Nan);
  EXPECT_EQ(sum_to_fp32(5, 127, 127, {true, true, false}, 40), kFp32Nan);
  EXPECT_EQ(sum_to_fp32(-5, 127, 127, {false, true, false}, 40), kFp32Infinity);
  EXPECT_EQ(sum_to_fp32(5, 127, 127, {false, false, true}, 40), minus_infinity);
  EXPECT_EQ(sum_to_fp32(5, 127, 127, {false, true, true}, 40), kFp32Nan);
}

}  // namespace
}  // namespace gradcore::model
