// SPDX-License-Identifier: Apache-2.0
#include "sw/cli/table.h"

#include <gtest/gtest.h>

#include <sstream>

namespace gradcore::cli {
namespace {

TEST(Table, AlignsAndLeavesNoTrailingSpace) {
  std::ostringstream out;
  Table table(out, {{"name", 6}, {"count", 0, true}, {"note"}});
  table.row({"a", "12", "x"});
  table.row({"longer name", "3"});
  EXPECT_EQ(out.str(),
            "name    count  note\n"
            "------  -----  ----\n"
            "a          12  x\n"
            "longer name      3\n");
}

}  // namespace
}  // namespace gradcore::cli
