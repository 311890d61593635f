// SPDX-License-Identifier: Apache-2.0
#include "sw/cli/backend.h"

#include <gtest/gtest.h>

#include "sw/cli/session.h"

namespace gradcore::cli {
namespace {

TEST(Backend, ModelOfAnySize) {
  const device::Hardware hardware{8, 33, 24, 48};
  EXPECT_EQ(make_device("model", hardware)->hardware(), hardware);
}

TEST(Backend, RefusesWhatIsNotThere) {
  EXPECT_THROW(make_device("fpga", {}), BackendError);
  EXPECT_THROW(make_device("model", {}, "waves.fst"), BackendError);
  EXPECT_THROW(make_device("rtl", device::Hardware{8, 33, 24, 48}), BackendError);
}

TEST(Session, MemoriesMustSuitTheArray) {
  EXPECT_EQ(with_array_size({}, 8u).n, 8u);
  EXPECT_EQ(with_array_size({}, std::nullopt).n, 16u);
  EXPECT_THROW(with_array_size({4, 40, 1, 2048}, 32u), UsageError);
  EXPECT_THROW(with_array_size({4, 40, 2048, 1}, 32u), UsageError);
}

}  // namespace
}  // namespace gradcore::cli
