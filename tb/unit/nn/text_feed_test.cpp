// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "sw/datasets/text.h"
#include "sw/io/error.h"
#include "sw/nn/feed.h"
#include "tb/unit/nn/text_run.h"

namespace gradcore::nn {
namespace {

class TextFeed : public testing::Test {
 protected:
  std::unique_ptr<Feed> feed(const std::string& text) const {
    description_ =
        parse_description(small_description(folder_.file("t", text), "{n: 4}"), "test.yaml");
    return make_feed(description_);
  }
  tb::ScratchFolder folder_;
  mutable Description description_;
};

// Batches of sw/datasets, as numbers.
TEST_F(TextFeed, GivesTheBatchesOfTheText) {
  const auto f = feed(small_text());
  const auto text = datasets::Text::load(folder_ / "t");
  std::vector<float> inputs(2 * 16), labels(2 * 16);
  const auto expect = [&](const datasets::TokenBatch& want) {
    EXPECT_EQ(std::vector<std::uint32_t>(inputs.begin(), inputs.end()), want.tokens);
    EXPECT_EQ(std::vector<std::uint32_t>(labels.begin(), labels.end()), want.next);
  };
  for (const std::uint64_t step : {0, 1, 99}) {
    f->training(step, {inputs, labels});
    expect(datasets::random_tokens(text.train(), 2, 16, 1, step));
  }
  ASSERT_EQ(f->test_batches(), 2u);
  f->test(1, {inputs, labels});
  expect(datasets::token_batch(text.validation(), std::vector<std::uint64_t>{32, 48}, 16));
  EXPECT_EQ(f->shape().inputs, 20u);
  EXPECT_EQ(f->about(), "4000 characters, 20 different ones");
}

TEST_F(TextFeed, TellsTextsApart) {
  const std::string text = small_text();
  const auto first = feed(text);
  EXPECT_EQ(first->meaning(), "characters 6162636465666768696a6b6c6d6e6f7071727374");
  std::string swapped = text;
  std::swap(swapped[0], swapped[1]);
  EXPECT_EQ(feed(text)->digest(), first->digest());
  EXPECT_EQ(feed(swapped)->meaning(), first->meaning());
  EXPECT_NE(feed(swapped)->digest(), first->digest());
  EXPECT_NE(feed(text + "z")->meaning(), first->meaning());
}

TEST_F(TextFeed, RefusesATextThatIsTooShort) {
  EXPECT_NO_THROW(feed(small_text(170)));
  try {
    feed(small_text(169));
    FAIL();
  } catch (const io::FileError& error) {
    EXPECT_THAT(error.what(), testing::HasSubstr("expected at least 17 in each"));
  }
}

}  // namespace
}  // namespace gradcore::nn
