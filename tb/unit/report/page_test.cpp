// SPDX-License-Identifier: Apache-2.0
#include "sw/report/page.h"

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

isa::Program program() {
  return {Instruction(Opcode::kGemm), Instruction(Opcode::kLoop), Instruction(Opcode::kLoad),
          Instruction(Opcode::kGemm), Instruction(Opcode::kEnd),  Instruction(Opcode::kHalt)};
}

Report report() {
  Report out;
  out.title = "Training <nets>";
  out.summary = "Two steps & more.";
  out.figures = {{"loss", "2.5 to 0.5"}};
  out.configuration = {{"array", "4 x 4"}};
  out.losses = {2.5f, 0.5f};
  out.accuracy = {0.75};
  out.bars = {{"matrix", {{"busy", 0.5}, {"idle", 0.5}}}};
  out.names.add("train", {program(), {"", "", "input", "forward", "", ""}}, 0x1000);
  out.spans = {{CountedUnit::kLoad, 0x1080, 5, 5, 12},
               {CountedUnit::kMatrix, 0x10C0, 20, 25, 40},
               {CountedUnit::kMatrix, 0x10C0, 50, 50, 60}};
  out.step = {10, 50};
  out.step_note = "As measured.";
  out.tables = {{"DRAM", {"address", "#bytes"}, {{"0x0", "64"}}}};
  return out;
}

TEST(Page, HoldsEverythingAndNeedsNothing) {
  const std::string html = page(report());
  tb::expect_self_contained(html);
  EXPECT_THAT(html, HasSubstr("<h1>Training &lt;nets&gt;</h1>"));
  EXPECT_THAT(html, HasSubstr("<p>Two steps &amp; more.</p>"));
  EXPECT_THAT(html, HasSubstr("<tr><th>loss</th><td>2.5 to 0.5</td></tr>"));
  EXPECT_THAT(html, HasSubstr("class=\"loss\""));
  EXPECT_THAT(html, HasSubstr("matrix: busy 50.00 %"));
  EXPECT_THAT(html, HasSubstr("As measured."));
  EXPECT_THAT(html, HasSubstr("<th class=\"number\">bytes</th>"));
  EXPECT_THAT(html, HasSubstr("<td class=\"number\">64</td>"));
  // The step as a table: what began before it too, nothing of the next one.
  EXPECT_THAT(html, HasSubstr("<tr><td>load</td><td class=\"number\">-5</td><td class=\"number\">"
                              "7</td>"));
  EXPECT_THAT(html, HasSubstr("<td>matrix</td><td class=\"number\">15</td>"));
  EXPECT_THAT(html, Not(HasSubstr("<td class=\"number\">40</td>")));
}

TEST(Page, LeavesOutWhatThereIsNot) {
  Report bare = report();
  bare.losses.clear();
  bare.bars.clear();
  bare.spans.clear();
  bare.tables.clear();
  const std::string html = page(bare);
  tb::expect_self_contained(html);
  EXPECT_THAT(html, Not(HasSubstr("<svg")));
  EXPECT_THAT(html, Not(HasSubstr("Memory</h2>")));
}

TEST(StepWindow, IsTheThirdTurnOfTheLoop) {
  std::vector<runtime::Span> spans = {{CountedUnit::kMatrix, 0x1000, 0, 0, 3}};  // before the loop
  EXPECT_FALSE(step_window(spans, program(), 0x1000));
  for (std::uint64_t turn = 0; turn < 6; ++turn) {
    spans.push_back({CountedUnit::kMatrix, 0x10C0, 100 * turn, 100 * turn + turn, 100 * turn + 50});
  }
  const auto third = step_window(spans, program(), 0x1000);
  ASSERT_TRUE(third);
  EXPECT_EQ(third->from, 202u);
  EXPECT_EQ(third->to, 303u);
  spans.resize(4);
  EXPECT_EQ(step_window(spans, program(), 0x1000)->from, 101u);
  spans.resize(2);
  EXPECT_FALSE(step_window(spans, program(), 0x1000));
  EXPECT_FALSE(step_window(spans, {Instruction(Opcode::kGemm), Instruction(Opcode::kHalt)}, 0));
}

}  // namespace
}  // namespace gradcore::report
