// SPDX-License-Identifier: Apache-2.0
#include "sw/compiler/loop.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstring>
#include <vector>

#include "sw/model/functional_chip.h"
#include "tb/unit/compiler/any_order_chip.h"

namespace gradcore::compiler {
namespace {

constexpr unsigned kN = 4;
constexpr device::Hardware kHardware{.n = kN, .operand_kib = 4, .accumulator_kib = 8};
constexpr std::uint64_t kAddress = 1024;

View tile(bool accumulator, std::uint32_t number) {
  return {.accumulator = accumulator, .first = number, .stride = 1, .rows = kN, .cols = kN};
}
View element(bool accumulator, std::uint32_t number) {
  return tile(accumulator, number).block(kN, 0, 0, 1, 1);
}
IdlePlaces idle() {
  return {element(false, 60), element(false, 61), element(true, 60), element(true, 61), 0, 2048};
}

// What was in DRAM comes, is doubled, and goes back from another place: only DRAM says that the
// next turn must wait.
isa::Assembly doubling(const TileNumbers& tiles, std::uint32_t turns) {
  Emitter body(kN);
  body.load("x", tile(true, 0), kAddress, 4 * kN, isa::Format::kFp32);
  body.vector(
      "2 x",
      {.rows = kN, .cols = kN, .a = matrix(tile(true, 0)), .b = constant(2), .d = tile(true, 1)});
  body.store("2 x", tile(true, 1), kAddress, 4 * kN, isa::Format::kFp32);
  const Advance advance = order_loop(body.program(), {}, tiles);
  return loop_program({1, turns}, idle(), advance, Emitter(kN), Emitter(kN), body);
}

// Of the first element, which is 1 at the start, in many orders.
std::vector<float> results(const isa::Assembly& program) {
  std::vector<float> out;
  for (std::uint64_t seed = 0; seed < 30; ++seed) {
    model::FunctionalChip chip(kHardware, 4096);
    const float one = 1;
    std::memcpy(chip.dram().data() + kAddress, &one, sizeof one);
    AnyOrderChip(chip, kHardware, seed, 1000).run(program.program);
    float result = 0;
    std::memcpy(&result, chip.dram().data() + kAddress, sizeof result);
    out.push_back(result);
  }
  return out;
}

TEST(LoopProgram, ALoadWaitsForTheStoreOfTheTurnBefore) {
  const TileNumbers tiles(kHardware, {{kAddress, 4 * kN * kN}});
  EXPECT_EQ(results(doubling(tiles, 8)), std::vector<float>(30, 256));
  // So these orders tell: without the part of DRAM a turn is lost now and then.
  const std::vector<float> others = results(doubling(kHardware, 8));
  EXPECT_TRUE(std::any_of(others.begin(), others.end(), [](float x) { return x != 256; }));
}

TEST(LoopProgram, GivesEachFirstTokenAsOftenAsItIsTaken) {
  Advance advance{};
  advance[token_of(0, 1)] = 2;  // from the matrix unit
  advance[token_of(0, 2)] = 1;
  advance[token_of(3, 2)] = 1;  // from the unit that stores
  Emitter before(kN), pointers(kN), body(kN);
  before.set("", 4, 100);
  pointers.set("", 5, 200);
  body.add("", 4, 4, 8);
  const isa::Assembly program = loop_program({3, 7}, idle(), advance, before, pointers, body);
  std::vector<unsigned> opcodes;
  std::array<unsigned, isa::kTokens> given{};
  for (const isa::Instruction& i : program.program) {
    opcodes.push_back(i.opcode());
    if (i.info()->unit == isa::Unit::kControl) continue;
    for (unsigned t = 0; t < isa::kTokens; ++t) given[t] += i.get(isa::gemm::kGive) >> t & 1u;
    EXPECT_EQ(i.get(isa::gemm::kTake), 0u);
  }
  const auto code = [](isa::Opcode opcode) { return static_cast<unsigned>(opcode); };
  EXPECT_EQ(opcodes,
            (std::vector<unsigned>{
                code(isa::Opcode::kSet), code(isa::Opcode::kSync), code(isa::Opcode::kGemm),
                code(isa::Opcode::kGemm), code(isa::Opcode::kStore), code(isa::Opcode::kLoop),
                code(isa::Opcode::kSet), code(isa::Opcode::kLoop), code(isa::Opcode::kAdd),
                code(isa::Opcode::kEnd), code(isa::Opcode::kEnd), code(isa::Opcode::kHalt)}));
  for (unsigned t = 0; t < kPairs; ++t) EXPECT_EQ(given[t], advance[t]) << t;
  EXPECT_EQ(program.program[5].get(isa::loop::kCount), 3u);
  EXPECT_EQ(program.program[7].get(isa::loop::kCount), 7u);
  // One round needs no loop of its own.
  EXPECT_EQ(loop_program({1, 7}, idle(), advance, before, pointers, body).program.size(),
            opcodes.size() - 2);
}

}  // namespace
}  // namespace gradcore::compiler
