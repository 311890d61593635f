// SPDX-License-Identifier: Apache-2.0
#include "sw/nn/bags.h"

#include <gtest/gtest.h>

#include <map>
#include <set>
#include <stdexcept>
#include <string>
#include <vector>

#include "sw/model/local_memory.h"
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

std::uint32_t target(std::uint32_t entry) { return (entry & ~model::kWithoutC) >> 16; }

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
  // Backward has the same pairs the other way round, in an order of its own.
  std::multiset<std::uint32_t> there, back;
  std::set<std::uint32_t> begun;  // new slots, whose first entry says that there is nothing yet
  for (std::uint32_t i = 0; i < c.forward.count; ++i) {
    const std::uint32_t forward = e[c.forward.at + i];
    const std::uint32_t backward = e[c.backward.at + i];
    there.insert(forward);
    back.insert(backward == kNone ? kNone : target(backward) | backward << 16);
    if (backward != kNone) {
      const bool is_first =
          target(backward) >= c.first_slot && begun.insert(target(backward)).second;
      EXPECT_EQ((backward & model::kWithoutC) != 0, is_first) << "entry " << i;
    }
    if (forward == kNone) continue;
    out[forward >> 16].insert(row_of_slot.at(forward & 0xFFFFu));
  }
  EXPECT_EQ(there, back);
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

// Entries of a popular row are as far apart as they can be, each sample's in its turn.
TEST(BagLists, SpreadWhatMeetsInARow) {
  const BagLists lists({{50, 1, 1}, {50, 1, 1}}, {16}, kVectorRows, 4);
  std::vector<std::vector<std::vector<std::uint32_t>>> samples;
  for (std::uint32_t s = 0; s < 16; ++s) samples.push_back({{s < 4 ? 7 : 10 + s}, {s}});
  std::vector<std::uint32_t> e(lists.entries());
  lists.fill(batch_of(samples), e);
  const BagLists::Part& part = lists.chunks()[0].backward;
  std::vector<std::uint32_t> at, from;
  for (std::uint32_t i = 0; i < part.count; ++i) {
    if (target(e[part.at + i]) == target(e[part.at])) {
      at.push_back(i);
      from.push_back(e[part.at + i] & 0xFFFFu);
    }
  }
  ASSERT_EQ(at.size(), 4u);
  for (std::size_t k = 0; k + 1 < at.size(); ++k) {
    EXPECT_GE(at[k + 1] - at[k], 5u);
    EXPECT_LT(from[k], from[k + 1]);
  }
}

// A launch as the lists have it: every slot gets the row that it should have as the step before has
// left it, and at the end DRAM has the last of all rows. A row's value is how many steps used it.
TEST(BagLists, CarryRowsFromStepToStep) {
  constexpr std::size_t kSteps = 6;
  const BagLists lists({{12, 1, 1}, {9, 0, 2}}, {4, 3}, kVectorRows, 4);
  std::vector<std::uint32_t> all(kSteps * lists.entries());
  std::vector<std::vector<std::uint32_t>> rows_of(kSteps,
                                                  std::vector<std::uint32_t>(lists.slots()));
  for (std::size_t s = 0; s < kSteps; ++s) {
    std::vector<std::vector<std::vector<std::uint32_t>>> samples;
    for (std::uint64_t i = 0; i < 7; ++i) {
      const auto draw = [&](std::uint64_t what, std::uint32_t below) {
        return static_cast<std::uint32_t>(train::random_bits(s, what, i) % below);
      };
      samples.push_back({{draw(0, 12)}, std::vector<std::uint32_t>(draw(1, 3), draw(2, 9))});
    }
    const auto step = std::span(all).subspan(s * lists.entries(), lists.entries());
    lists.fill(batch_of(samples), step);
    for (const BagLists::Chunk& c : lists.chunks()) {
      std::copy_n(step.begin() + c.rows.at, c.rows.count, rows_of[s].begin() + c.first_slot);
    }
  }
  const BagLists::Ends ends = lists.link(all);

  std::vector<int> dram(21, 0), want(21, 0), kept(2 * lists.slots(), -1);
  std::size_t carried = 0;
  const auto come = [&](std::span<const std::uint32_t> list) {
    for (std::size_t i = 0; i < list.size(); ++i) {
      if (list[i] != kNone) kept[lists.slots() + i] = dram[list[i]];
    }
  };
  const auto go = [&](std::span<const std::uint32_t> list) {
    for (std::size_t i = 0; i < list.size(); ++i) {
      if (list[i] != kNone) dram[list[i]] = kept[i];
    }
  };
  come(ends.first);
  for (std::size_t s = 0; s < kSteps; ++s) {
    const auto step = std::span(all).subspan(s * lists.entries(), lists.entries());
    std::vector<int> slots(lists.slots(), -1);
    for (const BagLists::Chunk& c : lists.chunks()) {
      for (std::uint32_t i = 0; i < c.rows.count; ++i) {
        const std::uint32_t entry = step[c.rows.at + i];
        if (entry == kNone) continue;
        slots[c.first_slot + (entry >> 16)] = kept[entry & 0xFFFFu];
        carried += (entry & 0xFFFFu) < lists.slots();
      }
    }
    go(step.subspan(lists.going().at, lists.going().count));
    come(step.subspan(lists.coming().at, lists.coming().count));
    for (std::uint32_t i = 0; i < lists.slots(); ++i) {
      if (rows_of[s][i] == kNone) continue;
      ASSERT_EQ(slots[i], want[rows_of[s][i]]) << "step " << s << " slot " << i;
      kept[i] = ++want[rows_of[s][i]];
    }
  }
  go(ends.last);
  EXPECT_EQ(dram, want);
  EXPECT_GT(carried, kSteps);  // otherwise nothing is seen
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
