// SPDX-License-Identifier: Apache-2.0
#include <bit>
#include <cmath>
#include <sstream>
#include <string>

#include "sw/model/bf16.h"
#include "tb/harness/unit_bench.h"

namespace gradcore::harness {
namespace {

struct Conversion {
  std::uint32_t data = 0;
  std::uint16_t random = 0, want = 0;

  std::string describe() const {
    std::ostringstream text;
    text << std::hex << "of " << data << ", random bits " << random;
    return text.str();
  }
};

// Nearest even by looking at both neighbours in binary64, in which all is exact; the number after
// the largest finite one counts as 2^128.
std::uint16_t nearest_by_distance(std::uint32_t data) {
  if (model::fp32_is_nan(data)) return 0x7FC0;
  const auto value = [](std::uint32_t upper) {
    const std::uint32_t magnitude = upper & 0x7FFFu;
    if (magnitude == 0x7F80u) return std::ldexp(1.0, 128);
    return double{std::bit_cast<float>(magnitude << 16)};
  };
  const std::uint32_t low = data >> 16;
  if (model::fp32_is_infinite(data)) return static_cast<std::uint16_t>(low);
  const double exact = std::bit_cast<float>(data & 0x7FFF'FFFFu);
  const double below = exact - value(low);
  const double above = value(low + 1) - exact;
  const bool up = above < below || (above == below && (low & 1u) != 0);
  return static_cast<std::uint16_t>(up ? low + 1 : low);
}

class Fp32ToBf16 : public BenchTest {
 protected:
  Conversion drive(unsigned lane, std::uint32_t data, std::uint16_t random, bool stochastic) {
    bench_->a_i[lane] = data;
    bench_->half_i[lane] = random;
    bench_->stochastic_i = stochastic;
    return {
        data, random,
        stochastic ? model::fp32_to_bf16_stochastic(data, random) : model::fp32_to_bf16_rne(data)};
  }
};

// All upper halves with lower halves around the tie, random bits being of no influence.
TEST_F(Fp32ToBf16, EveryTie) {
  std::uint32_t next = 0;
  const std::array<std::uint32_t, 8> lower = {0, 1, 0x7FFF, 0x8000, 0x8001, 0xFFFF, 0x4000, 0xC000};
  check_lanes(bench_, 0, 65536 * lower.size() / kLanes, bench_->bf16_o, [&](unsigned lane) {
    const std::uint32_t data = ((next / 8) << 16) | lower[next % 8];
    ++next;
    const Conversion out = drive(lane, data, static_cast<std::uint16_t>(next * 40503u), false);
    EXPECT_EQ(out.want, nearest_by_distance(data)) << out.describe();
    return out;
  });
}

TEST_F(Fp32ToBf16, RandomNearestEven) {
  check_lanes(bench_, 0, 650'000, bench_->bf16_o, [&](unsigned lane) {
    const std::uint32_t data = random_.fp32();
    return drive(lane, data, static_cast<std::uint16_t>(data * 3), false);
  });
}

TEST_F(Fp32ToBf16, RandomStochastic) {
  check_lanes(bench_, 0, 650'000, bench_->bf16_o, [&](unsigned lane) {
    const std::uint32_t data = random_.fp32();
    const std::uint32_t random = random_.bits32();
    return drive(lane, data, static_cast<std::uint16_t>(random), true);
  });
}

// Over all random bits, a value moves away from zero as often as its lower half says.
TEST_F(Fp32ToBf16, StochasticProbabilityIsExact) {
  for (const std::uint32_t data : {0x3F80'0000u, 0x3F80'0001u, 0xBF80'8000u, 0x3FFF'FFFFu,
                                   0x0000'1234u, 0x8000'FFFFu, 0x7F7F'C000u, 0x007F'A000u}) {
    std::uint32_t away = 0;
    for (std::uint32_t random = 0; random < 65536; random += kLanes) {
      for (unsigned lane = 0; lane < kLanes; ++lane) {
        drive(lane, data, static_cast<std::uint16_t>(random + lane), true);
      }
      bench_.settle();
      for (const std::uint16_t result : bench_->bf16_o) {
        if (result == (data >> 16)) continue;
        ASSERT_EQ(result, (data >> 16) + 1);
        ++away;
      }
    }
    EXPECT_EQ(away, data & 0xFFFFu) << std::hex << data;
  }
}

TEST_F(Fp32ToBf16, SoakEveryBinary32) {
  bench_->stochastic_i = 0;
  std::uint64_t differences = 0;
  for (std::uint64_t base = 0; base < (std::uint64_t{1} << 32); base += kLanes) {
    const auto first = static_cast<std::uint32_t>(base);
    for (unsigned lane = 0; lane < kLanes; ++lane) bench_->a_i[lane] = first + lane;
    bench_.settle();
    for (unsigned lane = 0; lane < kLanes; ++lane) {
      differences += bench_->bf16_o[lane] != model::fp32_to_bf16_rne(first + lane) ? 1 : 0;
    }
    ASSERT_EQ(differences, 0u) << "from " << std::hex << first;
  }
}

}  // namespace
}  // namespace gradcore::harness
