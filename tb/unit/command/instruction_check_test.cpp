// SPDX-License-Identifier: Apache-2.0
// Very many instructions, right and wrong, each as a program of its own against the model's checks.
#include "tb/unit/command/command_system.h"
#include "tb/unit/command/program_walk.h"

namespace gradcore::harness {
namespace {

constexpr std::uint64_t kCode = 0xC000;

class InstructionCheck : public testing::Test {
 protected:
  InstructionCheck() {
    for (unsigned u = 0; u < kUnits; ++u) system_.unit(u).slowest = 1;
    system_.dram().latency = 1;
  }
  void TearDown() override { EXPECT_EQ(system_.bench().assertion_failures(), 0u); }

  void set_windows(const model::Window& read, const model::Window& write) {
    read_ = read;
    write_ = write;
    system_.put64(reg::kReadBase, read.base);
    system_.put64(reg::kReadSize, read.size);
    system_.put64(reg::kWriteBase, write.base);
    system_.put64(reg::kWriteSize, write.size);
  }

  void check(const isa::Instruction& instruction) {
    isa::Program program = {instruction};
    program.emplace_back(isa::Opcode::kHalt);
    system_.load(program, kCode);
    const Walk want = Walker(kBenchHardware, read_, write_).walk(system_.dram().words, kCode);
    system_.started().clear();
    system_.write(reg::kControl.offset, reg::control::kStart.mask());
    ASSERT_TRUE(system_.wait(10'000));
    const std::uint32_t error = system_.get(reg::kError);
    std::ostringstream text;
    text << std::hex;
    for (const std::uint32_t word : instruction.words()) text << " " << word;
    ASSERT_EQ(reg::error::kCause.of(error), static_cast<unsigned>(want.status.error)) << text.str();
    ASSERT_EQ(reg::error::kOperand.of(error), want.status.operand) << text.str();
    ASSERT_EQ(system_.get(reg::kInstructions), want.status.instructions) << text.str();
    ASSERT_EQ(system_.started().size(), want.dispatched.size()) << text.str();
    if (!want.dispatched.empty()) {
      ASSERT_EQ(system_.started()[0].unit, want.dispatched[0].unit) << text.str();
      ASSERT_EQ(system_.started()[0].key, want.dispatched[0].key) << text.str();
    }
    ++seen_[static_cast<unsigned>(want.status.error)];
  }

  std::uint64_t seed_ = seed_from_environment(1);
  RandomPatterns random_{seed_};
  CommandSystem system_{seed_ + 1};
  ProgramMaker maker_{random_, 0x8000};
  testing::ScopedTrace trace_{__FILE__, __LINE__, seed_message(seed_)};
  model::Window read_, write_;
  std::array<std::uint64_t, 16> seen_{};
};

TEST_F(InstructionCheck, RandomInstructions) {
  system_.put64(reg::kProgramAddress, kCode);
  for (int i = 0; i < 15'000; ++i) {
    if (i % 500 == 0) {
      // Code must be readable; edges of the windows cut through the data.
      const std::uint64_t base = 16 * random_.below(0x880);
      const std::uint64_t above = base + 16 * random_.below(0x200);
      set_windows({base, 0xC080 - base + 16 * random_.below(4)},
                  {above, 16 * random_.below(0x100)});
      if (random_.one_in(3)) set_windows({0, 1 << 16}, {0, 1 << 16});
    }
    const isa::Instruction good = maker_.unit_instruction(random_.below(kUnits));
    ASSERT_NO_FATAL_FAILURE(check(random_.one_in(3) ? good : maker_.broken(good)));
  }
  for (const isa::Error error :
       {isa::Error::kNone, isa::Error::kZeroSize, isa::Error::kMisaligned, isa::Error::kOutOfRange,
        isa::Error::kOverlap, isa::Error::kReserved, isa::Error::kOpcode, isa::Error::kChoice,
        isa::Error::kWindow, isa::Error::kDeadlock}) {
    EXPECT_GT(seen_[static_cast<unsigned>(error)], 20u) << static_cast<unsigned>(error);
  }
}

// Every bit of every control instruction, and every opcode.
TEST_F(InstructionCheck, ControlInstructions) {
  system_.put64(reg::kProgramAddress, kCode);
  set_windows({0, 1 << 16}, {0, 1 << 16});
  for (const isa::Opcode opcode : {isa::Opcode::kHalt, isa::Opcode::kSet, isa::Opcode::kAdd,
                                   isa::Opcode::kEnd, isa::Opcode::kSync}) {
    isa::Instruction good(opcode);
    if (opcode == isa::Opcode::kSet || opcode == isa::Opcode::kAdd) good.set(isa::set::kRd, 5);
    ASSERT_NO_FATAL_FAILURE(check(good));
    for (unsigned bit = 8; bit < 512; ++bit) {
      isa::InstructionWords words = good.words();
      words[bit / 32] ^= 1u << bit % 32;
      ASSERT_NO_FATAL_FAILURE(check(isa::Instruction(words)));
    }
  }
  for (unsigned opcode = 0; opcode < 256; ++opcode) {
    isa::InstructionWords words{};
    words[0] = opcode;
    if (opcode == static_cast<unsigned>(isa::Opcode::kLoop)) continue;
    ASSERT_NO_FATAL_FAILURE(check(isa::Instruction(words)));
  }
  EXPECT_GT(seen_[static_cast<unsigned>(isa::Error::kOpcode)], 240u);
}

}  // namespace
}  // namespace gradcore::harness
