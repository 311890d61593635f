// SPDX-License-Identifier: Apache-2.0
#include "sw/datasets/line_reader.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <vector>

#include "sw/io/error.h"
#include "tb/unit/datasets/gzip_bytes.h"
#include "tb/unit/io/scratch_folder.h"

namespace gradcore::datasets {
namespace {

using io::FileError;
using testing::ElementsAre;
using testing::EndsWith;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::ThrowsMessage;

std::vector<std::string> lines(const std::string& name) {
  LineReader reader(name);
  std::vector<std::string> out;
  std::string_view line;
  while (reader.next(line)) {
    out.emplace_back(line);
    EXPECT_EQ(reader.number(), out.size());
    EXPECT_EQ(reader.place(), name + ":" + std::to_string(out.size()));
  }
  EXPECT_FALSE(reader.next(line));
  return out;
}

class Lines : public testing::Test {
 protected:
  std::vector<std::string> plain(const std::string& bytes) {
    return lines(folder_.file("x.txt", bytes));
  }
  tb::ScratchFolder folder_;
};

TEST_F(Lines, OfEveryKind) {
  EXPECT_THAT(plain("a\nb\n"), ElementsAre("a", "b"));
  EXPECT_THAT(plain("a\nb"), ElementsAre("a", "b"));
  EXPECT_THAT(plain("a\r\nb\r\n"), ElementsAre("a", "b"));
  EXPECT_THAT(plain("a\r\nb\r"), ElementsAre("a", "b"));
  EXPECT_THAT(plain("\n\r\na\rb\n"), ElementsAre("", "", "a\rb"));
  EXPECT_THAT(plain(""), IsEmpty());
  EXPECT_THAT(plain("\n"), ElementsAre(""));
  EXPECT_THAT(plain(std::string("a\0b\n", 4)), ElementsAre(std::string("a\0b", 3)));
}

TEST_F(Lines, OfCompressedFiles) {
  std::string text;
  std::vector<std::string> expected;
  for (int i = 0; i < 100000; ++i) {
    expected.push_back(std::to_string(i * 7919 % 100003) + std::string(i % 50, 'x'));
    text += expected.back() + "\n";
  }
  EXPECT_TRUE(lines(folder_.file("x.gz", tb::gzip(text))) == expected);
  EXPECT_TRUE(plain(text) == expected);
  // gzip files one after the other are one.
  EXPECT_THAT(lines(folder_.file("y.gz", tb::gzip("a\nb") + tb::gzip("c\nd"))),
              ElementsAre("a", "bc", "d"));
}

TEST_F(Lines, OfDamagedFilesAreRefused) {
  const std::string whole = tb::gzip("first\nsecond\n");
  EXPECT_THAT(lines(folder_.file("x.gz", whole)), ElementsAre("first", "second"));
  for (std::size_t length = 3; length < whole.size(); ++length) {
    EXPECT_THAT([&] { lines(folder_.file("x.gz", whole.substr(0, length))); },
                ThrowsMessage<FileError>(HasSubstr("x.gz' could not be read after line")))
        << length;
  }
  std::string flipped = whole;
  flipped[whole.size() - 6] ^= 1;  // of the CRC
  EXPECT_THAT([&] { lines(folder_.file("x.gz", flipped)); },
              ThrowsMessage<FileError>(HasSubstr("incorrect data check")));
}

TEST_F(Lines, OfAMebibyteAtMost) {
  const std::string longest(1 << 20, 'a');
  EXPECT_THAT(plain("x\n" + longest + "\n" + longest), ElementsAre("x", longest, longest));
  EXPECT_THAT([&] { plain("x\n" + longest + "a\n"); },
              ThrowsMessage<FileError>(EndsWith("x.txt:2: a line of more than 1 MiB")));
  EXPECT_THAT([&] { plain(std::string(10 << 20, 'a')); },
              ThrowsMessage<FileError>(EndsWith("x.txt:1: a line of more than 1 MiB")));
}

TEST_F(Lines, NeedAFile) {
  EXPECT_THAT([&] { LineReader((folder_ / "no.txt").string()); },
              ThrowsMessage<FileError>(EndsWith("no.txt': No such file or directory")));
  EXPECT_THAT([&] { LineReader reader(folder_.path()); },
              ThrowsMessage<FileError>(EndsWith("Is a directory")));
}

}  // namespace
}  // namespace gradcore::datasets
