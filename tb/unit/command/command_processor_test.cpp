// SPDX-License-Identifier: Apache-2.0
// Whole programs: what the units get, when, and how it ends, against the model.
#include <algorithm>
#include <cstring>

#include "tb/unit/command/command_system.h"
#include "tb/unit/command/program_walk.h"

namespace gradcore::harness {
namespace {

constexpr std::uint32_t kData = 0x8000;  // stores of the model must not hit the program

class CommandProcessor : public testing::Test {
 protected:
  CommandProcessor() { system_.open_windows(); }
  void TearDown() override { EXPECT_EQ(system_.bench().assertion_failures(), 0u); }

  std::uint64_t dram_bytes() { return system_.dram().words.size() * 4; }

  // What the model says of the program in DRAM.
  model::ChipStatus model_status(std::uint64_t address) {
    model::FunctionalChip chip(kBenchHardware, dram_bytes());
    std::memcpy(chip.dram().data(), system_.dram().words.data(), dram_bytes());
    chip.set_windows(read_, write_);
    return chip.run(address);
  }

  model::ChipStatus chip_status() {
    const std::uint32_t error = system_.get(reg::kError);
    model::ChipStatus out;
    out.error = static_cast<isa::Error>(reg::error::kCause.of(error));
    out.operand = reg::error::kOperand.of(error);
    out.address = system_.get64(reg::kErrorAddress);
    out.instructions = system_.get64(reg::kInstructions);
    return out;
  }

  void expect_status(const model::ChipStatus& want) {
    const model::ChipStatus got = chip_status();
    EXPECT_EQ(static_cast<unsigned>(got.error), static_cast<unsigned>(want.error));
    EXPECT_EQ(got.operand, want.operand);
    EXPECT_EQ(got.address, want.address);
    EXPECT_EQ(got.instructions, want.instructions);
    const bool good = want.error == isa::Error::kNone;
    EXPECT_EQ(system_.get(reg::kStatus),
              good ? reg::status::kDone.mask() : reg::status::kError.mask());
  }

  // What was started is what the program has, unit by unit in its order.
  void expect_order(const Walk& walk) {
    std::array<std::vector<const Dispatched*>, kUnits> want;
    for (const Dispatched& one : walk.dispatched) want[one.unit].push_back(&one);
    std::array<std::size_t, kUnits> next{};
    std::vector<std::pair<const Dispatched*, const Started*>> pairs;
    for (const Started& one : system_.started()) {
      const std::size_t at = next[one.unit]++;
      ASSERT_LT(at, want[one.unit].size()) << "unit " << one.unit;
      ASSERT_EQ(one.key, want[one.unit][at]->key) << "unit " << one.unit << ", number " << at;
      ASSERT_GT(one.done, one.cycle) << "never done";
      pairs.emplace_back(want[one.unit][at], &one);
    }
    for (unsigned u = 0; u < kUnits; ++u) ASSERT_EQ(next[u], want[u].size()) << "unit " << u;
    for (unsigned t = 0; t < isa::kTokens; ++t) {
      std::vector<std::uint64_t> given, taken;
      for (const auto& [what, when] : pairs) {
        if (((what->give >> t) & 1u) != 0) given.push_back(when->done);
        if (((what->take >> t) & 1u) != 0) taken.push_back(when->cycle);
      }
      std::sort(given.begin(), given.end());
      std::sort(taken.begin(), taken.end());
      ASSERT_LE(taken.size(), given.size());
      for (std::size_t k = 0; k < taken.size(); ++k) {
        ASSERT_LT(given[k], taken[k]) << "token " << t << ", number " << k;
      }
    }
    std::vector<std::uint64_t> done_before(200), start_after(200, ~std::uint64_t{0});
    for (const auto& [what, when] : pairs) {
      const std::size_t part = std::min<std::size_t>(what->syncs, 199);
      done_before[part] = std::max(done_before[part], when->done);
      start_after[part] = std::min(start_after[part], when->cycle);
    }
    std::uint64_t done = 0;
    for (std::size_t part = 0; part + 1 < 199; ++part) {
      done = std::max(done, done_before[part]);
      ASSERT_LT(done, start_after[part + 1]) << "sync " << part;
    }
  }

  void expect_counters() {
    const std::uint64_t cycles = system_.get64(reg::counter::kCycles);
    for (unsigned u = 0; u < kUnits; ++u) {
      std::uint64_t sum = 0;
      for (unsigned k = 0; k < 4; ++k) sum += system_.get64(reg::kCounters[1 + 4 * u + k].at);
      EXPECT_EQ(sum, cycles) << "unit " << u;
    }
  }

  void vary_surroundings() {
    system_.set_stalls(random_.one_in(2) ? 0 : random_.below(4));
    system_.dram().latency = random_.one_in(2) ? 5 : random_.below(100);
    system_.dram().pause = random_.below(3);
    for (unsigned u = 0; u < kUnits; ++u) {
      system_.unit(u).capacity = 1 + random_.below(8);
      system_.unit(u).slowest = random_.one_in(3) ? 1 : 1 + random_.below(100);
    }
  }

  std::uint64_t seed_ = seed_from_environment(1);
  RandomPatterns random_{seed_};
  CommandSystem system_{seed_ + 1};
  testing::ScopedTrace trace_{__FILE__, __LINE__, seed_message(seed_)};
  model::Window read_{0, 1 << 16}, write_{0, 1 << 16};
};

// Units that take the same token may take each other's: then the program may stand still.
bool shares_a_token(const Walk& walk) {
  std::array<unsigned, isa::kTokens> takers{};
  for (const Dispatched& one : walk.dispatched) {
    for (unsigned t = 0; t < isa::kTokens; ++t) takers[t] |= ((one.take >> t) & 1u) << one.unit;
  }
  return std::any_of(takers.begin(), takers.end(),
                     [](unsigned units) { return (units & (units - 1)) != 0; });
}

TEST_F(CommandProcessor, RandomPrograms) {
  std::array<unsigned, 16> seen{};
  for (int run = 0; run < 300; ++run) {
    SCOPED_TRACE(run);
    vary_surroundings();
    ProgramMaker maker(random_, kData);
    isa::Program program = maker.make(5 + random_.below(60));
    if (random_.one_in(2)) {
      const auto victim = random_.below(static_cast<std::uint32_t>(program.size() - 1));
      isa::Instruction bad = maker.broken(program[victim]);
      // What the model would take hours for.
      const bool huge = bad.info() != nullptr && bad.info()->unit != isa::Unit::kControl &&
                        (bad.words()[3] > 100 || bad.words()[4] > 100 ||
                         (bad.info()->unit == isa::Unit::kMatrix &&
                          (bad.words()[5] > 100 || bad.words()[6] > 100)));
      const bool long_loop = bad.opcode() == static_cast<unsigned>(isa::Opcode::kLoop) &&
                             bad.get(isa::loop::kCount) > 10;
      const bool store = bad.opcode() == static_cast<unsigned>(isa::Opcode::kStore);
      if (!huge && !long_loop && !store) program[victim] = bad;
    }
    const std::uint64_t address = 64 * random_.below(16);
    system_.load(program, address);
    const Walk walk = Walker(kBenchHardware, read_, write_).walk(system_.dram().words, address);
    const model::ChipStatus want = model_status(address);
    ASSERT_EQ(static_cast<unsigned>(walk.status.error), static_cast<unsigned>(want.error));
    ASSERT_EQ(walk.status.instructions, want.instructions);
    if (shares_a_token(walk)) continue;
    system_.start(address);
    ASSERT_TRUE(system_.wait());
    expect_status(want);
    ASSERT_NO_FATAL_FAILURE(expect_order(walk));
    expect_counters();
    if (HasFailure()) return;
    ++seen[static_cast<unsigned>(want.error)];
  }
  EXPECT_GT(seen[0], 100u);
  const auto kinds = std::count_if(seen.begin() + 1, seen.end(), [](unsigned n) { return n > 0; });
  EXPECT_GE(kinds, 5);
}

// Every token may be there 255 times; the one too many is refused, whatever the units do.
TEST_F(CommandProcessor, TooManyTokens) {
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
TEST_F(CommandProcessor, MoreTokensThanPromised) {
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
TEST_F(CommandProcessor, Deadlock) {
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
