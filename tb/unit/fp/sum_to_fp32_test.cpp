// SPDX-License-Identifier: Apache-2.0
#include "sw/model/dot.h"
#include "tb/unit/fp/magnitudes.h"

namespace gradcore::harness {
namespace {

struct SumCase {
  std::int64_t sum = 0;
  std::uint32_t exp = 0, special = 0, want = 0;

  std::string describe() const {
    std::ostringstream text;
    text << "of sum " << sum << ", exponent " << exp << ", special values " << special;
    return text.str();
  }
};

class SumToFp32 : public BenchTest {
 protected:
  static constexpr unsigned kLatency = 6;

  // special: 4 NaN, 2 +Inf, 1 -Inf.
  SumCase drive(unsigned lane, std::int64_t sum, std::uint32_t exp, std::uint32_t special,
                unsigned f) {
    bench_->wide_i[lane] = static_cast<std::uint64_t>(sum);
    bench_->exp_i[lane] = static_cast<std::uint16_t>(exp);
    bench_->special_i[lane] = static_cast<std::uint8_t>(special);
    const model::Specials specials{(special & 4u) != 0, (special & 2u) != 0, (special & 1u) != 0};
    return {sum, exp, special, model::sum_to_fp32(sum, exp, 0, specials, f)};
  }

  template <typename Outputs>
  void check_random(std::uint64_t patterns, unsigned width, unsigned f, const Outputs& outputs) {
    check_lanes(bench_, kLatency, patterns / kLanes, outputs, [&](unsigned lane) {
      const std::uint64_t magnitude = random_magnitude(random_, width - 1);
      const bool negative = random_.one_in(2);
      const std::uint32_t special = random_.one_in(16) ? random_.below(8) : 0;
      // All exponents, and more often those at which the result is subnormal or overflows.
      const std::uint32_t near_underflow = 60 + random_.below(90);
      const std::uint32_t near_overflow = 350 + random_.below(80);
      const std::uint32_t any = 2 + random_.below(509);
      const std::uint32_t mood = random_.below(3);
      const std::uint32_t exp = mood == 0 ? near_underflow : mood == 1 ? near_overflow : any;
      const auto sum = static_cast<std::int64_t>(magnitude);
      return drive(lane, negative ? -sum : sum, exp, special, f);
    });
  }

  // Powers of two, their neighbours and ties, at every exponent.
  template <typename Outputs>
  void check_powers(unsigned width, unsigned f, const Outputs& outputs) {
    const std::vector<std::uint64_t> magnitudes = corner_magnitudes(width - 1);
    std::size_t next = 0;
    check_lanes(
        bench_, kLatency, 509 * magnitudes.size() * 2 / kLanes + 1, outputs, [&](unsigned lane) {
          const auto sum = static_cast<std::int64_t>(magnitudes[next / 2 % magnitudes.size()]);
          const auto exp = static_cast<std::uint32_t>(2 + next / 2 / magnitudes.size() % 509);
          const bool negative = next % 2 != 0;
          ++next;
          return drive(lane, negative ? -sum : sum, exp, 0, f);
        });
  }
};

TEST_F(SumToFp32, CornersAtEveryExponent) { check_powers(45, 40, bench_->sum_o); }
TEST_F(SumToFp32, NarrowestCorners) { check_powers(27, 24, bench_->sum_narrow_o); }
TEST_F(SumToFp32, WidestCorners) { check_powers(54, 48, bench_->sum_wide_o); }

TEST_F(SumToFp32, RandomPatterns) { check_random(10'400'000, 45, 40, bench_->sum_o); }
TEST_F(SumToFp32, NarrowestRandomPatterns) {
  check_random(3'200'000, 27, 24, bench_->sum_narrow_o);
}
TEST_F(SumToFp32, WidestRandomPatterns) { check_random(3'200'000, 54, 48, bench_->sum_wide_o); }

TEST_F(SumToFp32, SpecialValuesOverrideEverySum) {
  std::uint32_t next = 0;
  check_lanes(bench_, kLatency, 8, bench_->sum_o, [&](unsigned lane) {
    const std::uint32_t special = next % 8;
    const std::int64_t sum = next % 3 == 0 ? 0 : next % 3 == 1 ? -12345 : 12345;
    const std::uint32_t exp = next % 5 == 0 ? 510 : 254;
    ++next;
    return drive(lane, sum, exp, special, 40);
  });
}

}  // namespace
}  // namespace gradcore::harness
