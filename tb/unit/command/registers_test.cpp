// SPDX-License-Identifier: Apache-2.0
#include "tb/unit/command/command_system.h"

namespace gradcore::harness {
namespace {

constexpr unsigned kSlaveError = 2;

class Registers : public testing::TestWithParam<unsigned> {
 protected:
  Registers() { system_.set_stalls(GetParam()); }
  void TearDown() override { EXPECT_EQ(system_.bench().assertion_failures(), 0u); }

  CommandSystem system_{seed_from_environment(1)};
  RandomPatterns random_{seed_from_environment(2)};
};

INSTANTIATE_TEST_SUITE_P(Stalls, Registers, testing::Values(0, 1, 5));

TEST_P(Registers, WhatTheChipIs) {
  EXPECT_EQ(system_.get(reg::kIdentity), reg::kResetIdentity);
  EXPECT_EQ(system_.get(reg::kVersion), reg::kResetVersion);
  EXPECT_EQ(system_.get(reg::kDescription), reg::kDescriptionHash);
  const std::uint32_t build = system_.get(reg::kBuild);
  EXPECT_EQ(reg::build::kN.of(build), kBenchHardware.n);
  EXPECT_EQ(reg::build::kF.of(build), kBenchHardware.f);
  EXPECT_EQ(system_.get(reg::kOperandKib), kBenchHardware.operand_kib);
  EXPECT_EQ(system_.get(reg::kAccumulatorKib), kBenchHardware.accumulator_kib);
  EXPECT_EQ(system_.get(reg::kListEntries), kBenchHardware.list_entries());
  EXPECT_EQ(system_.get(reg::kWatchdog), reg::kResetWatchdog);
  EXPECT_EQ(system_.get(reg::kStatus), 0u);
  EXPECT_EQ(system_.get64(reg::kReadSize), 0u);
  EXPECT_EQ(system_.get64(reg::kWriteSize), 0u);
  EXPECT_EQ(system_.get(reg::kInterruptEnable), 0u);
}

// Random writes with random strobes against what the register can hold, both orders of channels.
TEST_P(Registers, HoldWhatIsWrittenByteByByte) {
  struct Word {
    std::uint32_t offset, mask, value;
  };
  std::vector<Word> words = {{reg::kWatchdog.offset, ~0u, reg::kResetWatchdog},
                             {reg::kInterruptEnable.offset, 3, 0},
                             {reg::kProgramAddress.offset, ~0u, 0},
                             {reg::kProgramAddress.offset + 4u, ~0u, 0}};
  for (const reg::Register r : {reg::kReadBase, reg::kReadSize, reg::kWriteBase, reg::kWriteSize}) {
    words.push_back({r.offset, ~15u, 0});
    words.push_back({r.offset + 4u, ~0u, 0});
  }
  for (int i = 0; i < 500; ++i) {
    Word& word = words[random_.below(static_cast<std::uint32_t>(words.size()))];
    const std::uint32_t value = random_.bits32();
    const unsigned strobe = random_.below(16);
    ASSERT_EQ(system_.write(word.offset + random_.below(4), value, strobe), 0u);
    for (unsigned byte = 0; byte < 4; ++byte) {
      if (((strobe >> byte) & 1u) == 0) continue;
      const std::uint32_t bits = (0xFFu << (8 * byte)) & word.mask;
      word.value = (word.value & ~bits) | (value & bits);
    }
    const Word& other = words[random_.below(static_cast<std::uint32_t>(words.size()))];
    for (const Word* seen : {static_cast<const Word*>(&word), &other}) {
      const CommandSystem::Answer got = system_.read(seen->offset);
      ASSERT_EQ(got.data, seen->value) << std::hex << seen->offset;
      ASSERT_EQ(got.resp, 0u);
    }
  }
}

TEST_P(Registers, WhatDoesNotExistAnswersWithAnError) {
  std::vector<bool> exists(1024);
  const auto mark = [&exists](reg::Register r) {
    for (unsigned byte = 0; byte < r.width / 8u; byte += 4) exists[(r.offset + byte) / 4] = true;
  };
  for (const reg::Register r :
       {reg::kIdentity,       reg::kVersion,         reg::kDescription,     reg::kBuild,
        reg::kOperandKib,     reg::kAccumulatorKib,  reg::kControl,         reg::kStatus,
        reg::kProgramAddress, reg::kError,           reg::kErrorAddress,    reg::kInstructions,
        reg::kReadBase,       reg::kReadSize,        reg::kWriteBase,       reg::kWriteSize,
        reg::kWatchdog,       reg::kInterruptEnable, reg::kInterruptStatus, reg::kErrorPosition,
        reg::kErrorIndex,     reg::kListEntries}) {
    mark(r);
  }
  for (const reg::Counter& counter : reg::kCounters) mark(counter.at);
  for (std::uint32_t word = 0; word < exists.size(); ++word) {
    const unsigned want = exists[word] ? 0 : kSlaveError;
    ASSERT_EQ(system_.read(word * 4).resp, want) << std::hex << word * 4;
    ASSERT_EQ(system_.write(word * 4, 0), want) << std::hex << word * 4;
  }
}

TEST_P(Registers, CountersAndInterruptsOfAProgram) {
  system_.open_windows();
  system_.write(reg::kInterruptEnable.offset, reg::interrupt_enable::kDone.mask());
  isa::Program program;
  program.emplace_back(isa::Opcode::kLoop).set(isa::loop::kCount, 50);
  program.emplace_back(isa::Opcode::kEnd);
  program.emplace_back(isa::Opcode::kHalt);
  system_.load(program, 0x400);
  system_.start(0x400);
  ASSERT_TRUE(system_.wait());
  EXPECT_EQ(system_.get(reg::kStatus), reg::status::kDone.mask());
  EXPECT_EQ(system_.get(reg::kError), 0u);
  EXPECT_EQ(system_.get64(reg::kErrorAddress), 0x480u);
  EXPECT_EQ(system_.get64(reg::kInstructions), 52u);
  EXPECT_EQ(system_.bench()->irq_o, 1);
  EXPECT_EQ(system_.get(reg::kInterruptStatus), reg::interrupt_status::kDone.mask());
  system_.write(reg::kInterruptStatus.offset, reg::interrupt_status::kError.mask());
  EXPECT_EQ(system_.bench()->irq_o, 1);
  system_.write(reg::kInterruptStatus.offset, reg::interrupt_status::kDone.mask());
  EXPECT_EQ(system_.bench()->irq_o, 0);
  EXPECT_EQ(system_.get(reg::kInterruptStatus), 0u);

  const std::uint64_t cycles = system_.get64(reg::counter::kCycles);
  EXPECT_GT(cycles, 50u * 6);  // a turn of an empty loop takes 6
  EXPECT_LT(cycles, 50u * 20);
  EXPECT_EQ(system_.get64(reg::counter::kCycles), cycles) << "moves after the end";
  EXPECT_EQ(system_.get64(reg::counter::kMatrixIdle), cycles);
  EXPECT_EQ(system_.get64(reg::counter::kStoreIdle), cycles);
  EXPECT_GE(system_.get64(reg::counter::kReadBeats), 12u);
  EXPECT_LE(system_.get64(reg::counter::kMatrixStarved), cycles);
  system_.start(0x440);  // an end without a loop
  ASSERT_TRUE(system_.wait());
  EXPECT_EQ(system_.get(reg::kStatus), reg::status::kError.mask());
  EXPECT_EQ(reg::error::kCause.of(system_.get(reg::kError)),
            static_cast<unsigned>(isa::Error::kNesting));
  EXPECT_EQ(system_.bench()->irq_o, 0);
  EXPECT_EQ(system_.get(reg::kInterruptStatus), reg::interrupt_status::kError.mask());
  EXPECT_LT(system_.get64(reg::counter::kCycles), cycles) << "begins anew";
}

// The high half is that of the low half read last, of whatever register.
TEST_P(Registers, ReadingTheLowHalfKeepsTheHighHalf) {
  constexpr std::uint64_t kFar = 0x1234'5678'9ABC'DE40u;
  system_.put64(reg::kReadSize, ~std::uint64_t{15});
  system_.start(kFar);  // where there is no DRAM
  ASSERT_TRUE(system_.wait());
  const std::uint32_t high = kFar >> 32;
  const auto read_high = [this](reg::Register r) { return system_.read(r.offset + 4u).data; };
  EXPECT_EQ(system_.get64(reg::kErrorAddress), kFar);
  EXPECT_EQ(read_high(reg::kInstructions), high);
  EXPECT_EQ(read_high(reg::counter::kCycles), high);
  system_.get(reg::kStatus);
  EXPECT_EQ(read_high(reg::counter::kCycles), high);
  system_.get(reg::counter::kCycles);
  EXPECT_EQ(read_high(reg::counter::kCycles), 0u);
  system_.get(reg::kErrorAddress);
  EXPECT_EQ(read_high(reg::kErrorAddress), high);
  system_.get(reg::kInstructions);
  EXPECT_EQ(read_high(reg::kErrorAddress), 0u);
  EXPECT_EQ(system_.get64(reg::kProgramAddress), kFar);
}

}  // namespace
}  // namespace gradcore::harness
