// SPDX-License-Identifier: Apache-2.0
#include "tb/harness/random_program.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <bit>
#include <map>
#include <set>
#include <string>

#include "sw/isa/assembler.h"
#include "tb/harness/program_trace.h"
#include "tb/harness/token_plan.h"
#include "tb/unit/harness/program_fixture.h"

namespace gradcore::harness {
namespace {

using isa::Field;
using isa::Instruction;
using isa::Opcode;
using isa::Operand;

bool is(const Instruction& i, Opcode opcode) { return i.opcode() == static_cast<unsigned>(opcode); }
bool accumulator(std::uint32_t address) { return address >= device::kAccumulatorBase; }
bool reads_c(const Instruction& i) {
  const auto combine = static_cast<isa::Combine>(i.get(isa::vector::kCombine));
  return combine != isa::Combine::kProduct && combine != isa::Combine::kDropout;
}

TEST(RandomProgram, IsLegalAndOrdered) {
  const std::uint64_t base = seed_from_environment(1);
  for (std::uint64_t seed = base; seed < base + 600; ++seed) {
    SCOPED_TRACE(seed_message(seed));
    RandomPatterns random(seed);
    const std::array<unsigned, 4> sizes = {4, 4, 8, 16};
    const ProgramSpace space = with_random_windows(small_space(sizes[seed % 4]), random);
    const RandomProgram program = random_program(space, {}, seed);
    const Outcome outcome = in_order(program);
    ASSERT_EQ(outcome.status.error, isa::Error::kNone) << outcome.status.address << "\n"
                                                       << program.describe();
    ASSERT_FALSE(find_unordered(program.program, program.arena).has_value());
    const std::vector<unsigned> orders = vector_orders(program.program, program.arena);
    for (std::size_t i = 0; i < orders.size(); ++i) {
      if (orders[i] == 0) continue;
      ASSERT_NE((orders[i] >> program.program[i].get(isa::vector::kOrder)) & 1u, 0u);
    }
  }
}

TEST(RandomProgram, IsTheSameForASeed) {
  const ProgramSpace space = small_space();
  const RandomProgram one = random_program(space, {}, 7);
  const RandomProgram again = random_program(space, {}, 7);
  EXPECT_EQ(one.program, again.program);
  EXPECT_EQ(one.dram, again.dram);
  EXPECT_EQ(one.address, again.address);
  EXPECT_NE(one.program, random_program(space, {}, 8).program);
}

TEST(RandomProgram, IsDescribedAsTextThatAssemblesToIt) {
  const RandomProgram program = random_program(small_space(), {}, 3);
  EXPECT_THAT(program.describe(), testing::StartsWith("# seed 3, at "));
  EXPECT_EQ(isa::assemble(program.describe(), "test"), program.program);
}

TEST(RandomProgram, StaysInTheWindows) {
  for (std::uint64_t seed = 1; seed <= 300; ++seed) {
    RandomPatterns random(seed);
    const ProgramSpace space = with_random_windows(small_space(), random);
    const RandomProgram program = random_program(space, {}, seed);
    EXPECT_GE(program.address, space.read.base);
    const Outcome outcome = in_order(program);
    for (std::size_t i = 0; i < program.dram.size(); ++i) {
      const bool is_code = i >= program.code_begin && i < program.code_end;
      const bool may_change = space.write.holds(i, 1) && !is_code;
      ASSERT_TRUE(may_change || outcome.dram[i] == program.dram[i]) << i;
    }
  }
}

// Loops longer than what the chip keeps of a program.
TEST(RandomProgram, MayBeLong) {
  std::size_t longest = 0;
  for (std::uint64_t seed = 1; seed <= 40; ++seed) {
    const ProgramOptions options{.instructions = 250, .steps = 1500, .max_tiles = 1};
    ProgramSpace space = small_space();
    space.dram_bytes *= 4;
    space.read = space.write = {0, space.dram_bytes};
    const RandomProgram program = random_program(space, options, seed);
    EXPECT_EQ(in_order(program).status.error, isa::Error::kNone);
    EXPECT_FALSE(find_unordered(program.program, program.arena).has_value());
    const Nesting around = nesting(program.program);
    for (std::size_t i = 0; i < program.program.size(); ++i) {
      if (around.end[i] != Nesting::kTop) longest = std::max(longest, around.end[i] - i);
    }
  }
  EXPECT_GT(longest, 128u);
}

TEST(RandomProgram, RefusesWindowsThatAreTooSmall) {
  ProgramSpace space = small_space();
  space.read.size = 1024;
  EXPECT_THROW(random_program(space, {}, 1), std::invalid_argument);
  space = small_space();
  space.write.size = 512;
  EXPECT_THROW(random_program(space, {}, 1), std::invalid_argument);
}

// The dump shows all of local memory that the program used.
TEST(RandomProgram, DumpsLocalMemory) {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    const RandomProgram program = random_program(small_space(), {}, seed);
    ASSERT_TRUE(program.dumps_local);
    ASSERT_GE(program.program.size(), 3u);
    unsigned tiles = 0;
    for (const Step& step : trace(program.program)) {
      if (is(step.instruction, Opcode::kStore)) {
        tiles = std::max(tiles, program.arena.tiles(step.instruction.get(isa::store::kCols)));
      }
    }
    EXPECT_GE(tiles, std::max(program.arena.operand_count, program.arena.accumulator_count));
  }
}

// Counts what programs are made of, by a name that says what.
class Coverage {
 public:
  void add(const RandomProgram& program) {
    arena_ = program.arena;
    const Nesting around = nesting(program.program);
    const std::vector<unsigned> orders = vector_orders(program.program, program.arena);
    std::array<std::uint32_t, 5> gives{};
    for (std::size_t i = 0; i < program.program.size(); ++i) {
      const Instruction& instruction = program.program[i];
      count(std::string(instruction.info()->name));
      if (is(instruction, Opcode::kLoop)) count("loop", instruction.get(isa::loop::kCount));
      unsigned depth = 0;
      for (std::size_t at = i; around.parent[at] != Nesting::kTop; at = around.parent[at]) ++depth;
      count("depth", depth);
      if (instruction.info()->unit == isa::Unit::kControl) continue;
      const auto unit = static_cast<unsigned>(instruction.info()->unit);
      tokens(instruction, unit);
      gives[unit] |= instruction.get(isa::gemm::kGive);
      bases(instruction);
      constexpr unsigned kFollow = 1u << static_cast<unsigned>(isa::Order::kFollow);
      constexpr unsigned kFree = 1u << static_cast<unsigned>(isa::Order::kFree);
      if ((orders[i] & (kFollow | kFree)) == kFollow &&
          instruction.get(isa::vector::kOrder) == static_cast<unsigned>(isa::Order::kFollow)) {
        count("follows what it needs");
      }
    }
    for (unsigned t = 0; t < isa::kTokens; ++t) {
      unsigned givers = 0;
      for (const std::uint32_t mask : gives) givers += (mask >> t) & 1u;
      if (givers > 1) count("token of several units");
    }
    for (const Step& step : trace(program.program)) add_step(step.instruction);
  }

  unsigned of(const std::string& name) const {
    const auto found = counts_.find(name);
    return found == counts_.end() ? 0 : found->second;
  }
  static std::string name(const std::string& what, std::initializer_list<std::uint64_t> values) {
    std::string out = what;
    for (const std::uint64_t value : values) out += " " + std::to_string(value);
    return out;
  }

 private:
  template <typename... Values>
  void count(const std::string& what, Values... values) {
    ++counts_[name(what, {static_cast<std::uint64_t>(values)...})];
  }

  void tokens(const Instruction& i, unsigned unit) {
    const std::uint32_t take = i.get(isa::gemm::kTake);
    const std::uint32_t give = i.get(isa::gemm::kGive);
    for (unsigned t = 0; t < isa::kTokens; ++t) {
      if (((take >> t) & 1u) != 0) count("take", unit, t);
      if (((give >> t) & 1u) != 0) count("give", unit, t);
    }
    if (std::popcount(take) > 1) count("takes several");
    if (std::popcount(give) > 1) count("gives several");
  }

  void bases(const Instruction& i) {
    for (const isa::FieldInfo& field : i.info()->fields) {
      if (field.kind == isa::Kind::kAddress) count("base", i.get(field.base));
    }
    if (i.opcode() != static_cast<unsigned>(Opcode::kVector) || reads_c(i)) return;
    if (i.get(isa::vector::kStochastic) == 0) return;
    count("seed and register", i.get(isa::vector::kCBase) != 0);
  }

  void add_step(const Instruction& i) {
    switch (static_cast<Opcode>(i.opcode())) {
      case Opcode::kGemm:
        return add_gemm(i);
      case Opcode::kVector:
        return add_vector(i);
      default:
        namespace field
        = isa::load;
        count(std::string(i.info()->name), i.get(field::kFormat), accumulator(i.get(field::kMem)));
        size("transfer rows", i.get(field::kRows));
        size("transfer cols", i.get(field::kCols));
    }
  }

  // One, less than a tile, a tile, whole tiles, or more than tiles.
  void size(const std::string& what, std::uint32_t size) {
    const std::uint32_t n = arena_.n;
    if (size == 1) count(what + " is one");
    if (size < n) count(what + " is small");
    if (size == n) count(what + " is a tile");
    if (size > n && size % n == 0) count(what + " is tiles");
    if (size > n && size % n != 0) count(what + " is odd");
  }

  void add_gemm(const Instruction& i) {
    namespace field = isa::gemm;
    count("gemm", i.get(field::kTransX), i.get(field::kTransW), i.get(field::kTransY),
          i.get(field::kAccumulate));
    const bool batch = i.get(field::kBatch) > 1;
    count("batch", batch);
    if (batch) {
      for (const Field step : {field::kXBatch, field::kWBatch, field::kYBatch}) {
        count("batch step", step.word, i.get(step) == 0);
      }
    }
    size("m", i.get(field::kM));
    size("k", i.get(field::kK));
    size("n", i.get(field::kN));
  }

  void add_vector(const Instruction& i) {
    namespace field = isa::vector;
    size("rows", i.get(field::kRows));
    size("cols", i.get(field::kCols));
    const auto source = [&](unsigned number, Field kind, Field trans, Field address, Field rows) {
      const auto as = static_cast<Operand>(i.get(kind));
      if (as == Operand::kConstant) return count("constant", number);
      count("source", number, i.get(kind), i.get(trans), accumulator(i.get(address)));
      if (as != Operand::kMatrix || i.get(trans) != 0) return;
      const bool one_row = arena_.tiles(i.get(field::kRows)) == 1;
      const auto lies_in = [&](Field write, Field result, Field stride) {
        return i.get(write) != 0 && i.get(result) == i.get(address) &&
               (one_row || i.get(stride) == i.get(rows));
      };
      if (lies_in(field::kWriteD, field::kD, field::kDRows)) count("d in place of", number);
      if (i.get(field::kReduce) == 0 && lies_in(field::kWriteE, field::kE, field::kERows)) {
        count("e in place of", number);
      }
    };
    source(1, field::kAIs, field::kTransA, field::kA, field::kARows);
    source(2, field::kBIs, field::kTransB, field::kB, field::kBRows);
    if (reads_c(i)) source(3, field::kCIs, field::kTransC, field::kC, field::kCRows);
    count("combine", i.get(field::kCombine), i.get(field::kApply));
    count("reduce", i.get(field::kReduce), i.get(field::kApply));
    count("order", i.get(field::kOrder));
    count("writes", i.get(field::kWriteD), i.get(field::kWriteE), i.get(field::kReduce));
    const bool random = i.get(field::kStochastic) != 0;
    if (i.get(field::kWriteD) != 0) count("d", accumulator(i.get(field::kD)), random);
    if (i.get(field::kWriteE) != 0) {
      count("e", accumulator(i.get(field::kE)), random, i.get(field::kReduce));
    }
  }

  TileArena arena_;
  std::map<std::string, unsigned> counts_;
};

// All that is legal occurs, and not once only.
TEST(RandomProgram, CoversTheInstructionSet) {
  Coverage coverage;
  for (std::uint64_t seed = 1; seed <= 2000; ++seed) {
    coverage.add(random_program(small_space(), {}, seed));
  }
  const auto expect = [&coverage](const std::string& what,
                                  std::initializer_list<std::uint64_t> values = {}) {
    const std::string name = Coverage::name(what, values);
    EXPECT_GE(coverage.of(name), 5u) << name;
  };
  for (const isa::InstructionInfo& info : isa::kInstructions) expect(std::string(info.name));
  for (unsigned flags = 0; flags < 16; ++flags) {
    expect("gemm", {flags & 1u, (flags >> 1) & 1u, (flags >> 2) & 1u, flags >> 3});
  }
  for (const unsigned batch : {0u, 1u}) {
    expect("batch", {batch});
    for (const Field step : {isa::gemm::kXBatch, isa::gemm::kWBatch, isa::gemm::kYBatch}) {
      expect("batch step", {step.word, batch});
    }
  }
  for (unsigned source = 1; source <= 3; ++source) {
    expect("constant", {source});
    expect("d in place of", {source});
    expect("e in place of", {source});
    for (unsigned kind = 0; kind < 3; ++kind) {
      for (unsigned where = 0; where < 4; ++where) {
        expect("source", {source, kind, where & 1u, where >> 1});
      }
    }
  }
  for (const isa::EnumValueInfo& apply : isa::kApplyValues) {
    for (const isa::EnumValueInfo& combine : isa::kCombineValues) {
      expect("combine", {combine.value, apply.value});
    }
    for (const isa::EnumValueInfo& reduce : isa::kReduceValues) {
      expect("reduce", {reduce.value, apply.value});
    }
  }
  for (const isa::EnumValueInfo& order : isa::kOrderValues) expect("order", {order.value});
  for (const unsigned has_register : {0u, 1u}) expect("seed and register", {has_register});
  expect("follows what it needs");
  expect("writes", {0, 1, 0});
  expect("writes", {1, 0, 0});
  expect("writes", {1, 1, 0});
  for (const unsigned reduce : {1u, 2u}) {
    expect("writes", {0, 1, reduce});
    expect("writes", {1, 1, reduce});
  }
  for (unsigned where = 0; where < 4; ++where) {
    expect("d", {where & 1u, where >> 1});
    for (unsigned reduce = 0; reduce < 3; ++reduce) expect("e", {where & 1u, where >> 1, reduce});
    expect("load", {where & 1u, where >> 1});
    expect("store", {where & 1u, where >> 1});
  }
  for (const std::string what : {"m", "k", "n", "rows", "cols", "transfer rows", "transfer cols"}) {
    for (const std::string how : {"one", "small", "a tile", "tiles", "odd"}) {
      expect(what + " is " + how);
    }
  }
  for (unsigned depth = 0; depth <= isa::kLoopDepth; ++depth) expect("depth", {depth});
  for (unsigned turns = 1; turns <= 4; ++turns) expect("loop", {turns});
  for (unsigned base = 0; base + 1 < isa::kRegisters; ++base) expect("base", {base});
  for (unsigned unit = 1; unit <= 4; ++unit) {
    for (unsigned token = 0; token < isa::kTokens; ++token) {
      expect("take", {unit, token});
      expect("give", {unit, token});
    }
  }
  expect("takes several");
  expect("gives several");
  expect("token of several units");
}

}  // namespace
}  // namespace gradcore::harness
