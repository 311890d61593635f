// SPDX-License-Identifier: Apache-2.0
#include <sstream>

#include "sw/isa/isa.h"
#include "sw/model/vector.h"
#include "tb/harness/unit_bench.h"

namespace gradcore::harness {
namespace {

using isa::Apply;
using isa::Combine;

constexpr unsigned kLatency = 28;
constexpr unsigned kMulLatency = 6;  // after which keep_i is looked at
constexpr unsigned kCombinations = static_cast<unsigned>(Combine::kDropout) + 1;
constexpr unsigned kFunctions = static_cast<unsigned>(Apply::kRsqrt) + 1;

struct AluCase {
  std::uint32_t a = 0, b = 0, c = 0, want = 0;
  unsigned combine = 0, apply = 0;
  bool keep = false;

  std::string describe() const {
    std::ostringstream text;
    text << "combine " << combine << ", apply " << apply << (keep ? ", kept" : "") << std::hex
         << ", of " << a << " " << b << " " << c;
    return text.str();
  }
};

class VectorAlu : public BenchTest {
 protected:
  // choose() sets the operations of a vector in `next_`, operands() the numbers of a lane.
  template <typename Choose, typename Operands>
  void check(std::uint64_t vectors, Choose choose, Operands operands) {
    bench_->valid_i = 1;
    check_lanes(bench_, kLatency, vectors, bench_->alu_o, [&](unsigned lane) {
      if (lane == 0) {
        choose();
        bench_->combine_i = static_cast<CData>(next_.combine);
        bench_->apply_i = static_cast<CData>(next_.apply);
      }
      operands();
      next_.keep = random_.one_in(2);
      bench_->a_i[lane] = next_.a;
      bench_->b_i[lane] = next_.b;
      bench_->c_i[lane] = next_.c;
      bool& kept_before = kept_[vector_ % kMulLatency][lane];
      bench_->keep_i[lane] = kept_before;
      kept_before = next_.keep;
      if (lane + 1 == kLanes) ++vector_;
      const auto how = static_cast<Combine>(next_.combine);
      std::uint32_t value = model::combine(how, model::fp32_mul(next_.a, next_.b), next_.c);
      if (how == Combine::kDropout && !next_.keep) value = 0;
      next_.want = model::apply(static_cast<Apply>(next_.apply), value);
      return next_;
    });
  }

  void any_operation() {
    next_.combine = random_.below(kCombinations);
    next_.apply = random_.below(kFunctions);
  }

  AluCase next_;
  std::array<std::array<bool, kLanes>, kMulLatency> kept_{};  // of the last vectors
  std::size_t vector_ = 0;
};

TEST_F(VectorAlu, RandomPatternsWithEveryOperation) {
  check(
      400'000, [&] { any_operation(); },
      [&] {
        next_.a = random_.fp32();
        next_.b = random_.fp32();
        next_.c = random_.fp32();
      });
}

// Products and c that are equal, zeros of both signs, infinities, NaNs.
TEST_F(VectorAlu, ComparisonsOfWhatIsNearlyEqual) {
  constexpr std::array<std::uint32_t, 12> kValues = {
      0x0000'0000, 0x8000'0000, 0x0000'0001, 0x8000'0001, 0x3F80'0000, 0xBF80'0000,
      0x7F80'0000, 0xFF80'0000, 0x7FC0'0000, 0xFFC0'0001, 0x7F7F'FFFF, 0xFF7F'FFFF};
  for (unsigned combine = 0; combine < kCombinations; ++combine) {
    check(
        1'000,
        [&] {
          next_.combine = combine;
          next_.apply = 0;
        },
        [&] {
          next_.a = kValues[random_.below(kValues.size())];
          next_.b = random_.one_in(2) ? 0x3F80'0000u : 0xBF80'0000u;
          next_.c = kValues[random_.below(kValues.size())];
        });
    check(
        3'000, [&] { next_.combine = combine; },
        [&] {
          next_.a = random_.fp32();
          next_.b = 0x3F80'0000;
          next_.c = next_.a + random_.below(3) - 1;
        });
  }
}

// A multiplication by one, an addition of nothing: values pass as they are, NaNs as the one NaN.
TEST_F(VectorAlu, CopiesExactly) {
  check(
      50'000,
      [&] {
        next_.combine = static_cast<unsigned>(Combine::kProduct);
        next_.apply = static_cast<unsigned>(Apply::kIdentity);
      },
      [&] {
        next_.a = random_.bits32();
        next_.b = 0x3F80'0000;
        next_.c = random_.fp32();
      });
}

}  // namespace
}  // namespace gradcore::harness
