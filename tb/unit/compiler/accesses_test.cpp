// SPDX-License-Identifier: Apache-2.0
#include "sw/compiler/accesses.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "sw/isa/assembler.h"
#include "sw/model/functional_chip.h"
#include "tb/harness/random_patterns.h"

namespace gradcore::compiler {
namespace {

using testing::UnorderedElementsAre;

const device::Hardware kHardware{.n = 4, .operand_kib = 4, .accumulator_kib = 8};  // 128 tiles each

isa::Instruction one(const std::string& text) { return isa::assemble(text + "\nhalt", "test")[0]; }
Accesses of(const std::string& text) { return accesses(one(text), TileNumbers(kHardware)); }

TEST(Accesses, OfAProduct) {
  const Accesses a =
      of("gemm m=5 k=9 n=4 batch=1 trans_w=1 x=0x40 x_rows=128 w=0x400 w_rows=96 y=0x80000040 "
         "y_rows=64");
  ASSERT_EQ(a.size(), 1u);
  EXPECT_THAT(a[0].reads, UnorderedElementsAre(2, 3, 4, 6, 7, 8, 32, 33, 34));
  EXPECT_THAT(a[0].writes, UnorderedElementsAre(129, 130));
  const Accesses more =
      of("gemm m=1 k=1 n=1 batch=2 x_batch=64 accumulate=1 y=0x80000000 "
         "y_batch=128");
  EXPECT_THAT(more[0].reads, UnorderedElementsAre(0, 2, 0, 0, 128, 130));
  EXPECT_THAT(more[0].writes, UnorderedElementsAre(128, 130));
}

TEST(Accesses, OfAVectorInstructionByRowsOfTiles) {
  const Accesses a = of(
      "vector rows=6 cols=9 a=0x80000000 a_rows=2 trans_a=1 b_is=row b=0x100 c_is=column c=0x200 "
      "c_rows=5 combine=add write_d=1 d=0x80000800 d_rows=4 reduce=sum write_e=1 e=0x80001000 "
      "e_rows=1");
  ASSERT_EQ(a.size(), 2u);
  EXPECT_THAT(a[0].reads, UnorderedElementsAre(128, 130, 132, 8, 9, 10, 16));
  EXPECT_THAT(a[1].reads, UnorderedElementsAre(129, 131, 133, 8, 9, 10, 21));
  EXPECT_THAT(a[0].writes, UnorderedElementsAre(160, 161, 162, 192));
  EXPECT_THAT(a[1].writes, UnorderedElementsAre(164, 165, 166, 193));
  EXPECT_TRUE(
      of("vector rows=1 cols=1 a_is=constant b_is=constant c=0x100 write_d=1")[0].reads.empty())
      << "a product looks at no c";
}

TEST(Accesses, OfTransfersAndControl) {
  EXPECT_THAT(of("load rows=5 cols=5 mem=0x20 mem_rows=96")[0].writes,
              UnorderedElementsAre(1, 2, 4, 5));
  EXPECT_THAT(of("store rows=5 cols=5 mem=0x20 mem_rows=96 pitch=20")[0].reads,
              UnorderedElementsAre(1, 2, 4, 5));
  EXPECT_TRUE(of("sync").empty());
}

// 256 tiles of matrices, then 16 of list memory with 64 entries each.
TEST(Accesses, OfListsAndSteps) {
  EXPECT_THAT(of("load rows=3 cols=50 to_list=1 list_at=60 pitch=200")[0].writes,
              UnorderedElementsAre(256, 257, 258, 259));
  const RowAccess gather =
      of("load rows=5 cols=5 indexed=1 limit=9 list_at=124 mem=0x20 mem_rows=96 pitch=20")[0];
  EXPECT_THAT(gather.reads, UnorderedElementsAre(257, 258));
  EXPECT_THAT(gather.writes, UnorderedElementsAre(1, 2, 4, 5));
  EXPECT_THAT(of("store rows=4 cols=4 indexed=1 limit=9 mem=0x20 pitch=20")[0].reads,
              UnorderedElementsAre(256, 1));
  EXPECT_THAT(
      of("store rows=3 cols=4 row_first=6 row_step=4 mem=0x20 mem_rows=96 pitch=20")[0].reads,
      UnorderedElementsAre(4, 7, 10));
  EXPECT_THAT(
      of("load rows=3 cols=4 row_first=3 row_step=2 mem=0x20 mem_rows=96 pitch=20")[0].writes,
      UnorderedElementsAre(1, 4));
}

// Rows of the result are columns in memory.
TEST(Accesses, OfATransposedResult) {
  const Accesses a = of(
      "vector rows=6 cols=9 a_is=constant b_is=constant write_d=1 trans_d=1 d=0x80000000 d_rows=2 "
      "write_e=1 e=0x20 e_rows=3");
  ASSERT_EQ(a.size(), 2u);
  EXPECT_THAT(a[0].writes, UnorderedElementsAre(128, 130, 132, 1, 2, 3));
  EXPECT_THAT(a[1].writes, UnorderedElementsAre(129, 131, 133, 4, 5, 6));
}

TEST(Accesses, OfAListedInstructionAreAllRowsInOnePart) {
  const Accesses a = of(
      "vector listed=1 list_fours=47 rows=6 cols=5 a=0x80000000 a_rows=3 e_rows=9 b_is=row b=0x100 "
      "c=0x200 c_rows=5 combine=add write_d=1 d=0x80000800 d_rows=4 stream=8");
  ASSERT_EQ(a.size(), 1u);
  EXPECT_THAT(a[0].reads,
              UnorderedElementsAre(258, 259, 128, 129, 131, 132, 134, 135, 8, 9, 16, 17, 21, 22));
  EXPECT_THAT(a[0].writes, UnorderedElementsAre(160, 161, 164, 165));
  EXPECT_THAT(
      of("vector listed=1 rows=6 cols=4 e_rows=1 b_is=constant c_is=row c=0x200 combine=add "
         "write_d=1 d=0x80000000 stream=4")[0]
          .reads,
      UnorderedElementsAre(256, 0, 16));
}

// Parts of DRAM come behind the 256 tiles of matrices and the 16 of list memory.
TEST(Accesses, OfPartsOfDram) {
  const TileNumbers numbers(kHardware, {{0x100, 64}, {0x140, 32}, {0x200, 64}});
  EXPECT_EQ(numbers.count(), 275u);
  EXPECT_THAT(numbers.of_dram(0, 0x100), testing::IsEmpty());
  EXPECT_THAT(numbers.of_dram(0, 0x101), testing::ElementsAre(272));
  EXPECT_THAT(numbers.of_dram(0x13f, 0x141), testing::ElementsAre(272, 273));
  EXPECT_THAT(numbers.of_dram(0x160, 0x200), testing::IsEmpty());
  EXPECT_THAT(numbers.of_dram(0x15f, 0x201), testing::ElementsAre(273, 274));
  EXPECT_THAT(numbers.of_dram(0x23f, 0x1000), testing::ElementsAre(274));
  EXPECT_THAT(numbers.of_dram(0x240, 0x1000), testing::IsEmpty());
  EXPECT_THAT(numbers.of_dram(0x100, 0x100), testing::IsEmpty());

  const auto with = [&](const std::string& text) { return accesses(one(text), numbers)[0]; };
  const RowAccess load = with("load rows=2 cols=4 mem=0x20 mem_rows=32 dram=0x130 pitch=16");
  EXPECT_THAT(load.reads, testing::ElementsAre(272, 273));
  EXPECT_THAT(load.writes, testing::ElementsAre(1));
  const RowAccess store = with("store rows=2 cols=4 mem=0x20 mem_rows=32 dram=0x130 pitch=16");
  EXPECT_THAT(store.reads, testing::ElementsAre(1));
  EXPECT_THAT(store.writes, testing::ElementsAre(272, 273));
  // Behind the last row comes no pitch; bfloat16 takes half.
  EXPECT_THAT(with("load rows=2 cols=1 dram=0xfc pitch=4").reads, testing::ElementsAre(272));
  EXPECT_THAT(with("load rows=1 cols=1 dram=0xfc pitch=64").reads, testing::IsEmpty());
  EXPECT_THAT(with("load rows=1 cols=4 format=bf16 dram=0xf8 pitch=8").reads, testing::IsEmpty());
  EXPECT_THAT(with("load rows=1 cols=4 dram=0xf8 pitch=16").reads, testing::ElementsAre(272));
  // A list may name any of the rows there are.
  EXPECT_THAT(with("load rows=1 cols=4 indexed=1 limit=17 dram=0x100 pitch=16").reads,
              testing::ElementsAre(272, 273, 274, 256));
  EXPECT_THAT(with("load rows=1 cols=4 to_list=1 dram=0x100 pitch=16").reads,
              testing::ElementsAre(272));
  EXPECT_THAT(with("load rows=1 cols=4 dram=0x100 dram_high=1 pitch=16").reads, testing::IsEmpty());
}

TEST(Registers, AreAddedAndUpdated) {
  Registers r{};
  update(one("set rd=r2 value=0x40"), r);
  update(one("add rd=r3 rs=r2 value=0xfffffff0"), r);
  EXPECT_EQ(r[3], 0x30u);
  EXPECT_EQ(resolved(one("load rows=1 cols=1 mem=r2+0x20 dram=r3+0x10"), r),
            one("load rows=1 cols=1 mem=0x60 dram=0x40"));
}

// Whatever an instruction of the functional chip changes, it is said to write.
TEST(Accesses, HoldEveryTileThatChanges) {
  harness::RandomPatterns random(harness::seed_from_environment(31));
  namespace f = isa::vector;
  const TileNumbers numbers(kHardware);
  for (int run = 0; run < 200; ++run) {
    isa::Instruction i(isa::Opcode::kVector);
    i.set(f::kRows, 1 + random.below(12)).set(f::kCols, 1 + random.below(12));
    i.set(f::kAIs, isa::Operand::kConstant).set(f::kBIs, isa::Operand::kConstant);
    i.set(f::kCIs, isa::Operand::kConstant).set(f::kCombine, isa::Combine::kReplace);
    i.set(f::kCConstant, 2.0f).set(f::kWriteD, true).set(f::kDRows, 3 + random.below(3));
    i.set(f::kD, random.below(2) * device::kAccumulatorBase + 64 * random.below(32));
    i.set(f::kWriteE, true).set(f::kReduce, random.below(3)).set(f::kERows, 3 + random.below(3));
    i.set(f::kE, random.below(2) * device::kAccumulatorBase + 64 * random.below(32));
    model::FunctionalChip chip(kHardware, 4096);
    isa::Program program = {i, isa::Instruction(isa::Opcode::kHalt)};
    const std::string bytes = isa::to_bytes(program);
    std::copy_n(std::as_bytes(std::span(bytes)).begin(), bytes.size(), chip.dram().begin());
    ASSERT_EQ(chip.run(0).error, isa::Error::kNone);
    std::vector<bool> written(numbers.count());
    for (const RowAccess& row : accesses(i, numbers)) {
      for (const std::uint32_t tile : row.writes) written[tile] = true;
    }
    for (std::uint32_t t = 0; t < 128; ++t) {
      bool low = false;
      bool high = false;
      for (unsigned k = 0; k < 16; ++k) {
        low = low || chip.local().operands()[16 * t + k] != 0;
        high = high || chip.local().accumulators()[16 * t + k] != 0;
      }
      ASSERT_EQ(low, written[t]) << "run " << run << " tile " << t;
      ASSERT_EQ(high, written[128 + t]) << "run " << run << " tile " << t;
    }
  }
}

}  // namespace
}  // namespace gradcore::compiler
