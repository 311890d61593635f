// SPDX-License-Identifier: Apache-2.0
#include "sw/model/bf16.h"

#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <cstdint>

#include "tb/harness/random_patterns.h"

namespace gradcore::model {
namespace {

using harness::RandomPatterns;

float as_float(std::uint32_t bits) { return std::bit_cast<float>(bits); }

// Nearest even by its definition: of the two neighbours the closer one, else the even one. Infinity
// stands at 2^128 for that comparison, as IEEE 754 section 4.3.1 has it.
std::uint16_t nearest_by_definition(std::uint32_t bits) {
  if (std::isnan(as_float(bits))) return kBf16Nan;
  const auto down = static_cast<std::uint16_t>(bits >> 16);
  if ((bits & 0xFFFFu) == 0) return down;
  const auto up = static_cast<std::uint16_t>(down + 1);
  const auto value = [](std::uint16_t v) {
    const double magnitude = (v & 0x7FFFu) == 0x7F80u
                                 ? 0x1p128
                                 : double{as_float(std::uint32_t{v} << 16 & 0x7FFF'FFFFu)};
    return (v & 0x8000u) != 0 ? -magnitude : magnitude;
  };
  const double x = as_float(bits);
  const double to_down = std::fabs(x - value(down)), to_up = std::fabs(x - value(up));
  if (to_down != to_up) return to_down < to_up ? down : up;
  return (down & 1u) == 0 ? down : up;
}

TEST(Bf16, EveryValueSurvivesTheRoundTrip) {
  for (std::uint32_t v = 0; v <= 0xFFFF; ++v) {
    const auto bits = static_cast<std::uint16_t>(v);
    const std::uint16_t expected = bf16_is_nan(bits) ? kBf16Nan : bits;
    ASSERT_EQ(fp32_to_bf16_rne(bf16_to_fp32(bits)), expected) << std::hex << v;
    for (const int random : {0x0000, 0x0001, 0x8000, 0xFFFF}) {
      ASSERT_EQ(fp32_to_bf16_stochastic(bf16_to_fp32(bits), static_cast<std::uint16_t>(random)),
                expected)
          << std::hex << v;
    }
  }
}

TEST(Bf16, EveryValueWidensExactly) {
  for (std::uint32_t v = 0; v <= 0xFFFF; ++v) {
    const auto bits = static_cast<std::uint16_t>(v);
    const std::uint32_t wide = bf16_to_fp32(bits);
    ASSERT_EQ(wide, bf16_is_nan(bits) ? kFp32Nan : v << 16);
    ASSERT_EQ(bf16_is_nan(bits), std::isnan(as_float(v << 16)));
    ASSERT_EQ(bf16_is_infinite(bits), std::isinf(as_float(v << 16)));
    ASSERT_EQ(bf16_is_zero(bits), as_float(v << 16) == 0.0f);
  }
}

TEST(Bf16, EveryTieAndItsNeighboursRoundToNearestEven) {
  for (std::uint32_t v = 0; v <= 0xFFFF; ++v) {
    for (const std::uint32_t low : {0x0000u, 0x0001u, 0x7FFFu, 0x8000u, 0x8001u, 0xFFFFu}) {
      const std::uint32_t bits = v << 16 | low;
      ASSERT_EQ(fp32_to_bf16_rne(bits), nearest_by_definition(bits)) << std::hex << bits;
    }
  }
}

TEST(Bf16, RandomValuesRoundToNearestEven) {
  const std::uint64_t seed = harness::seed_from_environment(4);
  SCOPED_TRACE(harness::seed_message(seed));
  RandomPatterns random(seed);
  for (int i = 0; i < 10'000'000; ++i) {
    const std::uint32_t bits = random.one_in(2) ? random.fp32() : random.bits32();
    ASSERT_EQ(fp32_to_bf16_rne(bits), nearest_by_definition(bits)) << std::hex << bits;
  }
}

TEST(Bf16, SoakEveryBinary32RoundsToNearestEven) {
  std::uint32_t bits = 0;
  do {
    ASSERT_EQ(fp32_to_bf16_rne(bits), nearest_by_definition(bits)) << std::hex << bits;
  } while (++bits != 0);
}

TEST(Bf16, OverflowGivesInfinity) {
  EXPECT_EQ(fp32_to_bf16_rne(0x7F7F'7FFF), 0x7F7Fu);
  EXPECT_EQ(fp32_to_bf16_rne(0x7F7F'8000), kBf16Infinity);
  EXPECT_EQ(fp32_to_bf16_rne(0xFF7F'FFFF), 0x8000u | kBf16Infinity);
  EXPECT_EQ(fp32_to_bf16_stochastic(0x7F7F'0001, 0xFFFE), 0x7F7Fu);
  EXPECT_EQ(fp32_to_bf16_stochastic(0x7F7F'0001, 0xFFFF), kBf16Infinity);
}

TEST(Bf16, NansBecomeTheCanonicalOne) {
  for (const std::uint32_t nan : {0x7F80'0001u, 0xFF80'0001u, 0x7FFF'FFFFu, 0xFFC0'0000u}) {
    EXPECT_EQ(fp32_to_bf16_rne(nan), kBf16Nan);
    EXPECT_EQ(fp32_to_bf16_stochastic(nan, 0xFFFF), kBf16Nan);
  }
}

// The probability of rounding away from zero is the dropped fraction, exactly.
TEST(Bf16, StochasticRoundingIsExactOverAllRandomValues) {
  const std::uint64_t seed = harness::seed_from_environment(5);
  SCOPED_TRACE(harness::seed_message(seed));
  RandomPatterns random(seed);
  for (int i = 0; i < 300; ++i) {
    std::uint32_t bits = random.fp32();
    if (i < 4)
      bits = (bits & 0xFFFF'0000u) | (i == 0 ? 0u : i == 1 ? 1u : i == 2 ? 0x8000u : 0xFFFFu);
    if ((bits & kFp32Infinity) == kFp32Infinity) continue;
    const auto down = static_cast<std::uint16_t>(bits >> 16);
    std::uint32_t rounded_up = 0;
    for (std::uint32_t r = 0; r <= 0xFFFF; ++r) {
      const std::uint16_t got = fp32_to_bf16_stochastic(bits, static_cast<std::uint16_t>(r));
      ASSERT_TRUE(got == down || got == down + 1) << std::hex << bits << " " << r;
      rounded_up += got != down;
    }
    ASSERT_EQ(rounded_up, bits & 0xFFFFu) << std::hex << bits;
  }
}

}  // namespace
}  // namespace gradcore::model
