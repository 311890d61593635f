// SPDX-License-Identifier: Apache-2.0
#include "sw/nn/bags.h"

#include <gtest/gtest.h>

#include <map>
#include <set>
#include <stdexcept>
#include <string>
#include <vector>

#include "sw/train/random.h"

namespace gradcore::nn {
namespace {

constexpr std::uint32_t kNone = 0xFFFFFFFFu;
constexpr std::uint32_t kVectorRows = 4;

datasets::ClickBatch batch_of(const std::vector<std::vector<std::vector<std::uint32_t>>>& samples) {
  datasets::ClickBatch out(0, samples.front().size());
  for (const auto& bags : samples) out.append({{}, bags, 0});
  return out;
}

// Of each chunk's vectors the rows of tables that are summed into them, as the lists say.
std::map<std::uint32_t, std::multiset<std::uint32_t>> sums(const BagLists& lists, std::size_t chunk,
                                                           const std::vector<std::uint32_t>& e) {
  std::map<std::uint32_t, std::uint32_t> row_of_slot;
  for (const BagLists::Chunk& c : lists.chunks()) {
    for (std::uint32_t i = 0; i < c.rows.count; ++i) {
      if (e[c.rows.at + i] != kNone) row_of_slot[c.first_slot + i] = e[c.rows.at + i];
    }
  }
  std::map<std::uint32_t, std::multiset<std::uint32_t>> out;
  const BagLists::Chunk& c = lists.chunks()[chunk];
  for (std::uint32_t i = 0; i < c.forward.count; ++i) {
    const std::uint32_t forward = e[c.forward.at + i];
    const std::uint32_t backward = e[c.backward.at + i];
    if (forward == kNone) {
      EXPECT_EQ(backward, kNone);
      continue;
    }
    EXPECT_EQ(forward >> 16, backward & 0xFFFFu);
    EXPECT_EQ(forward & 0xFFFFu, backward >> 16);
    out[forward >> 16].insert(row_of_slot.at(forward & 0xFFFFu));
  }
  return out;
}

TEST(BagLists, SayWhatIsSummedWhere) {
  // Tables of 10 and 5 rows: row 3 of the second one is row 13 of all.
  const BagLists lists({{10, 0, 3}, {5, 1, 2}}, {2, 1}, kVectorRows, 4);
  EXPECT_EQ(lists.rows(), 15u);
  EXPECT_FALSE(lists.is_single());
  std::vector<std::uint32_t> e(lists.entries());
  lists.fill(batch_of({{{7, 7, 2}, {3}}, {{}, {0, 4}}, {{2}, {3, 3}}}), e);
  EXPECT_EQ(sums(lists, 0, e), (std::map<std::uint32_t, std::multiset<std::uint32_t>>{
                                   {1, {2, 7, 7}}, {2, {13}}, {kVectorRows + 2, {10, 14}}}));
  EXPECT_EQ(sums(lists, 1, e),
            (std::map<std::uint32_t, std::multiset<std::uint32_t>>{{1, {2}}, {2, {13, 13}}}));
}

TEST(BagLists, LoadEveryRowOnce) {
  const BagLists lists({{50, 1, 1}, {50, 1, 1}}, {8, 8, 8}, kVectorRows, 4);
  EXPECT_TRUE(lists.is_single());
  std::vector<std::vector<std::vector<std::uint32_t>>> samples;
  std::set<std::uint32_t> used;
  for (std::uint64_t s = 0; s < 24; ++s) {
    const auto draw = [&](std::uint64_t t) {
      return static_cast<std::uint32_t>(train::random_bits(1, t, s) % 9);  // many repeat
    };
    samples.push_back({{draw(0)}, {draw(1)}});
    used.insert(draw(0));
    used.insert(50 + draw(1));
  }
  std::vector<std::uint32_t> e(lists.entries());
  lists.fill(batch_of(samples), e);
  std::multiset<std::uint32_t> loaded;
  for (const BagLists::Chunk& c : lists.chunks()) {
    EXPECT_EQ(c.first_slot % 4, 0u);
    for (std::uint32_t i = 0; i < c.rows.count; ++i) {
      if (e[c.rows.at + i] != kNone) loaded.insert(e[c.rows.at + i]);
    }
  }
  EXPECT_EQ(loaded, std::multiset<std::uint32_t>(used.begin(), used.end()));
}

TEST(BagLists, RefuseWhatTablesDoNotHave) {
  const BagLists lists({{10, 1, 1}}, {2}, kVectorRows, 4);
  std::vector<std::uint32_t> e(lists.entries());
  const auto complaint = [&](const datasets::ClickBatch& batch) -> std::string {
    try {
      lists.fill(batch, e);
    } catch (const std::invalid_argument& error) {
      return error.what();
    }
    return "";
  };
  EXPECT_EQ(complaint(batch_of({{{9}}, {{0}}})), "");
  EXPECT_EQ(complaint(batch_of({{{9}}, {{10}}})),
            "index 0 of sample 1 is 10, expected below the 10 rows of table 0");
  EXPECT_EQ(complaint(batch_of({{{9, 1}}, {{0}}})),
            "a bag of 2 indices of table 0, expected 1 at most");
}

}  // namespace
}  // namespace gradcore::nn
