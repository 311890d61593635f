// SPDX-License-Identifier: Apache-2.0
#include "tb/harness/token_plan.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>

#include "sw/isa/assembler.h"

namespace gradcore::harness {
namespace {

constexpr TileArena kArena{4, 0, 64, 0, 64};

isa::Program program(const std::string& text) { return isa::assemble(text + "\nhalt", "test"); }
std::optional<Unordered> unordered(const std::string& text) {
  return find_unordered(program(text), kArena);
}
void expect(const std::string& text, std::size_t first, std::size_t second, bool token = false) {
  const auto gap = unordered(text);
  ASSERT_TRUE(gap.has_value()) << text;
  EXPECT_EQ(gap->first, first);
  EXPECT_EQ(gap->second, second);
  EXPECT_EQ(gap->token_missing, token);
}

const std::string kLoad = "load rows=1 cols=1 mem=0 ";               // writes tile 0
const std::string kGemm = "gemm m=1 k=1 n=1 batch=1 y=0x80000000 ";  // reads it
const std::string kVector = "vector rows=1 cols=1 a=0x80000000 b_is=constant write_d=1 d=64 ";
const std::string kStore = "store rows=1 cols=1 mem=64 dram=0x100 ";

TEST(TokenPlan, FindsWhatIsUnordered) {
  expect(kLoad + "\n" + kGemm, 0, 1);  // read after write
  expect(kGemm + "\n" + kLoad, 0, 1);  // write after read
  expect(kLoad + "\nvector rows=1 cols=1 a_is=constant write_d=1 d=0", 0, 1);
  expect(kLoad + "dram=0x100\nload rows=1 cols=1 mem=32 dram=0x200\n" + kStore, 0, 2);
  EXPECT_FALSE(unordered(kLoad + "\nsync\n" + kGemm).has_value());
  EXPECT_FALSE(unordered(kLoad + "give=t3\n" + kGemm + "take=t3").has_value());
  EXPECT_FALSE(unordered(kLoad + "\n" + kLoad).has_value()) << "one unit";
}

// What the giver knew is known to the taker; what it gives covers all of its unit before it.
TEST(TokenPlan, KnowledgeIsPassedOn) {
  const std::string chain =
      kLoad + "give=t0\n" + kGemm + "take=t0 give=t1\n" + kVector + "take=t1 give=t2\n";
  EXPECT_FALSE(unordered(chain + kStore + "take=t2").has_value());
  // The load reads what the store writes; the store waits for it by way of two others.
  const std::string far = "load rows=1 cols=1 mem=0 dram=0x100 give=t0\n" + kGemm +
                          "take=t0 give=t1\n" + kVector + "take=t1 give=t2\n";
  EXPECT_FALSE(unordered(far + kStore + "take=t2").has_value());
  const std::string early = kLoad + "\n" + kLoad + "give=t0\n" + kGemm + "take=t0";
  EXPECT_FALSE(unordered(early).has_value());
  expect(kLoad + "give=t0\n" + kLoad + "\n" + kGemm + "take=t0", 1, 2);
}

TEST(TokenPlan, TokensMatchInTheirOrder) {
  // One that is left over is taken first, and says too little.
  expect("load rows=1 cols=1 mem=32 give=t0\n" + kLoad + "give=t0\n" + kGemm + "take=t0", 1, 2);
  expect(kGemm + "take=t0", 0, 0, true);
  const std::string many = "loop count=255\nload rows=1 cols=1 mem=32 give=t0\nend\n";
  EXPECT_FALSE(unordered(many).has_value());
  expect(many + kLoad + "give=t0", 255, 255, true);
  // Given by two units, a token says nothing.
  expect(kLoad + "give=t0\n" + kGemm + "take=t0\nsync\n" + kStore + "give=t0\n" + kGemm + "take=t0",
         0, 1);
}

// A loop that loads what a gemm reads: tokens can run both ways, and from turn to turn.
TEST(TokenPlan, OrdersLoopsByTokensAlone) {
  const isa::Program loop = program(kLoad + "\n" + kGemm + "\nloop count=5\n" + kLoad + "\n" +
                                    kGemm + "\nend\n" + kLoad + "\n" + kGemm);
  ASSERT_TRUE(find_unordered(loop, kArena).has_value());
  unsigned without_sync = 0;
  for (std::uint64_t seed = 1; seed <= 200; ++seed) {
    RandomPatterns random(seed);
    const isa::Program out = with_order(loop, kArena, random);
    EXPECT_FALSE(find_unordered(out, kArena).has_value()) << isa::disassemble(out);
    without_sync += std::none_of(out.begin(), out.end(), [](const isa::Instruction& i) {
      return i.opcode() == static_cast<unsigned>(isa::Opcode::kSync);
    });
  }
  EXPECT_GT(without_sync, 50u);
}

// What only one side of a loop can give is ordered by a sync in front of it, not in every turn.
TEST(TokenPlan, SyncsInFrontOfALoop) {
  const isa::Program loop = program(kLoad + "\nloop count=5\n" + kGemm + "\nend");
  RandomPatterns random(1);
  const isa::Program out = with_order(loop, kArena, random);
  ASSERT_GE(out.size(), 5u);
  EXPECT_EQ(out[1].opcode(), static_cast<unsigned>(isa::Opcode::kSync)) << isa::disassemble(out);
  EXPECT_EQ(out[2].opcode(), static_cast<unsigned>(isa::Opcode::kLoop));
}

TEST(TokenPlan, KnowsWhichOrdersAreRight) {
  constexpr unsigned kDrain = 1;
  constexpr unsigned kFollow = 2;
  constexpr unsigned kFree = 4;
  const std::string rows = "vector rows=8 cols=4 b_is=constant write_d=1 a_rows=1 d_rows=1 ";
  const std::vector<unsigned> orders =
      vector_orders(program(rows + "a=0 d=0x100\n" +                         // the first of all
                            rows + "a=0x100 d=0x200\n" +                     // reads its rows
                            rows + "a=0 d=0x300\n" +                         // nothing of that
                            rows + "a=0x320 d=0x400\n" +                     // a row further down
                            "loop count=2\n" + rows + "a=0x400 d=0x500\n" +  // rows, then itself
                            "end"),
                    kArena);
  EXPECT_EQ(orders[0], kDrain | kFollow | kFree);
  EXPECT_EQ(orders[1], kDrain | kFollow);
  EXPECT_EQ(orders[2], kDrain | kFollow | kFree);
  EXPECT_EQ(orders[3], kDrain);
  EXPECT_EQ(orders[4], 0u) << "a loop";
  EXPECT_EQ(orders[5], kDrain | kFollow);
}

}  // namespace
}  // namespace gradcore::harness
