// SPDX-License-Identifier: Apache-2.0
#include "tb/unit/fp/binary_operation.h"

namespace gradcore::harness {
namespace {

struct Addition {
  static constexpr unsigned kLatency = 7;
  static float cpu(float a, float b) { return a + b; }
  static std::uint32_t model(std::uint32_t a, std::uint32_t b) { return model::fp32_add(a, b); }
};
using Fp32Add = BinaryTest<Addition>;

TEST_F(Fp32Add, EveryPairOfCorners) { check(corners(), bench_->add_o); }

// Every distance up to beyond the last that matters, with what is shifted out below, at and above
// half a unit, in both directions.
TEST_F(Fp32Add, AlignmentRoundingAndCancellation) {
  const std::array<std::uint32_t, 9> fractions = {
      0, 1, 2, 0x3F'FFFF, 0x40'0000, 0x40'0001, 0x7F'FFFD, 0x7F'FFFE, 0x7F'FFFF};
  std::vector<std::pair<std::uint32_t, std::uint32_t>> operands;
  for (const std::uint32_t field : {0u, 1u, 2u, 24u, 27u, 60u, 127u, 200u, 253u, 254u}) {
    for (std::uint32_t distance = 0; distance <= field; ++distance) {
      for (const std::uint32_t major : fractions) {
        for (const std::uint32_t minor : fractions) {
          const std::uint32_t a = (field << 23) | major;
          const std::uint32_t b = ((field - distance) << 23) | minor;
          operands.emplace_back(a, b);
          operands.emplace_back(b, a | 0x8000'0000u);
        }
      }
    }
  }
  check(operands, bench_->add_o);
}

TEST_F(Fp32Add, RandomPatterns) { check_random(10'400'000, bench_->add_o); }

}  // namespace
}  // namespace gradcore::harness
