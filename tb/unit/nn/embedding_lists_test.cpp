// SPDX-License-Identifier: Apache-2.0
#include "sw/nn/embedding_lists.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <functional>
#include <map>
#include <stdexcept>
#include <string>
#include <vector>

#include "tb/unit/nn/plain_embedding.h"

namespace gradcore::nn {
namespace {

using Sums = std::map<std::uint32_t, std::vector<std::uint32_t>>;  // of each row the bags

Sums sums_of(const datasets::Bags& bags) {
  Sums out;
  for (std::uint32_t b = 0; b < bags.count(); ++b) {
    for (const std::uint32_t row : bags.bag(b)) out[row].push_back(b);
  }
  return out;
}

// What the chip makes of the lists: partial sums of the rows, in order.
struct Walked {
  Sums cold;
  std::map<std::uint32_t, std::vector<std::vector<std::uint32_t>>> hot;
  std::uint32_t entries = 0;
  std::uint32_t close = 0;  // entries whose target was named less than 36 entries before
};

Walked walk(const UpdateLists& lists, const BlockShape& shape) {
  Walked out;
  const auto words = lists.words();
  EXPECT_EQ(words.size(), UpdateLists::words(shape, lists.blocks()));
  EXPECT_EQ(lists.blocks() % shape.buffers, 0u);
  Sums slots;
  for (std::uint32_t b = 0; b <= lists.blocks(); ++b) {
    const auto block =
        words.subspan(UpdateLists::end_words(shape) + b * UpdateLists::block_words(shape),
                      UpdateLists::block_words(shape));
    std::map<std::uint32_t, std::uint32_t> last;
    for (std::uint32_t e = 0; e < shape.entries; ++e) {
      const std::uint32_t entry = block[shape.rows + e];
      if (entry == model::kNoRow) continue;
      EXPECT_LT(b, lists.blocks()) << "the block behind the last one is not empty";
      const std::uint32_t target = entry >> 16;
      const std::uint32_t bag =
          shape.gathers ? block[shape.rows + shape.entries + (entry & 0xFFFFu)] : entry & 0xFFFFu;
      ++out.entries;
      const auto before = last.find(target);
      constexpr std::uint32_t kPipeline = 36;
      if (before != last.end() && e - before->second < kPipeline) ++out.close;
      last[target] = e;
      const std::uint32_t first = b % shape.buffers * shape.rows;
      if (target >= shape.buffers * shape.rows) {
        slots[target - shape.buffers * shape.rows].push_back(bag);
        continue;
      }
      EXPECT_TRUE(target >= first && target < first + shape.rows) << "a slot of another buffer";
      out.cold[block[target - first]].push_back(bag);
    }
    for (std::uint32_t s = 0; s < shape.rows; ++s) {
      if (block[s] == model::kNoRow) continue;
      EXPECT_EQ(out.cold.count(block[s]), 1u) << "row " << block[s] << " visits for nothing";
    }
  }
  for (std::uint32_t slot = 0; slot < shape.hot; ++slot) {
    const std::uint32_t entry = words[shape.hot + slot];
    if (entry == model::kNoRow) {
      EXPECT_EQ(slots.count(slot), 0u);
      continue;
    }
    EXPECT_EQ(entry & 0xFFFFu, slot);
    out.hot[words[entry >> 16]].push_back(slots.at(slot));
  }
  return out;
}

void expect_all(const datasets::Bags& bags, const Walked& got) {
  const Sums want = sums_of(bags);
  EXPECT_EQ(got.entries, bags.indices.size());
  EXPECT_EQ(got.cold.size() + got.hot.size(), want.size());
  const std::uint32_t chain = update_chain(bags.indices.size());
  for (const auto& [row, addends] : got.cold) EXPECT_EQ(addends, want.at(row)) << "row " << row;
  for (const auto& [row, partial] : got.hot) {
    const std::vector<std::uint32_t>& all = want.at(row);
    ASSERT_EQ(partial.size(), parts(static_cast<std::uint32_t>(all.size()), chain));
    for (std::size_t k = 0; k < all.size(); ++k) {
      EXPECT_EQ(partial[k % partial.size()].at(k / partial.size()), all[k]) << "row " << row;
    }
  }
}

TEST(UpdateLists, HaveEveryIndexOnceAndInOrder) {
  for (const double exponent : {0.0, 1.05, 2.5}) {
    const datasets::Bags bags = plain::zipf_bags(200, 0, 60, 500, 3, exponent);
    for (const BlockShape& shape : {BlockShape{16, 64, 128, 3}, BlockShape{4, 400, 128, 2},
                                    BlockShape{16, 64, 128, 3, true}}) {
      SCOPED_TRACE(fmt::format("exponent {}, blocks of {}", exponent, shape.rows));
      expect_all(bags, walk(UpdateLists(bags, 500, shape), shape));
    }
  }
}

// 64k indices of a million rows, as the benchmark has them: blocks are full, and next to no entry
// comes where it must wait for one before it.
TEST(UpdateLists, FillBlocksAndKeepTargetsApart) {
  constexpr std::uint32_t kRows = 1'000'000;
  const datasets::Bags bags = plain::zipf_bags(2048, 0, 72, kRows, 5, 1.05);
  const BlockShape shape = update_shape(bags, {.n = 16}, 16);
  const UpdateLists lists(bags, kRows, shape);
  const Walked got = walk(lists, shape);
  expect_all(bags, got);
  EXPECT_GT(lists.hot_rows(), 100u);
  EXPECT_LT(std::size_t{lists.blocks()} * shape.entries, bags.indices.size() * 11 / 10);
  EXPECT_LT(got.close, bags.indices.size() / 100);
}

std::string complaint(const std::function<void()>& act) {
  try {
    act();
  } catch (const std::invalid_argument& error) {
    return error.what();
  }
  return "";
}

TEST(UpdateLists, RefuseWhatTheyCannotHold) {
  const datasets::Bags bags{{0, 2, 2, 3}, {4, 9, 9}};
  const BlockShape shape{4, 8, 4, 2};
  EXPECT_EQ(complaint([&] { const UpdateLists lists(bags, 10, shape); }), "");
  EXPECT_EQ(complaint([&] { const UpdateLists lists(bags, 9, shape); }),
            "index 1 of bag 0 is 9, expected below the 9 rows of the tables");
  datasets::Bags many;
  many.offsets.assign((1u << 16) + 2, 0);
  EXPECT_EQ(complaint([&] { const UpdateLists lists(many, 10, shape); }),
            "65537 bags, expected 65536 at most");
  datasets::Bags same;  // ten rows with 16 indices each
  for (std::uint32_t b = 0; b < 16; ++b) {
    for (std::uint32_t row = 0; row < 10; ++row) same.indices.push_back(row);
    same.offsets.push_back(static_cast<std::uint32_t>(same.indices.size()));
  }
  EXPECT_EQ(complaint([&] { const UpdateLists lists(same, 10, shape); }),
            "row 4 has 16 indices, more than 8 entries of a block: 4 slots for the hottest rows "
            "are too few");
}

}  // namespace
}  // namespace gradcore::nn
