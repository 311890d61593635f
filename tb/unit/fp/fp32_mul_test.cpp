// SPDX-License-Identifier: Apache-2.0
#include "tb/unit/fp/binary_operation.h"

namespace gradcore::harness {
namespace {

struct Multiplication {
  static constexpr unsigned kLatency = 6;
  static float cpu(float a, float b) { return a * b; }
  static std::uint32_t model(std::uint32_t a, std::uint32_t b) { return model::fp32_mul(a, b); }
};
using Fp32Mul = BinaryTest<Multiplication>;

TEST_F(Fp32Mul, EveryPairOfCorners) { check(corners(), bench_->mul_o); }

// Products from far below the smallest subnormal to beyond overflow, exact ones, ties and their
// neighbours among them; factors are normal and subnormal.
TEST_F(Fp32Mul, UnderflowAndOverflow) {
  const std::array<std::uint32_t, 10> fractions = {
      0, 1, 3, 0x00'1000, 0x40'0000, 0x40'0001, 0x55'5555, 0x7F'F000, 0x7F'FFFE, 0x7F'FFFF};
  std::vector<std::pair<std::uint32_t, std::uint32_t>> operands;
  for (std::uint32_t field = 0; field < 255; ++field) {
    for (const std::uint32_t sum : {100u, 103u, 104u, 115u, 126u, 127u, 128u, 380u, 381u, 382u}) {
      if (sum < field || sum - field > 254) continue;
      for (const std::uint32_t a : fractions) {
        for (const std::uint32_t b : fractions) {
          operands.emplace_back((field << 23) | a, ((sum - field) << 23) | b | 0x8000'0000u);
        }
      }
    }
  }
  check(operands, bench_->mul_o);
}

// A subnormal times a power of two that shifts every of its bits into and out of the result.
TEST_F(Fp32Mul, SubnormalsAtEveryScale) {
  std::vector<std::pair<std::uint32_t, std::uint32_t>> operands;
  for (std::uint32_t bit = 0; bit < 23; ++bit) {
    for (std::uint32_t field = 60; field < 255; ++field) {
      for (const std::uint32_t low : {0u, 1u, 0x7F'FFFFu}) {
        const std::uint32_t subnormal = (1u << bit) | (low & ((1u << bit) - 1));
        operands.emplace_back(subnormal, field << 23);
        operands.emplace_back((field << 23) | 0x40'0000u, subnormal);
      }
    }
  }
  check(operands, bench_->mul_o);
}

TEST_F(Fp32Mul, RandomPatterns) { check_random(10'400'000, bench_->mul_o); }

}  // namespace
}  // namespace gradcore::harness
