// SPDX-License-Identifier: Apache-2.0
// GEMM commands on the netlist of the 4 x 4 core against the functional model: what the RTL's test
// runs, in the smaller memory of the FPGA.
#include <gtest/gtest.h>

#include <array>
#include <string>

#include "sw/model/functional_core.h"
#include "tb/harness/gemm_case.h"
#include "tb/harness/rtl_device.h"

namespace gradcore::harness {
namespace {

constexpr device::Hardware kHardware{.n = 4, .f = 40, .operand_kib = 64, .accumulator_kib = 64};

class CoreNetlist : public testing::Test {
 protected:
  void run(const GemmCase& test) {
    SCOPED_TRACE(test.describe(kHardware));
    load_case(test, netlist_, model_);
    netlist_.submit(test.command);
    model_.submit(test.command);
    const device::Completion got = netlist_.wait();
    const device::Completion want = model_.wait();
    EXPECT_EQ(got.id, want.id);
    EXPECT_EQ(got.error, want.error);
    EXPECT_EQ(got.operand, want.operand);
    for (const std::string& line : compare_results(test, netlist_, model_)) ADD_FAILURE() << line;
  }

  RtlDevice netlist_{kHardware};
  model::FunctionalCore model_{kHardware};
};

TEST_F(CoreNetlist, EveryFlagOnAwkwardShapes) {
  const std::array<std::array<std::uint32_t, 3>, 7> shapes = {
      {{1, 1, 1}, {3, 5, 7}, {4, 4, 4}, {1, 32, 32}, {9, 17, 13}, {32, 1, 32}, {17, 8, 2}}};
  std::uint64_t seed = 100;
  for (const auto& [m, k, n] : shapes) {
    for (unsigned flags = 0; flags < 16; ++flags) {
      run({.command = place_gemm(kHardware, m, k, n, 1, flags), .seed = ++seed});
      if (HasFailure()) return;
    }
  }
}

TEST_F(CoreNetlist, RandomShapesPlacesValuesAndStalls) {
  const std::uint64_t seed = seed_from_environment(2024);
  SCOPED_TRACE(seed_message(seed));
  RandomPatterns random(seed);
  for (int i = 0; i < 100 && !HasFailure(); ++i) {
    const std::uint32_t rows = 1 + random.below(24);
    const std::uint32_t inner = 1 + random.below(24);
    const std::uint32_t cols = 1 + random.below(24);
    const std::uint32_t batch = random.one_in(3) ? 1 + random.below(4) : 1;
    const unsigned flags = random.below(16);
    const auto values = static_cast<Values>(random.below(3));
    Stalls stalls;
    if (random.one_in(2)) {
      stalls.command = random.below(250);
      stalls.completion = random.below(250);
      stalls.memory_request = random.below(250);
      stalls.memory_data = random.below(250);
      stalls.traffic = random.below(250);
      stalls.seed = random.bits();
    }
    const device::GemmCommand command =
        place_gemm(kHardware, rows, inner, cols, batch, flags, &random);
    netlist_.set_stalls(stalls);
    run({.command = command, .values = values, .seed = random.bits()});
    netlist_.set_stalls({});
  }
}

TEST_F(CoreNetlist, RefusesWhatTheModelRefuses) {
  device::GemmCommand zero = place_gemm(kHardware, 4, 4, 4, 1, 0);
  zero.k = 0;
  device::GemmCommand misaligned = place_gemm(kHardware, 4, 4, 4, 1, 0);
  misaligned.w.address += 4;
  device::GemmCommand outside = place_gemm(kHardware, 4, 4, 4, 1, 0);
  outside.y.address = device::kAccumulatorBase + (64u << 10);
  for (const device::GemmCommand& command : {zero, misaligned, outside}) {
    netlist_.submit(command);
    model_.submit(command);
    const device::Completion got = netlist_.wait();
    const device::Completion want = model_.wait();
    EXPECT_NE(got.error, device::GemmError::kNone);
    EXPECT_EQ(got.error, want.error);
    EXPECT_EQ(got.operand, want.operand);
  }
}

}  // namespace
}  // namespace gradcore::harness
