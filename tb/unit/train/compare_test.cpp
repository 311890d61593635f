// SPDX-License-Identifier: Apache-2.0
#include "sw/train/compare.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <stdexcept>

#include "sw/model/functional_core.h"

namespace gradcore::train {
namespace {

using device::GemmCommand;

constexpr device::Hardware kHardware{16, 40, 256, 256};

// A core that at its n-th command flips the lowest bit of one element of the result, or fails.
class FaultyCore final : public device::Device {
 public:
  enum class Fault { kFlip, kThrow, kRefuse };
  FaultyCore(std::size_t at, Fault fault) : at_(at), fault_(fault) {}
  const device::Hardware& hardware() const override { return core_.hardware(); }
  void write_line(std::uint32_t address, std::span<const std::uint32_t> values,
                  std::uint32_t mask) override {
    core_.write_line(address, values, mask);
  }
  void read_line(std::uint32_t address, std::span<std::uint32_t> values) override {
    core_.read_line(address, values);
  }
  void submit(const GemmCommand& command) override {
    const bool now = commands_++ == at_;
    if (now && fault_ == Fault::kThrow) throw std::runtime_error("the cable came off");
    GemmCommand sent = command;
    if (now && fault_ == Fault::kRefuse) sent.m = 0;
    core_.submit(sent);
    if (!now || fault_ != Fault::kFlip) return;
    std::vector<std::uint32_t> line(16);
    core_.read_line(command.y.address, line);
    line[0] ^= 1;
    core_.write_line(command.y.address, line, 1);
  }
  device::Completion wait() override { return core_.wait(); }
  device::Counters counters() const override { return core_.counters(); }

 private:
  model::FunctionalCore core_{kHardware};
  std::size_t at_, commands_ = 0;
  Fault fault_;
};

class CompareTraining : public ::testing::TestWithParam<bool> {
 protected:
  CompareTraining() : data_(load_digits()) {
    config_.hidden = {16};
    config_.epochs = 2;
    config_.batch = 200;  // 8 steps of 5 commands and a test of 2 batches of 2 in each epoch
  }
  Comparison run(device::Device& first, device::Device& second) {
    return train_on_both(first, second, config_, data_, GetParam());
  }
  std::string difference_of_fault(std::size_t at) {
    FaultyCore faulty(at, FaultyCore::Fault::kFlip);
    model::FunctionalCore good(kHardware);
    const Comparison result = run(faulty, good);
    if (!result.divergence) return "none";
    return std::to_string(result.divergence->step) + ": " + result.divergence->what;
  }
  TrainConfig config_;
  Dataset data_;
};

TEST_P(CompareTraining, EqualRunsAreEqual) {
  model::FunctionalCore a(kHardware), b({16, 40, 512, 512});
  const Comparison result = run(a, b);
  EXPECT_FALSE(result.divergence);
  EXPECT_EQ(result.first.digest, result.second.digest);
  EXPECT_EQ(result.first.steps.size(), 16u);
}

TEST_P(CompareTraining, TheFirstWrongProductIsNamed) {
  EXPECT_EQ(difference_of_fault(0), "0: forward of layer 1");
  EXPECT_EQ(difference_of_fault(5 * 3 + 2), "3: dX of layer 2");
  EXPECT_EQ(difference_of_fault(5 * 3 + 3), "3: dW of layer 2");
  EXPECT_EQ(difference_of_fault(5 * 7 + 4), "7: dW of layer 1");
  EXPECT_EQ(difference_of_fault(5 * 8 + 1), "8: test, forward of layer 2");
  EXPECT_EQ(difference_of_fault(5 * 8 + 4), "8: forward of layer 1");
  EXPECT_EQ(difference_of_fault(5 * 16 + 4 + 3), "16: test, forward of layer 2");
  EXPECT_EQ(difference_of_fault(5 * 16 + 4 + 4), "none");  // there is no such command
}

TEST_P(CompareTraining, ErrorsOfEitherDeviceArrive) {
  for (const bool second_fails : {false, true}) {
    FaultyCore broken(20, FaultyCore::Fault::kThrow), refusing(20, FaultyCore::Fault::kRefuse);
    model::FunctionalCore good(kHardware);
    EXPECT_THROW(second_fails ? run(good, broken) : run(broken, good), std::runtime_error);
    EXPECT_THROW(second_fails ? run(good, refusing) : run(refusing, good), device::CommandError);
  }
}

TEST_P(CompareTraining, RefusesDevicesWithOtherNumerics) {
  model::FunctionalCore a(kHardware), n({8, 40, 256, 256}), f({16, 41, 256, 256});
  EXPECT_THROW(run(a, n), std::invalid_argument);
  EXPECT_THROW(run(a, f), std::invalid_argument);
}

INSTANTIATE_TEST_SUITE_P(Threads, CompareTraining, ::testing::Bool(),
                         [](const auto& info) { return info.param ? "two" : "one"; });

TEST(FirstDifference, SeesLossesWeightsAndLengths) {
  History a;
  a.steps.resize(3);
  EXPECT_FALSE(first_difference(a, a));
  History b = a;
  b.steps[1].loss = -0.0f;
  EXPECT_EQ(first_difference(a, b)->what, "loss");
  EXPECT_EQ(first_difference(a, b)->step, 1u);
  b = a;
  b.steps[2].weights = 1;
  EXPECT_EQ(first_difference(a, b)->what, "weights");
  b = a;
  b.steps.pop_back();
  EXPECT_EQ(first_difference(a, b)->what, "number of steps");
}

}  // namespace
}  // namespace gradcore::train
