// SPDX-License-Identifier: Apache-2.0
#include "sw/cli/chip.h"

#include <gtest/gtest.h>

namespace gradcore::cli {
namespace {

TEST(Chip, TheModelIsAlwaysThere) {
  const auto chip = make_chip("model", {.n = 8, .operand_kib = 64, .accumulator_kib = 64}, 4096);
  EXPECT_EQ(chip->hardware().n, 8u);
  EXPECT_EQ(chip->dram_bytes(), 4096u);
  EXPECT_THROW(make_chip("fpga", {}, 4096), BackendError);
  EXPECT_EQ(chip_names().front(), "model");
}

}  // namespace
}  // namespace gradcore::cli
