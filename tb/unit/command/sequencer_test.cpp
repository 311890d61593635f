// SPDX-License-Identifier: Apache-2.0
// How long the command processor takes for each kind of instruction.
#include "tb/unit/command/command_system.h"
#include "tb/unit/command/program_walk.h"

namespace gradcore::harness {
namespace {

class Sequencer : public testing::Test {
 protected:
  Sequencer() {
    system_.open_windows();
    for (unsigned u = 0; u < kUnits; ++u) {
      system_.unit(u).capacity = 8;
      system_.unit(u).slowest = 1;
    }
    system_.dram().latency = 1;
  }
  void TearDown() override { EXPECT_EQ(system_.bench().assertion_failures(), 0u); }

  // Cycles of a program of a loop over these, `turns` times.
  std::uint64_t cycles(const isa::Program& body, std::uint32_t turns) {
    isa::Program program;
    program.emplace_back(isa::Opcode::kLoop).set(isa::loop::kCount, turns);
    program.insert(program.end(), body.begin(), body.end());
    program.emplace_back(isa::Opcode::kEnd);
    program.emplace_back(isa::Opcode::kHalt);
    system_.load(program, 0);
    system_.start(0);
    EXPECT_TRUE(system_.wait());
    EXPECT_EQ(system_.get(reg::kStatus), reg::status::kDone.mask());
    return system_.get64(reg::counter::kCycles);
  }

  // Of one instruction in a row of them.
  double cost(const isa::Instruction& i) {
    constexpr unsigned kCopies = 20, kTurns = 50;
    const std::uint64_t with = cycles(isa::Program(kCopies, i), 2 * kTurns);
    const std::uint64_t half = cycles(isa::Program(kCopies, i), kTurns);
    const double turn = static_cast<double>(with - half) / kTurns;
    constexpr double kTurn = 6;  // of `end`, see below
    return (turn - kTurn) / kCopies;
  }

  std::uint64_t seed_ = seed_from_environment(1);
  RandomPatterns random_{seed_};
  CommandSystem system_{seed_ + 1};
  ProgramMaker maker_{random_, 0x8000};
};

TEST_F(Sequencer, CyclesOfEachKind) {
  const isa::Program none;
  EXPECT_EQ(cycles(none, 300) - cycles(none, 200), 100u * 6) << "end, another turn";
  isa::Instruction set(isa::Opcode::kSet), add(isa::Opcode::kAdd);
  set.set(isa::set::kRd, 1);
  add.set(isa::add::kRd, 1).set(isa::add::kRs, 1);
  EXPECT_NEAR(cost(set), 4, 0.1);
  EXPECT_NEAR(cost(add), 4, 0.1);
  EXPECT_NEAR(cost(isa::Instruction(isa::Opcode::kSync)), 4, 0.1);
  EXPECT_NEAR(cost(maker_.unit_instruction(0)), 18, 0.1);
  EXPECT_NEAR(cost(maker_.unit_instruction(1)), 19, 0.1);
  EXPECT_NEAR(cost(maker_.unit_instruction(2)), 19, 0.1);
  EXPECT_NEAR(cost(maker_.unit_instruction(3)), 19, 0.1);
}

// DRAM is far away: a loop waits for it once, not in each turn.
TEST_F(Sequencer, LoopsDoNotWaitForDram) {
  isa::Instruction set(isa::Opcode::kSet);
  set.set(isa::set::kRd, 1);
  for (const unsigned size : {1u, 60u, 110u}) {
    system_.dram().latency = 200;
    const std::uint64_t more = cycles(isa::Program(size, set), 20);
    const std::uint64_t less = cycles(isa::Program(size, set), 10);
    EXPECT_EQ(more - less, 10 * (4 * size + 6)) << size;
  }
}

// Straight on, DRAM of that latency is hidden by what is asked for ahead.
TEST_F(Sequencer, FetchRunsAhead) {
  isa::Program program(100, maker_.unit_instruction(0));
  for (isa::Instruction& i : program) i.set(isa::gemm::kXBase, 0);
  system_.dram().latency = 100;
  program.emplace_back(isa::Opcode::kHalt);
  system_.load(program, 0);
  system_.start(0);
  ASSERT_TRUE(system_.wait());
  EXPECT_LE(system_.get64(reg::counter::kCycles), 100u * 18 + 150);
}

}  // namespace
}  // namespace gradcore::harness
