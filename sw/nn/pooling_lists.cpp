// SPDX-License-Identifier: Apache-2.0
#include "sw/nn/pooling_lists.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <stdexcept>
#include <unordered_map>

#include "sw/nn/spread.h"

namespace gradcore::nn {
namespace {

constexpr std::uint32_t kListPart = 64;  // of list memory, of which the compiler keeps account

using Slots = std::unordered_map<std::uint32_t, std::uint32_t>;  // of rows

std::uint32_t how_many(std::size_t size) { return static_cast<std::uint32_t>(size); }

// The rows with most indices, of those that have more than one; equal ones by their number.
std::vector<std::uint32_t> hottest(const datasets::Bags& bags, std::uint32_t most) {
  std::vector<std::uint32_t> sorted = bags.indices;
  std::sort(sorted.begin(), sorted.end());
  std::vector<std::pair<std::uint32_t, std::uint32_t>> rows;  // indices, row
  for (std::size_t i = 0; i < sorted.size();) {
    const std::size_t first = i;
    while (i < sorted.size() && sorted[i] == sorted[first]) ++i;
    if (i - first > 1) rows.emplace_back(how_many(i - first), sorted[first]);
  }
  std::stable_sort(rows.begin(), rows.end(),
                   [](const auto& a, const auto& b) { return a.first > b.first; });
  rows.resize(std::min<std::size_t>(rows.size(), most));
  std::vector<std::uint32_t> out;
  for (const auto& [unused, row] : rows) out.push_back(row);
  return out;
}

Slots slots_of(const std::vector<std::uint32_t>& rows) {
  Slots out;
  for (std::uint32_t i = 0; i < rows.size(); ++i) out.emplace(rows[i], i);
  return out;
}

// A block under construction.
class Block {
 public:
  Block(const PoolingShape& shape, const Slots& hot) : shape_(&shape), hot_(&hot) {}

  // False, and as it was, if there is no room.
  bool add(std::uint32_t number, std::span<const std::uint32_t> bag) {
    const std::uint32_t count = parts(how_many(bag.size()), kPoolingChain);
    const std::size_t rows_before = rows_.size();
    for (const std::uint32_t row : bag) {
      if (hot_->contains(row)) continue;
      if (slots_.emplace(row, how_many(rows_.size())).second) rows_.push_back(row);
    }
    if (rows_.size() > shape_->rows || entries_ + bag.size() > shape_->entries ||
        sums_.size() + count > shape_->sums || bags_.size() == shape_->bags) {
      for (std::size_t i = rows_before; i < rows_.size(); ++i) slots_.erase(rows_[i]);
      rows_.resize(rows_before);
      return false;
    }
    for (std::uint32_t p = 0; p < count; ++p) {
      const std::uint32_t sum = how_many(sums_.size());
      std::vector<std::uint32_t> entries;
      for (std::size_t k = p; k < bag.size(); k += count) {
        const auto hot = hot_->find(bag[k]);
        const std::uint32_t slot =
            hot == hot_->end() ? slots_.at(bag[k]) : shape_->rows + hot->second;
        entries.push_back(list_entry(slot, sum));
      }
      spread_.add(entries);
      sums_.push_back(list_entry(sum, how_many(bags_.size())));
    }
    entries_ += how_many(bag.size());
    bags_.push_back(number);
    return true;
  }

  std::uint32_t entries() const { return entries_; }
  std::size_t rows() const { return rows_.size(); }
  std::size_t sums() const { return sums_.size(); }

  void write(std::span<std::uint32_t> to) {
    const auto put = [&](const std::vector<std::uint32_t>& values, std::uint32_t room) {
      std::copy(values.begin(), values.end(), to.begin());
      to = to.subspan(room);
    };
    put(rows_, shape_->rows);
    put(spread_.take(), shape_->entries);
    // Bags in turn, so that sums of several partial ones wait less.
    Spread<std::uint32_t> sums;
    for (std::size_t i = 0; i < sums_.size();) {
      const std::size_t first = i;
      while (i < sums_.size() && sums_[i] >> 16 == sums_[first] >> 16) ++i;
      sums.add(std::span(sums_).subspan(first, i - first));
    }
    put(sums.take(), shape_->sums);
    put(bags_, shape_->bags);
  }

 private:
  const PoolingShape* shape_;
  const Slots* hot_;
  Slots slots_;
  std::vector<std::uint32_t> rows_, sums_, bags_;
  Spread<std::uint32_t> spread_;
  std::uint32_t entries_ = 0;
};

// Bags, longest first, each to the block with the fewest entries that has room for it; as few
// blocks as this makes possible.
std::vector<Block> packed(const datasets::Bags& bags, const PoolingShape& shape, const Slots& hot) {
  std::vector<std::uint32_t> order(bags.count());
  std::size_t sums = 0;
  for (std::uint32_t b = 0; b < order.size(); ++b) {
    order[b] = b;
    sums += parts(how_many(bags.bag(b).size()), kPoolingChain);
  }
  std::stable_sort(order.begin(), order.end(), [&](std::uint32_t a, std::uint32_t b) {
    return bags.bag(a).size() > bags.bag(b).size();
  });
  const auto needed = [](std::size_t size, std::uint32_t each) { return (size + each - 1) / each; };
  const std::size_t least = std::max({needed(bags.indices.size(), shape.entries),
                                      needed(sums, shape.sums), needed(order.size(), shape.bags)});
  for (std::size_t count = std::max<std::size_t>(needed(least, shape.buffers), 1) * shape.buffers;;
       count += shape.buffers) {
    std::vector<Block> blocks(count, Block(shape, hot));
    std::set<std::pair<std::uint32_t, std::size_t>> by_entries;  // entries, block
    for (std::size_t i = 0; i < count; ++i) by_entries.emplace(0, i);
    const bool fit = std::all_of(order.begin(), order.end(), [&](std::uint32_t b) {
      const auto at = std::find_if(by_entries.begin(), by_entries.end(), [&](const auto& entry) {
        return blocks[entry.second].add(b, bags.bag(b));
      });
      if (at == by_entries.end()) return false;
      const std::size_t block = at->second;
      by_entries.erase(at);
      by_entries.emplace(blocks[block].entries(), block);
      return true;
    });
    if (fit) return blocks;
  }
}

}  // namespace

PoolingLists::PoolingLists(const datasets::Bags& bags, std::uint32_t table_rows,
                           const PoolingShape& shape) {
  const std::vector<std::uint32_t> hot = hottest(bags, shape.hot);
  const Slots hot_slots = slots_of(hot);
  words_.assign(shape.hot, model::kNoRow);
  std::copy(hot.begin(), hot.end(), words_.begin());
  loads_ = hot.size();
  for (std::uint32_t b = 0; b < bags.count(); ++b) {
    const auto bag = bags.bag(b);
    for (std::size_t k = 0; k < bag.size(); ++k) {
      if (bag[k] < table_rows) continue;
      throw std::invalid_argument(
          fmt::format("index {} of bag {} is {}, expected below the {} rows of the tables", k, b,
                      bag[k], table_rows));
    }
    if (Block(shape, hot_slots).add(b, bag)) continue;
    throw std::invalid_argument(
        fmt::format("bag {} of {} indices is larger than a block of {} entries and {} rows", b,
                    bag.size(), shape.entries, shape.rows));
  }
  std::vector<Block> blocks = packed(bags, shape, hot_slots);
  blocks_ = how_many(blocks.size());
  words_.resize(words(shape, blocks_), model::kNoRow);
  for (std::uint32_t b = 0; b < blocks_; ++b) {
    blocks[b].write(
        std::span(words_).subspan(shape.hot + b * block_words(shape), block_words(shape)));
    loads_ += blocks[b].rows();
    sums_ += blocks[b].sums();
  }
}

PoolingShape pooling_shape(const datasets::Bags& bags, unsigned n, std::uint32_t list_entries) {
  PoolingShape out;
  constexpr std::uint32_t kHot = 16;  // rows for each row and column of the array
  out.hot = kHot * n;
  const Slots hot = slots_of(hottest(bags, out.hot));
  std::size_t cold = 0;                   // indices
  std::uint32_t longest = 0, widest = 0;  // of a bag: indices, those that are cold
  for (std::size_t b = 0; b < bags.count(); ++b) {
    std::uint32_t width = 0;
    for (const std::uint32_t row : bags.bag(b)) width += hot.contains(row) ? 0 : 1;
    cold += width;
    longest = std::max(longest, how_many(bags.bag(b).size()));
    widest = std::max(widest, width);
  }
  // For each entry a row, if it is cold, a part of a partial sum, and of a bag two words.
  const auto indices = static_cast<double>(std::max<std::size_t>(bags.indices.size(), 1));
  const double rows = static_cast<double>(cold) / indices;
  const double of_bags = static_cast<double>(bags.count()) / indices;
  const double of_sums = of_bags + 1.0 / kPoolingChain;
  const auto up = [&](double size) { return (static_cast<std::uint32_t>(size) / n + 1) * n; };
  // Two buffers only where the longest bag needs it.
  for (const std::uint32_t buffers : {3u, 2u}) {
    out.buffers = buffers;
    const std::uint32_t words = list_entries / buffers / kListPart * kListPart;
    for (double entries = words / (1 + rows + of_bags + of_sums); entries >= n; entries *= 0.98) {
      out.entries = std::max(up(entries), up(longest - 1.0));
      out.rows = std::max(up(entries * rows), up(std::max(widest, 1u) - 1.0));
      out.sums = std::max(up(entries * of_sums), up(parts(longest, kPoolingChain)));
      out.bags = up(entries * of_bags);
      if (PoolingLists::block_words(out) <= words) return out;
    }
  }
  return out;
}

}  // namespace gradcore::nn
