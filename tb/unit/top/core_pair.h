// SPDX-License-Identifier: Apache-2.0
// The Verilated core beside the functional model: whatever one is told, the other is, too.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <string>
#include <vector>

#include "sw/model/functional_core.h"
#include "tb/harness/gemm_case.h"
#include "tb/harness/rtl_device.h"

namespace gradcore::harness {

class CorePair {
 public:
  explicit CorePair(unsigned n) : hardware_{.n = n}, rtl_(hardware_), model_(hardware_) {}

  const device::Hardware& hardware() const { return hardware_; }
  RtlDevice& rtl() { return rtl_; }
  model::FunctionalCore& model() { return model_; }
  std::uint64_t cycles() const { return rtl_.counters().cycles; }

  void load(const GemmCase& test) { load_case(test, rtl_, model_); }
  void submit(const device::GemmCommand& command) {
    rtl_.submit(command);
    model_.submit(command);
  }
  // The completion of the oldest command, which both must agree on.
  void wait() {
    const device::Completion got = rtl_.wait();
    const device::Completion want = model_.wait();
    EXPECT_EQ(got.id, want.id);
    EXPECT_EQ(got.error, want.error);
    EXPECT_EQ(got.operand, want.operand);
  }
  void compare(const GemmCase& test) {
    for (const std::string& line : compare_results(test, rtl_, model_)) ADD_FAILURE() << line;
  }
  // Loads, carries out and compares one command. Returns the cycles it took.
  std::uint64_t run(const GemmCase& test) {
    SCOPED_TRACE(test.describe(hardware_));
    load(test);
    const std::uint64_t start = cycles();
    submit(test.command);
    wait();
    const std::uint64_t taken = cycles() - start;
    compare(test);
    return taken;
  }

  // Every line of a half of memory from `address` on, `tiles` tiles of it.
  template <typename Visit>
  void for_each_line(std::uint32_t address, std::uint64_t tiles, Visit visit) const {
    const std::uint32_t bytes = hardware_.n * ((address & device::kAccumulatorBase) != 0 ? 4 : 2);
    for (std::uint64_t i = 0; i < tiles * hardware_.n; ++i) {
      visit(static_cast<std::uint32_t>(address + i * bytes));
    }
  }
  void fill(std::uint32_t address, std::uint64_t tiles, RandomPatterns& random) {
    std::vector<std::uint32_t> values(hardware_.n);
    for_each_line(address, tiles, [&](std::uint32_t line) {
      for (std::uint32_t& value : values) {
        // Finite, of moderate size: sums of many of them stay so.
        const std::uint32_t bits = random.bits32();
        value = (bits & 0x807F'FFFFu) | ((118 + (bits >> 23) % 16) << 23);
      }
      rtl_.write_line(line, values, ~0u);
      model_.write_line(line, values, ~0u);
    });
  }
  void compare_lines(std::uint32_t address, std::uint64_t tiles) {
    std::vector<std::uint32_t> got(hardware_.n);
    std::vector<std::uint32_t> want(hardware_.n);
    unsigned failures = 0;
    for_each_line(address, tiles, [&](std::uint32_t line) {
      if (failures == kReported) return;
      rtl_.read_line(line, got);
      model_.read_line(line, want);
      if (got == want) return;
      ++failures;
      ADD_FAILURE() << "line " << std::hex << line << " differs: expected "
                    << testing::PrintToString(want) << ", got " << testing::PrintToString(got);
    });
  }

 private:
  static constexpr unsigned kReported = 5;

  device::Hardware hardware_;
  RtlDevice rtl_;
  model::FunctionalCore model_;
};

}  // namespace gradcore::harness
