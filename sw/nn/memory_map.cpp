// SPDX-License-Identifier: Apache-2.0
#include "sw/nn/memory_map.h"

#include <fmt/format.h>

#include <algorithm>
#include <list>
#include <optional>
#include <stdexcept>

#include "sw/compiler/network.h"

namespace gradcore::nn {
namespace {

using isa::Field;
using isa::Instruction;

// Calls `f` for every field of an instruction that holds an address in local memory.
template <typename F>
void for_each_address(const Instruction& i, F f) {
  switch (i.info()->unit) {
    case isa::Unit::kMatrix:
      for (const Field field : {isa::gemm::kX, isa::gemm::kW, isa::gemm::kY}) f(field);
      break;
    case isa::Unit::kVector: {
      namespace v = isa::vector;
      const auto combine = static_cast<isa::Combine>(i.get(v::kCombine));
      const bool uses_c = combine != isa::Combine::kProduct && combine != isa::Combine::kDropout;
      const auto is_read = [&](Field is) {
        return i.get(is) != static_cast<std::uint32_t>(isa::Operand::kConstant);
      };
      if (is_read(v::kAIs)) f(v::kA);
      if (is_read(v::kBIs)) f(v::kB);
      if (uses_c && is_read(v::kCIs)) f(v::kC);
      if (i.get(v::kWriteD) != 0) f(v::kD);
      if (i.get(v::kWriteE) != 0) f(v::kE);
      break;
    }
    case isa::Unit::kLoad:
    case isa::Unit::kStore:
      if (i.get(isa::load::kToList) == 0) f(isa::load::kMem);
      break;
    case isa::Unit::kControl:
      break;
  }
}

struct Place {
  bool accumulator = false;
  std::uint32_t tile = 0;
};

Place place_of(std::uint32_t address, unsigned n) {
  const bool accumulator = address >= device::kAccumulatorBase;
  const std::uint32_t bytes = (accumulator ? 4 : 2) * n * n;
  return {accumulator, (address - (accumulator ? device::kAccumulatorBase : 0)) / bytes};
}

// Free tiles, in the order in which they were freed.
class FreeList {
 public:
  FreeList(std::uint32_t first, std::uint32_t end) {
    if (first < end) ranges_.push_back({first, end, 0});
  }

  // Beginning at a tile that is `bank` modulo `banks`; nothing if no range is long enough.
  std::optional<std::uint32_t> take(std::uint32_t tiles, std::uint32_t bank, std::uint32_t banks) {
    const auto start = [&](const Range& r) {
      return r.first + (bank + banks - r.first % banks) % banks;
    };
    auto best = ranges_.end();
    for (auto r = ranges_.begin(); r != ranges_.end(); ++r) {
      if (start(*r) + tiles > r->end) continue;
      if (best == ranges_.end() || r->freed < best->freed) best = r;
    }
    if (best == ranges_.end()) return std::nullopt;
    const std::uint32_t first = start(*best);
    if (first > best->first) ranges_.insert(best, {best->first, first, best->freed});
    best->first = first + tiles;
    if (best->first == best->end) ranges_.erase(best);
    return first;
  }

  void give(std::uint32_t first, std::uint32_t tiles, std::size_t time) {
    Range range{first, first + tiles, time};
    auto at = ranges_.begin();
    while (at != ranges_.end() && at->first < first) ++at;
    if (at != ranges_.end() && at->first == range.end) {
      range.end = at->end;
      range.freed = std::max(range.freed, at->freed);
      at = ranges_.erase(at);
    }
    if (at != ranges_.begin() && std::prev(at)->end == range.first) {
      Range& before = *std::prev(at);
      before.end = range.end;
      before.freed = std::max(before.freed, range.freed);
      return;
    }
    ranges_.insert(at, range);
  }

 private:
  struct Range {
    std::uint32_t first = 0, end = 0;
    std::size_t freed = 0;
  };
  std::list<Range> ranges_;  // by first tile
};

constexpr std::size_t kNever = ~std::size_t{0};

}  // namespace

std::vector<std::size_t> touched_by(const Matrices& matrices, const Instruction& i) {
  std::vector<std::size_t> out;
  for_each_address(i, [&](Field field) {
    const Place at = place_of(i.get(field), matrices.n());
    out.push_back(matrices.number_at(at.accumulator, at.tile));
  });
  std::sort(out.begin(), out.end());
  out.erase(std::unique(out.begin(), out.end()), out.end());
  return out;
}

compiler::Room room_of(const Matrices& matrices, const isa::Program& body,
                       const device::Hardware& hardware) {
  compiler::Room out;
  out.tiles = {hardware.operand_kib * 1024 / hardware.operand_tile_bytes(),
               hardware.accumulator_kib * 1024 / hardware.accumulator_tile_bytes()};
  for (const Matrix& matrix : matrices.all()) {
    const unsigned memory = matrix.view.accumulator ? 1 : 0;
    const bool is_step = matrix.life == Life::kStep;
    out.matrices.push_back({memory, is_step ? matrix.tiles : 0});
    if (!is_step) out.tiles[memory] -= std::min(out.tiles[memory], matrix.tiles);
  }
  for (const Instruction& i : body) out.touched.push_back(touched_by(matrices, i));
  return out;
}

MemoryMap::MemoryMap(const Matrices& matrices, const isa::Program& body,
                     const device::Hardware& hardware)
    : matrices_(matrices),
      places_(matrices.all().size(), 0),
      is_placed_(matrices.all().size(), false),
      meetings_(matrices.all().size()) {
  const std::size_t count = matrices.all().size();
  std::vector<std::pair<std::size_t, std::size_t>> times(count, {kNever, 0});
  for (std::size_t i = 0; i < body.size(); ++i) {
    for (const std::size_t m : touched_by(matrices, body[i])) {
      if (times[m].first == kNever) times[m].first = i;
      times[m].second = i;
      if (matrices.all()[m].life == Life::kTurn) times[m] = {0, body.size()};
    }
  }
  find_meetings(body);
  for (const bool accumulator : {false, true}) place_all(accumulator, hardware, times);
}

void MemoryMap::place_all(bool accumulator, const device::Hardware& hardware,
                          const std::vector<std::pair<std::size_t, std::size_t>>& times) {
  const std::vector<Matrix>& all = matrices_.all();
  const std::uint32_t bytes =
      accumulator ? hardware.accumulator_tile_bytes() : hardware.operand_tile_bytes();
  const std::uint32_t capacity =
      (accumulator ? hardware.accumulator_kib : hardware.operand_kib) * 1024 / bytes;
  const char* const memory = accumulator ? "accumulator" : "operand";
  std::uint64_t kept = 0;
  for (std::size_t m = 0; m < all.size(); ++m) {
    if (all[m].view.accumulator != accumulator || all[m].life != Life::kRun) continue;
    places_[m] = static_cast<std::uint32_t>(kept);
    is_placed_[m] = true;
    kept += all[m].tiles;
  }
  if (kept > capacity) {
    throw compiler::CompileError(
        fmt::format("weights, state and constants need {} KiB of {} memory, of which there are {}",
                    (kept * bytes + 1023) / 1024, memory, std::uint64_t{capacity} * bytes / 1024));
  }
  used_[accumulator ? 1 : 0] = static_cast<std::uint32_t>(kept);
  // What begins in a bank of its choice leaves gaps: where these are too many, it has less of it.
  std::optional<std::size_t> homeless;
  for (const std::uint32_t banks : {8u, 4u, 2u, 1u}) {
    homeless = place_steps(accumulator, static_cast<std::uint32_t>(kept), capacity, banks, times);
    if (!homeless) return;
  }
  throw compiler::CompileError(fmt::format(
      "'{}' ({} x {}, {} KiB) finds no room in {} memory of {} KiB, of which weights, state "
      "and constants take {}",
      all[*homeless].name, all[*homeless].view.rows, all[*homeless].view.cols,
      (std::uint64_t{all[*homeless].tiles} * bytes + 1023) / 1024, memory,
      std::uint64_t{capacity} * bytes / 1024, (kept * bytes + 1023) / 1024));
}

std::optional<std::size_t> MemoryMap::place_steps(
    bool accumulator, std::uint32_t kept, std::uint32_t capacity, std::uint32_t banks,
    const std::vector<std::pair<std::size_t, std::size_t>>& times) {
  const std::vector<Matrix>& all = matrices_.all();
  // By their first use.
  std::vector<std::size_t> starts;
  for (std::size_t m = 0; m < all.size(); ++m) {
    if (all[m].view.accumulator == accumulator && all[m].life != Life::kRun &&
        times[m].first != kNever) {
      starts.push_back(m);
      is_placed_[m] = false;
    }
  }
  std::stable_sort(starts.begin(), starts.end(),
                   [&](std::size_t a, std::size_t b) { return times[a].first < times[b].first; });
  std::vector<std::size_t> ends = starts;
  std::stable_sort(ends.begin(), ends.end(),
                   [&](std::size_t a, std::size_t b) { return times[a].second < times[b].second; });
  FreeList free(kept, capacity);
  std::uint32_t used = kept;
  std::size_t next_end = 0;
  for (const std::size_t m : starts) {
    while (next_end < ends.size() && times[ends[next_end]].second < times[m].first) {
      const std::size_t over = ends[next_end++];
      free.give(places_[over], all[over].tiles, times[over].second + 1);
    }
    std::vector<std::pair<std::uint64_t, std::uint32_t>> choices;
    for (std::uint32_t bank = 0; bank < banks; ++bank) {
      choices.emplace_back(conflicts(m, bank, banks), bank);
    }
    std::stable_sort(choices.begin(), choices.end());
    std::optional<std::uint32_t> place;
    for (const auto& [unused, bank] : choices) {
      if (!place) place = free.take(all[m].tiles, bank, banks);
    }
    if (!place) return m;
    places_[m] = *place;
    is_placed_[m] = true;
    used = std::max(used, *place + all[m].tiles);
  }
  used_[accumulator ? 1 : 0] = used;
  return std::nullopt;
}

// Of a vector instruction a is read through one port, b and c through the other.
void MemoryMap::find_meetings(const isa::Program& body) {
  namespace v = isa::vector;
  const unsigned n = matrices_.n();
  for (const Instruction& i : body) {
    if (i.info()->unit != isa::Unit::kVector || i.get(v::kListed) != 0) continue;
    const auto walked = [&](Field is, Field address, Field rows,
                            Field transposed) -> std::optional<Walked> {
      if (i.get(is) != static_cast<std::uint32_t>(isa::Operand::kMatrix)) return std::nullopt;
      const Place at = place_of(i.get(address), n);
      Walked out;
      out.matrix = matrices_.number_at(at.accumulator, at.tile);
      out.offset = at.tile - matrices_.all()[out.matrix].view.first;
      out.row_step = i.get(rows);
      out.col_step = 1;
      if (i.get(transposed) != 0) std::swap(out.row_step, out.col_step);
      return out;
    };
    const auto a = walked(v::kAIs, v::kA, v::kARows, v::kTransA);
    if (!a) continue;
    const auto combine = static_cast<isa::Combine>(i.get(v::kCombine));
    const bool uses_c = combine != isa::Combine::kProduct && combine != isa::Combine::kDropout;
    const auto meet = [&](const std::optional<Walked>& other) {
      if (!other || other->matrix == a->matrix) return;
      if (matrices_.all()[a->matrix].view.accumulator !=
          matrices_.all()[other->matrix].view.accumulator) {
        return;
      }
      const std::uint32_t rows = compiler::tiles(i.get(v::kRows), n);
      const std::uint32_t cols = compiler::tiles(i.get(v::kCols), n);
      meetings_[a->matrix].push_back({*a, *other, rows, cols});
      meetings_[other->matrix].push_back({*other, *a, rows, cols});
    };
    meet(walked(v::kBIs, v::kB, v::kBRows, v::kTransB));
    if (uses_c) meet(walked(v::kCIs, v::kC, v::kCRows, v::kTransC));
  }
}

std::uint64_t MemoryMap::conflicts(std::size_t matrix, std::uint32_t bank,
                                   std::uint32_t banks) const {
  std::uint64_t out = 0;
  for (const Meeting& m : meetings_[matrix]) {
    if (!is_placed_[m.other.matrix]) continue;
    std::uint32_t same = 0;  // of the tiles of a few rows and columns, after which all repeats
    for (std::uint32_t r = 0; r < std::min(m.rows, banks); ++r) {
      for (std::uint32_t c = 0; c < std::min(m.cols, banks); ++c) {
        const auto at = [&](const Walked& w, std::uint32_t first) {
          return (first + w.offset + r * w.row_step + c * w.col_step) % banks;
        };
        if (at(m.one, bank) == at(m.other, places_[m.other.matrix])) ++same;
      }
    }
    out += std::uint64_t{same} * m.rows * m.cols;
  }
  return out;
}

View MemoryMap::view(const View& view) const {
  const std::size_t m = matrices_.number_at(view.accumulator, view.first);
  View out = view;
  out.first = places_[m] + (view.first - matrices_.all()[m].view.first);
  return out;
}

void MemoryMap::rewrite(isa::Program& program) const {
  const unsigned n = matrices_.n();
  for (Instruction& i : program) {
    for_each_address(i, [&](Field field) {
      const Place at = place_of(i.get(field), n);
      View where{.accumulator = at.accumulator, .first = at.tile};
      i.set(field, view(where).address(n));
    });
  }
}

}  // namespace gradcore::nn
