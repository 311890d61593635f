// SPDX-License-Identifier: Apache-2.0
// The function unit against its model, which is measured against binary64 in
// tb/unit/model/functions_test.cpp.
#include <sstream>

#include "sw/isa/isa.h"
#include "sw/model/vector.h"
#include "tb/harness/unit_bench.h"

namespace gradcore::harness {
namespace {

using isa::Apply;

constexpr unsigned kLatency = 15;
constexpr std::array kAll = {Apply::kIdentity, Apply::kRelu, Apply::kAbs,        Apply::kExp,
                             Apply::kLog,      Apply::kTanh, Apply::kReciprocal, Apply::kRsqrt};

struct FunctionCase {
  std::uint32_t x = 0, want = 0;
  Apply apply = Apply::kIdentity;

  std::string describe() const {
    std::ostringstream text;
    text << "function " << static_cast<unsigned>(apply) << std::hex << " of " << x;
    return text.str();
  }
};

class Fp32Function : public BenchTest {
 protected:
  // argument() is asked for every lane, choose() once a vector.
  template <typename Choose, typename Argument>
  void check(std::uint64_t vectors, Choose choose, Argument argument) {
    bench_->valid_i = 1;
    Apply apply = Apply::kIdentity;
    check_lanes(bench_, kLatency, vectors, bench_->function_o, [&](unsigned lane) {
      if (lane == 0) {
        apply = choose();
        bench_->apply_i = static_cast<CData>(apply);
      }
      const std::uint32_t x = argument();
      bench_->a_i[lane] = x;
      return FunctionCase{x, model::apply(apply, x), apply};
    });
  }
};

TEST_F(Fp32Function, EveryBfloat16) {
  for (const Apply apply : kAll) {
    std::uint32_t next = 0;
    check(
        65536 / kLanes, [&] { return apply; }, [&] { return next++ << 16; });
  }
}

TEST_F(Fp32Function, RandomPatterns) {
  for (const Apply apply : kAll) {
    check(
        100'000, [&] { return apply; }, [&] { return random_.fp32(); });
  }
}

// Around 1, where the logarithm is by the distance from it, and where exp and tanh have values.
TEST_F(Fp32Function, BinadesThatMatter) {
  for (const Apply apply : kAll) {
    check(
        100'000, [&] { return apply; },
        [&] {
          const std::uint32_t exponent = 100 + random_.below(36);
          return (random_.bits32() & 0x807F'FFFFu) | exponent << 23;
        });
  }
  std::uint32_t next = 0x3F3F'FF00;
  check(
      2'000, [] { return Apply::kLog; }, [&] { return next++; });
  next = 0x3F7F'F000;
  check(
      2'000, [] { return Apply::kLog; }, [&] { return next++; });
}

TEST_F(Fp32Function, AnotherFunctionInEveryCycle) {
  check(
      200'000, [&] { return kAll[random_.below(kAll.size())]; }, [&] { return random_.fp32(); });
}

// A vector comes out alike whether others surround it or not.
TEST_F(Fp32Function, RestsBetweenVectors) {
  for (int i = 0; i < 2'000; ++i) {
    const Apply apply = kAll[random_.below(kAll.size())];
    bench_->apply_i = static_cast<CData>(apply);
    std::array<std::uint32_t, kLanes> want{};
    for (unsigned lane = 0; lane < kLanes; ++lane) {
      bench_->a_i[lane] = random_.fp32();
      want[lane] = model::apply(apply, bench_->a_i[lane]);
    }
    bench_->valid_i = 1;
    bench_.cycle();
    bench_->valid_i = 0;
    for (unsigned cycle = 1; cycle < kLatency; ++cycle) bench_.cycle();
    bench_.settle();
    for (unsigned lane = 0; lane < kLanes; ++lane) ASSERT_EQ(bench_->function_o[lane], want[lane]);
    for (unsigned cycle = random_.below(20); cycle > 0; --cycle) bench_.cycle();
  }
}

}  // namespace
}  // namespace gradcore::harness
