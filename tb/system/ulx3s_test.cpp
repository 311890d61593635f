// SPDX-License-Identifier: Apache-2.0
// The top of the FPGA board in simulation, over its serial line: the same bits as the functional
// chip, whatever the line does.
#include <gtest/gtest.h>

#include <iostream>
#include <memory>
#include <vector>

#include "sw/bridge/serial_chip.h"
#include "sw/compiler/compile.h"
#include "sw/compiler/dataset.h"
#include "sw/compiler/run.h"
#include "sw/runtime/chip_device.h"
#include "sw/runtime/model_device.h"
#include "tb/board/virtual_board.h"

namespace gradcore::board {
namespace {

using std::chrono::milliseconds;

constexpr device::Hardware kHardware{.n = 4, .operand_kib = 16, .accumulator_kib = 32};
constexpr const char* kNetwork = R"(
hardware: {n: 4, operand_kib: 16, accumulator_kib: 32}
data: {set: synthetic, inputs: 12, classes: 4, samples: 48, test_samples: 8}
layers: [{linear: 10, activation: relu}, {linear: 4}]
loss: softmax_cross_entropy
optimizer: {method: sgd, momentum: 0.9}
schedule: {learning_rate: 0.1}
batch: 8
)";

struct Training {
  compiler::Network network = compiler::parse_network(kNetwork, "test");
  train::Dataset data = compiler::make_dataset(network);
  compiler::RunPlan plan = compiler::plan_run(network, data, 6);
  compiler::Compiled compiled = compiler::compile(network, plan.shape);
};

struct Outcome {
  std::vector<float> losses;
  std::vector<std::byte> dram;
};

Outcome run(runtime::Device& device, const Training& training) {
  Outcome out;
  out.dram.resize(training.compiled.dram_end);
  device.write(0, out.dram);  // what is not written is zeros on both
  compiler::TrainingRun work(device, training.network, training.plan, training.compiled,
                             training.data);
  out.losses = work.train_epoch();
  device.read(0, out.dram);
  return out;
}

class VirtualBoardTest : public testing::TestWithParam<double> {};

TEST_P(VirtualBoardTest, TrainsTheSameBits) {
  const Training training;
  VirtualBoard board(make_small_board(),
                     {.flip = GetParam(), .drop = GetParam(), .insert = GetParam(), .seed = 3});
  auto port = std::make_unique<bridge::SerialChip>(
      std::make_unique<VirtualLine>(board), bridge::LinkSettings{.patience = milliseconds(40),
                                                                 .max_patience = milliseconds(200),
                                                                 .hello_attempts = 10,
                                                                 .attempts = 40,
                                                                 .salt = 77});
  const bridge::SerialChip& chip = *port;
  runtime::ChipDevice device(std::move(port));
  EXPECT_EQ(device.hardware(), kHardware);
  EXPECT_EQ(device.dram_bytes(), 4096u << 10);
  const Outcome got = run(device, training);

  runtime::ModelDevice model(kHardware, training.compiled.dram_end);
  const Outcome want = run(model, training);
  EXPECT_EQ(got.losses, want.losses);
  EXPECT_EQ(got.dram, want.dram);
  EXPECT_EQ(board.model().assertion_failures(), 0u);
  if (GetParam() > 0) {
    EXPECT_GT(board.line_errors(), 20u);
    EXPECT_GT(chip.counts().repeats, 5u);
  } else {
    EXPECT_EQ(chip.counts().repeats, 0u);
  }
  std::cout << want.dram.size() << " bytes of DRAM, " << board.line_errors() << " line errors, "
            << chip.counts().requests << " requests, " << chip.counts().repeats << " repeated\n";
}

INSTANTIATE_TEST_SUITE_P(Errors, VirtualBoardTest, testing::Values(0.0, 2e-4));

}  // namespace
}  // namespace gradcore::board
