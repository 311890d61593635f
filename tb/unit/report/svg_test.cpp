// SPDX-License-Identifier: Apache-2.0
#include "sw/report/svg.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tb/unit/report/well_formed.h"

namespace gradcore::report {
namespace {

using isa::Instruction;
using isa::Opcode;
using runtime::CountedUnit;
using testing::HasSubstr;
using testing::Not;

std::size_t count(const std::string& text, const std::string& what) {
  std::size_t out = 0;
  for (std::size_t at = text.find(what); at != std::string::npos; at = text.find(what, at + 1)) {
    ++out;
  }
  return out;
}

TEST(Escape, LeavesNoTag) {
  EXPECT_EQ(escape("a<b> & \"c\" 'd'"), "a&lt;b&gt; &amp; &quot;c&quot; &#39;d&#39;");
}

TEST(StackedBars, EachPartIsAsWideAsItsShare) {
  const std::string svg = stacked_bars({{"matrix", {{"busy", 0.75}, {"memory", 0}, {"idle", 0.25}}},
                                        {"<load>", {{"busy", 0.01}, {"idle", 0.99}}}});
  tb::expect_self_contained(svg);
  EXPECT_EQ(count(svg, "<rect"), 4u);  // nothing is drawn of nothing
  EXPECT_THAT(svg, HasSubstr("x=\"70.00\" y=\"5\" width=\"667.50\""));
  EXPECT_THAT(svg, HasSubstr("x=\"737.50\" y=\"5\" width=\"222.50\""));
  EXPECT_THAT(svg, HasSubstr("matrix: busy 75.00 %"));
  EXPECT_THAT(svg, HasSubstr("&lt;load&gt;: busy 1.00 %"));
  EXPECT_EQ(count(svg, "class=\"inside\""), 3u);  // no room for 1 %
  EXPECT_EQ(count(svg, "<i class="), 3u);
}

TEST(KindOf, TellsInstructionsApart) {
  Instruction gemm(Opcode::kGemm);
  EXPECT_EQ(kind_of(gemm), Kind::kForward);
  EXPECT_EQ(kind_of(gemm.set(isa::gemm::kTransW, true)), Kind::kInputGradient);
  EXPECT_EQ(kind_of(gemm.set(isa::gemm::kTransX, true)), Kind::kWeightGradient);
  Instruction vector(Opcode::kVector);
  EXPECT_EQ(kind_of(vector), Kind::kElementwise);
  EXPECT_EQ(kind_of(vector.set(isa::vector::kApply, isa::Apply::kRelu)), Kind::kElementwise);
  EXPECT_EQ(kind_of(vector.set(isa::vector::kApply, isa::Apply::kExp)), Kind::kFunction);
  EXPECT_EQ(kind_of(vector.set(isa::vector::kReduce, isa::Reduce::kSum)), Kind::kReduction);
  EXPECT_EQ(kind_of(Instruction(Opcode::kLoad)), Kind::kLoad);
  EXPECT_EQ(kind_of(Instruction(Opcode::kStore)), Kind::kStore);
  EXPECT_EQ(kind_of(Instruction(Opcode::kHalt)), Kind::kOther);
  EXPECT_EQ(kind_of(Instruction()), Kind::kOther);
}

TEST(Lanes, CutsSpansAtTheWindow) {
  Instruction gemm(Opcode::kGemm);
  gemm.set(isa::gemm::kM, 4).set(isa::gemm::kK, 5).set(isa::gemm::kN, 6);
  runtime::InstructionNames names;
  names.add("train", {{gemm, Instruction(Opcode::kStore)}, {"forward <1>", ""}}, 0x100);
  const std::string svg = lanes({{CountedUnit::kMatrix, 0x100, 900, 950, 1050},
                                 {CountedUnit::kStore, 0x140, 1090, 1090, 1200},
                                 {CountedUnit::kLoad, 0x999, 1010, 1020, 1030},
                                 {CountedUnit::kLoad, 0x100, 0, 0, 1000},
                                 {CountedUnit::kLoad, 0x100, 1100, 1100, 1101}},
                                names, 1000, 1100);
  tb::expect_self_contained(svg);
  EXPECT_EQ(count(svg, "<rect"), 3u);
  EXPECT_THAT(svg, HasSubstr("<rect x=\"70.00\" y=\"4\" width=\"549.50\" height=\"36\" "
                             "class=\"k-forward\"/>"));
  EXPECT_THAT(svg, HasSubstr(">forward &lt;1&gt;</text>"));
  EXPECT_THAT(lanes({{CountedUnit::kMatrix, 0x100, 0, 0, 50}}, names, 0, 1000),
              HasSubstr(">forward…</text>"));
  EXPECT_THAT(lanes({{CountedUnit::kMatrix, 0x100, 0, 0, 20}}, names, 0, 1000),
              Not(HasSubstr("class=\"inside\"")));
  EXPECT_THAT(svg, HasSubstr("gemm 4x5x6\nforward &lt;1&gt;\ngemm m=4 k=5 n=6\nat 0x00000100: "
                             "accepted -100, shown from -50 to its end 50 (100 cycles)"));
  EXPECT_THAT(svg, HasSubstr("class=\"k-store\""));
  EXPECT_THAT(svg, HasSubstr("class=\"k-other\""));
  EXPECT_THAT(svg, Not(HasSubstr("k-load")));
  EXPECT_THAT(lanes({}, names, 5, 5), HasSubstr("nothing to show"));
}

}  // namespace
}  // namespace gradcore::report
