// SPDX-License-Identifier: Apache-2.0
#include "sw/nn/ahead.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "sw/nn/memory_map.h"

namespace gradcore::nn {
namespace {

using compiler::matrix;

constexpr unsigned kN = 4;
constexpr unsigned kData = 4, kResults = 5;  // registers
constexpr std::uint32_t kBytes = 640;        // of a step

// x comes and is copied to y, then y to z, which goes; `other` is of the late part alone.
class Ahead : public testing::Test {
 protected:
  Ahead() : step_(Matrices(kN), true) {
    x_ = step_.accumulator("x", 4, 4);
    y_ = step_.accumulator("y", 4, 4);
    z_ = step_.accumulator("z", 4, 4);
    other_ = step_.accumulator("other", 4, 4);
    compiler::Emitter& out = step_.out();
    out.load("x", x_, 64, 16, isa::Format::kFp32, kData);
    out.load("fixed", x_, 4096, 16, isa::Format::kFp32);
    out.vector("y", {.rows = 4, .cols = 4, .a = matrix(x_), .d = y_});
    out.load("other", other_, 128, 16, isa::Format::kFp32, kData);
    out.vector("z", {.rows = 4, .cols = 4, .a = matrix(y_), .d = z_});
    out.store("z", z_, 256, 16, isa::Format::kFp32, kResults);
    first_ = do_ahead(step_, 3, {{kData, kBytes}}).assembly();
  }

  static std::uint32_t dram(const isa::Instruction& i) { return i.get(isa::load::kDram); }
  Life life(const View& view) const {
    const Matrices& all = step_.matrices();
    return all.all()[all.number_at(true, view.first)].life;
  }

  Step step_;
  View x_, y_, z_, other_;
  isa::Assembly first_;
};

TEST_F(Ahead, WhatCameFirstStandsLastForTheNextStep) {
  const isa::Assembly& body = step_.out().assembly();
  EXPECT_EQ(body.source, (std::vector<std::string>{"other", "z", "z", "x", "fixed", "y"}));
  EXPECT_EQ(first_.source, (std::vector<std::string>{"x", "fixed", "y"}));
  EXPECT_EQ(dram(body.program[3]), 64 + kBytes);
  EXPECT_EQ(dram(body.program[4]), 4096u) << "no register";
  EXPECT_EQ(dram(body.program[0]), 128u) << "of this step";
  EXPECT_EQ(dram(body.program[2]), 256u);
  EXPECT_EQ(dram(first_.program[0]), 64u);
}

TEST_F(Ahead, WhatBothPartsTouchLivesFromTurnToTurn) {
  EXPECT_EQ(life(x_), Life::kStep);
  EXPECT_EQ(life(y_), Life::kTurn);
  EXPECT_EQ(life(z_), Life::kStep);
  EXPECT_EQ(life(other_), Life::kStep);
}

// z is over before x begins; y's place is nobody else's at any time.
TEST_F(Ahead, ItsPlaceIsNobodyElses) {
  constexpr device::Hardware kTwoTiles{.n = kN, .operand_kib = 1, .accumulator_kib = 1};
  const MemoryMap map(step_.matrices(), step_.out().program(), kTwoTiles);
  for (const View& view : {x_, z_, other_}) {
    EXPECT_NE(map.view(view).first, map.view(y_).first);
  }
}

}  // namespace
}  // namespace gradcore::nn
