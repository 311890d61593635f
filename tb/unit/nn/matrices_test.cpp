// SPDX-License-Identifier: Apache-2.0
#include "sw/nn/matrices.h"

#include <gtest/gtest.h>

#include <set>
#include <stdexcept>

#include "sw/compiler/network.h"

namespace gradcore::nn {
namespace {

TEST(Matrices, LieBehindEachOtherInEitherMemory) {
  Matrices all(4);
  const View a = all.accumulator("a", 9, 6);  // 3 x 2 tiles
  const View b = all.operand("b", 4, 4);      // the first of its memory
  const View c = all.accumulator("c", 1, 1, Life::kRun);
  EXPECT_EQ(a.first, 0u);
  EXPECT_EQ(a.stride, 2u);
  EXPECT_EQ(b.first, 0u);
  EXPECT_FALSE(b.accumulator);
  EXPECT_EQ(c.first, 6u);
  ASSERT_EQ(all.all().size(), 3u);
  EXPECT_EQ(all.all()[0].tiles, 6u);
  EXPECT_EQ(all.all()[2].life, Life::kRun);
  EXPECT_EQ(all.all()[2].name, "c");
}

TEST(Matrices, KnowWhoseTileItIs) {
  Matrices all(4);
  all.accumulator("a", 9, 6);
  all.operand("b", 8, 4);
  all.accumulator("c", 4, 5);
  for (std::uint32_t t = 0; t < 6; ++t) EXPECT_EQ(all.number_at(true, t), 0u);
  EXPECT_EQ(all.number_at(true, 6), 2u);
  EXPECT_EQ(all.number_at(true, 7), 2u);
  EXPECT_THROW(static_cast<void>(all.number_at(true, 8)), std::logic_error);
  EXPECT_EQ(all.number_at(false, 0), 1u);
  EXPECT_THROW(static_cast<void>(Matrices(4).number_at(false, 0)), std::logic_error);
}

// Who walks down rows of tiles is in another bank with each, all banks in turn.
TEST(Matrices, ChangeBanksFromRowToRow) {
  for (std::uint32_t cols = 1; cols <= 40; ++cols) {
    Matrices all(4);
    const View operand = all.operand("o", 16, cols);
    const View product = all.accumulator("p", 16, cols, Life::kStep, Walk::kDownRows);
    EXPECT_EQ(operand.stride % 2, 1u);
    EXPECT_EQ(product.stride % 4, 1u);
    EXPECT_LE(operand.stride, compiler::tiles(cols, 4) + 1);
    EXPECT_LE(product.stride, compiler::tiles(cols, 4) + 3);
    std::set<std::uint32_t> banks;
    for (std::uint32_t r = 0; r < 4; ++r) banks.insert(product.first + r * product.stride % 4);
    EXPECT_EQ(banks.size(), 4u);
    // No gap behind the last row, none at all where there is one row.
    EXPECT_EQ(all.all()[1].tiles, 3 * product.stride + compiler::tiles(cols, 4));
    EXPECT_EQ(all.accumulator("one row", 4, cols, Life::kStep, Walk::kDownRows).stride,
              compiler::tiles(cols, 4));
  }
}

TEST(Matrices, FitIntoTheChipThatIsMadeForThem) {
  Matrices all(16);
  all.operand("a", 1000, 1000);
  all.accumulator("b", 17, 300);
  const device::Hardware hardware = all.unbounded({});
  EXPECT_EQ(hardware.n, 16u);
  EXPECT_GE(hardware.operand_kib * 1024 / hardware.operand_tile_bytes(), all.all()[0].tiles);
  EXPECT_GE(hardware.accumulator_kib * 1024 / hardware.accumulator_tile_bytes(),
            all.all()[1].tiles);
}

TEST(Matrices, RefuseWhatHasNoElementsAndWhatNoAddressReaches) {
  Matrices all(4);
  EXPECT_THROW(all.operand("none", 0, 3), std::logic_error);
  EXPECT_THROW(all.operand("none", 3, 0), std::logic_error);
  EXPECT_NO_THROW(all.operand("large", 65536, 100));
  EXPECT_THROW(all.operand("too large", 65536, 100), compiler::CompileError);
}

}  // namespace
}  // namespace gradcore::nn
