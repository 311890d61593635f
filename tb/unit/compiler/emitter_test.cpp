// SPDX-License-Identifier: Apache-2.0
#include "sw/compiler/emitter.h"

#include <gtest/gtest.h>

namespace gradcore::compiler {
namespace {

// Tiles of 4 x 4: 32 bytes in operand memory, 64 in accumulator memory.
View view(bool accumulator, std::uint32_t first, std::uint32_t stride, std::uint32_t rows,
          std::uint32_t cols) {
  return {accumulator, first, stride, rows, cols};
}
std::string last(const Emitter& out) { return isa::disassemble(out.program().back()); }

TEST(Emitter, WritesInstructionsFromViews) {
  Emitter out(4);
  const View x = view(false, 2, 3, 5, 9);
  const View w = view(false, 20, 2, 7, 9);
  const View y = view(true, 1, 2, 5, 7);
  out.gemm("product", x, w.t(), y, true);
  EXPECT_EQ(last(out),
            "gemm trans_w=1 accumulate=1 m=5 k=9 n=7 batch=1 x=0x40 x_rows=96 w=0x280 w_rows=64 "
            "y=0x80000040 y_rows=128");
  View moving = x;
  moving.base = 3;
  out.vector("sum", {.rows = 7,
                     .cols = 5,
                     .a = matrix(y.t()),
                     .b = constant(0.5f),
                     .combine = isa::Combine::kAdd,
                     .c = row(moving),
                     .apply = isa::Apply::kTanh,
                     .reduce = isa::Reduce::kSum,
                     .e = view(true, 9, 1, 7, 1)});
  EXPECT_EQ(last(out),
            "vector trans_a=1 b_is=constant c_is=row combine=add apply=tanh reduce=sum write_e=1 "
            "rows=7 cols=5 a=0x80000040 c=r3+0x40 e=0x80000240 a_rows=2 c_rows=3 e_rows=1 "
            "b_constant=0.5");
  out.load("in", moving, 0x1'0000'0040u, 18, isa::Format::kBf16, 4);
  EXPECT_EQ(last(out),
            "load format=bf16 rows=5 cols=9 mem=r3+0x40 mem_rows=96 dram=r4+0x40 dram_high=1 "
            "pitch=18");
  out.store("out", y, 0x80, 28, isa::Format::kFp32);
  EXPECT_EQ(last(out), "store rows=5 cols=7 mem=0x80000040 mem_rows=128 dram=0x80 pitch=28");
  out.set("", 1, 7);
  out.loop(3, "");
  out.add("", 1, 2, 9);
  out.plain(isa::Opcode::kEnd);
  out.plain(isa::Opcode::kHalt, "end");
  EXPECT_EQ(out.assembly().source.front(), "product");
  EXPECT_EQ(out.assembly().source.back(), "end");
  Emitter both(4);
  both.append(out);
  both.append(out);
  EXPECT_EQ(both.program().size(), 2 * out.program().size());
  EXPECT_EQ(isa::assemble(isa::disassemble(out.program()), "test"), out.program());
}

TEST(Emitter, RefusesMatricesThatDoNotFit) {
  Emitter out(4);
  const View x = view(false, 0, 3, 5, 9);
  EXPECT_THROW(out.gemm("", x, x, view(true, 0, 3, 5, 9), false), std::logic_error);
  EXPECT_THROW(out.gemm("", x, x.t(), view(false, 0, 3, 5, 5), false), std::logic_error);
  EXPECT_THROW(out.vector("", {.rows = 6, .cols = 9, .a = matrix(x), .d = x}), std::logic_error);
  EXPECT_THROW(out.vector("", {.rows = 5, .cols = 9, .a = matrix(x), .d = x.t()}),
               std::logic_error);
  EXPECT_THROW(out.vector("", {.rows = 9, .cols = 5, .a = matrix(x.t()), .e = x.t()}),
               std::logic_error);
}

}  // namespace
}  // namespace gradcore::compiler
