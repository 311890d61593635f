// SPDX-License-Identifier: Apache-2.0
// The units beside each other: what does not depend on each other takes the time of the longest.
#include "tb/unit/top/small_chip.h"

namespace gradcore::harness {
namespace {

using Units = SmallChip;

TEST_F(Units, WorkAtTheSameTime) {
  const std::string matrix =
      "gemm m=64 k=32 n=32 batch=1 x_rows=256 w=0x800 w_rows=256 y=0x80000000 y_rows=512\n";
  const std::string vector =
      "vector rows=64 cols=32 a=0x80002000 a_rows=8 b_is=constant b_constant=1 write_d=1 "
      "d=0x80004000 d_rows=8\n";
  const std::string load = "load rows=64 cols=32 mem=0x1000 mem_rows=256 dram=0 pitch=128\n";
  const std::string store =
      "store rows=64 cols=32 mem=0x80006000 mem_rows=512 dram=0x2000 pitch=128\n";
  const std::uint64_t longest = cycles(matrix + "halt");
  EXPECT_GE(longest, 64u * 32 * 32 / 16);
  const std::uint64_t others =
      cycles(vector + "halt") + cycles(load + "halt") + cycles(store + "halt");
  const std::uint64_t together = cycles(matrix + vector + load + store + "halt");
  EXPECT_LT(together, longest + others / 4);
  EXPECT_GT(others, longest / 4);
}

// A token makes one wait for the other; without it the second would read what is not there yet.
TEST_F(Units, WaitForTokens) {
  for (unsigned i = 0; i < 4; ++i) put(4 * i, 7);
  put(0x100, -1);
  ASSERT_EQ(run("load rows=1 cols=4 mem=0x80000000 dram=0 give=t3\n"
                "vector rows=1 cols=4 a=0x80000000 b_is=constant b_constant=2 write_d=1 "
                "d=0x80000040 take=t3 give=t4\n"
                "store rows=1 cols=4 mem=0x80000040 dram=0x100 take=t4\nhalt")
                .state,
            runtime::State::kDone);
  EXPECT_EQ(get(0x100), 14);
  const runtime::Counters counters = device_->counters();
  EXPECT_GT(counters.units[1].token, 0u);
  EXPECT_GT(counters.units[3].token, 0u);
}

}  // namespace
}  // namespace gradcore::harness
