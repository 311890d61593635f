// SPDX-License-Identifier: Apache-2.0
// The walk of the vector unit through lists.
#include <cmath>

#include "tb/unit/vector/vector_instructions.h"

namespace gradcore::harness {
namespace {

constexpr std::uint32_t kSources = 30, kTargets = 11;

class VectorList : public VectorUnit {
 protected:
  static constexpr std::uint32_t entry(std::uint32_t source, std::uint32_t target) {
    return source | target << 16;
  }
  // Sums of rows of a into rows of d, `entries` of the list from its first on.
  Instruction sums(std::uint32_t entries, std::uint32_t cols) {
    Instruction i(isa::Opcode::kVector);
    i.set(insn::kListed, true).set(insn::kRows, entries).set(insn::kCols, cols);
    i.set(insn::kA, address(true, 0)).set(insn::kARows, 3u).set(insn::kERows, kSources);
    i.set(insn::kBIs, Operand::kConstant).set(insn::kBConstant, 1.0f);
    i.set(insn::kC, address(true, kD)).set(insn::kCRows, 3u).set(insn::kCombine, Combine::kAdd);
    i.set(insn::kD, address(true, kD)).set(insn::kDRows, 3u).set(insn::kStream, kTargets);
    return i.set(insn::kWriteD, true);
  }
  // Anything that a list goes together with.
  Instruction any_listed() {
    Instruction i = sums(1 + random_.below(60), 1 + random_.below(12));
    i.set(insn::kListFours, random_.below(240));
    i.set(insn::kA, address(random_.one_in(2), random_.below(4)));
    if (random_.one_in(2)) {
      i.set(insn::kBIs, Operand::kRow).set(insn::kB, address(random_.one_in(2), 30));
    }
    i.set(insn::kD, address(random_.one_in(2), kD)).set(insn::kC, i.get(insn::kD));
    if (random_.one_in(3)) {
      i.set(insn::kCombine, random_.below(static_cast<unsigned>(Combine::kDropout)));
    }
    if (random_.one_in(3)) {
      const Operand kind = random_.one_in(2) ? Operand::kRow : Operand::kConstant;
      i.set(insn::kCIs, kind).set(insn::kC, address(random_.one_in(2), 31));
      i.set(insn::kCConstant, random_.fp32());
    } else if (random_.one_in(4)) {
      i.set(insn::kC, address(random_.one_in(2), 20)).set(insn::kCRows, 4u);
    }
    if (random_.one_in(3)) i.set(insn::kApply, random_.below(last(Apply::kRsqrt)));
    return i;
  }
  // Targets of some lists come again at once, of others now and then.
  void any_list() {
    std::vector<std::uint32_t> list(1024);
    const std::uint32_t few = 1 + random_.below(kTargets);
    for (std::uint32_t& e : list) {
      e = random_.one_in(6) ? model::kNoRow : entry(random_.below(kSources), random_.below(few));
      if (random_.one_in(4)) e |= 1u << 31;  // without c
    }
    fill_list(0, list);
  }
};

TEST_F(VectorList, AnyListedInstruction) {
  for (int t = 0; t < 400; ++t) {
    if (t % 8 == 0) any_list();
    bench_->narrow_i = static_cast<CData>(t % kUnits);
    const Instruction i = any_listed();
    run({i}, t % 2 == 0);
    ASSERT_NO_FATAL_FAILURE(compare(text(i)));
  }
}

// Between others, as `order` lets them overlap.
TEST_F(VectorList, BetweenOthers) {
  for (int t = 0; t < 300; ++t) {
    if (t % 8 == 0) any_list();
    bench_->narrow_i = static_cast<CData>(t % kUnits);
    std::vector<Instruction> program;
    for (unsigned k = 0; k < 5; ++k) {
      program.push_back(random_.one_in(2) ? any_listed() : any(12));
      // The next one reads or writes something else only if it is a copy of a part of nothing.
      program.push_back(copy(4, 4));
      program.back().set(insn::kA, address(false, 60)).set(insn::kD, address(false, 62));
      const bool touches = program[2 * k].get(insn::kWriteE) != 0;
      if (!touches && random_.one_in(2)) program.back().set(insn::kOrder, Order::kFree);
      if (random_.one_in(2)) program.back().set(insn::kOrder, Order::kDrain);
    }
    // A listed instruction is one row of tiles: whoever follows it waits for all of it.
    program.push_back(any_listed());
    Instruction next = copy(4, 4);
    next.set(insn::kA, program.back().get(insn::kD)).set(insn::kOrder, Order::kFollow);
    next.set(insn::kD, address(true, kE));
    program.push_back(next);
    run(program, t % 2 == 0);
    ASSERT_NO_FATAL_FAILURE(compare(text(program)));
  }
}

// A reset in the middle of a list, wherever it is read and written, leaves nothing behind.
TEST_F(VectorList, ResetInTheMiddle) {
  for (unsigned t = 0; t < 200; ++t) {
    bench_->narrow_i = static_cast<CData>(t % kUnits);
    if (t % 8 == 0) any_list();
    pack_vector(sums(60, 1 + random_.below(8)), kN, bench_->insn_i);
    bench_->valid_i = 1;
    bench_.cycle();
    bench_->valid_i = 0;
    const unsigned cycles = random_.below(80);
    for (unsigned c = 0; c < cycles; ++c) bench_.cycle();
    bench_.reset();
    for (unsigned tile = 0; tile < kTiles; ++tile) {
      fill(false, tile);
      fill(true, tile);
    }
    const Instruction i = any_listed();
    run({i}, t % 2 == 0);
    ASSERT_NO_FATAL_FAILURE(compare(text(i))) << "after " << cycles << " cycles";
  }
}

// What stands before a bad entry is done, nothing behind it; the next instruction is as always.
TEST_F(VectorList, ABadEntryEndsIt) {
  for (int t = 0; t < 300; ++t) {
    bench_->narrow_i = static_cast<CData>(t % kUnits);
    const std::uint32_t length = 1 + random_.below(40);
    std::vector<std::uint32_t> list(length);
    for (std::uint32_t& e : list) e = entry(random_.below(kSources), random_.below(kTargets));
    const std::uint32_t bad =
        random_.one_in(2) ? entry(kSources + random_.below(2), 0) : entry(0, kTargets);
    for (std::uint32_t n = 1 + random_.below(2); n > 0; --n) list[random_.below(length)] = bad;
    fill_list(0, list);
    std::vector<std::uint32_t> good(8, entry(3, 4));
    fill_list(64, good);
    Instruction next = sums(8, 5);
    next.set(insn::kListFours, 16);
    const std::vector<Instruction> program = {sums(length, 1 + random_.below(10)), next};
    run(program, t % 2 == 0);
    ASSERT_NO_FATAL_FAILURE(compare(text(program)));
  }
}

// An entry a cycle where no row of d comes again, and its tiles one by one.
TEST_F(VectorList, OneLineACycle) {
  std::vector<std::uint32_t> list(1024);
  for (std::uint32_t i = 0; i < 1024; ++i) list[i] = entry(i % kSources, i % 48);
  fill_list(0, list);
  const auto wide = [this](std::uint32_t entries, std::uint32_t cols) {
    Instruction i = sums(entries, cols);
    i.set(insn::kARows, 1u).set(insn::kCRows, 1u).set(insn::kDRows, 1u).set(insn::kStream, 48);
    i.set(insn::kA, address(false, 0));  // where nobody is in its way
    return i.set(insn::kC, address(true, 30)).set(insn::kD, address(true, 30));
  };
  const unsigned few = run({wide(48, 4)});
  EXPECT_EQ(run({wide(448, 4)}) - few, 400u);
  EXPECT_EQ(few, 48 + kVectorLatency + 7);
  ASSERT_NO_FATAL_FAILURE(compare("rows of one tile"));
  Instruction tiles = sums(10, 12);
  tiles.set(insn::kA, address(false, 0));
  const unsigned ten = run({tiles});
  tiles.set(insn::kRows, 11u);
  EXPECT_EQ(run({tiles}) - ten, 3u);
  // Entries that are none take a cycle each.
  fill_list(0, std::vector<std::uint32_t>(400, model::kNoRow));
  EXPECT_EQ(run({sums(400, 4)}), 400 + 7u);
}

// The same row again waits until it has been written: 35 cycles from one entry to the next.
TEST_F(VectorList, RepeatsWait) {
  fill_list(0, std::vector<std::uint32_t>(64, entry(1, 2)));
  Instruction i = sums(1, 4);
  i.set(insn::kA, address(false, 0));
  const unsigned one = run({i});
  i.set(insn::kRows, 11);
  EXPECT_EQ(run({i}) - one, 10 * 35u);
  ASSERT_NO_FATAL_FAILURE(compare("repeats"));
  // Where c is no matrix nobody waits.
  i.set(insn::kCIs, Operand::kConstant);
  EXPECT_EQ(run({i}), one + 10u);
}

}  // namespace
}  // namespace gradcore::harness
