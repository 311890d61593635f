// SPDX-License-Identifier: Apache-2.0
#include "tb/harness/program_trace.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "sw/isa/assembler.h"

namespace gradcore::harness {
namespace {

using testing::ElementsAre;

TEST(ProgramTrace, UnrollsLoopsAndAddsBases) {
  const isa::Program program = isa::assemble(R"(
    set rd=r1 value=0xfffffff0
    load rows=1 cols=1 mem=r1+0x30 dram=r0
    loop count=2
      loop count=2
        load rows=1 cols=1 mem=r2 dram=r1
        add rd=r2 rs=r2 value=32
      end
      sync
      add rd=r1 rs=r2 value=1
    end
    load rows=1 cols=1 mem=r1 dram=r2
    halt
  )",
                                             "test");
  const std::vector<Step> steps = trace(program);
  std::vector<std::size_t> indices, after_sync;
  std::vector<std::uint32_t> memory, dram;
  std::vector<std::uint64_t> numbers;
  for (const Step& step : steps) {
    indices.push_back(step.index);
    numbers.push_back(step.number);
    memory.push_back(step.instruction.get(isa::load::kMem));
    dram.push_back(step.instruction.get(isa::load::kDram));
    EXPECT_EQ(step.instruction.get(isa::load::kMemBase), 0u);
    if (step.after_sync) after_sync.push_back(memory.size() - 1);
  }
  EXPECT_THAT(indices, ElementsAre(1, 4, 4, 4, 4, 10));
  EXPECT_THAT(numbers, ElementsAre(1, 4, 7, 14, 17, 23));
  EXPECT_THAT(memory, ElementsAre(0x20, 0, 32, 64, 96, 129));
  EXPECT_THAT(dram, ElementsAre(0, 0xfffffff0, 0xfffffff0, 65, 65, 128));
  EXPECT_THAT(after_sync, ElementsAre(3, 5));
  // The same turn of the outer loop, another one of the inner.
  EXPECT_EQ(steps[1].depth, 2u);
  EXPECT_EQ(steps[1].turns[1], steps[2].turns[1]);
  EXPECT_NE(steps[1].turns[2], steps[2].turns[2]);
  EXPECT_NE(steps[2].turns[1], steps[3].turns[1]);
  EXPECT_EQ(steps[1].loops[0], 2u);
  EXPECT_EQ(steps[1].loops[1], 3u);
  EXPECT_EQ(steps[5].depth, 0u);
}

TEST(ProgramTrace, KnowsHowLoopsNest) {
  const isa::Program program =
      isa::assemble("sync\nloop count=2\nsync\nloop count=1\nend\nend\nhalt", "test");
  const Nesting around = nesting(program);
  EXPECT_THAT(around.parent, ElementsAre(Nesting::kTop, Nesting::kTop, 1, 1, 3, 1, Nesting::kTop));
  EXPECT_EQ(around.end[1], 5u);
  EXPECT_EQ(around.end[3], 4u);
  EXPECT_THROW(nesting({isa::Instruction(isa::Opcode::kEnd)}), std::invalid_argument);
  EXPECT_THROW(nesting({isa::Instruction(isa::Opcode::kLoop)}), std::invalid_argument);
}

}  // namespace
}  // namespace gradcore::harness
