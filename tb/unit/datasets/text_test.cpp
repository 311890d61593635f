// SPDX-License-Identifier: Apache-2.0
#include "sw/datasets/text.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>
#include <stdexcept>

#include "sw/io/error.h"
#include "tb/unit/io/scratch_folder.h"

namespace gradcore::datasets {
namespace {

using io::FileError;
using testing::AllOf;
using testing::ElementsAre;
using testing::EndsWith;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::ThrowsMessage;

TEST(Text, HasTheCharactersThatOccurInOrder) {
  const Text text("x", "banana\r\n");
  EXPECT_EQ(text.vocabulary(), "\n\rabn");
  EXPECT_THAT(text.train(), ElementsAre(3, 2, 4, 2, 4, 2, 1, 0));
  EXPECT_THAT(text.validation(), IsEmpty());
  EXPECT_THAT(text.encode("nab"), ElementsAre(4, 2, 3));
  EXPECT_EQ(text.decode(std::vector<std::uint32_t>{4, 2, 3, 1, 0}), "nab\r\n");
  EXPECT_THAT(text.encode(""), IsEmpty());
  EXPECT_EQ(text.decode({}), "");
  EXPECT_EQ(Text("x", "a").vocabulary(), "a");
}

TEST(Text, AnyByteIsACharacter) {
  std::string all;
  for (int i = 255; i >= 0; --i) all += static_cast<char>(i);
  const Text text("x", all);
  EXPECT_EQ(text.vocabulary().size(), 256u);
  EXPECT_THAT(text.train().first(3), ElementsAre(255, 254, 253));
  EXPECT_EQ(text.encode(std::string("\0\xFF", 2)), (std::vector<std::uint8_t>{0, 255}));
}

TEST(Text, TheLastTenthIsForValidation) {
  const auto sizes = [](std::size_t characters) {
    const Text text("x", std::string(characters, 'a'));
    return std::pair(text.train().size(), text.validation().size());
  };
  EXPECT_THAT(sizes(100), testing::Pair(90, 10));
  EXPECT_THAT(sizes(109), testing::Pair(99, 10));
  EXPECT_THAT(sizes(9), testing::Pair(9, 0));
  const Text text("x",
                  "0123456789"
                  "abcdefghij");
  EXPECT_THAT(text.validation(), ElementsAre(text.encode("i")[0], text.encode("j")[0]));
}

TEST(Text, TheDefaultIsOnThisMachine) {
  const Text text = Text::load();
  EXPECT_GT(text.train().size(), 30000u);
  EXPECT_LT(text.vocabulary().size(), 100u);
  const std::vector<std::uint32_t> first(text.train().begin(), text.train().begin() + 46);
  EXPECT_THAT(text.decode(first), EndsWith("GNU GENERAL PUBLIC LICENSE"));
  text.require_sequences(256);
}

TEST(Text, RefusesWhatItCannotRead) {
  const tb::ScratchFolder folder;
  EXPECT_THAT([&] { Text::load(folder / "no.txt"); },
              ThrowsMessage<FileError>(AllOf(HasSubstr("no.txt': No such file or directory"),
                                             testing::Not(HasSubstr("Debian")))));
  EXPECT_THAT([&] { Text::load(folder.path()); },
              ThrowsMessage<FileError>(EndsWith("Is a directory")));
  EXPECT_THAT([&] { Text::load(folder.file("x.txt", "")); },
              ThrowsMessage<FileError>(EndsWith("x.txt' is empty, expected text")));
  const Text text = Text::load(folder.file("y.txt", "one\r\ntwo"));
  EXPECT_EQ(text.vocabulary(), "\n\renotw");
}

TEST(Text, RefusesWhatIsTooShort) {
  const Text text("short.txt", std::string(99, 'a'));
  text.require_sequences(8);
  EXPECT_THAT([&] { text.require_sequences(9); },
              ThrowsMessage<FileError>(
                  "'short.txt' has 90 characters to train with and 9 for validation, expected at "
                  "least 10 in each: a sequence of 9 and the one that follows"));
}

TEST(Text, RefusesOtherCharactersAndTokens) {
  const Text text("x.txt", "abc");
  EXPECT_THAT([&] { text.encode("abd"); },
              ThrowsMessage<std::invalid_argument>(
                  "character 3 of the text to encode is 'd', which 'x.txt' does not have"));
  EXPECT_THAT([&] { text.encode("\n"); },
              ThrowsMessage<std::invalid_argument>(HasSubstr("is byte 0x0a")));
  EXPECT_THAT([&] { text.encode("\xC3\xA4"); },
              ThrowsMessage<std::invalid_argument>(HasSubstr("is byte 0xc3")));
  EXPECT_THROW(text.decode(std::vector<std::uint32_t>{3}), std::out_of_range);
}

TEST(TokenBatch, NextTokensFollow) {
  const std::vector<std::uint8_t> ids = {5, 6, 7, 8, 9};
  const TokenBatch batch = token_batch(ids, std::vector<std::uint64_t>{1, 0, 1}, 3);
  EXPECT_EQ(batch.batch, 3u);
  EXPECT_EQ(batch.length, 3u);
  EXPECT_THAT(batch.tokens, ElementsAre(6, 7, 8, 5, 6, 7, 6, 7, 8));
  EXPECT_THAT(batch.next, ElementsAre(7, 8, 9, 6, 7, 8, 7, 8, 9));
  EXPECT_THROW(token_batch(ids, std::vector<std::uint64_t>{2}, 3), std::out_of_range);
  EXPECT_THROW(token_batch(ids, std::vector<std::uint64_t>{~std::uint64_t{0}}, 3),
               std::out_of_range);
  EXPECT_THROW(token_batch(ids, std::vector<std::uint64_t>{0}, 5), std::out_of_range);
  EXPECT_THAT(token_batch(ids, {}, 5).tokens, IsEmpty());
}

TEST(TokenBatch, RandomPlacesDependOnSeedAndStep) {
  const Text text = Text::load();
  const TokenBatch batch = random_tokens(text.train(), 4, 64, 1, 10);
  EXPECT_EQ(batch, random_tokens(text.train(), 4, 64, 1, 10));
  EXPECT_NE(batch, random_tokens(text.train(), 4, 64, 1, 11));
  EXPECT_NE(batch, random_tokens(text.train(), 4, 64, 2, 10));
  // A larger batch begins with the smaller one.
  const TokenBatch more = random_tokens(text.train(), 5, 64, 1, 10);
  EXPECT_TRUE(std::equal(batch.tokens.begin(), batch.tokens.end(), more.tokens.begin()));
}

TEST(TokenBatch, EveryPlaceIsDrawn) {
  std::vector<std::uint8_t> ids(11);
  for (std::size_t i = 0; i < ids.size(); ++i) ids[i] = static_cast<std::uint8_t>(i);
  std::vector<int> starts(11, 0);
  for (std::uint64_t step = 0; step < 500; ++step) {
    const TokenBatch batch = random_tokens(ids, 2, 4, 3, step);
    for (const std::size_t row : {0u, 1u}) ++starts[batch.tokens[row * 4]];
  }
  for (std::size_t i = 0; i < 7; ++i) EXPECT_NEAR(starts[i], 1000.0 / 7, 50) << i;
  EXPECT_EQ(starts[7], 0);
  EXPECT_THAT(random_tokens(std::span(ids).first(5), 1, 4, 1, 1).tokens, ElementsAre(0, 1, 2, 3));
  EXPECT_THROW(random_tokens(std::span(ids).first(4), 1, 4, 1, 1), std::out_of_range);
}

TEST(TokenBatch, ConsecutivePlacesCoverEverythingOnce) {
  EXPECT_THAT(consecutive_starts(13, 4), ElementsAre(0, 4, 8));
  EXPECT_THAT(consecutive_starts(12, 4), ElementsAre(0, 4));
  EXPECT_THAT(consecutive_starts(5, 4), ElementsAre(0));
  EXPECT_THAT(consecutive_starts(4, 4), IsEmpty());
  EXPECT_THAT(consecutive_starts(0, 4), IsEmpty());
  EXPECT_THAT(consecutive_starts(10, 0), IsEmpty());
}

}  // namespace
}  // namespace gradcore::datasets
