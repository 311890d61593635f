// SPDX-License-Identifier: Apache-2.0
#include "sw/model/functional_chip.h"

#include <gtest/gtest.h>

#include <bit>
#include <cstring>
#include <string>
#include <vector>

#include "sw/isa/assembler.h"
#include "sw/model/vector.h"
#include "sw/model/vector_unit.h"
#include "tb/harness/random_patterns.h"

namespace gradcore::model {
namespace {

using isa::Error;

constexpr std::uint64_t kProgram = 0x8000;
constexpr std::size_t kDram = 0x10000;

class FunctionalChipTest : public testing::Test {
 protected:
  ChipStatus run(const std::string& text) { return run(isa::assemble(text, "test")); }
  ChipStatus run(const isa::Program& program) {
    std::uint64_t at = kProgram;
    for (const isa::Instruction& instruction : program) {
      for (const std::uint32_t word : instruction.words()) {
        put(at, word);
        at += 4;
      }
    }
    return chip_.run(kProgram);
  }
  void put(std::uint64_t at, std::uint32_t word) {
    for (unsigned k = 0; k < 4; ++k) {
      chip_.dram()[at + k] = static_cast<std::byte>(word >> (8 * k));
    }
  }
  std::uint32_t get(std::uint64_t at, unsigned bytes = 4) {
    std::uint32_t word = 0;
    for (unsigned k = 0; k < bytes; ++k) {
      word |= std::to_integer<std::uint32_t>(chip_.dram()[at + k]) << (8 * k);
    }
    return word;
  }
  void expect(const ChipStatus& status, Error error, std::uint64_t index, unsigned operand = 0) {
    EXPECT_EQ(status.error, error);
    EXPECT_EQ(status.address, kProgram + index * isa::kInstructionBytes);
    EXPECT_EQ(status.operand, operand);
  }

  FunctionalChip chip_{{.n = 4, .operand_kib = 4, .accumulator_kib = 8}, kDram};
};

std::uint32_t bits(float x) { return std::bit_cast<std::uint32_t>(x); }

// y = relu(x w + bias) of a 5 x 6 by a 6 x 3 matrix, from DRAM to DRAM.
TEST_F(FunctionalChipTest, LinearLayerFromAndToDram) {
  for (unsigned i = 0; i < 30; ++i) put(0x100 + 4 * i, bits(static_cast<float>(i % 7) - 3));
  for (unsigned i = 0; i < 18; ++i) put(0x200 + 4 * i, bits(static_cast<float>(i % 5) - 2));
  for (unsigned i = 0; i < 3; ++i) put(0x300 + 4 * i, bits(static_cast<float>(i) - 1));
  const ChipStatus status = run(R"(
    ACC = 0x80000000
    load  rows=5 cols=6 mem=0     mem_rows=64 dram=0x100 pitch=24 give=t0
    load  rows=6 cols=3 mem=0x100 mem_rows=32 dram=0x200 pitch=12 give=t0
    load  rows=1 cols=3 mem=ACC+0x400 dram=0x300 pitch=12 give=t1
    set   rd=r1 value=ACC
    sync
    gemm  m=5 k=6 n=3 batch=1 x=0 x_rows=64 w=0x100 w_rows=32 y=r1 y_rows=64 take=t0 give=t2
    vector rows=5 cols=3 a=r1 a_rows=1 b_is=constant b_constant=1 c_is=row c=ACC+0x400 combine=add apply=relu write_d=1 d=r1+0x200 d_rows=1 take=t1,t2 give=t3
    store rows=5 cols=3 mem=ACC+0x200 mem_rows=64 dram=0x400 pitch=16 take=t3
    halt
  )");
  ASSERT_EQ(status.error, Error::kNone);
  EXPECT_EQ(status.instructions, 9u);
  for (unsigned r = 0; r < 5; ++r) {
    for (unsigned c = 0; c < 3; ++c) {
      float want = static_cast<float>(c) - 1;
      for (unsigned k = 0; k < 6; ++k) {
        want +=
            (static_cast<float>((6 * r + k) % 7) - 3) * (static_cast<float>((3 * k + c) % 5) - 2);
      }
      EXPECT_EQ(get(0x400 + 16 * r + 4 * c), bits(std::max(want, 0.0f))) << r << "," << c;
    }
    EXPECT_EQ(get(0x400 + 16 * r + 12), 0u) << "between the rows";
  }
}

TEST_F(FunctionalChipTest, LoopsAndRegistersStepThroughMemory) {
  for (unsigned i = 0; i < 24; ++i) put(4 * i, bits(static_cast<float>(i)));
  // Row by row, each to a tile row of its own, backwards.
  const ChipStatus status = run(R"(
    set rd=r1 value=80
    loop count=3
      loop count=2
        load rows=1 cols=4 mem=r2 dram=r1 pitch=0
        add rd=r1 rs=r1 value=0xfffffff0
        add rd=r2 rs=r2 value=32
      end
    end
    store rows=1 cols=24 mem=0 dram=0x1000 format=bf16
    halt
  )");
  ASSERT_EQ(status.error, Error::kNone);
  EXPECT_EQ(status.instructions, 1 + 1 + 3 * (1 + 2 * 4 + 1) + 2u);
  for (unsigned i = 0; i < 24; ++i) {
    const unsigned row = 5 - i / 4;
    const auto want = static_cast<float>(4 * row + i % 4);
    EXPECT_EQ(get(0x1000 + 2 * i, 2), bits(want) >> 16) << i;
  }
}

// Either format to either memory and back; what keeps its format keeps every bit.
TEST_F(FunctionalChipTest, TransfersConvert) {
  harness::RandomPatterns random(4);
  std::vector<std::uint32_t> words(64);
  for (unsigned i = 0; i < 64; ++i) {
    words[i] = i < 4 ? 0xFF80'1234u + i : random.fp32();
    put(4 * i, words[i]);
  }
  const ChipStatus status = run(R"(
    load  rows=8 cols=8 mem=0x80000000 mem_rows=128 dram=0 pitch=32
    load  rows=8 cols=8 mem=0 mem_rows=64 dram=0 pitch=32
    load  rows=8 cols=8 mem=0x100 mem_rows=64 dram=0 pitch=16 format=bf16
    load  rows=8 cols=8 mem=0x80000200 mem_rows=128 dram=0 pitch=16 format=bf16
    store rows=8 cols=8 mem=0x80000000 mem_rows=128 dram=0x1000 pitch=32
    store rows=8 cols=8 mem=0x80000000 mem_rows=128 dram=0x1200 pitch=16 format=bf16
    store rows=8 cols=8 mem=0 mem_rows=64 dram=0x1400 pitch=32
    store rows=8 cols=8 mem=0x100 mem_rows=64 dram=0x1600 pitch=16 format=bf16
    store rows=8 cols=8 mem=0x80000200 mem_rows=128 dram=0x1800 pitch=32
    halt
  )");
  ASSERT_EQ(status.error, Error::kNone);
  for (unsigned i = 0; i < 64; ++i) {
    EXPECT_EQ(get(0x1000 + 4 * i), words[i]);
    EXPECT_EQ(get(0x1200 + 2 * i, 2), fp32_to_bf16_rne(words[i]));
    EXPECT_EQ(get(0x1400 + 4 * i), bf16_to_fp32(fp32_to_bf16_rne(words[i])));
    const auto half = static_cast<std::uint16_t>(words[i / 2] >> (16 * (i % 2)));
    EXPECT_EQ(get(0x1600 + 2 * i, 2), half);
    EXPECT_EQ(get(0x1800 + 4 * i), bf16_to_fp32(half));
  }
}

// Dropout takes no c, but its register: another seed in every turn.
TEST_F(FunctionalChipTest, ARegisterChangesTheSeedInALoop) {
  constexpr std::uint32_t kOne = 0x3F80'0000u;
  for (unsigned i = 0; i < 16; ++i) put(0x1000 + 4 * i, kOne);
  const ChipStatus status = run(R"(
    load rows=4 cols=4 mem=0x80000000 dram=0x1000 pitch=16
    set rd=r3 value=7
    set rd=r4 value=0
    sync
    loop count=3
      vector rows=4 cols=4 a=0x80000000 b_is=constant b_constant=1 combine=dropout c=r3+16 c_constant=2.0 seed=5 stream=9 write_d=1 d=0x80000400
      sync
      store rows=4 cols=4 mem=0x80000400 dram=r4+0x1200 pitch=16
      sync
      add rd=r3 rs=r3 value=1
      add rd=r4 rs=r4 value=64
    end
    halt)");
  ASSERT_EQ(status.error, Error::kNone);
  for (std::uint32_t turn = 0; turn < 3; ++turn) {
    for (std::uint32_t i = 0; i < 16; ++i) {
      const bool kept = random_word(5 ^ (7 + 16 + turn), 9, i) >= 0x4000'0000u;  // the bits of 2.0
      EXPECT_EQ(get(0x1200 + 64 * turn + 4 * i), kept ? kOne : 0u) << turn << " " << i;
    }
  }
}

TEST_F(FunctionalChipTest, StopsAtTheInstructionItRefuses) {
  const std::string ok = "set rd=r1 value=1\n";
  expect(run(ok + "gemm m=4 k=4 n=4 batch=0 y=0x80000000\nhalt"), Error::kZeroSize, 1);
  expect(run(ok + "gemm m=4 k=4 n=4 batch=1 w=r1 y=0x80000000\nhalt"), Error::kMisaligned, 1, 2);
  expect(run(ok + "gemm m=4 k=4 n=4 batch=1\nhalt"), Error::kOutOfRange, 1, 3);
  expect(run("vector rows=4 cols=4 a_is=constant b_is=constant write_d=1 combine=dropout apply=exp "
             "order=free stochastic=1 d=0x1000\nhalt"),
         Error::kOutOfRange, 0, 4);
  expect(run("load rows=4 cols=4 mem=2 dram=0\nhalt"), Error::kMisaligned, 0, 1);
  expect(run("load rows=4 cols=4 dram=2\nhalt"), Error::kMisaligned, 0, 2);
  expect(run("load rows=8 cols=8 mem_rows=32 dram=0\nhalt"), Error::kOverlap, 0, 1);
  expect(run("store rows=8 cols=8 mem_rows=64 dram=0 pitch=28\nhalt"), Error::kOverlap, 0, 2);
  expect(run("load rows=4 cols=4 dram=0 dram_high=1\nhalt"), Error::kWindow, 0, 2);
  expect(run("load rows=4294967295 cols=4294967295 dram=0\nhalt"), Error::kOutOfRange, 0, 1);
  expect(run("set rd=r0 value=1\nhalt"), Error::kChoice, 0);
  expect(run("gemm m=1 k=1 n=1 batch=1 y=0x80000000 take=t3\nhalt"), Error::kDeadlock, 0);
  expect(run({isa::Instruction()}), Error::kOpcode, 0);
  expect(run({isa::Instruction(isa::Opcode::kEnd)}), Error::kNesting, 0);
  isa::Instruction loop(isa::Opcode::kLoop);
  expect(run({loop}), Error::kZeroSize, 0);
  loop.set(isa::loop::kCount, 2u);
  expect(run({loop, loop, loop, loop, loop}), Error::kNesting, 4);
  auto words = isa::Instruction(isa::Opcode::kHalt).words();
  words[7] = 1;
  expect(run({isa::Instruction(words)}), Error::kReserved, 0);
  EXPECT_EQ(chip_.run(kProgram + 4).error, Error::kMisaligned);
}

// One token is given once and taken once.
TEST_F(FunctionalChipTest, TokensAreCounted) {
  const std::string give = "load rows=1 cols=1 dram=0 give=t5\n";
  const std::string take = "load rows=1 cols=1 dram=0 take=t5\n";
  expect(run(give + give + take + take + "halt"), Error::kNone, 4);
  expect(run(give + take + take + "halt"), Error::kDeadlock, 2);
  const std::string many = "loop count=255\n" + give + "end\n";
  expect(run(many + take + give + "halt"), Error::kNone, 5);
  expect(run(many + give + "halt"), Error::kTokens, 3);
}

// Programs and data only come from the one window, and only go to the other.
TEST_F(FunctionalChipTest, WindowsConfineEveryAccess) {
  const std::string copy = "load rows=1 cols=4 dram=0x100\nstore rows=1 cols=4 dram=0x200\nhalt";
  const Window all{0, kDram};
  chip_.set_windows(all, {0x200, 16});
  expect(run(copy), Error::kNone, 2);
  chip_.set_windows(all, {0x200, 15});
  expect(run(copy), Error::kWindow, 1, 2);
  chip_.set_windows(all, {0x204, 16});
  expect(run(copy), Error::kWindow, 1, 2);
  chip_.set_windows({0x101, kDram - 0x101}, all);
  expect(run(copy), Error::kWindow, 0, 2);
  chip_.set_windows({0, kProgram + 32}, all);
  expect(run(copy), Error::kWindow, 0);
  // A window may be larger than what is there.
  chip_.set_windows({0, ~std::uint64_t{0}}, {0, ~std::uint64_t{0}});
  expect(run("load rows=1 cols=4 dram=0 dram_high=1\nhalt"), Error::kBus, 0, 2);
  EXPECT_EQ(chip_.run(kDram).error, Error::kBus);
}

}  // namespace
}  // namespace gradcore::model
