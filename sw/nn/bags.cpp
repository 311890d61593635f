// SPDX-License-Identifier: Apache-2.0
#include "sw/nn/bags.h"

#include <fmt/format.h>

#include <algorithm>
#include <stdexcept>
#include <unordered_map>

#include "sw/compiler/view.h"
#include "sw/model/local_memory.h"
#include "sw/nn/spread.h"

namespace gradcore::nn {

using model::kNoRow;

namespace {

constexpr std::uint32_t kAlign = 16;  // entries: a burst of DRAM

// Puts entries with the same target as far from each other as they go, in the order in which they
// came.
void spread_out(std::span<std::uint32_t> entries) {
  std::vector<std::vector<std::uint32_t>> targets;
  std::unordered_map<std::uint32_t, std::size_t> number_of;
  for (const std::uint32_t entry : entries) {
    const auto [at, is_new] = number_of.emplace(entry >> 16, targets.size());
    if (is_new) targets.emplace_back();
    targets[at->second].push_back(entry);
  }
  Spread<std::uint32_t> spread;
  for (const std::vector<std::uint32_t>& target : targets) spread.add(target);
  std::ranges::copy(spread.take(), entries.begin());
}

// Tells the first entry of each target from `first` on that it is the first.
void mark_first(std::span<std::uint32_t> entries, std::uint32_t first, std::uint32_t targets) {
  std::vector<bool> is_known(targets, false);
  for (std::uint32_t& entry : entries) {
    const std::uint32_t target = entry >> 16;
    if (target < first || is_known[target - first]) continue;
    is_known[target - first] = true;
    entry |= model::kWithoutC;
  }
}

std::uint32_t aligned(std::uint32_t entries) { return (entries + kAlign - 1) / kAlign * kAlign; }

}  // namespace

BagLists::BagLists(std::vector<BagShape> tables, const std::vector<std::uint32_t>& chunks,
                   std::uint32_t vector_rows, unsigned n)
    : tables_(std::move(tables)), samples_(chunks), vector_rows_(vector_rows) {
  std::uint32_t most = 0;  // indices of a sample
  for (const BagShape& table : tables_) {
    first_row_.push_back(rows_);
    rows_ += table.rows;
    most += table.most;
    is_single_ = is_single_ && table.least == 1 && table.most == 1;
  }
  const auto part = [&](std::uint32_t count) {
    const Part out{entries_, count};
    entries_ += aligned(count);
    return out;
  };
  for (const std::uint32_t samples : chunks) {
    Chunk chunk;
    chunk.slots = compiler::tiles(samples * most, n) * n;
    chunk.first_slot = slots_;
    chunk.rows = part(chunk.slots);
    chunk.forward = part(samples * most);
    chunk.backward = part(samples * most);
    slots_ += chunk.slots;
    chunks_.push_back(chunk);
  }
  coming_ = part(slots_);
  going_ = part(slots_);
}

// Index by index of all bags in turn: so entries of a bag are far apart, and need not wait for each
// other. Entries of a slot's gradients, of which a popular row has many, are spread out after that.
void BagLists::fill(const datasets::ClickBatch& batch, std::span<std::uint32_t> entries) const {
  std::fill(entries.begin(), entries.end(), kNoRow);
  std::unordered_map<std::uint32_t, std::uint32_t> slot_of;
  std::uint32_t first_sample = 0;
  for (std::size_t c = 0; c < chunks_.size(); ++c) {
    const Chunk& chunk = chunks_[c];
    std::uint32_t used = 0;
    std::uint32_t count = 0;
    std::uint32_t longest = 0;
    for (const BagShape& table : tables_) longest = std::max(longest, table.most);
    for (std::uint32_t k = 0; k < longest; ++k) {
      for (std::uint32_t s = 0; s < samples_[c]; ++s) {
        for (std::size_t t = 0; t < tables_.size(); ++t) {
          const auto bag = batch.tables[t].bag(first_sample + s);
          if (bag.size() > tables_[t].most) {
            throw std::invalid_argument(
                fmt::format("a bag of {} indices of table {}, expected {} at most", bag.size(), t,
                            tables_[t].most));
          }
          if (k >= bag.size()) continue;
          if (bag[k] >= tables_[t].rows) {
            throw std::invalid_argument(
                fmt::format("index {} of sample {} is {}, expected below the {} rows of table {}",
                            k, first_sample + s, bag[k], tables_[t].rows, t));
          }
          const std::uint32_t row = first_row_[t] + bag[k];
          const auto [at, is_new] = slot_of.emplace(row, chunk.first_slot + used);
          if (is_new) entries[chunk.rows.at + used++] = row;
          const std::uint32_t vector = s * vector_rows_ + 1 + static_cast<std::uint32_t>(t);
          entries[chunk.forward.at + count] = at->second | vector << 16;
          entries[chunk.backward.at + count] = vector | at->second << 16;
          ++count;
        }
      }
    }
    const auto backward = entries.subspan(chunk.backward.at, count);
    spread_out(backward);
    mark_first(backward, chunk.first_slot, chunk.slots);
    first_sample += samples_[c];
  }
}

BagLists::Ends BagLists::link(std::span<std::uint32_t> entries) const {
  const std::size_t steps = entries.size() / entries_;
  const auto rows_of = [&](std::size_t step) {
    std::vector<std::uint32_t> out(slots_, kNoRow);
    for (const Chunk& chunk : chunks_) {
      const auto from = entries.subspan(step * entries_ + chunk.rows.at, chunk.rows.count);
      std::copy(from.begin(), from.end(), out.begin() + chunk.first_slot);
    }
    return out;
  };
  const auto numbers_of = [](const std::vector<std::uint32_t>& rows) {
    std::unordered_map<std::uint32_t, std::uint32_t> out;
    for (std::uint32_t i = 0; i < rows.size(); ++i) {
      if (rows[i] != kNoRow) out.emplace(rows[i], i);
    }
    return out;
  };
  // Those of `rows` that `others` do not have, in their places or one behind the other.
  const auto missing = [&](const std::vector<std::uint32_t>& rows,
                           const std::vector<std::uint32_t>& others, bool in_place) {
    const auto known = numbers_of(others);
    std::vector<std::uint32_t> out(slots_, kNoRow);
    std::uint32_t count = 0;
    for (std::uint32_t i = 0; i < slots_; ++i) {
      if (rows[i] != kNoRow && !known.contains(rows[i])) out[in_place ? i : count++] = rows[i];
    }
    return out;
  };
  std::vector<std::uint32_t> before(slots_, kNoRow);
  std::vector<std::uint32_t> rows = rows_of(0);
  std::vector<std::uint32_t> come = missing(rows, before, false);
  Ends out{come, {}};
  for (std::size_t s = 0; s < steps; ++s) {
    const std::vector<std::uint32_t> next =
        s + 1 < steps ? rows_of(s + 1) : std::vector<std::uint32_t>(slots_, kNoRow);
    const auto step = entries.subspan(s * entries_, entries_);
    std::ranges::copy(missing(before, rows, true), step.begin() + going_.at);
    const auto stays = numbers_of(before);
    const auto comes = numbers_of(come);
    come = missing(next, rows, false);
    std::ranges::copy(come, step.begin() + coming_.at);
    for (const Chunk& chunk : chunks_) {
      for (std::uint32_t i = 0; i < chunk.rows.count; ++i) {
        const std::uint32_t row = rows[chunk.first_slot + i];
        if (row == kNoRow) continue;
        const auto at = stays.find(row);
        const std::uint32_t from = at != stays.end() ? at->second : slots_ + comes.at(row);
        step[chunk.rows.at + i] = from | i << 16;
      }
    }
    before = std::move(rows);
    rows = next;
  }
  out.last = before;
  return out;
}

}  // namespace gradcore::nn
