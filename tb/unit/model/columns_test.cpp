// SPDX-License-Identifier: Apache-2.0
// The straight-line forms against the readable ones of fp32.h and dot.h.
#include "sw/model/columns.h"

#include <gtest/gtest.h>

#include <vector>

#include "tb/harness/random_patterns.h"

namespace gradcore::model {
namespace {

class ColumnsTest : public testing::Test {
 protected:
  std::uint32_t finite() {
    const std::uint32_t x = random_.fp32();
    return (x & kFp32Infinity) == kFp32Infinity ? x & ~0x0080'0000u : x;
  }

  std::uint64_t seed_ = harness::seed_from_environment(12);
  harness::RandomPatterns random_{seed_};
  testing::ScopedTrace trace_{__FILE__, __LINE__, harness::seed_message(seed_)};
};

TEST_F(ColumnsTest, RoundsLikeTheReference) {
  for (int i = 0; i < 5'000'000; ++i) {
    const std::uint64_t magnitude = random_.bits() >> (2 + random_.below(62));
    const int exponent = static_cast<int>(random_.below(500)) - 320;
    const bool negative = random_.one_in(2);
    ASSERT_EQ(round_column(magnitude, exponent, negative ? kFp32Sign : 0),
              fp32_round(negative, magnitude, exponent))
        << magnitude << " * 2^" << exponent;
  }
}

// Every place of the leading bit, ties above and below, at every exponent that matters.
TEST_F(ColumnsTest, RoundsCornersLikeTheReference) {
  std::vector<std::uint64_t> magnitudes = {0};
  for (int place = 0; place < 62; ++place) {
    const std::uint64_t one = std::uint64_t{1} << place;
    for (const std::uint64_t more :
         {std::uint64_t{0}, one >> 24, one >> 23, (one >> 23) | (one >> 24),
          (one >> 24) - (one > 0xFF'FFFF ? 1u : 0u), one - 1}) {
      magnitudes.push_back(one | more);
    }
  }
  for (const std::uint64_t magnitude : magnitudes) {
    for (int exponent = -220; exponent <= 140; ++exponent) {
      ASSERT_EQ(round_column(magnitude, exponent, 0), fp32_round(false, magnitude, exponent))
          << magnitude << " * 2^" << exponent;
    }
  }
}

TEST_F(ColumnsTest, AddsLikeTheReference) {
  for (int i = 0; i < 5'000'000; ++i) {
    const std::uint32_t a = finite();
    const std::uint32_t b = random_.one_in(4) ? (a ^ kFp32Sign) + random_.below(3) - 1 : finite();
    if ((b & kFp32Infinity) == kFp32Infinity) continue;
    ASSERT_EQ(add_column(a, b), fp32_add(a, b)) << std::hex << a << " + " << b;
  }
}

// What is not finite is left to the reference.
TEST_F(ColumnsTest, AccumulatesFiniteTotalsOnly) {
  for (int i = 0; i < 300'000; ++i) {
    Columns<std::int64_t> sum;
    Columns<std::int64_t> max;
    Columns<std::uint64_t> total;
    Columns<std::uint64_t> want;
    const std::int64_t max_a = 1 + random_.below(254);
    bool is_finite = true;
    for (std::size_t j = 0; j < kColumns; ++j) {
      sum[j] = static_cast<std::int64_t>(random_.bits()) >> (11 + random_.below(50));
      max[j] = 1 + random_.below(random_.one_in(50) ? 254 : 128);
      total[j] = random_.one_in(400) ? kFp32Infinity : finite();
      const std::uint32_t rounded = sum_to_fp32(sum[j], static_cast<std::uint32_t>(max_a),
                                                static_cast<std::uint32_t>(max[j]), {}, 40);
      is_finite = is_finite && !fp32_is_infinite(rounded) &&
                  !fp32_is_infinite(static_cast<std::uint32_t>(total[j]));
      want[j] = fp32_add(static_cast<std::uint32_t>(total[j]), rounded);
    }
    const Columns<std::uint64_t> before = total;
    ASSERT_EQ(accumulate_columns(sum, max_a, max, 40, total), is_finite);
    ASSERT_EQ(total, is_finite ? want : before);
  }
}

}  // namespace
}  // namespace gradcore::model
