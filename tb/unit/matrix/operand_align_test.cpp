// SPDX-License-Identifier: Apache-2.0
#include "tb/unit/matrix/aligned.h"

namespace gradcore::harness {
namespace {

constexpr unsigned kLatency = 3;

class OperandAlign : public BenchTest {
 protected:
  // One cycle: `values` enter, of which the first `count` count; what left is compared.
  void cycle(const std::array<std::uint16_t, kLanes>& values, unsigned count) {
    for (unsigned i = 0; i < kLanes; ++i) bench_->half_i[i] = values[i];
    bench_->count_i = static_cast<CData>(count);
    flying_[now_ % kLatency] = align(std::span(values).first(count));
    bench_.cycle();
    ++now_;
    if (now_ < kLatency) return;
    const AlignedLanes& want = flying_[now_ % kLatency];
    ASSERT_EQ(bench_->align_max_o, want.max_exponent);
    for (unsigned i = 0; i < kLanes; ++i) {
      ASSERT_EQ(bench_->align_o[i], pack_lane(want, i)) << std::hex << "lane " << i;
    }
  }

 private:
  std::array<AlignedLanes, kLatency> flying_{};
  std::uint64_t now_ = 0;
};

// All 65536 values, against largest exponents from the smallest to infinity's in another lane.
TEST_F(OperandAlign, EveryValueAtManyGaps) {
  for (const std::uint32_t other : {0u, 1u, 2u, 40u, 63u, 64u, 65u, 127u, 128u, 200u, 254u, 255u}) {
    for (std::uint32_t base = 0; base < 65536; base += kLanes - 1) {
      const unsigned place = (base / (kLanes - 1)) % kLanes;
      std::array<std::uint16_t, kLanes> values{};
      for (unsigned i = 0; i < kLanes; ++i) {
        values[i] = static_cast<std::uint16_t>(i == place ? other << 7 : base + i - (i > place));
      }
      ASSERT_NO_FATAL_FAILURE(cycle(values, kLanes));
    }
  }
}

// Each lane alone decides the largest exponent.
TEST_F(OperandAlign, LargestExponentInEveryLane) {
  for (unsigned lane = 0; lane < kLanes; ++lane) {
    for (std::uint32_t field = 0; field < 256; ++field) {
      std::array<std::uint16_t, kLanes> values{};
      values[lane] = static_cast<std::uint16_t>(field << 7);
      ASSERT_NO_FATAL_FAILURE(cycle(values, kLanes));
    }
  }
}

TEST_F(OperandAlign, MaskedLanesAreZero) {
  for (unsigned round = 0; round < 2000; ++round) {
    for (unsigned count = 0; count <= kLanes; ++count) {
      std::array<std::uint16_t, kLanes> values{};
      for (std::uint16_t& value : values) value = random_.bf16();
      ASSERT_NO_FATAL_FAILURE(cycle(values, count));
    }
  }
}

TEST_F(OperandAlign, RandomVectors) {
  for (unsigned round = 0; round < 100'000; ++round) {
    const std::vector<std::uint16_t> vector = random_.bf16_vector(kLanes, true);
    std::array<std::uint16_t, kLanes> values{};
    std::copy(vector.begin(), vector.end(), values.begin());
    ASSERT_NO_FATAL_FAILURE(cycle(values, kLanes));
  }
}

}  // namespace
}  // namespace gradcore::harness
