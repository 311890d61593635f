// SPDX-License-Identifier: Apache-2.0
#include "tb/harness/token_plan.h"

#include <algorithm>
#include <array>
#include <stdexcept>
#include <utility>
#include <vector>

#include "tb/harness/program_trace.h"

namespace gradcore::harness {
namespace {

using isa::Program;
using isa::Unit;

constexpr std::size_t kUnits = 4;
// The tokens' fields are the same in every instruction of a unit.
constexpr isa::Field kTake = isa::gemm::kTake;
constexpr isa::Field kGive = isa::gemm::kGive;

using Clock = std::array<std::size_t, kUnits>;  // steps before this one are done

std::size_t number(Unit unit) { return static_cast<std::size_t>(unit) - 1; }

// The trace of a program and what depends on what, which tokens do not change.
struct Dependences {
  std::vector<Step> steps;
  std::vector<std::size_t> unit;  // of each step
  std::vector<Clock> needs;       // of each step
  std::vector<bool> sync_before;  // of each step

  Dependences(const Program& program, const TileArena& arena) : steps(trace(program)) {
    std::vector<Access> accesses;
    accesses.reserve(steps.size());
    for (std::size_t k = 0; k < steps.size(); ++k) {
      accesses.push_back(access_of(steps[k].instruction, arena));
      unit.push_back(number(accesses[k].unit));
      sync_before.push_back(steps[k].after_sync);
      Clock need{};
      unsigned found = 1u << unit[k];
      for (std::size_t j = k; j-- > 0 && found != (1u << kUnits) - 1;) {
        if (((found >> unit[j]) & 1u) != 0 || !conflict(accesses[j], accesses[k])) continue;
        found |= 1u << unit[j];
        need[unit[j]] = j + 1;
      }
      needs.push_back(need);
    }
  }

  // The tokens that one unit alone gives and one alone takes.
  std::uint32_t meaningful(const Program& program) const {
    std::array<std::uint32_t, kUnits> gives{}, takes{};
    for (std::size_t k = 0; k < steps.size(); ++k) {
      gives[unit[k]] |= program[steps[k].index].get(kGive);
      takes[unit[k]] |= program[steps[k].index].get(kTake);
    }
    std::uint32_t once = 0xFFFF;
    for (std::size_t u = 0; u < kUnits; ++u) {
      for (std::size_t v = 0; v < u; ++v) once &= ~(gives[u] & gives[v]) & ~(takes[u] & takes[v]);
    }
    return once;
  }

  std::optional<Unordered> first_unordered(const Program& program) const {
    const std::uint32_t counts = meaningful(program);
    std::array<Clock, kUnits> known{};
    std::array<std::vector<Clock>, isa::kTokens> given;
    std::array<std::size_t, isa::kTokens> taken{};
    std::size_t synced = 0;
    for (std::size_t k = 0; k < steps.size(); ++k) {
      const isa::Instruction& instruction = program[steps[k].index];
      const std::uint32_t take = instruction.get(kTake);
      const std::uint32_t give = instruction.get(kGive);
      Clock& clock = known[unit[k]];
      if (sync_before[k]) synced = k;
      for (unsigned t = 0; t < isa::kTokens && take >> t != 0; ++t) {
        if (((take >> t) & 1u) == 0) continue;
        if (taken[t] == given[t].size()) return Unordered{k, k, true};
        const Clock& giver = given[t][taken[t]++];
        for (std::size_t v = 0; v < kUnits && ((counts >> t) & 1u) != 0; ++v) {
          clock[v] = std::max(clock[v], giver[v]);
        }
      }
      for (std::size_t v = 0; v < kUnits; ++v) {
        if (v == unit[k] || needs[k][v] <= std::max(clock[v], synced)) continue;
        return Unordered{needs[k][v] - 1, k, false};
      }
      for (unsigned t = 0; t < isa::kTokens && give >> t != 0; ++t) {
        if (((give >> t) & 1u) == 0) continue;
        given[t].push_back(clock);
        given[t].back()[unit[k]] = k + 1;
        if (given[t].size() - taken[t] > isa::kMaxTokens) return Unordered{k, k, true};
      }
    }
    return std::nullopt;
  }
};

class Planner {
 public:
  Planner(Program program, const TileArena& arena, RandomPatterns& random)
      : program_(std::move(program)),
        random_(random),
        nesting_(nesting(program_)),
        dependences_(program_, arena),
        synced_(program_.size(), false) {
    for (const isa::Instruction& instruction : program_) {
      const isa::InstructionInfo* const info = instruction.info();
      unit_.push_back(info->unit == Unit::kControl ? kUnits : number(info->unit));
    }
    deal_tokens();
  }

  Program plan() {
    decorate();
    while (const std::optional<Unordered> gap = dependences_.first_unordered(program_)) {
      if (gap->token_missing) throw std::logic_error("tokens are taken that nothing gives");
      if (random_.one_in(20) || !order(*gap)) sync(*gap);
    }
    Program out;
    for (std::size_t i = 0; i < program_.size(); ++i) {
      if (synced_[i]) out.emplace_back(isa::Opcode::kSync);
      out.push_back(program_[i]);
    }
    return out;
  }

 private:
  // A token for every unit that waits for another, the four left for anyone; at least one of those
  // is given by all.
  void deal_tokens() {
    std::array<unsigned, isa::kTokens> deck{};
    for (unsigned t = 0; t < isa::kTokens; ++t) {
      const unsigned at = random_.below(t + 1);
      deck[t] = deck[at];
      deck[at] = t;
    }
    std::size_t next = 0;
    for (std::size_t giver = 0; giver < kUnits; ++giver) {
      for (std::size_t taker = 0; taker < kUnits; ++taker) {
        if (giver != taker) tokens_[giver][taker].push_back(deck[next++]);
      }
    }
    for (bool first = true; next < deck.size(); ++next, first = false) {
      const std::size_t giver = random_.below(kUnits);
      const std::size_t taker = random_.below(kUnits);
      if (first || giver == taker || random_.one_in(3)) {
        common_.emplace_back(deck[next], taker);
      } else {
        tokens_[giver][taker].push_back(deck[next]);
      }
    }
  }

  bool gives(std::size_t i, unsigned token) const {
    return ((program_[i].get(kGive) >> token) & 1u) != 0;
  }
  bool takes(std::size_t i, unsigned token) const {
    return ((program_[i].get(kTake) >> token) & 1u) != 0;
  }
  void give(std::size_t i, unsigned token) {
    program_[i].set(kGive, program_[i].get(kGive) | 1u << token);
  }
  void take(std::size_t i, unsigned token) {
    program_[i].set(kTake, program_[i].get(kTake) | 1u << token);
  }

  // A sync before an instruction, or before a loop.
  void sync_before(std::size_t index) {
    synced_[index] = true;
    const auto& steps = dependences_.steps;
    for (std::size_t k = 0; k < steps.size(); ++k) {
      bool comes_to_it = steps[k].index == index;
      for (unsigned d = 0; d < steps[k].depth; ++d) {
        // The loop's first step, each time that it is entered.
        const bool inside = k > 0 && steps[k - 1].depth > d && steps[k - 1].loops[d] == index &&
                            steps[k - 1].turns[d] == steps[k].turns[d];
        comes_to_it |= steps[k].loops[d] == index && !inside;
      }
      if (comes_to_it) dependences_.sync_before[k] = true;
    }
  }

  // A sync between two steps: in front of the loop that only the second is in, or of itself.
  void sync(const Unordered& gap) {
    const Step& second = dependences_.steps[gap.second];
    const Meeting meeting = meet(gap);
    const bool turns = meeting.from == meeting.to;
    sync_before(turns ? place(second, meeting.level + 1) : meeting.to);
  }

  // The innermost turn that two steps both belong to, and where in it they stand: each is an
  // instruction or a loop that contains it.
  struct Meeting {
    unsigned level = 0;
    std::size_t from = 0, to = 0;
  };
  static std::size_t place(const Step& step, unsigned level) {
    return step.depth == level ? step.index : step.loops[level];
  }
  Meeting meet(const Unordered& gap) const {
    const Step& first = dependences_.steps[gap.first];
    const Step& second = dependences_.steps[gap.second];
    Meeting out;
    while (out.level < first.depth && out.level < second.depth &&
           first.turns[out.level + 1] == second.turns[out.level + 1]) {
      ++out.level;
    }
    out.from = place(first, out.level);
    out.to = place(second, out.level);
    return out;
  }

  // Instructions of a unit that stand directly in a loop, from `first` to `last`.
  std::vector<std::size_t> instructions(std::size_t loop, std::size_t unit, std::size_t first,
                                        std::size_t last) const {
    std::vector<std::size_t> out;
    for (std::size_t i = first; i <= last && i < program_.size(); ++i) {
      if (nesting_.parent[i] == loop && unit_[i] == unit) out.push_back(i);
    }
    return out;
  }

  std::size_t begin(std::size_t loop) const { return loop == Nesting::kTop ? 0 : loop + 1; }
  std::size_t end(std::size_t loop) const {
    return loop == Nesting::kTop ? program_.size() : nesting_.end[loop];
  }

  // What nobody needs: tokens that several units give, more tokens between two, tokens that are
  // left over, syncs.
  void decorate() {
    const auto& steps = dependences_.steps;
    if (steps.empty()) return;
    const auto any = [&] {
      return steps[random_.below(static_cast<std::uint32_t>(steps.size()))].index;
    };
    for (const auto& [token, unit] : common_) {
      for (std::uint32_t count = random_.below(12); count > 0; --count) {
        const std::size_t giver = any();
        const std::size_t taker = any();
        if (giver >= taker || nesting_.parent[giver] != nesting_.parent[taker]) continue;
        if (unit != unit_[taker] || gives(giver, token) || takes(taker, token)) continue;
        give(giver, token);
        take(taker, token);
      }
    }
    for (std::uint32_t count = random_.below(3); count > 0; --count) {
      const std::size_t giver = any();
      const std::size_t taker = any();
      if (giver >= taker || unit_[giver] == unit_[taker]) continue;
      if (nesting_.parent[giver] == nesting_.parent[taker]) connect({giver}, {taker});
    }
    if (random_.one_in(8)) {
      const std::size_t giver = any();
      give(giver, tokens_[unit_[giver]][(unit_[giver] + 1) % kUnits].front());
    }
    if (random_.one_in(4)) sync_before(any());
  }

  // Orders two steps by tokens, in one of the ways that keep their count. False if there is none.
  bool order(const Unordered& gap) {
    const Step& first = dependences_.steps[gap.first];
    const Step& second = dependences_.steps[gap.second];
    const std::size_t giver = dependences_.unit[gap.first];
    const std::size_t taker = dependences_.unit[gap.second];
    const auto [level, from, to] = meet(gap);
    const std::size_t around = level == 0 ? Nesting::kTop : first.loops[level - 1];
    if (from != to) {
      const bool into = second.depth > level;
      const bool out_of = first.depth > level;
      return connect(instructions(around, giver, from, to),
                     instructions(around, taker, from, to)) ||
             (into &&
              carry(to, giver, taker, {from, place(second, level + 1), begin(to), end(around)})) ||
             (out_of &&
              carry(from, giver, taker, {begin(around), end(from), place(first, level + 1), to}));
    }
    // Turns of one loop: from one to the next, or within each of them.
    const std::size_t last = place(second, level + 1);
    const Carry limits{begin(around), last, place(first, level + 1), end(around)};
    return (!random_.one_in(3) && carry(from, giver, taker, limits)) ||
           connect(instructions(from, giver, begin(from), last),
                   instructions(from, taker, begin(from), last)) ||
           carry(from, giver, taker, limits);
  }

  // A token from one of the givers to one of the takers that stands behind it.
  bool connect(const std::vector<std::size_t>& givers, const std::vector<std::size_t>& takers) {
    std::vector<std::array<std::size_t, 3>> ways;
    for (const std::size_t g : givers) {
      for (const std::size_t t : takers) {
        if (g >= t) continue;
        for (const unsigned token : tokens_[unit_[g]][unit_[t]]) {
          if (!gives(g, token) && !takes(t, token)) ways.push_back({g, t, token});
        }
      }
    }
    if (ways.empty()) return false;
    const auto& [g, t, token] = ways[random_.below(static_cast<std::uint32_t>(ways.size()))];
    give(g, static_cast<unsigned>(token));
    take(t, static_cast<unsigned>(token));
    return true;
  }

  // A token that comes into a loop, goes from each turn to the next, and leaves it behind: given
  // before the loop from here on, taken in it up to here, given in it from here on, taken behind it
  // up to here.
  struct Carry {
    std::size_t before, take, give, behind;
  };
  bool carry(std::size_t loop, std::size_t giver, std::size_t taker, const Carry& limits) {
    const std::size_t outer = nesting_.parent[loop];
    for (const unsigned token : tokens_[giver][taker]) {
      const auto gives_it = [&](std::size_t i) { return gives(i, token); };
      const auto takes_it = [&](std::size_t i) { return takes(i, token); };
      std::array<std::vector<std::size_t>, 4> places = {
          instructions(outer, giver, limits.before, loop),
          instructions(loop, taker, begin(loop), limits.take),
          instructions(loop, giver, limits.give, end(loop)),
          instructions(outer, taker, end(loop), limits.behind)};
      std::erase_if(places[0], gives_it);
      std::erase_if(places[1], takes_it);
      std::erase_if(places[2], gives_it);
      std::erase_if(places[3], takes_it);
      if (std::any_of(places.begin(), places.end(), [](const auto& p) { return p.empty(); })) {
        continue;
      }
      std::array<std::size_t, 4> at{};
      for (std::size_t p = 0; p < at.size(); ++p) {
        at[p] = places[p][random_.below(static_cast<std::uint32_t>(places[p].size()))];
      }
      give(at[0], token);
      take(at[1], token);
      give(at[2], token);
      take(at[3], token);
      return true;
    }
    return false;
  }

  Program program_;
  RandomPatterns& random_;
  Nesting nesting_;
  Dependences dependences_;
  std::vector<bool> synced_;       // a sync stands before this instruction
  std::vector<std::size_t> unit_;  // of each instruction; kUnits for control
  std::array<std::array<std::vector<unsigned>, kUnits>, kUnits> tokens_;
  std::vector<std::pair<unsigned, std::size_t>> common_;  // token and who takes it
};

}  // namespace

std::optional<Unordered> find_unordered(const Program& program, const TileArena& arena) {
  return Dependences(program, arena).first_unordered(program);
}

Program with_order(Program program, const TileArena& arena, RandomPatterns& random) {
  return Planner(std::move(program), arena, random).plan();
}

std::vector<unsigned> vector_orders(const Program& program, const TileArena& arena) {
  constexpr auto kBit = [](isa::Order order) { return 1u << static_cast<unsigned>(order); };
  std::vector<unsigned> out(program.size(), 0);
  for (std::size_t i = 0; i < program.size(); ++i) {
    if (program[i].opcode() != static_cast<unsigned>(isa::Opcode::kVector)) continue;
    out[i] = kBit(isa::Order::kDrain) | kBit(isa::Order::kFollow) | kBit(isa::Order::kFree);
  }
  std::vector<TileAccess> before;  // nothing, for the first
  Access all_before;
  for (const Step& step : trace(program)) {
    if (out[step.index] == 0) continue;
    std::vector<TileAccess> rows = rows_of_tiles(step.instruction, arena);
    const Access all = access_of(step.instruction, arena);
    if (conflict(all_before, all)) {
      out[step.index] &= ~kBit(isa::Order::kFree);
      if (!may_follow(before, rows)) out[step.index] &= ~kBit(isa::Order::kFollow);
    }
    before = std::move(rows);
    all_before = all;
  }
  return out;
}

}  // namespace gradcore::harness
