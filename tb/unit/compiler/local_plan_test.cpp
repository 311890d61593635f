// SPDX-License-Identifier: Apache-2.0
#include "sw/compiler/local_plan.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace gradcore::compiler {
namespace {

const device::Hardware kSmall{.n = 4, .operand_kib = 1, .accumulator_kib = 2};  // 32 tiles each

TEST(LocalPlan, KeepsBanksAndDistances) {
  LocalPlan plan(kSmall);
  const View a = plan.accumulator("a", 4, 4, {.bank = 3, .stride = -1});
  EXPECT_EQ(a.first, 3u);
  const View b = plan.accumulator("b", 5, 9, {.bank = 1, .stride = 0});
  EXPECT_EQ(b.first, 5u);
  EXPECT_EQ(b.stride, 4u);
  const View c = plan.accumulator("c", 1, 1);
  EXPECT_EQ(c.first, 0u) << "a gap";
  const View e = plan.accumulator("e", 5, 4, {.bank = -1, .stride = 3});
  EXPECT_EQ(e.first, 1u) << "the first place where both tiles are free: 1 and 4";
  EXPECT_EQ(plan.accumulator("f", 1, 8).first, 12u) << "2 and 8 are too short";
  const View d = plan.operand("d", 5, 8, {.bank = -1, .stride = 1});
  EXPECT_EQ(d.first, 0u) << "the other memory";
  EXPECT_EQ(d.stride, 5u);
  EXPECT_EQ(plan.used_bytes(true), 14u * 64);
  EXPECT_EQ(plan.used_bytes(false), 7u * 32);
  EXPECT_NO_THROW(plan.check());
  EXPECT_EQ(b.address(4), device::kAccumulatorBase + 5 * 64);
  EXPECT_EQ(b.block(4, 4, 8, 1, 1).address(4), device::kAccumulatorBase + (5 + 4 + 2) * 64);
  EXPECT_THROW(b.block(4, 1, 0, 1, 1), std::logic_error);
  EXPECT_THROW(b.block(4, 4, 0, 2, 1), std::logic_error);
}

TEST(LocalPlan, SaysWhatDoesNotFit) {
  LocalPlan plan(kSmall);
  plan.accumulator("the large one", 16, 28);
  EXPECT_NO_THROW(plan.check());
  plan.accumulator("the small one", 4, 20);
  try {
    plan.check();
    ADD_FAILURE() << "it fits";
  } catch (const CompileError& error) {
    EXPECT_STREQ(error.what(),
                 "the network needs 3 KiB of accumulator memory, the chip has 2 KiB: the large one "
                 "2 KiB, the small one 1 KiB");
  }
}

}  // namespace
}  // namespace gradcore::compiler
