// SPDX-License-Identifier: Apache-2.0
// Whole programs: what the units get, when, and how it ends, against the model.
#include "tb/unit/command/program_test.h"

namespace gradcore::harness {
namespace {

class CommandProcessor : public ProgramTest {};

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

}  // namespace
}  // namespace gradcore::harness
