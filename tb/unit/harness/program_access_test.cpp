// SPDX-License-Identifier: Apache-2.0
#include "tb/harness/program_access.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <initializer_list>
#include <string>

#include "sw/isa/assembler.h"

namespace gradcore::harness {
namespace {

using testing::ElementsAre;

constexpr TileArena kArena{4, 16, 64, 32, 64};  // from tile 16 of operand memory, 32 of the other

isa::Instruction one(const std::string& text) {
  return isa::assemble(text + "\nhalt", "test").front();
}
// Tiles of operand memory as numbers of the arena, tiles of accumulator memory plus 100.
std::vector<unsigned> tiles(const TileSet& set) {
  std::vector<unsigned> out;
  for (unsigned i = 0; i < TileArena::kMaxTiles; ++i) {
    if (set[i]) out.push_back(i);
  }
  for (unsigned i = 0; i < TileArena::kMaxTiles; ++i) {
    if (set[TileArena::kMaxTiles + i]) out.push_back(100 + i);
  }
  return out;
}
Access of(const std::string& text) { return access_of(one(text), kArena); }

// Tiles of 32 and 64 bytes: operand memory's arena starts at 0x200, the other at 0x80000800.
TEST(ProgramAccess, OfAGemm) {
  const Access a =
      of("gemm trans_x=1 m=5 k=3 n=9 batch=2 x=0x200 x_rows=0x40 x_batch=0x60 "
         "w=0x300 w_rows=0x80 y=0x80000840 y_rows=0x100 y_batch=0x200");
  EXPECT_EQ(a.unit, isa::Unit::kMatrix);
  EXPECT_TRUE(a.tiles.inside);
  EXPECT_THAT(tiles(a.tiles.reads), ElementsAre(0, 1, 3, 4, 8, 9, 10));
  EXPECT_THAT(tiles(a.tiles.writes),
              ElementsAre(101, 102, 103, 105, 106, 107, 109, 110, 111, 113, 114, 115));
  const Access b = of("gemm accumulate=1 m=1 k=1 n=1 batch=1 x=0x200 w=0x220 y=0x80000800");
  EXPECT_THAT(tiles(b.tiles.reads), ElementsAre(0, 1, 100));
  EXPECT_FALSE(of("gemm m=1 k=1 n=1 batch=1 x=0x1e0 w=0x220 y=0x80000800").tiles.inside);
  EXPECT_FALSE(of("gemm m=1 k=1 n=1 batch=1 x=0x210 w=0x220 y=0x80000800").tiles.inside);
}

TEST(ProgramAccess, OfAVectorInstructionByRows) {
  const auto rows = rows_of_tiles(
      one("vector rows=6 cols=7 a=0x200 a_rows=4 trans_b=1 b=0x300 b_rows=3 c_is=row trans_c=1 "
          "combine=add c=0x80000800 c_rows=2 write_d=1 d=0x80000c00 d_rows=2 write_e=1 reduce=sum "
          "e=0x80000e00 e_rows=5"),
      kArena);
  ASSERT_EQ(rows.size(), 2u);
  EXPECT_THAT(tiles(rows[0].reads), ElementsAre(0, 1, 8, 11, 100, 102));
  EXPECT_THAT(tiles(rows[1].reads), ElementsAre(4, 5, 9, 12, 100, 102));
  EXPECT_THAT(tiles(rows[0].writes), ElementsAre(116, 117, 124));
  EXPECT_THAT(tiles(rows[1].writes), ElementsAre(118, 119, 129));
  const auto columns = rows_of_tiles(
      one("vector rows=6 cols=7 a_is=column a=0x200 a_rows=4 b_is=column trans_b=1 b=0x300 "
          "b_rows=9 c=0x80000800 write_e=1 e=0x80000c00 e_rows=2"),
      kArena);
  EXPECT_THAT(tiles(columns[1].reads), ElementsAre(4, 9));
  EXPECT_THAT(tiles(columns[1].writes), ElementsAre(118, 119));
}

TEST(ProgramAccess, OfTransfersAndTheirConflicts) {
  const Access load = of("load rows=5 cols=5 mem=0x200 mem_rows=0x60 dram=0x1000 pitch=0x40");
  EXPECT_THAT(tiles(load.tiles.writes), ElementsAre(0, 1, 3, 4));
  EXPECT_EQ(load.dram.end(), 0x1000u + 4 * 0x40 + 20);
  const auto store = [](const std::string& dram) {
    return of("store rows=2 cols=4 format=bf16 mem=0x80000800 pitch=0x40 dram=" + dram);
  };
  EXPECT_TRUE(conflict(load, store("0x100c")));
  EXPECT_FALSE(conflict(load, store("0x1014"))) << "between the rows";
  EXPECT_FALSE(conflict(load, store("0x1038")));
  EXPECT_TRUE(conflict(load, store("0x103a")));
  const Access other = of("load rows=5 cols=5 mem=0x300 mem_rows=0x60 dram=0x1000 pitch=0x40");
  EXPECT_FALSE(conflict(load, other)) << "DRAM is only read";
}

TEST(ProgramAccess, LinesOfAnInstructionAreIndependent) {
  const auto independent = [](const std::string& rest) {
    return lines_are_independent(
        one("vector rows=8 cols=8 b_is=constant a=0x200 a_rows=2 write_d=1 d_rows=2 " + rest),
        kArena);
  };
  EXPECT_TRUE(independent("d=0x280"));
  EXPECT_TRUE(independent("d=0x200")) << "in place";
  EXPECT_FALSE(independent("d=0x220")) << "beside it";
  EXPECT_FALSE(independent("d=0x200 trans_a=1"));
  EXPECT_FALSE(independent("d=0x200 a_is=row"));
  EXPECT_FALSE(independent("d=0x200 c=0x200 c_rows=1 combine=add")) << "other rows of it";
  EXPECT_TRUE(independent("d=0x200 c=0x200 c_rows=1")) << "c is not read";
  EXPECT_TRUE(independent("d=0x280 write_e=1 e=0x200 e_rows=2"));
  EXPECT_FALSE(independent("d=0x280 write_e=1 e=0x2a0 e_rows=2")) << "both results";
  EXPECT_FALSE(independent("d=0x280 write_e=1 reduce=max e=0x200 e_rows=2"));
  EXPECT_TRUE(independent("d=0x280 write_e=1 reduce=max e=0x80000800 e_rows=1"));
}

TEST(ProgramAccess, FollowsRowByRow) {
  const auto rows = [](const std::string& rest) {
    return rows_of_tiles(
        one("vector rows=8 cols=4 b_is=constant a_rows=1 write_d=1 d_rows=1 " + rest), kArena);
  };
  const auto first = rows("a=0x200 d=0x300");
  EXPECT_TRUE(may_follow(first, rows("a=0x300 d=0x400")));
  EXPECT_TRUE(may_follow(first, rows("a=0x2e0 d=0x400"))) << "one row of tiles earlier";
  EXPECT_FALSE(may_follow(first, rows("a=0x320 d=0x400"))) << "one row of tiles later";
  EXPECT_TRUE(may_follow(first, rows("a=0x500 d=0x200"))) << "over what was read";
  EXPECT_FALSE(may_follow(first, rows("a=0x500 d=0x220")));
  EXPECT_FALSE(may_follow(first, rows("a_is=row trans_a=1 a=0x320 d=0x400")));
}

}  // namespace
}  // namespace gradcore::harness
