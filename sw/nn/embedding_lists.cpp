// SPDX-License-Identifier: Apache-2.0
#include "sw/nn/embedding_lists.h"

#include <fmt/format.h>

#include <algorithm>
#include <queue>
#include <stdexcept>
#include <unordered_map>

#include "sw/nn/spread.h"

namespace gradcore::nn {
namespace {

// An entry's target is busy for some 36 cycles. So far apart are entries of a target on average,
// since spreading many sequences evenly moves each a little.
constexpr std::uint32_t kApart = 48;
constexpr std::uint32_t kShortestChain = 16;
constexpr std::uint32_t kListPart = 64;  // of list memory, of which the compiler keeps account
constexpr std::size_t kMostBags = std::size_t{1} << 16;  // halves of an entry have 16 bits

std::uint32_t up(std::uint32_t size, std::uint32_t to) { return (size + to - 1) / to * to; }

std::uint32_t how_many(std::size_t size) { return static_cast<std::uint32_t>(size); }

}  // namespace

// All that is added to the gradient of a row: bags, in the order of the index list.
struct UpdateLists::Sum {
  std::uint32_t row = 0;
  std::vector<std::uint32_t> bags;
};

struct UpdateLists::Addend {
  std::uint32_t bag = 0, target = 0;
};

struct UpdateLists::Block {
  std::vector<const Sum*> sums;
  std::uint32_t cold = 0, hot = 0;  // entries
};

namespace {

// Most indices first.
template <typename Sum>
std::vector<Sum> sums_of(const datasets::Bags& bags, std::uint32_t table_rows) {
  std::vector<std::uint64_t> keys;  // row, number of the index
  keys.reserve(bags.indices.size());
  std::vector<std::uint32_t> bag_of(bags.indices.size());
  for (std::size_t b = 0; b < bags.count(); ++b) {
    for (std::uint32_t i = bags.offsets[b]; i < bags.offsets[b + 1]; ++i) {
      if (bags.indices[i] >= table_rows) {
        throw std::invalid_argument(
            fmt::format("index {} of bag {} is {}, expected below the {} rows of the tables",
                        i - bags.offsets[b], b, bags.indices[i], table_rows));
      }
      bag_of[i] = how_many(b);
      keys.push_back(std::uint64_t{bags.indices[i]} << 32 | i);
    }
  }
  std::sort(keys.begin(), keys.end());
  std::vector<Sum> out;
  for (const std::uint64_t key : keys) {
    const auto row = static_cast<std::uint32_t>(key >> 32);
    if (out.empty() || out.back().row != row) out.push_back({row, {}});
    out.back().bags.push_back(bag_of[static_cast<std::uint32_t>(key)]);
  }
  std::stable_sort(out.begin(), out.end(),
                   [](const Sum& a, const Sum& b) { return a.bags.size() > b.bags.size(); });
  return out;
}

// Cold sums, most entries first, each to the block with the fewest entries that has a row left;
// false when a block would have too many.
template <typename Sum, typename Block>
bool deal(std::span<const Sum> cold, std::vector<Block>& blocks, const BlockShape& shape) {
  using Filled = std::pair<std::uint32_t, std::uint32_t>;  // entries, block
  std::priority_queue<Filled, std::vector<Filled>, std::greater<>> open;
  for (std::uint32_t b = 0; b < blocks.size(); ++b) open.emplace(0, b);
  for (const Sum& sum : cold) {
    if (open.empty()) return false;
    const auto [entries, b] = open.top();
    open.pop();
    const std::uint32_t now = entries + how_many(sum.bags.size());
    if (now > shape.entries) return false;
    blocks[b].sums.push_back(&sum);
    blocks[b].cold = now;
    if (blocks[b].sums.size() < shape.rows) open.emplace(now, b);
  }
  return true;
}

// Hot entries to where there are few others: up to a level, which is as low as it can be.
template <typename Block>
void fill_up(std::vector<Block>& blocks, std::uint32_t hot) {
  const auto room = [&](std::uint32_t level) {
    std::uint64_t out = 0;
    for (const Block& b : blocks) out += level - std::min(level, b.cold);
    return out;
  };
  std::uint32_t level = 0;
  for (std::uint32_t step = 1u << 31; step > 0; step /= 2) {
    if (room(level + step) < hot) level += step;
  }
  ++level;  // room(level) is enough, or nothing is to be done
  for (Block& b : blocks) {
    b.hot = std::min(level - std::min(level, b.cold), hot);
    hot -= b.hot;
  }
}

}  // namespace

std::uint32_t update_chain(std::size_t indices) {
  return std::max(kShortestChain, how_many((indices + kApart - 1) / kApart));
}

UpdateLists::UpdateLists(const datasets::Bags& bags, std::uint32_t table_rows,
                         const BlockShape& shape) {
  if (!shape.gathers && bags.count() > kMostBags) {
    throw std::invalid_argument(
        fmt::format("{} bags, expected {} at most", bags.count(), kMostBags));
  }
  const std::vector<Sum> sums = sums_of<Sum>(bags, table_rows);
  const std::uint32_t chain = update_chain(bags.indices.size());
  const auto parts_of = [&](const Sum& sum) { return parts(how_many(sum.bags.size()), chain); };
  std::size_t hot = 0;
  std::uint32_t slots = 0, hot_entries = 0;
  for (; hot < sums.size(); ++hot) {
    const Sum& sum = sums[hot];
    if (sum.bags.size() <= std::min(shape.entries / kApart, chain) ||
        slots + parts_of(sum) > shape.hot)
      break;
    slots += parts_of(sum);
    hot_entries += how_many(sum.bags.size());
  }
  if (hot < sums.size() && (sums[hot].bags.size() > shape.entries || parts_of(sums[hot]) > 1)) {
    throw std::invalid_argument(fmt::format(
        "row {} has {} indices, more than {} entries of a block: {} slots for the "
        "hottest rows are too few",
        sums[hot].row, sums[hot].bags.size(), std::min(shape.entries, chain), shape.hot));
  }
  rows_ = how_many(sums.size());
  hot_rows_ = how_many(hot);
  const std::span<const Sum> cold = std::span(sums).subspan(hot);
  const auto needed = [](std::size_t size, std::uint32_t each) {
    return how_many((size + each - 1) / each);
  };
  std::vector<Block> blocks;
  for (std::uint32_t count = up(std::max({needed(cold.size(), shape.rows),
                                          needed(bags.indices.size(), shape.entries), 1u}),
                                shape.buffers);
       ; count += shape.buffers) {
    blocks.assign(count, {});
    if (deal(cold, blocks, shape)) break;
  }
  fill_up(blocks, hot_entries);
  write({sums.begin(), sums.begin() + static_cast<std::ptrdiff_t>(hot)}, blocks, shape);
}

void UpdateLists::write(const std::vector<Sum>& hot, const std::vector<Block>& blocks,
                        const BlockShape& shape) {
  blocks_ = how_many(blocks.size());
  words_.assign(words(shape, blocks_), model::kNoRow);
  std::size_t indices = 0;
  for (const Sum& sum : hot) indices += sum.bags.size();
  for (const Block& block : blocks) indices += block.cold;
  const std::uint32_t chain = update_chain(indices);

  // The entries of hot slots in their order, and at the end their sums.
  Spread<Addend> hot_entries;
  std::uint32_t slot = 0;
  for (std::uint32_t h = 0; h < hot.size(); ++h) {
    const Sum& sum = hot[h];
    const std::uint32_t count = parts(how_many(sum.bags.size()), chain);
    words_[h] = sum.row;
    for (std::uint32_t p = 0; p < count; ++p) {
      words_[shape.hot + slot + p] = list_entry(slot + p, h);
      std::vector<Addend> entries;
      for (std::size_t k = p; k < sum.bags.size(); k += count) {
        entries.push_back({sum.bags[k], shape.buffers * shape.rows + slot + p});
      }
      hot_entries.add(entries);
    }
    slot += count;
  }
  const std::vector<Addend> in_order = hot_entries.take();

  std::size_t next_hot = 0;
  for (std::uint32_t b = 0; b < blocks_; ++b) {
    const Block& block = blocks[b];
    const std::size_t at = end_words(shape) + b * block_words(shape);
    Spread<Addend> spread;
    spread.add(std::span(in_order).subspan(next_hot, block.hot));
    next_hot += block.hot;
    for (std::uint32_t s = 0; s < block.sums.size(); ++s) {
      const Sum& sum = *block.sums[s];
      words_[at + s] = sum.row;
      std::vector<Addend> entries;
      for (const std::uint32_t bag : sum.bags) {
        entries.push_back({bag, b % shape.buffers * shape.rows + s});
      }
      spread.add(entries);
    }
    const std::span<std::uint32_t> entries = std::span(words_).subspan(at + shape.rows);
    std::unordered_map<std::uint32_t, std::uint32_t> slot_of;  // of bags
    std::size_t e = 0;
    for (const Addend& addend : spread.take()) {
      std::uint32_t source = addend.bag;
      if (shape.gathers) {
        const auto [found, is_new] = slot_of.emplace(addend.bag, how_many(slot_of.size()));
        source = found->second;
        if (is_new) entries[shape.entries + source] = addend.bag;
      }
      entries[e++] = list_entry(source, addend.target);
    }
    gathered_ += slot_of.size();
  }
}

BlockShape update_shape(const datasets::Bags& bags, const device::Hardware& hardware,
                        std::uint32_t features) {
  BlockShape out;
  const unsigned n = hardware.n;
  // Half of accumulator memory may be gradients of bags, every other column of tiles (Lanes).
  const std::uint64_t across = (features + n - 1) / n;
  const std::uint64_t tiles =
      (bags.count() + n - 1) / n * (across + (across == 1 ? 1 : across % 2));
  out.gathers = bags.count() > kMostBags || 2 * tiles * hardware.accumulator_tile_bytes() >
                                                std::uint64_t{1024} * hardware.accumulator_kib;
  // Rows with many indices will be hot, if there are slots: what counts is the ratio of the others.
  std::vector<std::uint32_t> indices = bags.indices;
  std::sort(indices.begin(), indices.end());
  const auto rows = how_many(
      static_cast<std::size_t>(std::unique(indices.begin(), indices.end()) - indices.begin()));
  const std::uint32_t words = hardware.list_entries() / out.buffers / kListPart * kListPart;
  const std::uint64_t each = out.gathers ? 2 : 1;  // words of an entry
  const std::uint64_t all = each * bags.indices.size() + rows;
  out.rows = all == 0 ? n : how_many(std::uint64_t{words} * rows / all);
  out.rows = std::clamp(out.rows / n * n, n, words / 2 / n * n);
  out.entries = how_many((words - out.rows) / each) / n * n;
  // Rows of more than one partial sum have no more than two kApart of them.
  constexpr std::uint32_t kFewest = 128, kEach = 16;
  out.hot = std::max(kFewest, kEach * n);
  return out;
}

}  // namespace gradcore::nn
