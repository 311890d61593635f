// SPDX-License-Identifier: Apache-2.0
#include "sw/runtime/status.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

namespace gradcore::runtime {
namespace {

using testing::HasSubstr;

const char* const kProgram = R"(
  set rd=r1 value=5
  WEIGHTS = 0x100
  gemm m=4 k=4 n=4 batch=1 w=r1+WEIGHTS y=0x80000000
  halt
)";

TEST(Describe, SaysWhichInstructionAndWhy) {
  const isa::Assembly program = isa::assemble_with_source(kProgram, "test");
  const Status status{State::kFailed, isa::Error::kMisaligned, 2, 0x8040, 1};
  const std::string text = describe(status, program, 0x8000);
  EXPECT_THAT(text, HasSubstr("at address 0x8040 (gemm m=4"));
  EXPECT_THAT(text, HasSubstr("w=r1+WEIGHTS y=0x80000000'"));
  EXPECT_THAT(text, HasSubstr("after 1 instructions: an address or stride"));
  EXPECT_THAT(text, HasSubstr("(matrix w)"));
}

TEST(Describe, SaysWhichEntryOfAList) {
  const isa::Assembly program = isa::assemble_with_source(
      "load rows=8 cols=4 indexed=1 limit=9 pitch=16\nvector listed=1\nhalt", "test");
  Status status{State::kFailed, isa::Error::kIndex, 3, 0, 0, 5, 9};
  EXPECT_THAT(describe(status, program),
              HasSubstr("after 0 instructions: an entry of a list names a row that does not exist: "
                        "entry 5 is 0x9"));
  status = {State::kFailed, isa::Error::kOutOfRange, 3, 0, 0};
  EXPECT_THAT(describe(status, program), HasSubstr("(list memory)"));
  status = {State::kFailed, isa::Error::kOutOfRange, 6, 0x40, 1};
  EXPECT_THAT(describe(status, program), HasSubstr("(list memory)"));
}

TEST(Describe, WorksWithoutProgramAndOutsideOfIt) {
  const Status status{State::kFailed, isa::Error::kOpcode, 0, 0x40, 7};
  EXPECT_EQ(describe(status),
            "the instruction at address 0x40 is refused after 7 instructions: there is no such "
            "instruction");
  const isa::Assembly program = isa::assemble_with_source(kProgram, "test");
  EXPECT_EQ(describe(status, program, 0x1000), describe(status));
  EXPECT_EQ(describe({State::kFailed, isa::Error::kOpcode, 0, 0x10C0, 7}, program, 0x1000),
            "the instruction at address 0x10c0 is refused after 7 instructions: there is no such "
            "instruction");
}

TEST(Describe, EndAndTimeout) {
  EXPECT_EQ(describe({State::kDone, isa::Error::kNone, 0, 0x80, 3}),
            "the program ended after 3 instructions");
  EXPECT_EQ(describe({State::kRunning, isa::Error::kNone, 0, 0x80, 2},
                     isa::assemble_with_source(kProgram, "test"), 0),
            "the program still runs after 2 instructions, at address 0x80 (halt)");
}

TEST(Describe, EveryErrorHasItsOwnSentence) {
  std::set<std::string> all;
  for (unsigned error = 1; error <= static_cast<unsigned>(isa::Error::kIndex); ++error) {
    all.insert(describe({State::kFailed, static_cast<isa::Error>(error), 0, 0, 0}));
  }
  EXPECT_EQ(all.size(), static_cast<std::size_t>(isa::Error::kIndex));
}

TEST(Counters, ADifferenceAddsUpAgain) {
  Counters before;
  before.cycles = 3;
  before.read_beats = 5;
  before.units[1].busy = 7;
  before.units[3].starved = 1;
  Counters after = before;
  after.has_clock = true;
  after.cycles = 10;
  after.units[1].busy = 9;
  const Counters between = after - before;
  EXPECT_TRUE(between.has_clock);
  EXPECT_EQ(between.cycles, 7u);
  EXPECT_EQ(between.read_beats, 0u);
  EXPECT_EQ(between.units[1].busy, 2u);
  EXPECT_EQ(between.units[3].starved, 0u);
  before += between;
  EXPECT_TRUE(before.has_clock);
  EXPECT_EQ(before.cycles, 10u);
  EXPECT_EQ(before.read_beats, 5u);
  EXPECT_EQ(before.units[1].busy, 9u);
}

}  // namespace
}  // namespace gradcore::runtime
