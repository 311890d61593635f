// SPDX-License-Identifier: Apache-2.0
#include "sw/compiler/ordering.h"

#include <gtest/gtest.h>

#include <numeric>

#include "sw/isa/assembler.h"

namespace gradcore::compiler {
namespace {

const device::Hardware kHardware{.n = 4, .operand_kib = 4, .accumulator_kib = 8};

isa::Program parse(const std::string& text) {
  isa::Program out = isa::assemble(text + "halt", "test");
  out.pop_back();
  return out;
}
std::uint32_t take(const isa::Instruction& i) { return i.get(isa::gemm::kTake); }
std::uint32_t give(const isa::Instruction& i) { return i.get(isa::gemm::kGive); }

constexpr unsigned kMatrix = 0, kVector = 1, kLoad = 2, kStore = 3;

TEST(Tokens, EachPairHasItsOwn) {
  std::vector<bool> seen(isa::kTokens);
  for (unsigned g = 0; g < kUnits; ++g) {
    for (unsigned t = 0; t < kUnits; ++t) {
      if (g == t) continue;
      ASSERT_LT(token_of(g, t), kPairs);
      EXPECT_FALSE(seen[token_of(g, t)]);
      seen[token_of(g, t)] = true;
      EXPECT_EQ(giver_of(token_of(g, t)), g);
    }
  }
}

// Load, product, activation, store; the next load waits for the product (through nobody else),
// the next product for the activation, the next activation for the store.
TEST(OrderLoop, AChainAndTheWayBack) {
  isa::Program body = parse(
      "load rows=4 cols=4 mem=0\n"
      "gemm m=4 k=4 n=4 batch=1 y=0x80000000\n"
      "vector rows=4 cols=4 b_is=constant a=0x80000000 write_d=1 d=0x80000100\n"
      "store rows=4 cols=4 mem=0x80000100 pitch=16\n");
  const Advance advance = order_loop(body, {}, kHardware);
  const auto bit = [](unsigned g, unsigned t) { return 1u << token_of(g, t); };
  EXPECT_EQ(take(body[0]), bit(kMatrix, kLoad));
  EXPECT_EQ(give(body[0]), bit(kLoad, kMatrix));
  EXPECT_EQ(take(body[1]), bit(kLoad, kMatrix) | bit(kVector, kMatrix));
  EXPECT_EQ(give(body[1]), bit(kMatrix, kLoad) | bit(kMatrix, kVector));
  EXPECT_EQ(take(body[2]), bit(kMatrix, kVector) | bit(kStore, kVector));
  EXPECT_EQ(give(body[2]), bit(kVector, kMatrix) | bit(kVector, kStore));
  EXPECT_EQ(take(body[3]), bit(kVector, kStore));
  EXPECT_EQ(give(body[3]), bit(kStore, kVector));
  EXPECT_EQ(advance[token_of(kMatrix, kLoad)], 1u);
  EXPECT_EQ(advance[token_of(kVector, kMatrix)], 1u);
  EXPECT_EQ(advance[token_of(kStore, kVector)], 1u);
  EXPECT_EQ(std::accumulate(advance.begin(), advance.end(), 0u), 3u);
}

// What is known through another unit needs no token: the store waits for the vector unit, which
// has waited for the matrix unit.
TEST(OrderLoop, NothingIsWaitedForTwice) {
  isa::Program body = parse(
      "gemm m=4 k=4 n=4 batch=1 y=0x80000000\n"
      "vector rows=4 cols=4 b_is=constant a=0x80000000 write_d=1 d=0x80000100\n"
      "vector rows=4 cols=4 b_is=constant a=0x80000000 write_d=1 d=0x80000200\n"
      "store rows=4 cols=20 mem=0x80000000 pitch=80\n");
  order_loop(body, {}, kHardware);
  EXPECT_EQ(take(body[2]), 0u) << "the vector instruction before has waited";
  EXPECT_EQ(take(body[3]), 1u << token_of(kVector, kStore));
}

// What goes to DRAM and comes back: in this turn, and in the next one.
TEST(OrderLoop, ALoadWaitsForTheStoreOfTheSameBytes) {
  const std::string store = "store rows=4 cols=4 mem=0 dram=0x1000 pitch=16\n";
  const auto load = [](const std::string& dram) {
    return "load rows=4 cols=4 mem=0x400 dram=" + dram + " pitch=16\n";
  };
  const unsigned there = token_of(kStore, kLoad);
  const unsigned back = token_of(kLoad, kStore);
  const TileNumbers tiles(kHardware, {{0x1000, 64}, {0x1040, 64}});
  isa::Program behind = parse(store + load("0x1030"));
  Advance advance = order_loop(behind, {}, tiles);
  EXPECT_EQ(give(behind[0]), 1u << there);
  EXPECT_EQ(take(behind[1]), 1u << there);
  EXPECT_EQ(take(behind[0]), 1u << back) << "the load of the turn before has read it";
  EXPECT_EQ(advance[there], 0u);
  EXPECT_EQ(advance[back], 1u);

  isa::Program ahead = parse(load("0x1000") + store);
  advance = order_loop(ahead, {}, tiles);
  EXPECT_EQ(take(ahead[0]), 1u << there);
  EXPECT_EQ(advance[there], 1u);
  EXPECT_EQ(take(ahead[1]), 1u << back);
  EXPECT_EQ(advance[back], 0u);

  // Other parts, and what is no part, are nobody's business.
  for (const char* dram : {"0x1040", "0x2000"}) {
    isa::Program other = parse(store + load(dram));
    order_loop(other, {}, tiles);
    EXPECT_EQ(take(other[0]) | take(other[1]), 0u) << dram;
  }
  isa::Program plain = parse(store + load("0x1000"));
  order_loop(plain, {}, kHardware);
  EXPECT_EQ(take(plain[0]) | take(plain[1]), 0u);
  // With what a register adds.
  isa::Program walks = parse("store rows=4 cols=4 mem=0 dram=r2+0 pitch=16\n" + load("0x1000"));
  Registers registers{};
  registers[2] = 0x1000;
  order_loop(walks, registers, tiles);
  EXPECT_EQ(take(walks[1]), 1u << there);
  isa::Program elsewhere = parse("store rows=4 cols=4 mem=0 dram=r2+0 pitch=16\n" + load("0x1000"));
  registers[2] = 0x4000;
  order_loop(elsewhere, registers, tiles);
  EXPECT_EQ(take(elsewhere[1]), 0u);
}

// Two buffers in turn: the load is one turn ahead.
TEST(OrderLoop, AlternatingBuffers) {
  Registers registers{};
  registers[2] = 0x100;
  isa::Program body = parse(
      "load rows=4 cols=4 mem=r2\n"
      "gemm m=4 k=4 n=4 batch=1 x=r1 w=0x200 y=0x80000000\n"
      "add rd=r3 rs=r1\nadd rd=r1 rs=r2\nadd rd=r2 rs=r3\n");
  const Advance advance = order_loop(body, registers, kHardware);
  EXPECT_EQ(advance[token_of(kLoad, kMatrix)], 1u);
  EXPECT_EQ(advance[token_of(kMatrix, kLoad)], 1u);
  EXPECT_EQ(take(body[0]), give(body[1]));
  EXPECT_EQ(take(body[1]), give(body[0]));
}

// Only the fourth turn's load meets what the product reads.
TEST(OrderLoop, RefusesTurnsThatAreNotAlike) {
  isa::Program body = parse(
      "load rows=4 cols=4 mem=r2\ngemm m=4 k=4 n=4 batch=1 x=0x60 y=0x80000000\n"
      "add rd=r2 rs=r2 value=32\n");
  EXPECT_THROW(order_loop(body, {}, kHardware), std::logic_error);
}

isa::Order order(const std::string& before, const std::string& next) {
  const TileNumbers tiles(kHardware);
  return vector_order(accesses(parse(before)[0], tiles), accesses(parse(next)[0], tiles));
}

TEST(VectorOrder, IsTheWeakestThatIsEnough) {
  const std::string first =
      "vector rows=12 cols=4 b_is=constant a=0 a_rows=1 write_d=1 d=0x80000000 d_rows=1\n";
  const auto next = [](const std::string& a, const std::string& d) {
    return "vector rows=12 cols=4 b_is=constant a=" + a + " a_rows=1 write_d=1 d=" + d +
           " d_rows=1\n";
  };
  EXPECT_EQ(order(first, next("0x100", "0x200")), isa::Order::kFree);
  EXPECT_EQ(order(first, next("0", "0x200")), isa::Order::kFree) << "both read";
  EXPECT_EQ(order(first, next("0x80000000", "0x200")), isa::Order::kFollow);
  EXPECT_EQ(order(first, next("0x80000000", "0x80000000")), isa::Order::kFollow);
  EXPECT_EQ(order(first, next("0x200", "0")), isa::Order::kFollow) << "writes what was read";
  EXPECT_EQ(order(first, next("0x80000040", "0x200")), isa::Order::kDrain) << "a row ahead";
  EXPECT_EQ(order(first, next("0x200", "0x20")), isa::Order::kDrain) << "reads are still to come";
  EXPECT_EQ(order(first,
                  "vector rows=4 cols=12 b_is=constant a=0x80000000 a_rows=1 trans_a=1 "
                  "write_d=1 d=0x200\n"),
            isa::Order::kDrain)
      << "all of it at once";
}

TEST(OrderLoop, SetsOrdersAcrossTurns) {
  isa::Program body = parse(
      "vector rows=8 cols=4 b_is=constant a=0 a_rows=1 write_d=1 d=0x80000000 d_rows=1\n"
      "vector rows=8 cols=4 b_is=constant a=0x80000000 a_rows=1 write_d=1 d=0x80000100 d_rows=1\n"
      "vector rows=8 cols=4 b_is=constant a=0x100 a_rows=1 write_d=1 d=0x80000300 d_rows=1\n");
  order_loop(body, {}, kHardware);
  const auto order = [&](std::size_t i) {
    return static_cast<isa::Order>(body[i].get(isa::vector::kOrder));
  };
  EXPECT_EQ(order(0), isa::Order::kFree);
  EXPECT_EQ(order(1), isa::Order::kFollow);
  EXPECT_EQ(order(2), isa::Order::kFree);
}

}  // namespace
}  // namespace gradcore::compiler
