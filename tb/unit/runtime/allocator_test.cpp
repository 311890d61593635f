// SPDX-License-Identifier: Apache-2.0
#include "sw/runtime/allocator.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace gradcore::runtime {
namespace {

TEST(Allocator, AlignsAndFillsToTheLastByte) {
  Allocator memory(256);
  EXPECT_EQ(memory.allocate("a", 3, 1), 0u);
  EXPECT_EQ(memory.allocate("b", 60, 64), 64u);
  EXPECT_EQ(memory.allocate("c", 128, 128), 128u);
  EXPECT_EQ(memory.used(), 256u);
  EXPECT_EQ(memory.allocate("nothing", 0, 1), 256u);
  memory.clear();
  EXPECT_EQ(memory.allocate("all", 256, 64), 0u);
}

TEST(Allocator, NamesWhatDoesNotFit) {
  Allocator memory(256);
  memory.allocate("a", 100, 1);
  for (const std::uint64_t bytes : {std::uint64_t{129}, ~std::uint64_t{0}}) {
    try {
      memory.allocate("the images", bytes, 128);
      ADD_FAILURE() << "it fits";
    } catch (const OutOfMemory& error) {
      EXPECT_THAT(error.what(), testing::HasSubstr("the images of " + std::to_string(bytes)));
      EXPECT_THAT(error.what(), testing::HasSubstr("100 of its 256 are taken"));
    }
  }
  EXPECT_EQ(memory.used(), 100u) << "what was refused takes no room";
  EXPECT_EQ(memory.allocate("b", 128, 128), 128u);
  EXPECT_THROW(memory.allocate("c", 1, 3), std::invalid_argument);
  EXPECT_THROW(memory.allocate("c", 1, 0), std::invalid_argument);
}

}  // namespace
}  // namespace gradcore::runtime
