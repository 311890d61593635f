// SPDX-License-Identifier: Apache-2.0
// The netlist of the PE (a systolic array of 1 x 1) beside its RTL: the same bits in every cycle.
#include <Vpe_netlist.h>
#include <Vsystolic_array.h>
#include <gtest/gtest.h>
#include <verilated.h>

#include <array>
#include <cstdint>
#include <string>

#include "tb/harness/destroy_model.h"
#include "tb/harness/random_patterns.h"

namespace gradcore::harness {
namespace {

// aligned_t of gradcore_pkg: {nan, inf, zero, sign, gap[5:0], sig[7:0]}.
constexpr std::uint32_t operand(std::uint32_t flags, std::uint32_t sign, std::uint32_t gap,
                                std::uint32_t significand) {
  return flags << 15 | sign << 14 | gap << 8 | significand;
}

class PeNetlist : public testing::Test {
 protected:
  PeNetlist() {
    // Before the first tile the RTL holds zeros and the netlist what the device starts with.
    for (int i = 0; i < 8; ++i) clock(i == 1, operand(1, 0, 0, 0), i == 0, operand(1, 0, 0, 0));
  }
  ~PeNetlist() override {
    destroy_model(context_, rtl_);
    destroy_model(context_, netlist_);
  }

  // One cycle: `x` streams, as first of a tile if so, and `w` goes to the shadow if valid.
  void cycle(bool first, std::uint32_t x, bool valid, std::uint32_t w) {
    clock(first, x, valid, w);
    ASSERT_EQ(rtl_->sum_o[0], netlist_->sum_o[0]) << where(x, w);
    ASSERT_EQ(rtl_->special_o[0], netlist_->special_o[0]) << where(x, w);
    ASSERT_EQ(rtl_->exp_o[0], netlist_->exp_o[0]) << where(x, w);
  }

  // `w` becomes the stationary operand of the streams that follow.
  void stationary(std::uint32_t w) {
    ASSERT_NO_FATAL_FAILURE(cycle(false, operand(1, 0, 0, 0), true, w));
    ASSERT_NO_FATAL_FAILURE(cycle(true, operand(1, 0, 0, 0), false, 0));
  }

  std::uint64_t seed_ = seed_from_environment(7);
  RandomPatterns random_{seed_};

 private:
  template <typename Model>
  static void drive(Model& model, bool first, std::uint32_t x, bool valid, std::uint32_t w,
                    std::uint32_t max) {
    // stream_lane_t {first, max[7:0], op}; load_lane_t {valid, col[4:0], max[7:0], op}.
    model.x_i[0] = static_cast<std::uint32_t>(first) << 26 | (max & 0xFF) << 18 | x;
    model.w_i[0] = static_cast<std::uint32_t>(valid) << 31 | (max >> 8 & 0xFF) << 18 | w;
    model.clk_i = 0;
    model.eval();
    model.clk_i = 1;
    model.eval();
  }
  void clock(bool first, std::uint32_t x, bool valid, std::uint32_t w) {
    const std::uint32_t max = random_.bits32();
    drive(*rtl_, first, x, valid, w, max);
    drive(*netlist_, first, x, valid, w, max);
    ++now_;
  }
  std::string where(std::uint32_t x, std::uint32_t w) const {
    return "cycle " + std::to_string(now_) + ", x " + std::to_string(x) + ", w " +
           std::to_string(w) + "; " + seed_message(seed_);
  }

  VerilatedContext context_;
  std::unique_ptr<Vsystolic_array> rtl_ = std::make_unique<Vsystolic_array>(&context_);
  std::unique_ptr<Vpe_netlist> netlist_ = std::make_unique<Vpe_netlist>(&context_);
  std::uint64_t now_ = 0;
};

TEST_F(PeNetlist, EveryProductOfTwoSignificands) {
  for (std::uint32_t w = 0; w < 256; ++w) {
    ASSERT_NO_FATAL_FAILURE(stationary(operand(0, w & 1, 0, w)));
    for (std::uint32_t x = 0; x < 512; ++x) {
      ASSERT_NO_FATAL_FAILURE(cycle(false, operand(0, x & 1, 0, x >> 1), false, 0));
    }
  }
}

TEST_F(PeNetlist, EverySumOfTwoGaps) {
  for (std::uint32_t w = 0; w < 64; ++w) {
    for (const std::uint32_t significand : {255u, 128u, 1u}) {
      ASSERT_NO_FATAL_FAILURE(stationary(operand(0, 0, w, significand)));
      for (std::uint32_t x = 0; x < 128; ++x) {
        ASSERT_NO_FATAL_FAILURE(cycle(false, operand(0, x & 1, x >> 1, 255), false, 0));
      }
    }
  }
}

TEST_F(PeNetlist, RandomTrafficWithSpecials) {
  for (int i = 0; i < 1'000'000; ++i) {
    const auto any = [this] {
      const std::uint32_t flags = random_.one_in(8) ? random_.below(8) : 0;
      const std::uint32_t bits = random_.bits32() & 0x7FFF;
      return operand(flags, 0, 0, bits);
    };
    const std::uint32_t x = any();
    const std::uint32_t w = any();
    const bool first = random_.one_in(5);
    ASSERT_NO_FATAL_FAILURE(cycle(first, x, random_.one_in(3), w));
  }
}

}  // namespace
}  // namespace gradcore::harness
