// SPDX-License-Identifier: Apache-2.0
#include "tb/harness/core_model.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <stdexcept>
#include <vector>

namespace gradcore::harness {
namespace {

TEST(CoreModel, EveryBuiltCoreCanBeMade) {
  ASSERT_FALSE(built_cores().empty());
  for (const device::Hardware& hardware : built_cores()) {
    EXPECT_NE(make_core_model(hardware), nullptr);
  }
  EXPECT_THROW(make_core_model({.n = 4, .f = 25, .operand_kib = 64}), std::invalid_argument);
}

// Several at a time, used by turns and destroyed in any order.
TEST(CoreModel, MayBeDestroyedInAnyOrder) {
  std::vector<int> order = {0, 1, 2, 3};
  do {
    std::vector<std::unique_ptr<CoreModel>> cores;
    for (int i = 0; i < 4; ++i)
      cores.push_back(make_core_model({.n = 4, .f = 48, .operand_kib = 64, .accumulator_kib = 64}));
    for (const int i : order) {
      for (const auto& core : cores) {
        if (!core) continue;
        CoreInputs inputs;
        CoreOutputs outputs;
        core->settle(inputs, outputs);
        core->edge();
        EXPECT_FALSE(outputs.busy);
      }
      cores[static_cast<std::size_t>(i)].reset();
      // What the core held is soon used by something else.
      const std::vector<std::uint64_t> noise(20'000, ~std::uint64_t{0});
      EXPECT_EQ(noise.back(), ~std::uint64_t{0});
    }
  } while (std::next_permutation(order.begin(), order.end()));
}

}  // namespace
}  // namespace gradcore::harness
