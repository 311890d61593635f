// SPDX-License-Identifier: Apache-2.0
#include "sw/cli/golden.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <bit>
#include <cmath>

#include "sw/model/functional_core.h"

namespace gradcore::cli {
namespace {

using config::Distribution;

config::GoldenVector vector_of(Distribution values) {
  config::GoldenVector vector;
  vector.name = "test";
  vector.m = 40;
  vector.k = 60;
  vector.n = 10;
  vector.accumulate = true;
  vector.values = values;
  return vector;
}

float as_float(std::uint32_t bits) { return std::bit_cast<float>(bits); }

TEST(Golden, DataIsAFunctionOfSeedAndIndex) {
  for (int i = 0; i < static_cast<int>(config::distribution_names().size()); ++i) {
    const config::GoldenVector vector = vector_of(static_cast<Distribution>(i));
    const GoldenData data = golden_data(vector, 1, 2);
    EXPECT_EQ(data.a.size(), 2400u);
    EXPECT_EQ(data.b.size(), 600u);
    EXPECT_EQ(data.c.size(), 400u);
    EXPECT_EQ(golden_data(vector, 1, 2).a, data.a);
    EXPECT_NE(golden_data(vector, 2, 2).a, data.a);
    EXPECT_NE(golden_data(vector, 1, 3).a, data.a);
  }
}

TEST(Golden, DistributionsAreWhatTheirNamesSay) {
  const auto all_of = [](Distribution values, const auto& predicate) {
    const std::vector<std::uint32_t> a = golden_data(vector_of(values), 1, 0).a;
    return std::all_of(a.begin(), a.end(), predicate);
  };
  EXPECT_TRUE(
      all_of(Distribution::kNormal, [](std::uint32_t x) { return std::abs(as_float(x)) <= 6.0f; }));
  EXPECT_TRUE(
      all_of(Distribution::kUniform, [](std::uint32_t x) { return std::abs(as_float(x)) < 1.0f; }));
  EXPECT_TRUE(all_of(Distribution::kInteger, [](std::uint32_t x) {
    return std::abs(as_float(x)) <= 8.0f && as_float(x) == std::round(as_float(x));
  }));
  EXPECT_TRUE(all_of(Distribution::kSubnormal,
                     [](std::uint32_t x) { return (x & 0x7FFFFFFFu) < 0x01000000u; }));

  const std::vector<std::uint32_t> bits = golden_data(vector_of(Distribution::kBits), 1, 0).a;
  EXPECT_TRUE(
      std::any_of(bits.begin(), bits.end(), [](auto x) { return std::isnan(as_float(x)); }));
  EXPECT_TRUE(
      std::any_of(bits.begin(), bits.end(), [](auto x) { return std::isinf(as_float(x)); }));
  EXPECT_TRUE(std::any_of(bits.begin(), bits.end(), [](auto x) { return as_float(x) == 0.0f; }));

  double sum = 0, squares = 0;
  for (const std::uint32_t x : golden_data(vector_of(Distribution::kNormal), 1, 0).a) {
    sum += as_float(x);
    squares += static_cast<double>(as_float(x)) * as_float(x);
  }
  EXPECT_NEAR(sum / 2400, 0, 0.15);
  EXPECT_NEAR(squares / 2400, 1, 0.2);
}

// A device that gets one bit of one result wrong.
class BrokenCore final : public device::Device {
 public:
  explicit BrokenCore(const device::Hardware& hardware) : core_(hardware) {}
  const device::Hardware& hardware() const override { return core_.hardware(); }
  void write_line(std::uint32_t address, std::span<const std::uint32_t> values,
                  std::uint32_t lane_mask) override {
    core_.write_line(address, values, lane_mask);
  }
  void read_line(std::uint32_t address, std::span<std::uint32_t> values) override {
    core_.read_line(address, values);
    if (address == device::kAccumulatorBase) values[2] ^= 1u << 30;
  }
  void submit(const device::GemmCommand& command) override { core_.submit(command); }
  device::Completion wait() override { return core_.wait(); }
  device::Counters counters() const override { return core_.counters(); }

 private:
  model::FunctionalCore core_;
};

TEST(Golden, PassesOnTheModelAndFailsOnABrokenDevice) {
  const device::Hardware hardware{8, 40, 64, 64};
  for (int i = 0; i < static_cast<int>(config::distribution_names().size()); ++i) {
    config::GoldenVector vector = vector_of(static_cast<Distribution>(i));
    vector.trans_a = i % 2 == 1;
    vector.trans_b = i % 3 == 1;
    vector.accumulate = i % 2 == 0;
    const GoldenData data = golden_data(vector, 1, 0);
    model::FunctionalCore good(hardware);
    const GoldenResult passed = check_golden(good, vector, data);
    EXPECT_TRUE(passed.passed()) << i;
    EXPECT_EQ(passed.ideal_cycles, 40 * 60 * 10 / 64.0);
    BrokenCore broken(hardware);
    const GoldenResult failed = check_golden(broken, vector, data);
    EXPECT_FALSE(failed.passed()) << i;
    EXPECT_EQ(failed.comparison.different, 1u);
    if (i == 0) {
      EXPECT_FALSE(failed.bound.holds());
    }
  }
}

}  // namespace
}  // namespace gradcore::cli
