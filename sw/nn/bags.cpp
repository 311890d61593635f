// SPDX-License-Identifier: Apache-2.0
#include "sw/nn/bags.h"

#include <fmt/format.h>

#include <algorithm>
#include <stdexcept>
#include <unordered_map>

#include "sw/compiler/view.h"

namespace gradcore::nn {
namespace {

constexpr std::uint32_t kNoRow = 0xFFFFFFFFu;
constexpr std::uint32_t kAlign = 16;  // entries: a burst of DRAM

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
}

// Index by index of all bags in turn: so entries with the same target are far apart, and need not
// wait for each other.
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
    first_sample += samples_[c];
  }
}

}  // namespace gradcore::nn
