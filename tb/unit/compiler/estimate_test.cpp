// SPDX-License-Identifier: Apache-2.0
#include "sw/compiler/estimate.h"

#include <gtest/gtest.h>

#include "sw/compiler/compile.h"
#include "sw/compiler/timing.h"
#include "sw/isa/assembler.h"

namespace gradcore::compiler {
namespace {

const device::Hardware kHardware{.n = 16};

Estimate of(const std::string& text) { return estimate(isa::assemble(text, "test"), kHardware); }

TEST(Estimate, UnitsWorkBesideEachOther) {
  const std::string product = "gemm m=32 k=64 n=32 batch=1 y=0x80000000";  // 4 x 2 tiles of 32
  const std::string sum =
      "vector rows=64 cols=32 a=0x80010000 a_rows=2 write_d=1 d=0x80020000 "
      "d_rows=2";
  const Estimate both = of(product + "\n" + sum + "\nhalt\n");
  ASSERT_EQ(both.steps.size(), 2u);
  EXPECT_EQ(both.steps[0].issued - both.steps[0].start, 256);
  EXPECT_EQ(both.steps[0].done - both.steps[0].issued, 2 * 16 + 37);
  EXPECT_LT(both.steps[1].start, both.steps[0].issued);
  EXPECT_EQ(both.busy[0], 256);
  const Estimate one_by_one = of(product + " give=t0\n" + sum + " take=t0\nhalt\n");
  EXPECT_EQ(one_by_one.steps[1].start, one_by_one.steps[0].done);
  EXPECT_EQ(one_by_one.cycles, one_by_one.steps[1].done);
  EXPECT_THROW(of(sum + " take=t0\nhalt\n"), std::logic_error);
}

TEST(Estimate, OrdersOfTheVectorUnit) {
  const std::string sum =
      "vector rows=160 cols=16 a=0x80010000 a_rows=1 write_d=1 d=0x80020000 d_rows=1";
  const auto second = [&](const char* order) {
    return of(sum + "\n" + sum + " order=" + order + "\nhalt\n").steps[1];
  };
  const Timed first = of(sum + "\nhalt\n").steps[0];
  EXPECT_EQ(second("drain").start, first.done);
  EXPECT_EQ(second("free").start, first.issued);
  EXPECT_EQ(second("follow").start, first.issued) << "its first rows have long been written";
}

// 16 bytes a cycle; a beat more for each row that neither adjoins the next one nor begins where a
// beat does. Of a list half the rows are there, two cycles each, and take DRAM's time.
TEST(Estimate, RowsOfTransfers) {
  const auto timing = [](const std::string& what) {
    return timing_of(
        isa::assemble("load rows=32 mem=0x80000000 mem_rows=1024 " + what + "\nhalt\n", "test")
            .front(),
        16);
  };
  EXPECT_EQ(timing("cols=16 dram=64 pitch=64").cycles, 128);
  EXPECT_EQ(timing("cols=16 dram=68 pitch=64").cycles, 128) << "they adjoin";
  EXPECT_EQ(timing("cols=16 dram=64 pitch=128").cycles, 128);
  const Timing crooked = timing("cols=5 dram=68 pitch=144");
  EXPECT_EQ(crooked.dram, 64);
  EXPECT_EQ(crooked.cycles, 96);
  const Timing listed = timing("cols=1 dram=64 pitch=4 indexed=1 limit=9");
  EXPECT_EQ(listed.dram, 16);
  EXPECT_EQ(listed.cycles, 16 * 2 + 16 + 8);
}

// While rows of a list are looked through another unit has DRAM.
TEST(Estimate, DramIsSharedByWhatItDoes) {
  const std::string gather =
      "load rows=512 cols=1 mem=0x80000000 mem_rows=1024 dram=64 pitch=4 indexed=1 limit=9";
  const std::string store =
      "store rows=64 cols=16 mem=0x80100000 mem_rows=1024 dram=65536 pitch=64";
  const Estimate both = of(gather + "\n" + store + "\nhalt\n");
  ASSERT_EQ(both.steps.size(), 2u);
  // Half of the 512 rows a beat each, then the store's 256.
  EXPECT_EQ(both.steps[1].issued - both.steps[0].start, 256 + 256);
  EXPECT_EQ(both.steps[0].issued - both.steps[0].start, 256 * 2 + 256 + 8);
}

TEST(Estimate, TurnsOfALoop) {
  const auto program =
      isa::assemble("loop count=10\ngemm m=32 k=64 n=32 batch=1 y=0x80000000\nend\nhalt\n", "test");
  EXPECT_EQ(cycles_of_turn(program, estimate(program, kHardware)), 256);
  const auto few = isa::assemble("loop count=2\ngemm m=1 k=1 n=1 batch=1\nend\nhalt\n", "test");
  EXPECT_EQ(cycles_of_turn(few, estimate(few, kHardware)), 0);
}

// The benchmark's step, everything on the chip: the matrix unit is not kept waiting.
TEST(Estimate, TheMlpKeepsTheMatrixUnitBusy) {
  const Network mlp = load_network(GRADCORE_SOURCE_DIR "/sw/configs/mlp.yaml");
  const Compiled compiled = compile(mlp, {.steps = 10});
  const isa::Program& program = compiled.train.assembly.program;
  const double cycles = cycles_of_turn(program, estimate(program, mlp.hardware));
  EXPECT_GT(cycles, compiled.ideal_cycles);
  EXPECT_LT(cycles, 26'000) << "25,856 are the products', with 10 columns in tiles of 16";
}

}  // namespace
}  // namespace gradcore::compiler
