// SPDX-License-Identifier: Apache-2.0
// The core's ports driven directly: how much it queues, and that its checkers are alive.
#include "tb/unit/top/core_pair.h"

namespace gradcore::harness {
namespace {

using device::GemmCommand;
using device::kAccumulatorBase;

class GradcorePorts : public testing::Test {
 protected:
  GradcorePorts() {
    model_->set_reset(true);
    cycle();
    model_->set_reset(false);
  }

  void cycle() {
    model_->settle(in_, out_);
    accepted_ += in_.cmd_valid && out_.cmd_ready ? 1 : 0;
    completed_ += in_.rsp_ready && out_.rsp_valid ? 1 : 0;
    model_->edge();
  }
  void run(unsigned cycles) {
    for (unsigned i = 0; i < cycles; ++i) cycle();
  }
  void offer(const GemmCommand& command) {
    in_.cmd_valid = true;
    in_.cmd = RtlDevice::encode(command);
  }

  device::Hardware hardware_{.n = 4};
  std::unique_ptr<CoreModel> model_ = make_core_model(hardware_);
  CoreInputs in_;
  CoreOutputs out_;
  unsigned accepted_ = 0, completed_ = 0;
};

// While one is carried out, two wait checked and a third in the checker.
TEST_F(GradcorePorts, FourCommandsInTheCore) {
  offer(place_gemm(hardware_, 1000, 4, 4, 1, 0));
  in_.rsp_ready = true;
  run(500);
  EXPECT_EQ(accepted_, 4u);
  EXPECT_EQ(completed_, 0u);
  run(1000);
  EXPECT_EQ(completed_, 1u);
  EXPECT_EQ(accepted_, 5u);
}

// Completions that nobody takes hold up commands, and none is lost: eight wait, one in the checker.
TEST_F(GradcorePorts, NineCompletionsMayWait) {
  for (const bool refused : {false, true}) {
    offer(place_gemm(hardware_, refused ? 0 : 1, 1, 1, 1, 0));
    in_.rsp_ready = false;
    accepted_ = completed_ = 0;
    run(500);
    EXPECT_EQ(accepted_, 9u);
    in_.rsp_ready = true;
    for (int i = 0; i < 1000 && accepted_ < 12; ++i) cycle();
    in_.cmd_valid = false;
    run(200);
    EXPECT_EQ(completed_, 12u);
  }
  EXPECT_EQ(model_->assertion_failures(), 0u);
}

TEST_F(GradcorePorts, CheckersSeeACommandThatIsWithdrawn) {
  offer(place_gemm(hardware_, 1000, 4, 4, 1, 0));
  run(100);
  EXPECT_EQ(model_->assertion_failures(), 0u);
  in_.cmd_valid = false;
  run(2);
  EXPECT_EQ(model_->assertion_failures(), 1u);
}

TEST_F(GradcorePorts, CheckersSeeACommandThatChanges) {
  offer(place_gemm(hardware_, 1000, 4, 4, 1, 0));
  run(100);
  in_.cmd[5] ^= 1;
  run(1);
  EXPECT_EQ(model_->assertion_failures(), 1u);
}

TEST_F(GradcorePorts, CheckersSeeAnAccessThatChanges) {
  offer(place_gemm(hardware_, 1000, 4, 4, 1, 8));
  run(200);
  in_.mem_valid = true;
  in_.mem_write = true;
  in_.mem_address = kAccumulatorBase;
  run(2);
  in_.mem_address += 16;
  run(1);
  EXPECT_EQ(model_->assertion_failures(), 1u);
  in_.mem_data[3] ^= 1;
  run(1);
  EXPECT_GT(model_->assertion_failures(), 1u);
}

}  // namespace
}  // namespace gradcore::harness
