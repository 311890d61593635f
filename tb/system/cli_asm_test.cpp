// SPDX-License-Identifier: Apache-2.0
// gradcore asm and disasm as a user meets them.
#include <gtest/gtest.h>

#include "tb/system/program.h"
#include "tb/unit/io/scratch_folder.h"

namespace gradcore {
namespace {

using tb::expect_refusal;
using tb::run_gradcore;

class CliAsm : public testing::Test {
 protected:
  tb::ScratchFolder folder_;
  std::string out_ = (folder_ / "p.bin").string();
};

TEST_F(CliAsm, ThereAndBack) {
  const std::string text = "loop count=3\n  load rows=4 cols=4 mem=r1+0x40 give=t1\nend\nhalt\n";
  const std::string source = folder_.file("p.s", text);
  EXPECT_EQ(run_gradcore({"asm", source, "--out", out_, "--log-level", "off"}).exit_code, 0);
  EXPECT_EQ(folder_.read("p.bin").size(), 4 * 64u);
  EXPECT_EQ(run_gradcore({"disasm", out_}).out, text);
}

TEST_F(CliAsm, ListingShowsAddressesAndNames) {
  const std::string source =
      folder_.file("p.s", "X = 0x40\nadd rd=r1 rs=r1 value=X  # next\nhalt\n");
  EXPECT_EQ(run_gradcore({"asm", source, "--listing", "--base", "4096"}).out,
            "00001000  add rd=r1 rs=r1 value=64  # add rd=r1 rs=r1 value=X\n"
            "00001040  halt\n");
}

TEST_F(CliAsm, RefusesInOneSentenceAndLeavesNothing) {
  const std::string bad = folder_.file("bad.s", "halt\nhlat\n");
  expect_refusal(run_gradcore({"asm", bad, "--out", out_}), 1, "bad.s:2: there is no instruction");
  expect_refusal(run_gradcore({"asm", bad}), 2, "expected --out, --listing or both");
  expect_refusal(run_gradcore({"asm", "/no/such.s", "--out", out_}), 1, "cannot read '/no/such.s'");
  expect_refusal(run_gradcore({"disasm", folder_.file("short.bin", "abc")}), 1,
                 "3 bytes, expected a multiple of 64");
  EXPECT_EQ(folder_.file_count(), 2u);
}

}  // namespace
}  // namespace gradcore
