// SPDX-License-Identifier: Apache-2.0
// GEMM commands on the Verilated core against the functional model, at every N.
#include <gtest/gtest.h>

#include <array>
#include <filesystem>
#include <iostream>
#include <optional>
#include <string>
#include <vector>

#include "sw/model/functional_core.h"
#include "tb/harness/gemm_case.h"
#include "tb/harness/mismatch.h"
#include "tb/harness/mismatch_report.h"
#include "tb/harness/rtl_device.h"
#include "tb/harness/waveform.h"

namespace gradcore::harness {
namespace {

using device::Completion;
using device::GemmCommand;
using device::Hardware;

class Gemm : public testing::TestWithParam<Hardware> {
 protected:
  Gemm()
      : hardware_(GetParam()),
        waves_(waves_from_environment()),
        rtl_(hardware_, waves_.has_value()),
        model_(hardware_) {
    if (waves_) waveform_.emplace(rtl_, *waves_ / (file_name(test_name()) + ".fst"));
  }
  void TearDown() override {
    if (waveform_) std::cout << "waveforms: gtkwave " << waveform_->finish().string() << '\n';
  }

  static std::string test_name() {
    const testing::TestInfo& info = *testing::UnitTest::GetInstance()->current_test_info();
    return std::string(info.test_suite_name()) + "." + info.name();
  }

  // Fails the test for every difference, and says where the first one comes from.
  void compare(const GemmCase& test, const Stalls& stalls = {}) {
    const std::vector<std::string> lines = compare_results(test, rtl_, model_);
    for (const std::string& line : lines) ADD_FAILURE() << line;
    if (lines.empty()) return;
    const auto replay = [&test](device::Device& device) {
      load_case(test, device);
      device.submit(test.command);
      device.wait();
    };
    ADD_FAILURE() << '\n'
                  << explain_mismatch(
                         {.test = test_name(),
                          .seed = test.seed,
                          .hardware = hardware_,
                          .stalls = stalls,
                          .replay = replay,
                          .folder = waves_.value_or(GRADCORE_BINARY_DIR "/waves") / "mismatch"});
  }

  void run(const GemmCase& test) {
    SCOPED_TRACE(test.describe(hardware_));
    load_case(test, rtl_, model_);
    rtl_.submit(test.command);
    model_.submit(test.command);
    const Completion got = rtl_.wait();
    const Completion want = model_.wait();
    EXPECT_EQ(got.id, want.id);
    EXPECT_EQ(got.error, want.error);
    EXPECT_EQ(got.operand, want.operand);
    compare(test);
  }

  Hardware hardware_;
  std::optional<std::filesystem::path> waves_;
  RtlDevice rtl_;
  model::FunctionalCore model_;
  std::optional<Waveform> waveform_;
};

TEST_P(Gemm, OneTile) {
  const unsigned n = hardware_.n;
  run({.command = place_gemm(hardware_, n, n, n, 1, 0)});
}

TEST_P(Gemm, EveryFlagOnAwkwardShapes) {
  const std::array<std::array<std::uint32_t, 3>, 7> shapes = {
      {{1, 1, 1}, {3, 5, 7}, {1, 64, 64}, {17, 33, 65}, {64, 1, 64}, {5, 70, 1}, {33, 16, 2}}};
  std::uint64_t seed = 100;
  for (const auto& [m, k, n] : shapes) {
    for (unsigned flags = 0; flags < 16; ++flags) {
      run({.command = place_gemm(hardware_, m, k, n, 1, flags), .seed = ++seed});
    }
  }
}

TEST_P(Gemm, RandomShapesPlacesValuesAndStalls) {
  const std::uint64_t seed = seed_from_environment(2024);
  SCOPED_TRACE(seed_message(seed));
  RandomPatterns random(seed);
  for (int i = 0; i < 150; ++i) {
    const unsigned n = hardware_.n;
    const std::uint32_t rows = 1 + random.below(random.one_in(4) ? 6 * n : 2 * n);
    const std::uint32_t inner = 1 + random.below(random.one_in(4) ? 6 * n : 2 * n);
    const std::uint32_t cols = 1 + random.below(random.one_in(4) ? 6 * n : 2 * n);
    const std::uint32_t batch = random.one_in(3) ? 1 + random.below(5) : 1;
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
    const GemmCommand command = place_gemm(hardware_, rows, inner, cols, batch, flags, &random);
    const GemmCase test{.command = command, .values = values, .seed = random.bits()};
    load_case(test, rtl_, model_);
    rtl_.set_stalls(stalls);
    rtl_.submit(test.command);
    model_.submit(test.command);
    const Completion got = rtl_.wait();
    rtl_.set_stalls({});
    const Completion want = model_.wait();
    ASSERT_EQ(got.id, want.id);
    ASSERT_EQ(got.error, want.error);
    compare(test, stalls);
    if (HasFailure()) return;
  }
}

INSTANTIATE_TEST_SUITE_P(N, Gemm,
                         testing::Values(Hardware{.n = 4}, Hardware{.n = 8}, Hardware{.n = 16},
                                         Hardware{.n = 32}),
                         [](const auto& info) { return "N" + std::to_string(info.param.n); });

// The ends of what F may be.
INSTANTIATE_TEST_SUITE_P(F, Gemm, testing::Values(Hardware{4, 24, 64, 64}, Hardware{4, 48, 64, 64}),
                         [](const auto& info) { return "F" + std::to_string(info.param.f); });

}  // namespace
}  // namespace gradcore::harness
