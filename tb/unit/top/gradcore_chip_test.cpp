// SPDX-License-Identifier: Apache-2.0
// The chip from outside: registers, a program, errors and the way back from them.
#include "sw/isa/registers.h"
#include "tb/unit/top/small_chip.h"

namespace gradcore::harness {
namespace {

namespace reg = isa::reg;
using GradcoreChip = SmallChip;

TEST_F(GradcoreChip, SaysWhatItIs) {
  EXPECT_EQ(device_->hardware(),
            (device::Hardware{.n = 4, .f = 40, .operand_kib = 16, .accumulator_kib = 32}));
  EXPECT_EQ(chip_->read(reg::kIdentity), reg::kResetIdentity);
  EXPECT_EQ(chip_->read(reg::kDescription), reg::kDescriptionHash);
  EXPECT_THROW(chip_->read_register(0xFF0), std::runtime_error);
}

// (1 2; 3 4) times itself, by way of every unit, and the interrupt at the end.
TEST_F(GradcoreChip, EveryUnitHasItsPart) {
  for (unsigned i = 0; i < 4; ++i) put(4 * i, static_cast<float>(1 + i));
  const runtime::Status status = run(R"(
    load  rows=2 cols=2 mem=0 dram=0 pitch=8 give=t0
    gemm  m=2 k=2 n=2 batch=1 x=0 w=0 y=0x80000000 take=t0 give=t1
    vector rows=2 cols=2 a=0x80000000 b_is=constant b_constant=0.5 write_d=1 d=0x80000040 take=t1 give=t2
    store rows=2 cols=2 mem=0x80000040 dram=0x100 pitch=8 take=t2
    halt
  )");
  EXPECT_EQ(status.state, runtime::State::kDone);
  EXPECT_EQ(status.instructions, 5u);
  EXPECT_EQ(get(0x100), 3.5f);
  EXPECT_EQ(get(0x104), 5.0f);
  EXPECT_EQ(get(0x108), 7.5f);
  EXPECT_EQ(get(0x10C), 11.0f);
  EXPECT_EQ(chip_->read(reg::kInterruptStatus), reg::interrupt_status::kDone.mask());
  chip_->write(reg::kInterruptStatus, ~0u);
  EXPECT_EQ(chip_->read(reg::kInterruptStatus), 0u);
}

TEST_F(GradcoreChip, StopsAtAnErrorAndStartsAgain) {
  const std::string good = "store rows=1 cols=1 mem=0x80000000 dram=0x200\nhalt\n";
  for (const char* bad : {"gemm m=0 k=1 n=1 batch=1\n", "vector rows=1 cols=1 write_d=1 d=2\n",
                          "load rows=1 cols=1 dram=0xfffffff0\n"}) {
    const runtime::Status status = run("set rd=r1 value=1\n" + std::string(bad) + good);
    EXPECT_EQ(status.state, runtime::State::kFailed) << bad;
    EXPECT_EQ(status.address, kProgram + 64) << bad;
    EXPECT_EQ(status.instructions, 1u) << bad;
    EXPECT_EQ(run(good).state, runtime::State::kDone) << "after " << bad;
  }
}

// Local memory outlives programs, errors and soft resets.
TEST_F(GradcoreChip, LocalMemoryStays) {
  put(0, 42);
  EXPECT_EQ(run("load rows=1 cols=1 mem=0x80000000 dram=0\nhalt").state, runtime::State::kDone);
  EXPECT_EQ(run("load rows=0 cols=1\nhalt").error, isa::Error::kZeroSize);
  device_->reset();
  EXPECT_EQ(run("store rows=1 cols=1 mem=0x80000000 dram=0x300\nhalt").state,
            runtime::State::kDone);
  EXPECT_EQ(get(0x300), 42);
}

TEST_F(GradcoreChip, TwoLaunchesAtOnceAreRefused) {
  launch("loop count=1000\nsync\nend\nhalt");
  EXPECT_THROW(device_->launch(kProgram), std::logic_error);
  EXPECT_EQ(device_->wait(10).state, runtime::State::kRunning);
  EXPECT_EQ(device_->wait(100'000).state, runtime::State::kDone);
}

}  // namespace
}  // namespace gradcore::harness
