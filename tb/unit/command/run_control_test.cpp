// SPDX-License-Identifier: Apache-2.0
// How programs start, stop, fail and are reset.
#include "tb/unit/command/command_system.h"
#include "tb/unit/command/program_walk.h"

namespace gradcore::harness {
namespace {

constexpr std::uint32_t kData = 0x8000;

class RunControl : public testing::Test {
 protected:
  RunControl() { system_.open_windows(); }
  void TearDown() override { EXPECT_EQ(system_.bench().assertion_failures(), 0u); }

  isa::Error cause() {
    return static_cast<isa::Error>(reg::error::kCause.of(system_.get(reg::kError)));
  }
  std::uint32_t status() { return system_.get(reg::kStatus); }
  void soft_reset() { system_.write(reg::kControl.offset, reg::control::kSoftReset.mask()); }
  void cycles(std::uint64_t count) {
    for (std::uint64_t i = 0; i < count; ++i) system_.cycle();
  }
  Walk walk(std::uint64_t address) {
    return Walker(kBenchHardware, {0, 1 << 16}, {0, 1 << 16}).walk(system_.dram().words, address);
  }
  // The program runs to its end as if nothing had been before.
  void expect_good_run(const Walk& want, std::uint64_t address) {
    system_.start(address);
    ASSERT_TRUE(system_.wait());
    EXPECT_EQ(static_cast<unsigned>(cause()), static_cast<unsigned>(want.status.error));
    EXPECT_EQ(system_.get64(reg::kErrorAddress), want.status.address);
    EXPECT_EQ(system_.get64(reg::kInstructions), want.status.instructions);
    std::array<std::size_t, kUnits> counts{}, expected{};
    for (const Started& one : system_.started()) ++counts[one.unit];
    for (const Dispatched& one : want.dispatched) ++expected[one.unit];
    EXPECT_EQ(counts, expected);
  }

  std::uint64_t seed_ = seed_from_environment(1);
  RandomPatterns random_{seed_};
  CommandSystem system_{seed_ + 1};
  ProgramMaker maker_{random_, kData};
  testing::ScopedTrace trace_{__FILE__, __LINE__, seed_message(seed_)};
};

TEST_F(RunControl, ProgramAtNoInstruction) {
  system_.write(reg::kInterruptEnable.offset, 3);
  for (const std::uint64_t address : {1u, 32u, 0x1010u}) {
    system_.start(address);
    ASSERT_TRUE(system_.wait(100));
    EXPECT_EQ(cause(), isa::Error::kMisaligned);
    EXPECT_EQ(system_.get64(reg::kErrorAddress), address);
    EXPECT_EQ(system_.get64(reg::kInstructions), 0u);
    EXPECT_EQ(system_.bench()->irq_o, 1);
    system_.write(reg::kInterruptStatus.offset, 3);
  }
  EXPECT_EQ(system_.dram().reads, 0u);
}

// Nothing outside the read window is asked for, also not ahead; the program learns of it only when
// it gets there.
TEST_F(RunControl, ProgramLeavesTheWindow) {
  isa::Program program;
  for (int i = 0; i < 6; ++i) {
    program.emplace_back(isa::Opcode::kSet).set(isa::set::kRd, 1).set(isa::set::kValue, 0);
  }
  program.emplace_back(isa::Opcode::kHalt);
  const std::uint64_t base = 0x1000;
  system_.load(program, base);
  std::uint64_t lowest = ~std::uint64_t{0}, highest = 0;
  system_.dram().on_read = [&](std::uint64_t address) {
    lowest = std::min(lowest, address);
    highest = std::max(highest, address + isa::kInstructionBytes);
  };
  for (std::uint64_t size = 0; size <= 10 * 64; size += 16) {
    for (const std::uint64_t shift : {0, 16, 64}) {
      system_.put64(reg::kReadBase, base + shift);
      system_.put64(reg::kReadSize, size);
      lowest = ~std::uint64_t{0};
      highest = 0;
      system_.start(base);
      ASSERT_TRUE(system_.wait(10'000));
      const std::uint64_t held = shift == 0 ? size / 64 : 0;  // instructions from the first on
      if (held >= 7) {
        EXPECT_EQ(status(), reg::status::kDone.mask());
      } else {
        EXPECT_EQ(cause(), isa::Error::kWindow);
        EXPECT_EQ(system_.get64(reg::kErrorAddress), base + 64 * held);
        EXPECT_EQ(system_.get64(reg::kInstructions), held);
        EXPECT_EQ(reg::error::kUnit.of(system_.get(reg::kError)), 0u);
      }
      if (highest != 0) {
        EXPECT_GE(lowest, base + shift);
        EXPECT_LE(highest, base + shift + size);
      }
    }
  }
}

TEST_F(RunControl, InstructionsThatCannotBeRead) {
  isa::Program program;
  for (int i = 0; i < 5; ++i) program.emplace_back(isa::Opcode::kSync);
  program.emplace_back(isa::Opcode::kHalt);
  system_.load(program, 0);
  for (unsigned at = 0; at < 10; ++at) {
    system_.dram().fails_at = at * 64;
    system_.start(0);
    ASSERT_TRUE(system_.wait(10'000));
    if (at > 5) {
      EXPECT_EQ(status(), reg::status::kDone.mask());
      continue;
    }
    EXPECT_EQ(cause(), isa::Error::kBus);
    EXPECT_EQ(system_.get64(reg::kErrorAddress), at * 64);
    EXPECT_EQ(system_.get64(reg::kInstructions), at);
  }
  // Beyond the end of DRAM, but in the window.
  system_.put64(reg::kReadSize, 1 << 20);
  system_.start(1 << 16);
  ASSERT_TRUE(system_.wait(10'000));
  EXPECT_EQ(cause(), isa::Error::kBus);
}

// An instruction that fails in its unit is found late: what was started is done, nothing starts
// after it. DRAM fails loads and stores, a list vector instructions, too.
TEST_F(RunControl, LateErrors) {
  unsigned met = 0;
  for (int run = 0; run < 200; ++run) {
    SCOPED_TRACE(run);
    for (unsigned u = 0; u < kUnits; ++u) {
      system_.unit(u).capacity = 1 + random_.below(4);
      system_.unit(u).slowest = 1 + random_.below(60);
      system_.unit(u).fails_at = ~std::uint64_t{0};
    }
    system_.load(maker_.make(10 + random_.below(40)), 0);
    const Walk want = walk(0);
    ASSERT_EQ(want.status.error, isa::Error::kNone);
    std::vector<const Dispatched*> late;
    for (const Dispatched& one : want.dispatched) {
      if (one.unit >= 1) late.push_back(&one);
    }
    if (late.empty()) continue;
    const Dispatched* victim = late[random_.below(static_cast<std::uint32_t>(late.size()))];
    for (const Dispatched* one : late) {  // the first with that key
      if (one->unit == victim->unit && one->key == victim->key) {
        victim = one;
        break;
      }
    }
    system_.unit(victim->unit).fails_at = victim->key;
    const bool is_list = victim->unit == 1 || random_.one_in(2);
    const std::uint32_t position = random_.below(1u << 12);
    const std::uint32_t entry = random_.bits32() | 1u;
    system_.unit(victim->unit).bad_list =
        is_list ? std::uint64_t{position} << 32 | entry : std::uint64_t{0};
    system_.start(0);
    ASSERT_TRUE(system_.wait());
    EXPECT_EQ(status(), reg::status::kError.mask());
    EXPECT_EQ(cause(), is_list ? isa::Error::kIndex : isa::Error::kBus);
    EXPECT_EQ(reg::error::kOperand.of(system_.get(reg::kError)), !is_list            ? 2u
                                                                 : victim->unit == 1 ? 6u
                                                                                     : 3u);
    EXPECT_EQ(system_.get(reg::kErrorPosition), is_list ? position : 0);
    EXPECT_EQ(system_.get(reg::kErrorIndex), is_list ? entry : 0);
    EXPECT_EQ(reg::error::kUnit.of(system_.get(reg::kError)), victim->unit + 1);
    EXPECT_EQ(system_.get64(reg::kErrorAddress), victim->address);
    EXPECT_EQ(system_.get64(reg::kInstructions), victim->index);
    std::uint64_t failed = 0;
    for (const Started& one : system_.started()) {
      EXPECT_GT(one.done, one.cycle) << "never done";
      const bool fails = one.unit == victim->unit && one.key == victim->key;
      if (fails && failed == 0) failed = one.done;
    }
    for (const Started& one : system_.started()) {
      EXPECT_LE(one.offered, failed) << "offered to unit " << one.unit << " after the error";
    }
    const std::size_t started = system_.started().size();
    cycles(200);
    EXPECT_EQ(system_.started().size(), started);
    if (HasFailure()) return;
    ++met;
  }
  EXPECT_GT(met, 100u);
}

// Of two that fail the one that stands first in the program counts, whichever is found first.
TEST_F(RunControl, TheFirstInTheProgramCounts) {
  isa::Program program;
  for (const unsigned unit : {2u, 3u}) program.push_back(maker_.unit_instruction(unit));
  for (isa::Instruction& i : program) i.set(isa::load::kDramBase, 0).set(isa::load::kMemBase, 0);
  program.emplace_back(isa::Opcode::kEnd);  // and then one that is refused
  system_.load(program, 0);
  system_.unit(2).fails_at = program[0].get(isa::load::kDram);
  system_.unit(3).fails_at = program[1].get(isa::load::kDram);
  unsigned overtaken = 0;
  for (unsigned run = 0; run < 30; ++run) {
    system_.unit(2).slowest = run % 3 == 0 ? 1 : 200;
    system_.unit(3).slowest = run % 3 == 1 ? 1 : 200;
    system_.start(0);
    ASSERT_TRUE(system_.wait());
    EXPECT_EQ(cause(), isa::Error::kBus);
    EXPECT_EQ(system_.get64(reg::kInstructions), 0u);
    EXPECT_EQ(system_.get64(reg::kErrorAddress), 0u);
    if (system_.started().size() == 2 && system_.started()[1].done < system_.started()[0].done) {
      ++overtaken;
    }
  }
  EXPECT_GT(overtaken, 3u);
}

TEST_F(RunControl, Watchdog) {
  constexpr std::uint32_t kLimit = 500;
  system_.write(reg::kWatchdog.offset, kLimit);
  isa::Program program;
  for (unsigned u = 0; u < kUnits; ++u) program.push_back(maker_.unit_instruction(u));
  program.emplace_back(isa::Opcode::kHalt);
  system_.load(program, 0);
  const Walk want = walk(0);
  ASSERT_EQ(want.status.error, isa::Error::kNone);
  for (unsigned u = 0; u < kUnits; ++u) {
    system_.unit(u).stuck = true;
    system_.start(0);
    const std::uint64_t before = system_.now();
    ASSERT_TRUE(system_.wait(10 * kLimit)) << "unit " << u;
    EXPECT_LT(system_.now() - before, kLimit + 400);
    EXPECT_EQ(cause(), isa::Error::kTimeout);
    EXPECT_EQ(system_.get64(reg::kErrorAddress), 4u * 64);  // halt waits
    EXPECT_EQ(system_.get64(reg::kInstructions), 4u);
    system_.unit(u).stuck = false;
    ASSERT_NO_FATAL_FAILURE(expect_good_run(want, 0));
  }
  // Nor does one that never takes what it is offered.
  for (unsigned u = 0; u < kUnits; ++u) {
    system_.unit(u).capacity = 0;
    system_.start(0);
    ASSERT_TRUE(system_.wait(10 * kLimit)) << "unit " << u;
    EXPECT_EQ(cause(), isa::Error::kTimeout);
    system_.unit(u).capacity = 2;
    ASSERT_NO_FATAL_FAILURE(expect_good_run(want, 0));
  }
  // A unit that works for long is no reason.
  system_.unit(0).slowest = 1;
  system_.unit(1).slowest = 10 * kLimit;
  ASSERT_NO_FATAL_FAILURE(expect_good_run(want, 0));
  // DRAM that does not answer; a start waits for it.
  system_.dram().dead = true;
  system_.start(0);
  ASSERT_TRUE(system_.wait(10 * kLimit));
  EXPECT_EQ(cause(), isa::Error::kTimeout);
  system_.start(0);
  cycles(3 * kLimit);
  EXPECT_EQ(status(), reg::status::kResetting.mask());
  system_.dram().dead = false;
  ASSERT_TRUE(system_.wait());
  EXPECT_EQ(status(), reg::status::kDone.mask());
  // 0 is never.
  system_.write(reg::kWatchdog.offset, 0);
  system_.unit(2).stuck = true;
  system_.start(0);
  EXPECT_FALSE(system_.wait(20 * kLimit));
  EXPECT_EQ(status(), reg::status::kRunning.mask());
}

TEST_F(RunControl, SoftResetAtAnyTime) {
  for (int run = 0; run < 200; ++run) {
    SCOPED_TRACE(run);
    for (unsigned u = 0; u < kUnits; ++u) {
      system_.unit(u).capacity = 1 + random_.below(4);
      system_.unit(u).slowest = 1 + random_.below(60);
    }
    system_.dram().latency = random_.below(60);
    system_.dram().pause = random_.below(3);
    system_.load(maker_.make(5 + random_.below(30)), 0);
    const Walk want = walk(0);
    system_.start(0);
    cycles(random_.below(random_.one_in(2) ? 60 : 600));
    system_.bench()->dma_idle_i = 0;
    soft_reset();
    const unsigned owed = random_.below(40);
    bool was_reset = false;
    for (unsigned i = 0; i < owed; ++i) {
      system_.cycle();
      was_reset |= system_.bench()->units_rst_no == 0;
      EXPECT_EQ(system_.bench()->stop_o, 1);
    }
    EXPECT_FALSE(was_reset) << "while the DMA waits for DRAM";
    EXPECT_EQ(status(), reg::status::kResetting.mask());
    system_.bench()->dma_idle_i = 1;
    for (unsigned i = 0; i < 2000 && !was_reset; ++i) {
      system_.cycle();
      was_reset = system_.bench()->units_rst_no == 0;
      EXPECT_TRUE(!was_reset || system_.dram().queue.empty()) << "DRAM owes instructions";
    }
    EXPECT_TRUE(was_reset);
    cycles(2);
    EXPECT_EQ(status(), 0u);
    EXPECT_EQ(system_.get64(reg::kInstructions), 0u);
    ASSERT_NO_FATAL_FAILURE(expect_good_run(want, 0));
    if (HasFailure()) return;
  }
}

TEST_F(RunControl, StartWhileRunningIsIgnored) {
  isa::Program program;
  program.emplace_back(isa::Opcode::kLoop).set(isa::loop::kCount, 200);
  program.emplace_back(isa::Opcode::kEnd);
  program.emplace_back(isa::Opcode::kHalt);
  system_.load(program, 0);
  system_.start(0);
  cycles(100);
  system_.write(reg::kControl.offset, reg::control::kStart.mask());
  ASSERT_TRUE(system_.wait());
  EXPECT_EQ(system_.get64(reg::kInstructions), 202u);
  cycles(100);
  EXPECT_EQ(status(), reg::status::kDone.mask());
}

}  // namespace
}  // namespace gradcore::harness
