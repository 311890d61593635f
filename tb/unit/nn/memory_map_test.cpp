// SPDX-License-Identifier: Apache-2.0
#include "sw/nn/memory_map.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "sw/compiler/accesses.h"
#include "sw/compiler/emitter.h"
#include "sw/compiler/network.h"
#include "sw/train/random.h"

namespace gradcore::nn {
namespace {

using compiler::Emitter;
using compiler::matrix;
using testing::HasSubstr;

constexpr unsigned kN = 4;

// 32 tiles of operand memory and 64 of accumulator memory.
constexpr device::Hardware kSmall{.n = kN, .operand_kib = 1, .accumulator_kib = 4};

// A copy of `from` to `to`, which may be smaller.
void copy(Emitter& out, const View& from, const View& to) {
  const View part = from.block(kN, 0, 0, to.rows, to.cols);
  out.vector("", {.rows = to.rows, .cols = to.cols, .a = matrix(part), .d = to});
}

// From the first to the last instruction that touches each matrix.
std::vector<std::pair<std::size_t, std::size_t>> times_of(const Matrices& all,
                                                          const isa::Program& body) {
  const compiler::Room room = room_of(all, body, kSmall);
  std::vector<std::pair<std::size_t, std::size_t>> out(all.all().size(), {body.size(), 0});
  for (std::size_t i = 0; i < body.size(); ++i) {
    for (const std::size_t m : room.touched[i]) {
      out[m].first = std::min(out[m].first, i);
      out[m].second = i;
    }
  }
  return out;
}

TEST(MemoryMap, GivesNoTileToTwoThatAreNeededAtATime) {
  constexpr device::Hardware kChip{.n = kN, .operand_kib = 3, .accumulator_kib = 6};  // 96 tiles
  unsigned reused = 0;
  for (std::uint64_t seed = 0; seed < 200; ++seed) {
    std::uint64_t drawn = 0;
    const auto below = [&](std::uint64_t limit) {
      return static_cast<std::uint32_t>(train::random_bits(seed, 0, drawn++) % limit);
    };
    Matrices all(kN);
    std::vector<View> open;
    const auto make = [&](Life life) {
      const bool accumulator = below(2) == 0;
      const std::uint32_t rows = 1 + below(3 * kN);
      const std::uint32_t cols = 1 + below(2 * kN);
      return accumulator ? all.accumulator("m", rows, cols, life,
                                           below(2) == 0 ? Walk::kAlongRows : Walk::kDownRows)
                         : all.operand("m", rows, cols, life);
    };
    for (unsigned i = 0; i < 2; ++i) open.push_back(make(Life::kRun));
    const View first = open.front();
    Emitter out(kN);
    for (unsigned i = 0; i < 40; ++i) {
      const View to = make(Life::kStep);
      out.vector("", {.rows = to.rows, .cols = to.cols, .d = to});
      open.push_back(to);
      const View& from = open[below(open.size())];
      copy(out, from,
           first.block(kN, 0, 0, std::min(from.rows, first.rows), std::min(from.cols, first.cols)));
      if (open.size() > 4) open.erase(open.begin() + 1 + below(open.size() - 1));
    }
    const MemoryMap map(all, out.program(), kChip);
    const auto times = times_of(all, out.program());
    const auto places = [&](std::size_t m) { return map.view(all.all()[m].view).first; };
    for (std::size_t a = 0; a < all.all().size(); ++a) {
      const Matrix& one = all.all()[a];
      const bool a_is_run = one.life == Life::kRun;
      ASSERT_LE(places(a) + one.tiles, 96u);
      ASSERT_LE(places(a) + one.tiles, map.used_tiles(one.view.accumulator));
      for (std::size_t b = 0; b < a; ++b) {
        const Matrix& other = all.all()[b];
        if (one.view.accumulator != other.view.accumulator) continue;
        const bool meet = places(a) < places(b) + other.tiles && places(b) < places(a) + one.tiles;
        const bool at_a_time =
            a_is_run || other.life == Life::kRun ||
            (times[a].first <= times[b].second && times[b].first <= times[a].second);
        ASSERT_FALSE(meet && at_a_time) << "seed " << seed << ": " << a << " and " << b;
        if (meet) ++reused;
      }
    }
  }
  EXPECT_GT(reused, 1000u) << "nothing was tight";
}

// Programs that begin with the same matrices find them at the same places, whatever follows.
TEST(MemoryMap, PutsWhatStaysInOrder) {
  Matrices all(kN);
  const View a = all.accumulator("a", 9, 6, Life::kRun);
  const View step = all.accumulator("step", 4, 4);
  const View b = all.accumulator("b", 4, 4, Life::kRun);
  Emitter out(kN);
  copy(out, a, step);
  copy(out, step, b);
  const MemoryMap map(all, out.program(), kSmall);
  EXPECT_EQ(map.view(a).first, 0u);
  EXPECT_EQ(map.view(b).first, 6u);
  EXPECT_GE(map.view(step).first, 7u);
  const MemoryMap none(all, {}, kSmall);
  EXPECT_EQ(none.view(b).first, 6u);
  EXPECT_EQ(none.used_tiles(true), 7u);
  EXPECT_EQ(none.used_tiles(false), 0u);
  // A part keeps its distance from the beginning.
  const View part = a.block(kN, 4, 4, 4, 2);
  EXPECT_EQ(map.view(part).first - map.view(a).first, part.first - a.first);
}

TEST(MemoryMap, RewritesEveryAddress) {
  Matrices all(kN);
  const View gone = all.operand("gone", 4, 4);
  const View x = all.operand("x", 4, 8), w = all.operand("w", 8, 4);
  const View unused = all.accumulator("unused", 16, 16);
  const View y = all.accumulator("y", 4, 4), e = all.accumulator("e", 4, 1);
  Emitter out(kN);
  out.load("", x, 0, 32, isa::Format::kFp32);
  out.load("", w, 128, 16, isa::Format::kFp32);
  out.gemm("", x, w, y, false);
  out.vector("", {.rows = 4,
                  .cols = 4,
                  .a = matrix(y),
                  .b = matrix(y),
                  .combine = isa::Combine::kAdd,
                  .c = compiler::row(y),
                  .reduce = isa::Reduce::kSum,
                  .d = y,
                  .e = e});
  out.store("", e, 256, 4, isa::Format::kFp32);
  const MemoryMap map(all, out.program(), kSmall);
  isa::Program moved = out.program();
  map.rewrite(moved);
  Emitter want(kN);
  const View mx = map.view(x), mw = map.view(w), my = map.view(y), me = map.view(e);
  want.load("", mx, 0, 32, isa::Format::kFp32);
  want.load("", mw, 128, 16, isa::Format::kFp32);
  want.gemm("", mx, mw, my, false);
  want.vector("", {.rows = 4,
                   .cols = 4,
                   .a = matrix(my),
                   .b = matrix(my),
                   .combine = isa::Combine::kAdd,
                   .c = compiler::row(my),
                   .reduce = isa::Reduce::kSum,
                   .d = my,
                   .e = me});
  want.store("", me, 256, 4, isa::Format::kFp32);
  EXPECT_EQ(isa::to_bytes(moved), isa::to_bytes(want.program()));
  EXPECT_NE(isa::to_bytes(moved), isa::to_bytes(out.program()));
  EXPECT_LT(mx.first, x.first) << "what nothing uses takes no room";
  EXPECT_LT(my.first, unused.first + 16);
  static_cast<void>(gone);
}

// Two sources of either port, as large as the other, tile by tile in different banks.
TEST(MemoryMap, KeepsSourcesThatAreReadTogetherInDifferentBanks) {
  for (const std::uint32_t cols : {4u, 8u, 16u}) {
    Matrices all(kN);
    const View a = all.accumulator("a", 4, cols), b = all.accumulator("b", 4, cols);
    Emitter out(kN);
    for (const View& v : {a, b}) out.vector("", {.rows = 4, .cols = cols, .d = v});
    out.vector("", {.rows = 4, .cols = cols, .a = matrix(a), .b = matrix(b), .d = a});
    const MemoryMap map(all, out.program(), kSmall);
    EXPECT_NE(map.view(a).first % 4, map.view(b).first % 4) << cols << " columns";
  }
}

TEST(MemoryMap, TellsRoomAndWhoNeedsIt) {
  Matrices all(kN);
  const View a = all.accumulator("a", 4, 8, Life::kRun);
  const View b = all.accumulator("b", 8, 8);
  const View c = all.operand("c", 4, 4);
  Emitter out(kN);
  copy(out, a, c);
  copy(out, b, c);
  const compiler::Room room = room_of(all, out.program(), kSmall);
  EXPECT_EQ(room.tiles[0], 32u);
  EXPECT_EQ(room.tiles[1], 64u - 2) << "less what stays";
  ASSERT_EQ(room.matrices.size(), 3u);
  EXPECT_EQ(room.matrices[0].tiles, 0u);
  EXPECT_EQ(room.matrices[1].tiles, 4u);
  EXPECT_EQ(room.matrices[1].memory, 1u);
  EXPECT_EQ(room.matrices[2].memory, 0u);
  EXPECT_THAT(room.touched,
              testing::ElementsAre(testing::ElementsAre(0, 2), testing::ElementsAre(1, 2)));
}

// Where gaps for the sake of banks would leave no room, there are none.
TEST(MemoryMap, FillsMemoryToTheLastTile) {
  Matrices all(kN);
  std::vector<View> views;
  Emitter out(kN);
  for (unsigned m = 0; m < 64; ++m) {
    views.push_back(all.accumulator("m" + std::to_string(m), 4, 4));
    if (m == 0) continue;
    out.vector(
        "",
        {.rows = 4, .cols = 4, .a = matrix(views[m - 1]), .b = matrix(views[m]), .d = views[m]});
  }
  // All at the same time, each met by two others in one tile: two banks would do, eight are chosen
  // from.
  for (unsigned m = 0; m < 64; ++m) {
    out.vector("", {.rows = 4, .cols = 4, .a = matrix(views[m]), .d = views[m]});
  }
  const MemoryMap map(all, out.program(), kSmall);
  std::set<std::uint32_t> places;
  for (const View& view : views) places.insert(map.view(view).first);
  EXPECT_EQ(places.size(), 64u);
  EXPECT_EQ(*places.rbegin(), 63u);
}

TEST(MemoryMap, SaysWhatFindsNoRoom) {
  const auto expect = [](const Matrices& all, const isa::Program& body, const std::string& what) {
    try {
      const MemoryMap map(all, body, kSmall);
      ADD_FAILURE() << "there was room";
    } catch (const compiler::CompileError& error) {
      EXPECT_THAT(error.what(), HasSubstr(what));
    }
  };
  Matrices stays(kN);
  stays.operand("weights", 32, 36, Life::kRun);
  expect(stays, {},
         "weights, state and constants need 3 KiB of operand memory, of which there are 1");
  Matrices step(kN);
  step.accumulator("kept", 4, 16, Life::kRun);
  const View large = step.accumulator("large", 4, 244);
  Emitter out(kN);
  out.vector("", {.rows = 4, .cols = 244, .d = large});
  expect(step, out.program(),
         "'large' (4 x 244, 4 KiB) finds no room in accumulator memory of 4 KiB, of which "
         "weights, state and constants take 1");
}

}  // namespace
}  // namespace gradcore::nn
