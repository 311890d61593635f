// SPDX-License-Identifier: Apache-2.0
#include "sw/cli/options.h"

#include <gtest/gtest.h>

#include <string>

namespace gradcore::cli {
namespace {

// CLI11 asks for a text to change; the checks here change nothing.
std::string problem(const CLI::Validator& validator, std::string text) { return validator(text); }

TEST(Options, WholeNumbers) {
  for (const char* const good : {"0", "7", "18446744073709551615"}) {
    EXPECT_EQ(problem(whole_number(0), good), "");
  }
  for (const char* const bad :
       {"", "-1", "+1", " 1", "1.0", "010", "0x10", "1e3", "one", "18446744073709551616"}) {
    EXPECT_NE(problem(whole_number(0), bad), "") << bad;
  }
  EXPECT_EQ(problem(whole_number(24, 48), "49"), "'49' is not a whole number from 24 to 48");
  EXPECT_NE(problem(whole_number(24, 48), "23"), "");
  EXPECT_EQ(problem(whole_number(24, 48), "24"), "");
}

}  // namespace
}  // namespace gradcore::cli
