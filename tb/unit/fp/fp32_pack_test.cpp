// SPDX-License-Identifier: Apache-2.0
#include "sw/model/fp32.h"
#include "tb/unit/fp/magnitudes.h"

namespace gradcore::harness {
namespace {

struct PackCase {
  std::uint64_t magnitude = 0;
  std::int32_t exp = 0;
  std::uint32_t flags = 0, want = 0;

  std::string describe() const {
    std::ostringstream text;
    text << std::hex << "of magnitude " << magnitude << std::dec << ", exponent " << exp
         << ", flags " << flags;
    return text.str();
  }
};

class Fp32Pack : public BenchTest {
 protected:
  // flags: 4 NaN, 2 infinity, 1 sign.
  PackCase drive(unsigned lane, std::uint64_t magnitude, std::int32_t exp, std::uint32_t flags,
                 unsigned width) {
    bench_->wide_i[lane] = magnitude;
    bench_->info_i[lane] = static_cast<std::uint16_t>((flags << 11) | ((exp - 1) & 0x7FF));
    const bool sign = (flags & 1u) != 0;
    PackCase out{magnitude, exp, flags, 0};
    if ((flags & 4u) != 0) {
      out.want = model::kFp32Nan;
    } else if ((flags & 2u) != 0) {
      out.want = model::kFp32Infinity | (flags << 31);
    } else {
      out.want = model::fp32_round(sign, magnitude, exp - 126 - static_cast<std::int32_t>(width));
    }
    return out;
  }

  template <typename Outputs>
  void check_corners(unsigned width, unsigned latency, std::int32_t first, std::int32_t last,
                     const Outputs& outputs) {
    const std::vector<std::uint64_t> magnitudes = corner_magnitudes(width);
    std::size_t next = 0;
    std::int32_t exp = first;
    check_lanes(bench_, latency, (last - first + 1) * magnitudes.size() / kLanes + 1, outputs,
                [&](unsigned lane) {
                  const PackCase out = drive(lane, magnitudes[next], exp, next % 2, width);
                  if (++next == magnitudes.size()) {
                    next = 0;
                    exp = exp == last ? first : exp + 1;
                  }
                  return out;
                });
  }

  template <typename Outputs>
  void check_random(unsigned width, unsigned latency, std::int32_t first, std::int32_t last,
                    const Outputs& outputs) {
    check_lanes(bench_, latency, 200'000, outputs, [&](unsigned lane) {
      const std::uint64_t magnitude = random_magnitude(random_, width);
      const std::int32_t span = random_.one_in(2) ? last - first : 300 - first;
      const auto exp = static_cast<std::int32_t>(random_.below(span + 1)) + first;
      const std::uint32_t flags = random_.one_in(16) ? random_.below(8) : random_.below(2);
      return drive(lane, magnitude, exp, flags, width);
    });
  }
};

TEST_F(Fp32Pack, CornersAtEveryExponent) { check_corners(48, 5, -126, 1023, bench_->pack_o); }
TEST_F(Fp32Pack, RandomPatterns) { check_random(48, 5, -126, 1023, bench_->pack_o); }

// Without the shift to the right: a cycle less, exponents from 1.
TEST_F(Fp32Pack, LeftOnlyCornersAtEveryExponent) {
  check_corners(28, 4, 1, 1023, bench_->pack_left_o);
}
TEST_F(Fp32Pack, LeftOnlyRandomPatterns) { check_random(28, 4, 1, 1023, bench_->pack_left_o); }

}  // namespace
}  // namespace gradcore::harness
