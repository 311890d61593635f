// SPDX-License-Identifier: Apache-2.0
#include "tb/harness/interleaved_chip.h"

#include <gtest/gtest.h>

#include <optional>

#include "sw/isa/assembler.h"
#include "tb/harness/token_plan.h"
#include "tb/unit/harness/program_fixture.h"

namespace gradcore::harness {
namespace {

constexpr isa::Field kTake = isa::gemm::kTake;  // the same for every unit

// How many of so many interleavings do something else than the functional chip.
unsigned differences(const RandomProgram& program, unsigned interleavings, RandomPatterns& random) {
  const Outcome expected = in_order(program);
  unsigned out = 0;
  for (unsigned i = 0; i < interleavings; ++i) {
    if (!(interleaved(program, random) == expected)) ++out;
  }
  return out;
}

TEST(InterleavedChip, RandomProgramsDoNotDependOnTiming) {
  const std::uint64_t base = seed_from_environment(1);
  for (std::uint64_t seed = base; seed < base + 400; ++seed) {
    SCOPED_TRACE(seed_message(seed));
    RandomPatterns random(seed);
    const ProgramSpace space = with_random_windows(small_space(seed % 8 == 0 ? 8 : 4), random);
    const RandomProgram program = random_program(space, {}, seed);
    ASSERT_EQ(in_order(program).status.error, isa::Error::kNone) << program.describe();
    ASSERT_EQ(differences(program, 6, random), 0u) << program.describe();
  }
}

struct Found {
  unsigned unordered = 0;  // changed programs that the token plan says depend on timing,
  unsigned seen = 0;       // those of them that an interleaving showed to,
  unsigned ordered = 0;    // and those that it says do not
};

// Makes a change to many programs; one that leaves them ordered may never show.
template <typename Change>
Found try_changes(unsigned programs, const Change& change) {
  Found found;
  for (std::uint64_t seed = 1; seed <= programs; ++seed) {
    RandomPatterns random(seed);
    RandomProgram program = random_program(small_space(), {}, seed);
    if (!change(program, random) || !store_program(program)) continue;
    if (in_order(program).status.error != isa::Error::kNone) continue;  // a token is missing now
    const bool unordered = find_unordered(program.program, program.arena).has_value();
    const unsigned different = differences(program, 25, random);
    if (unordered) {
      ++found.unordered;
      found.seen += different > 0 ? 1 : 0;
    } else {
      ++found.ordered;
      EXPECT_EQ(different, 0u) << program.describe();
    }
  }
  return found;
}

// An instruction of the program, drawn until `is_right` or too often.
template <typename Condition>
std::optional<std::size_t> draw(const isa::Program& program, RandomPatterns& random,
                                const Condition& is_right) {
  for (unsigned attempt = 0; attempt < 200; ++attempt) {
    const std::size_t i = random.below(static_cast<std::uint32_t>(program.size()));
    if (is_right(program[i])) return i;
  }
  return std::nullopt;
}

bool is_for_units(const isa::Instruction& i) { return i.info()->unit != isa::Unit::kControl; }

// The check is alive: without one of its tokens, a program that needed it is found out.
TEST(InterleavedChip, ShowsThatATokenIsMissing) {
  const Found found = try_changes(200, [](RandomProgram& program, RandomPatterns& random) {
    const auto index = draw(program.program, random, [](const isa::Instruction& i) {
      return is_for_units(i) && i.get(kTake) != 0;
    });
    if (!index) return false;
    isa::Instruction& i = program.program[*index];
    i.set(kTake, i.get(kTake) & (i.get(kTake) - 1));
    return true;
  });
  RecordProperty("unordered", static_cast<int>(found.unordered));
  RecordProperty("seen", static_cast<int>(found.seen));
  EXPECT_GT(found.unordered, 60u);
  EXPECT_GT(found.ordered, 20u);
  EXPECT_GT(2 * found.seen, found.unordered) << found.seen << " of " << found.unordered;
}

TEST(InterleavedChip, ShowsThatASyncIsMissing) {
  const Found found = try_changes(200, [](RandomProgram& program, RandomPatterns& random) {
    const auto index = draw(program.program, random, [](const isa::Instruction& i) {
      return i.opcode() == static_cast<unsigned>(isa::Opcode::kSync);
    });
    if (index) program.program.erase(program.program.begin() + static_cast<std::ptrdiff_t>(*index));
    return index.has_value();
  });
  EXPECT_GT(found.unordered, 60u);
  EXPECT_GT(2 * found.seen, found.unordered) << found.seen << " of " << found.unordered;
}

// Vector instructions that say follow or free where they may not.
TEST(InterleavedChip, ShowsThatAnOrderIsWrong) {
  unsigned wrong = 0;
  unsigned seen = 0;
  for (std::uint64_t seed = 1; seed <= 200; ++seed) {
    RandomPatterns random(seed);
    RandomProgram program = random_program(small_space(), {}, seed);
    const std::vector<unsigned> orders = vector_orders(program.program, program.arena);
    const auto order = static_cast<isa::Order>(1 + random.below(2));
    bool changed = false;
    for (std::size_t i = 0; i < orders.size(); ++i) {
      if (orders[i] == 0 || ((orders[i] >> static_cast<unsigned>(order)) & 1u) != 0) continue;
      program.program[i].set(isa::vector::kOrder, order);
      changed = true;
    }
    if (!changed) continue;
    ASSERT_TRUE(store_program(program));
    ++wrong;
    seen += differences(program, 25, random) > 0 ? 1 : 0;
  }
  EXPECT_GT(wrong, 80u);
  EXPECT_GT(5 * seen, wrong) << seen << " of " << wrong;
}

// As many tokens as there may be, and those that a unit has not come to take.
TEST(InterleavedChip, MayHoldMoreTokensThanProgramOrderAllows) {
  std::uint32_t most = 0;
  for (std::uint64_t seed = 1; seed <= 40; ++seed) {
    RandomPatterns random(seed);
    const RandomProgram program = token_flood(small_space(), seed);
    EXPECT_FALSE(find_unordered(program.program, program.arena).has_value());
    const Outcome expected = in_order(program);
    ASSERT_EQ(expected.status.error, isa::Error::kNone) << program.describe();
    for (unsigned i = 0; i < 10; ++i) {
      InterleavedChip chip(program.space.hardware, program.space.dram_bytes);
      std::copy(program.dram.begin(), program.dram.end(), chip.dram().begin());
      EXPECT_EQ(chip.run(program.address, random).error, isa::Error::kNone);
      EXPECT_TRUE(std::equal(expected.dram.begin(), expected.dram.end(), chip.dram().begin()));
      most = std::max(most, chip.most_tokens());
    }
  }
  EXPECT_EQ(most, isa::kMaxTokens + InterleavedChip::kQueue);
}

class InterleavedProgram : public testing::Test {
 protected:
  void load(const std::string& text) {
    program_.space = small_space();
    program_.program = isa::assemble(text, "test");
    program_.code_end = 0x1000;
    program_.dram.resize(program_.space.dram_bytes);
    ASSERT_TRUE(store_program(program_));
  }
  RandomProgram program_;
  RandomPatterns random_{1};
};

// Where the result lies across its own source the order of rows matters, and is seen to.
TEST_F(InterleavedProgram, RowsOfOneInstructionMayGoBackwards) {
  load(R"(
    load rows=8 cols=4 mem=0 mem_rows=32 dram=0x200 pitch=16
    sync
    vector rows=8 cols=4 a=0 a_rows=1 b_is=constant b_constant=1 write_d=1 d=32 d_rows=1
    halt
  )");
  for (unsigned i = 0; i < 32; ++i) program_.dram[0x203 + 4 * i] = static_cast<std::byte>(0x30 + i);
  EXPECT_GT(differences(program_, 40, random_), 0u);
}

// A token that two units give says nothing about either.
TEST_F(InterleavedProgram, TokensOfTwoUnitsMayBeTakenTooEarly) {
  load(R"(
    load rows=4 cols=4 mem=0 dram=0x200 pitch=16 give=t0
    vector rows=4 cols=4 a_is=constant b_is=constant c_is=constant combine=replace c_constant=2 write_d=1 d=32 give=t0
    store rows=4 cols=4 mem=0 dram=0x2000 pitch=16 take=t0
    store rows=4 cols=4 mem=32 dram=0x2100 pitch=16 take=t0
    halt
  )");
  program_.dram[0x203] = std::byte{0x40};
  program_.arena = {4, 0, 16, 0, 16};
  const auto gap = find_unordered(program_.program, program_.arena);
  ASSERT_TRUE(gap.has_value());
  EXPECT_EQ(gap->first, 0u);
  EXPECT_EQ(gap->second, 2u);
  EXPECT_GT(differences(program_, 40, random_), 0u);
}

// Two units that take one token may each take what the other needs to go on.
TEST_F(InterleavedProgram, TokensForTwoUnitsMayDeadlock) {
  load(R"(
    load rows=1 cols=1 dram=0x200 give=t0
    vector rows=1 cols=1 a_is=constant b_is=constant write_d=1 take=t0 give=t1
    load rows=1 cols=1 dram=0x200 take=t1 give=t0
    store rows=1 cols=1 dram=0x2000 take=t0
    halt
  )");
  bool stuck = false;
  for (unsigned i = 0; i < 100; ++i) {
    stuck |= interleaved(program_, random_).status.error == isa::Error::kTimeout;
  }
  EXPECT_TRUE(stuck);
}

}  // namespace
}  // namespace gradcore::harness
