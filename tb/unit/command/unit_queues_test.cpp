// SPDX-License-Identifier: Apache-2.0
// How units meet by tokens, at the limits.
#include "tb/unit/command/program_test.h"

namespace gradcore::harness {
namespace {

class UnitQueues : public ProgramTest {};

// Every token may be there 255 times; the one too many is refused, whatever the units do.
TEST_F(UnitQueues, TooManyTokens) {
  ProgramMaker maker(random_, kData);
  for (const std::uint32_t turns : {255u, 256u, 300u}) {
    isa::Program program;
    program.emplace_back(isa::Opcode::kLoop).set(isa::loop::kCount, turns);
    program.push_back(maker.unit_instruction(2).set(isa::load::kGive, 0x8001u));
    program.back().set(isa::load::kMemBase, 0).set(isa::load::kDramBase, 0);
    program.emplace_back(isa::Opcode::kEnd);
    program.emplace_back(isa::Opcode::kHalt);
    system_.load(program, 0);
    system_.start(0);
    ASSERT_TRUE(system_.wait());
    expect_status(model_status(0));
    EXPECT_EQ(system_.started().size(), std::min(turns, 255u));
    EXPECT_EQ(chip_status().error, turns > 255 ? isa::Error::kTokens : isa::Error::kNone);
  }
}

// More than 255 may be there for a while when the one that takes is late: nothing is lost.
TEST_F(UnitQueues, MoreTokensThanPromised) {
  ProgramMaker maker(random_, kData);
  system_.unit(0).slowest = 2000;
  system_.unit(0).capacity = 1;
  isa::Instruction gemm = maker.unit_instruction(0);
  isa::Instruction store = maker.unit_instruction(3);
  gemm.set(isa::gemm::kXBase, 0).set(isa::gemm::kWBase, 0).set(isa::gemm::kYBase, 0);
  store.set(isa::store::kMemBase, 0).set(isa::store::kDramBase, 0);
  const auto loop = [](isa::Program& program, std::uint32_t turns, const isa::Instruction& i) {
    program.emplace_back(isa::Opcode::kLoop).set(isa::loop::kCount, turns);
    program.push_back(i);
    program.emplace_back(isa::Opcode::kEnd);
  };
  isa::Program program;
  loop(program, 255, isa::Instruction(store).set(isa::store::kGive, 1u));
  loop(program, 8, isa::Instruction(gemm).set(isa::gemm::kTake, 1u));
  loop(program, 8, isa::Instruction(store).set(isa::store::kGive, 1u));
  loop(program, 255, isa::Instruction(gemm).set(isa::gemm::kTake, 1u));
  program.emplace_back(isa::Opcode::kHalt);
  system_.load(program, 0);
  const Walk walk = Walker(kBenchHardware, read_, write_).walk(system_.dram().words, 0);
  system_.start(0);
  ASSERT_TRUE(system_.wait());
  expect_status(walk.status);
  EXPECT_EQ(walk.status.error, isa::Error::kNone);
  expect_order(walk);
}

// A token that nothing gives is found when the instruction's turn comes, and all before it is done.
TEST_F(UnitQueues, Deadlock) {
  ProgramMaker maker(random_, kData);
  isa::Program program;
  for (unsigned i = 0; i < 12; ++i) program.push_back(maker.unit_instruction(i % 4));
  program.push_back(maker.unit_instruction(1).set(isa::vector::kTake, 4u));
  program.emplace_back(isa::Opcode::kHalt);
  for (unsigned u = 0; u < kUnits; ++u) system_.unit(u).slowest = 300;
  system_.load(program, 0x100);
  system_.start(0x100);
  ASSERT_TRUE(system_.wait());
  const model::ChipStatus want = model_status(0x100);
  EXPECT_EQ(want.error, isa::Error::kDeadlock);
  expect_status(want);
  EXPECT_EQ(system_.started().size(), 12u);
  for (const Started& one : system_.started()) EXPECT_GT(one.done, one.cycle);
}

}  // namespace
}  // namespace gradcore::harness
