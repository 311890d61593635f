// SPDX-License-Identifier: Apache-2.0
#include "sw/compiler/ordering.h"

#include <algorithm>
#include <map>
#include <set>
#include <stdexcept>
#include <tuple>

namespace gradcore::compiler {
namespace {

using isa::Instruction;

constexpr int kNever = -1;

// The instruction `taker` of a turn waits for `giver` of the turn so many before it.
struct Wait {
  unsigned token = 0;
  int giver = 0, taker = 0;  // numbers in the body
  int turns = 0;
  bool operator==(const Wait&) const = default;
  bool operator<(const Wait& other) const {
    return std::tie(token, giver, taker, turns) <
           std::tie(other.token, other.giver, other.taker, other.turns);
  }
};

using Clock = std::array<int, kUnits>;  // of each unit the last instruction known to be done

struct Step {
  unsigned unit = 0;
  int number = 0;  // in the body
  int turn = 0;
  Accesses accesses;
};

std::vector<Step> unroll(const std::vector<Instruction>& body, Registers registers,
                         const TileNumbers& tiles, int turns) {
  std::vector<Step> out;
  for (int turn = 0; turn < turns; ++turn) {
    for (std::size_t i = 0; i < body.size(); ++i) {
      const isa::Unit unit = body[i].info()->unit;
      if (unit == isa::Unit::kControl) {
        update(body[i], registers);
        continue;
      }
      out.push_back({unit_index(unit), static_cast<int>(i), turn,
                     accesses(resolved(body[i], registers), tiles)});
    }
  }
  return out;
}

// For each tile and unit the last step that wrote (read) it.
class History {
 public:
  explicit History(std::uint32_t tiles) : writes_(tiles, none()), reads_(tiles, none()) {}

  // The last step of every other unit that `step` must come after.
  Clock needs(const Step& step) const {
    Clock out = none();
    const auto join = [&](const Clock& other) {
      for (unsigned u = 0; u < kUnits; ++u) {
        if (u != step.unit) out[u] = std::max(out[u], other[u]);
      }
    };
    for (const RowAccess& row : step.accesses) {
      for (const std::uint32_t tile : row.reads) join(writes_.at(tile));
      for (const std::uint32_t tile : row.writes) {
        join(writes_.at(tile));
        join(reads_.at(tile));
      }
    }
    return out;
  }
  void note(const Step& step, int index) {
    for (const RowAccess& row : step.accesses) {
      for (const std::uint32_t tile : row.reads) reads_[tile][step.unit] = index;
      for (const std::uint32_t tile : row.writes) writes_[tile][step.unit] = index;
    }
  }

  static Clock none() {
    Clock out;
    out.fill(kNever);
    return out;
  }

 private:
  std::vector<Clock> writes_, reads_;
};

// What the steps wait for, by turn of the one that waits.
std::vector<std::vector<Wait>> find_waits(const std::vector<Step>& steps, std::uint32_t tiles,
                                          int turns) {
  History history(tiles);
  std::array<Clock, kUnits> knows;  // what each unit knows to be done, after its last instruction
  knows.fill(History::none());
  std::vector<Clock> known_at(steps.size(), History::none());
  std::vector<std::vector<Wait>> out(static_cast<std::size_t>(turns));
  for (std::size_t s = 0; s < steps.size(); ++s) {
    const Step& step = steps[s];
    Clock& clock = knows[step.unit];
    const Clock need = history.needs(step);
    // The latest first: it may have waited for the others itself.
    std::array<unsigned, kUnits> by_age{};
    for (unsigned u = 0; u < kUnits; ++u) by_age[u] = u;
    std::stable_sort(by_age.begin(), by_age.end(),
                     [&](unsigned a, unsigned b) { return need[a] > need[b]; });
    for (const unsigned giver : by_age) {
      if (giver == step.unit || need[giver] <= clock[giver]) continue;
      const Step& from = steps[static_cast<std::size_t>(need[giver])];
      out[static_cast<std::size_t>(step.turn)].push_back(
          {token_of(giver, step.unit), from.number, step.number, step.turn - from.turn});
      clock[giver] = need[giver];
      const Clock& before = known_at[static_cast<std::size_t>(need[giver])];
      for (unsigned u = 0; u < kUnits; ++u) clock[u] = std::max(clock[u], before[u]);
    }
    clock[step.unit] = static_cast<int>(s);
    known_at[s] = clock;
    history.note(step, static_cast<int>(s));
  }
  return out;
}

// Whether every step, in any turn, comes after all that it needs, if each turn has these waits.
bool suffices(const std::vector<Wait>& waits, const std::vector<Step>& steps, std::uint32_t tiles) {
  History history(tiles);
  std::array<Clock, kUnits> knows;
  knows.fill(History::none());
  std::vector<Clock> known_at(steps.size(), History::none());
  std::map<std::pair<int, int>, int> index;  // by turn and number
  for (std::size_t s = 0; s < steps.size(); ++s) {
    const Step& step = steps[s];
    index[{step.turn, step.number}] = static_cast<int>(s);
    Clock& clock = knows[step.unit];
    for (const Wait& wait : waits) {
      if (wait.taker != step.number) continue;
      const auto giver = index.find({step.turn - wait.turns, wait.giver});
      if (giver == index.end()) continue;  // given in advance
      const auto from = static_cast<std::size_t>(giver->second);
      const unsigned unit = steps[from].unit;
      clock[unit] = std::max(clock[unit], giver->second);
      for (unsigned u = 0; u < kUnits; ++u) clock[u] = std::max(clock[u], known_at[from][u]);
    }
    const Clock need = history.needs(step);
    for (unsigned u = 0; u < kUnits; ++u) {
      if (u != step.unit && need[u] > clock[u]) return false;
    }
    clock[step.unit] = static_cast<int>(s);
    known_at[s] = clock;
    history.note(step, static_cast<int>(s));
  }
  return true;
}

bool meets(const std::vector<std::uint32_t>& a, const std::set<std::uint32_t>& b) {
  return std::any_of(a.begin(), a.end(), [&](std::uint32_t tile) { return b.contains(tile); });
}

}  // namespace

isa::Order vector_order(const Accesses& before, const Accesses& next) {
  std::vector<std::set<std::uint32_t>> reads;
  std::vector<std::set<std::uint32_t>> writes;
  for (const RowAccess& row : before) {
    reads.emplace_back(row.reads.begin(), row.reads.end());
    writes.emplace_back(row.writes.begin(), row.writes.end());
  }
  bool is_free = true;
  for (std::size_t i = 0; i < next.size(); ++i) {
    for (std::size_t k = 0; k < before.size(); ++k) {
      if (!meets(next[i].reads, writes[k]) && !meets(next[i].writes, writes[k]) &&
          !meets(next[i].writes, reads[k])) {
        continue;
      }
      is_free = false;
      if (k > i || before.size() != next.size()) return isa::Order::kDrain;
    }
  }
  return is_free ? isa::Order::kFree : isa::Order::kFollow;
}

Advance order_loop(std::vector<Instruction>& body, const Registers& registers,
                   const TileNumbers& tiles) {
  // Two turns until buffers that alternate have both been used, two that are alike, one to wait.
  // What units know of each other by way of others may take longer to settle.
  constexpr int kFewTurns = 6;
  constexpr int kMostTurns = 24;
  std::vector<Step> steps;
  std::vector<std::vector<Wait>> waits;
  std::size_t steady = 0;  // a turn like the one before and the one behind it
  for (int turns = kFewTurns; turns <= kMostTurns && steady == 0; turns *= 2) {
    steps = unroll(body, registers, tiles, turns);
    waits = find_waits(steps, tiles.count(), turns);
    for (auto& turn : waits) std::sort(turn.begin(), turn.end());
    const std::size_t last = waits.size() - 2;
    if (waits[last] == waits[last - 1] && waits[last] == waits[last + 1] &&
        suffices(waits[last], steps, tiles.count())) {
      steady = last;
    }
  }
  if (steady == 0) {
    throw std::logic_error("the turns of the loop depend on each other in different ways");
  }
  Advance advance{};
  for (const Wait& wait : waits[steady]) {
    const auto give = [&](int number, isa::Field field) {
      Instruction& i = body[static_cast<std::size_t>(number)];
      if (((i.get(field) >> wait.token) & 1u) != 0) {
        throw std::logic_error("an instruction would give or take a token twice");
      }
      i.set(field, i.get(field) | 1u << wait.token);
    };
    give(wait.giver, isa::gemm::kGive);  // the same field in every instruction
    give(wait.taker, isa::gemm::kTake);
    advance[wait.token] += static_cast<unsigned>(wait.turns);
  }

  // Orders hold for the turns with either buffer.
  const Step* before = nullptr;
  std::vector<int> order(body.size(), -1);
  for (const Step& step : steps) {
    if (step.unit != unit_index(isa::Unit::kVector)) continue;
    if (before != nullptr && step.turn >= 1) {
      const isa::Order found = vector_order(before->accesses, step.accesses);
      // drain (0) is stronger than follow (1), that is stronger than free (2).
      int& kept = order[static_cast<std::size_t>(step.number)];
      kept = kept < 0 ? static_cast<int>(found) : std::min(kept, static_cast<int>(found));
    }
    before = &step;
  }
  for (std::size_t i = 0; i < body.size(); ++i) {
    if (order[i] > 0) body[i].set(isa::vector::kOrder, static_cast<unsigned>(order[i]));
  }
  return advance;
}

}  // namespace gradcore::compiler
