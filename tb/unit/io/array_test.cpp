// SPDX-License-Identifier: Apache-2.0
#include "sw/io/array.h"

#include <gtest/gtest.h>

namespace gradcore::io {
namespace {

TEST(Array, IsMadeOfWhatItsShapeSays) {
  const std::vector<float> two = {1, 2};
  EXPECT_THROW(make_array<float>(ElementType::kFloat32, {3}, two), std::invalid_argument);
  EXPECT_THROW(make_array<float>(ElementType::kUint32, {2}, two), std::invalid_argument);
  EXPECT_EQ(make_array<float>(ElementType::kFloat32, {0, 5}, {}).bytes.size(), 0u);
  EXPECT_EQ(data_bytes(ElementType::kUint64, std::vector<std::size_t>{std::size_t{1} << 60}),
            std::nullopt);
  EXPECT_EQ(data_bytes(ElementType::kUint64, std::vector<std::size_t>{std::size_t{1} << 60, 0}),
            0u);
}

}  // namespace
}  // namespace gradcore::io
