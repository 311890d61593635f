// SPDX-License-Identifier: Apache-2.0
#include "sw/train/digest.h"

#include <gtest/gtest.h>

#include <initializer_list>

namespace gradcore::train {
namespace {

TEST(Digest, SeesOrderAndSigns) {
  const auto of = [](std::initializer_list<float> values) {
    Digest digest;
    for (const float v : values) digest.add(v);
    return digest.value();
  };
  EXPECT_EQ(of({1, 2}), of({1, 2}));
  EXPECT_NE(of({1, 2}), of({2, 1}));
  EXPECT_NE(of({0.0f}), of({-0.0f}));
  EXPECT_NE(of({}), of({0.0f}));
}

// One bit anywhere in a long sequence.
TEST(Digest, SeesEverySingleBit) {
  const auto with_flip = [](std::uint32_t at, std::uint32_t flip) {
    Digest digest;
    for (std::uint32_t i = 0; i < 1000; ++i) digest.add(i == at ? i ^ flip : i);
    return digest.value();
  };
  const std::uint64_t whole = with_flip(0, 0);
  for (const std::uint32_t at : {0u, 1u, 500u, 999u}) {
    for (unsigned bit = 0; bit < 32; ++bit) EXPECT_NE(with_flip(at, 1u << bit), whole);
  }
}

}  // namespace
}  // namespace gradcore::train
