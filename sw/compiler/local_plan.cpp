// SPDX-License-Identifier: Apache-2.0
#include "sw/compiler/local_plan.h"

#include <fmt/format.h>

#include <algorithm>

namespace gradcore::compiler {
namespace {

// Places that are right for four banks are right for two, and for eight no worse.
constexpr std::uint64_t kOperandBanks = 4, kAccumulatorBanks = 4;

// The smallest number from `least` on that is `rest` modulo `banks`.
std::uint64_t next(std::uint64_t least, int rest, std::uint64_t banks) {
  if (rest < 0) return least;
  return least + (static_cast<std::uint64_t>(rest) + banks - least % banks) % banks;
}

}  // namespace

View LocalPlan::place(bool accumulator, const std::string& name, std::uint32_t rows,
                      std::uint32_t cols, Placement placement) {
  if (is_dense_) placement.stride = -1;
  const std::uint64_t n = hardware_.n;
  const std::uint64_t banks = accumulator ? kAccumulatorBanks : kOperandBanks;
  const std::uint64_t row_tiles = (rows + n - 1) / n;
  const std::uint64_t col_tiles = (cols + n - 1) / n;
  const std::uint64_t stride = row_tiles > 1 ? next(col_tiles, placement.stride, banks) : col_tiles;
  // The last row of tiles has no neighbour to keep a distance from.
  const std::uint64_t tiles = (row_tiles - 1) * stride + col_tiles;
  std::vector<bool>& taken = taken_[accumulator ? 1 : 0];
  const auto for_all = [&](std::uint64_t first, const auto& visit) {
    for (std::uint64_t r = 0; r < row_tiles; ++r) {
      for (std::uint64_t c = 0; c < col_tiles; ++c) {
        if (!visit(first + r * stride + c)) return false;
      }
    }
    return true;
  };
  // The first place with the wished bank that is free; gaps of others are as good as any.
  std::uint64_t first = next(0, placement.bank, banks);
  while (!for_all(first, [&](std::uint64_t t) { return t >= taken.size() || !taken[t]; })) {
    first += placement.bank < 0 ? 1 : banks;
  }
  if (taken.size() < first + tiles) taken.resize(first + tiles);
  for_all(first, [&](std::uint64_t t) { return taken[t] = true; });
  View view;
  view.accumulator = accumulator;
  view.first = static_cast<std::uint32_t>(first);
  view.stride = static_cast<std::uint32_t>(stride);
  view.rows = rows;
  view.cols = cols;
  entries_.push_back({name, view, row_tiles * col_tiles});
  return view;
}

std::uint64_t LocalPlan::used_bytes(bool accumulator) const {
  return taken_[accumulator ? 1 : 0].size() *
         (accumulator ? hardware_.accumulator_tile_bytes() : hardware_.operand_tile_bytes());
}

std::uint64_t LocalPlan::room_bytes(bool accumulator) const {
  return std::uint64_t{1024} * (accumulator ? hardware_.accumulator_kib : hardware_.operand_kib);
}

bool LocalPlan::fits() const {
  return used_bytes(false) <= room_bytes(false) && used_bytes(true) <= room_bytes(true);
}

void LocalPlan::check() const {
  for (const bool accumulator : {false, true}) {
    const std::uint64_t room = room_bytes(accumulator);
    if (used_bytes(accumulator) <= room) continue;
    std::vector<std::pair<std::string, std::uint64_t>> largest;  // bytes by name
    for (const Entry& entry : entries_) {
      if (entry.view.accumulator != accumulator) continue;
      auto at = std::find_if(largest.begin(), largest.end(),
                             [&](const auto& other) { return other.first == entry.name; });
      if (at == largest.end()) at = largest.insert(at, {entry.name, 0});
      at->second += entry.tiles * entry.view.tile_bytes(hardware_.n);
    }
    std::stable_sort(largest.begin(), largest.end(),
                     [](const auto& a, const auto& b) { return a.second > b.second; });
    constexpr std::size_t kNamed = 8;
    std::string list;
    for (std::size_t i = 0; i < std::min(largest.size(), kNamed); ++i) {
      list += fmt::format("{}{} {} KiB", list.empty() ? "" : ", ", largest[i].first,
                          (largest[i].second + 1023) / 1024);
    }
    if (largest.size() > kNamed) list += fmt::format(", and {} smaller", largest.size() - kNamed);
    throw CompileError(fmt::format("the network needs {} KiB of {} memory, the chip has {} KiB: {}",
                                   (used_bytes(accumulator) + 1023) / 1024,
                                   accumulator ? "accumulator" : "operand", room / 1024, list));
  }
}

}  // namespace gradcore::compiler
