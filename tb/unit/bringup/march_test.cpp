// SPDX-License-Identifier: Apache-2.0
#include "sw/bringup/march.h"

#include <gtest/gtest.h>

#include <set>

namespace gradcore::bringup {
namespace {

// A memory of bytes in which something is wrong.
struct Cells {
  std::vector<std::uint8_t> values = std::vector<std::uint8_t>(64);
  std::function<void(Cells&, std::size_t)> after_write = [](Cells&, std::size_t) {};

  void write(std::size_t at, std::uint8_t value) {
    values[at] = value;
    after_write(*this, at);
  }
};

// Whether March C- sees a difference.
bool finds(Cells cells) {
  const std::uint8_t backgrounds[] = {0x00, 0xFF};
  for (const MarchElement& element : kMarchCMinus) {
    for (std::size_t i = 0; i < cells.values.size(); ++i) {
      const std::size_t at = element.down ? cells.values.size() - 1 - i : i;
      if (element.reads >= 0 && cells.values[at] != backgrounds[element.reads]) return true;
      if (element.writes >= 0) cells.write(at, backgrounds[element.writes]);
    }
  }
  return false;
}

TEST(March, FindsWhatItIsKnownFor) {
  EXPECT_FALSE(finds({}));
  for (const std::size_t at : {0u, 17u, 63u}) {
    Cells stuck;
    stuck.after_write = [at](Cells& c, std::size_t) { c.values[at] |= 4; };
    EXPECT_TRUE(finds(stuck)) << at;
    stuck.after_write = [at](Cells& c, std::size_t) { c.values[at] &= 0xFB; };
    EXPECT_TRUE(finds(stuck)) << at;
    // Another cell changes with this one, wherever it lies.
    for (const std::size_t other : {3u, 40u}) {
      Cells coupled;
      coupled.after_write = [at, other](Cells& c, std::size_t written) {
        if (written == at && (c.values[at] & 1) != 0) c.values[other] ^= 1;
      };
      EXPECT_TRUE(finds(coupled)) << at << ' ' << other;
    }
    // Two addresses are one cell.
    Cells aliased;
    aliased.after_write = [](Cells& c, std::size_t written) {
      c.values[written ^ 8] = c.values[written];
    };
    EXPECT_TRUE(finds(aliased));
  }
}

TEST(March, NamesItsElements) {
  EXPECT_EQ(name_of(kMarchCMinus[0]), "March C-, up (w0)");
  EXPECT_EQ(name_of(kMarchCMinus[3]), "March C-, down (r0, w1)");
  EXPECT_EQ(name_of(kMarchCMinus[5]), "March C-, down (r0)");
}

TEST(March, WindowsAreAllOrBothEnds) {
  const auto whole = windows_of(4096, 4096, 64);
  ASSERT_EQ(whole.size(), 1u);
  EXPECT_EQ(whole[0].bytes(), 4096u);
  EXPECT_EQ(coverage(4096, whole), "4 KiB");
  const auto ends = windows_of(1 << 20, 8192, 64);
  ASSERT_EQ(ends.size(), 2u);
  EXPECT_EQ(ends[0].begin, 0u);
  EXPECT_EQ(ends[0].end, 4096u);
  EXPECT_EQ(ends[1].begin, (1u << 20) - 4096);
  EXPECT_EQ(ends[1].end, 1u << 20);
  EXPECT_EQ(coverage(1 << 20, ends), "8 KiB of 1024 KiB, at both ends");
  // A granule is the least.
  EXPECT_EQ(windows_of(1 << 20, 16, 4096)[0].bytes(), 4096u);
  EXPECT_EQ(windows_of(4096, 1024, 2048).size(), 1u);
}

TEST(March, WordsTellAddressesApart) {
  std::set<std::uint32_t> words;
  for (std::uint32_t at = 0; at < 1 << 16; at += 4) words.insert(address_word(at, false));
  EXPECT_EQ(words.size(), 1u << 14);
  const auto bytes = address_words(6, 8, true);
  EXPECT_EQ(std::to_integer<unsigned>(bytes[0]), address_word(4, true) >> 16 & 0xFF);
  EXPECT_EQ(std::to_integer<unsigned>(bytes[2]), address_word(8, true) & 0xFF);
}

TEST(March, FindsTheBit) {
  std::vector<std::byte> want(8), got(8);
  BitError error;
  EXPECT_FALSE(find_error(want, got, error));
  got[3] = std::byte{0x28};
  got[5] = std::byte{1};
  ASSERT_TRUE(find_error(want, got, error));
  EXPECT_EQ(error.offset, 3u);
  EXPECT_EQ(error.bit(), 3u);
  EXPECT_EQ(error.bad_bytes, 2u);
}

}  // namespace
}  // namespace gradcore::bringup
