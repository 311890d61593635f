// SPDX-License-Identifier: Apache-2.0
#include "sw/compiler/schedule.h"

#include <algorithm>
#include <array>
#include <deque>
#include <limits>
#include <map>
#include <stdexcept>

#include "sw/compiler/estimate.h"
#include "sw/compiler/ordering.h"
#include "sw/compiler/timing.h"
#include "sw/train/random.h"

namespace gradcore::compiler {
namespace {

// Turns of which heights are taken, and that are carried out; the last one's order is taken.
constexpr std::size_t kTurns = 4;
// What is urgent may start so many cycles later than something else.
constexpr double kSlacks[] = {0, 4, 24};
// Then so many times the urgency of one instruction is changed, by up to so many cycles; what makes
// a turn longer is taken back.
constexpr std::uint64_t kTries = 400;
constexpr float kChange = 4000;
// Where room is scarce: parts of it that orders are made for, and how many instructions may come
// before one that stands before them all.
constexpr double kParts[] = {1, 0.9, 0.8, 0.7, 0.6};
constexpr std::size_t kWindows[] = {512, 256, 192, 128, 96, 64, 48, 32, 16, 8};

struct Edge {
  std::size_t to = 0;
  double lag = 0;  // from start to start
};

// An instruction of a turn.
struct Node {
  std::size_t number = 0;  // in the body
  unsigned unit = 0;
  Timing timing;
  Accesses accesses;
  std::vector<Edge> out;
  std::size_t edges_in = 0;
  double dispatch = 0;
};

class Graph {
 public:
  Graph(const isa::Assembly& body, Registers registers, const TileNumbers& tiles)
      : tiles_(tiles), last_(tiles_.count()) {
    const isa::Program& program = body.program;
    while (count_ < program.size() && program[count_].info()->unit != isa::Unit::kControl) ++count_;
    for (std::size_t turn = 0; turn < kTurns; ++turn) {
      for (std::size_t i = 0; i < program.size(); ++i) {
        if (i >= count_) {
          update(program[i], registers);
          continue;
        }
        Node node;
        node.number = i;
        node.unit = unit_index(program[i].info()->unit);
        node.timing = timing_of(program[i], tiles.n());
        node.dispatch = dispatch_cycles(program[i]);
        node.accesses = accesses(resolved(program[i], registers), tiles_);
        add(std::move(node));
      }
    }
  }

  // The longest way from the start of each instruction of a turn, without its own time or with it.
  std::vector<double> heights(bool with_own) const {
    std::vector<double> all(nodes_.size());
    for (std::size_t i = nodes_.size(); i-- > 0;) {
      const Node& node = nodes_[i];
      all[i] = node.timing.cycles + node.timing.latency;
      for (const Edge& edge : node.out) all[i] = std::max(all[i], edge.lag + all[edge.to]);
    }
    all.resize(count_);
    for (std::size_t i = 0; i < count_ && !with_own; ++i) all[i] -= nodes_[i].timing.cycles;
    return all;
  }

  std::size_t count() const { return count_; }  // of a turn
  const std::vector<Node>& nodes() const { return nodes_; }

 private:
  struct Tile {
    std::size_t writer = kNone;
    std::vector<std::size_t> readers;  // since
  };
  static constexpr std::size_t kNone = ~std::size_t{0};

  double lag(const Node& from, const Node& to) const {
    if (from.unit != to.unit) return from.timing.cycles + from.timing.latency;
    if (from.unit != unit_index(isa::Unit::kVector)) return from.timing.cycles;
    return vector_order(from.accesses, to.accesses) == isa::Order::kDrain
               ? from.timing.cycles + from.timing.latency
               : from.timing.row + from.timing.latency;
  }

  void add(Node node) {
    const std::size_t index = nodes_.size();
    std::map<std::size_t, bool> from;
    for (const RowAccess& row : node.accesses) {
      for (const std::uint32_t t : row.reads) {
        if (last_[t].writer != kNone) from[last_[t].writer] = true;
      }
      for (const std::uint32_t t : row.writes) {
        if (last_[t].writer != kNone) from[last_[t].writer] = true;
        for (const std::size_t reader : last_[t].readers) from[reader] = true;
      }
    }
    for (const RowAccess& row : node.accesses) {
      for (const std::uint32_t t : row.reads) last_[t].readers.push_back(index);
    }
    for (const RowAccess& row : node.accesses) {
      for (const std::uint32_t t : row.writes) last_[t] = {index, {}};
    }
    from.erase(index);
    nodes_.push_back(std::move(node));
    for (const auto& [f, unused] : from) {
      nodes_[f].out.push_back({index, lag(nodes_[f], nodes_[index])});
      ++nodes_[index].edges_in;
    }
  }

  TileNumbers tiles_;
  std::vector<Tile> last_;
  std::size_t count_ = 0;
  std::vector<Node> nodes_;
};

// What an order keeps to.
struct Limits {
  std::size_t window = ~std::size_t{0};
  double part = 1;  // of the room
};

struct Ordered {
  std::vector<std::size_t> order;  // of a turn
  double cycles = 0;               // that the last turn was longer than the one before
};

// What each unit does next, by the urgency of the instructions of a turn.
class Machine {
 public:
  Machine(const Graph& graph, const std::vector<double>& urgency, double slack, const Room& room,
          const Limits& limits)
      : graph_(graph),
        urgency_(urgency),
        slack_(slack),
        room_(room),
        window_(limits.window),
        uses_(room.matrices.size(), 0),
        states_(graph.nodes().size()) {
    for (unsigned m = 0; m < 2; ++m) most_[m] = limits.part * room.tiles[m];
    for (const std::vector<std::size_t>& touched : room.touched) {
      for (const std::size_t matrix : touched) ++uses_[matrix];
    }
    for (std::size_t i = 0; i < states_.size(); ++i)
      states_[i].waits_for = graph.nodes()[i].edges_in;
  }

  Ordered run() {
    Ordered out;
    double before = 0;
    for (std::size_t t = 0; t < kTurns; ++t) {
      out.order = turn(t);
      double end = 0;
      for (const Unit& unit : units_) end = std::max(end, unit.free);
      out.cycles = end - before;
      before = end;
    }
    return out;
  }

 private:
  struct Unit {
    double free = 0, done = 0, done_before = 0;
    std::deque<double> waiting;  // starts of the last instructions
  };
  struct State {
    std::size_t waits_for = 0;
    double ready = 0;
  };

  std::vector<std::size_t> turn(std::size_t number) {
    const std::size_t first = number * graph_.count();
    const std::size_t end = first + graph_.count();
    for (std::size_t i = first; i < end; ++i) {
      if (states_[i].waits_for == 0) open_[graph_.nodes()[i].unit].push_back(i);
    }
    std::vector<std::size_t> out;
    std::vector<bool> taken(graph_.count(), false);
    std::size_t lowest = 0;  // of those that are not taken
    left_ = uses_;
    live_ = {0, 0};
    while (out.size() < graph_.count()) {
      while (taken[lowest]) ++lowest;
      std::size_t best = end;
      double best_start = std::numeric_limits<double>::infinity();
      for (const std::vector<std::size_t>& open : open_) {
        const std::size_t candidate = choose(open, first, lowest);
        if (candidate == kNone || start_of(candidate) >= best_start) continue;
        best = candidate;
        best_start = start_of(candidate);
      }
      take(best, best_start, end);
      touch(best - first);
      taken[best - first] = true;
      out.push_back(best - first);
    }
    return out;
  }

  // Whether there is room for the matrices that an instruction is the first one to touch.
  bool fits(std::size_t number) const {
    if (room_.touched.empty()) return true;
    std::array<double, 2> needs = live_;
    for (const std::size_t matrix : room_.touched[number]) {
      if (left_[matrix] == uses_[matrix]) {
        needs[room_.matrices[matrix].memory] += room_.matrices[matrix].tiles;
      }
    }
    return needs[0] <= most_[0] && needs[1] <= most_[1];
  }

  void touch(std::size_t number) {
    if (room_.touched.empty()) return;
    for (const std::size_t matrix : room_.touched[number]) {
      const Room::Matrix& m = room_.matrices[matrix];
      if (left_[matrix] == uses_[matrix]) live_[m.memory] += m.tiles;
      if (--left_[matrix] == 0) live_[m.memory] -= m.tiles;
    }
  }

  double start_of(std::size_t i) const {
    const Node& node = graph_.nodes()[i];
    const Unit& unit = units_[node.unit];
    const double start = std::max(states_[i].ready, unit.free);
    return node.unit == unit_index(isa::Unit::kVector) ? std::max(start, unit.done_before) : start;
  }

  static constexpr std::size_t kNone = ~std::size_t{0};

  // One for which there is room, of a turn that begins with node `first`; the lowest one that is
  // not taken needs none, since the plain order has it next.
  std::size_t choose(const std::vector<std::size_t>& open, std::size_t first,
                     std::size_t lowest) const {
    const auto may = [&](std::size_t i) {
      return i - first == lowest || (i - first - lowest < window_ && fits(i - first));
    };
    double latest = std::numeric_limits<double>::infinity();
    for (const std::size_t i : open) {
      if (start_of(i) + slack_ < latest && may(i)) latest = start_of(i) + slack_;
    }
    std::size_t best = kNone;
    for (const std::size_t i : open) {
      if (start_of(i) > latest || !may(i)) continue;
      if (best == kNone || urgency_of(i) > urgency_of(best)) best = i;
    }
    return best;
  }
  double urgency_of(std::size_t i) const { return urgency_[i % graph_.count()]; }

  void take(std::size_t i, double start, std::size_t end) {
    const Node& node = graph_.nodes()[i];
    std::erase(open_[node.unit], i);
    Unit& unit = units_[node.unit];
    // Its way to the unit, in the order of the program and through a queue.
    dispatched_ += node.dispatch;
    if (unit.waiting.size() == kQueueDepth) {
      dispatched_ = std::max(dispatched_, unit.waiting.front());
      unit.waiting.pop_front();
    }
    start = std::max(start, dispatched_ + kEnqueueCycles);
    unit.waiting.push_back(start);
    unit.free = start + node.timing.cycles;
    unit.done_before = unit.done;
    unit.done = std::max(unit.done, unit.free + node.timing.latency);
    for (const Edge& edge : node.out) {
      State& to = states_[edge.to];
      to.ready = std::max(to.ready, start + edge.lag);
      if (--to.waits_for == 0 && edge.to < end) {
        open_[graph_.nodes()[edge.to].unit].push_back(edge.to);
      }
    }
  }

  const Graph& graph_;
  const std::vector<double>& urgency_;
  double slack_;
  const Room& room_;
  std::size_t window_;
  std::vector<std::size_t> uses_;                        // of each matrix, in a turn
  std::vector<std::size_t> left_;                        // of these in this turn
  std::array<double, 2> most_ = {0, 0}, live_ = {0, 0};  // tiles
  std::vector<State> states_;
  double dispatched_ = 0;
  std::array<Unit, kUnits> units_;
  std::array<std::vector<std::size_t>, kUnits> open_;
};

}  // namespace

double schedule_loop(isa::Assembly& body, const Registers& registers, const TileNumbers& tiles) {
  const Judge judge = [&](const isa::Assembly& assembly) {
    isa::Program ordered = assembly.program;
    const Advance advance = order_loop(ordered, registers, tiles);
    return std::optional(turn_cycles(ordered, advance, tiles.hardware()));
  };
  return schedule_loop(body, registers, tiles, {}, judge).value();
}

std::optional<double> schedule_loop(isa::Assembly& body, const Registers& registers,
                                    const TileNumbers& tiles, const Room& room,
                                    const Judge& judge) {
  const Graph graph(body, registers, tiles);
  for (std::size_t i = graph.count(); i < body.program.size(); ++i) {
    if (body.program[i].info()->unit != isa::Unit::kControl) {
      throw std::logic_error("a control instruction stands before others");
    }
  }
  std::optional<double> best = judge(body);
  if (!best) return best;  // the plain order needs least room
  isa::Assembly out = body;
  const auto propose = [&](const Ordered& ordered) {
    isa::Assembly next = body;
    for (std::size_t i = 0; i < ordered.order.size(); ++i) {
      next.program[i] = body.program[ordered.order[i]];
      next.source[i] = body.source[ordered.order[i]];
    }
    const std::optional<double> needs = judge(next);
    if (!needs) return false;
    if (best && *needs >= *best) return true;
    best = needs;
    out = std::move(next);
    return true;
  };
  double shortest = std::numeric_limits<double>::infinity();
  std::vector<double> urgency;
  double chosen_slack = 0;
  Limits limits;
  std::vector<std::vector<double>> starts = {graph.heights(true), graph.heights(false), {}};
  for (std::size_t i = graph.count(); i > 0; --i) starts.back().push_back(static_cast<double>(i));
  const auto try_all = [&](const Limits& to) {
    for (const std::vector<double>& heights : starts) {
      for (const double slack : kSlacks) {
        const Ordered ordered = Machine(graph, heights, slack, room, to).run();
        if (ordered.cycles >= shortest || !propose(ordered)) continue;
        shortest = ordered.cycles;
        urgency = heights;
        chosen_slack = slack;
        limits = to;
      }
    }
  };
  try_all({});
  if (urgency.empty()) {
    for (const std::size_t window : kWindows) {
      for (const double part : kParts) try_all({window, part});
    }
  }
  if (urgency.empty()) return best;
  for (std::uint64_t t = 0; t < kTries && graph.count() > 0; ++t) {
    const std::size_t which = train::random_bits(0, 0, t) % graph.count();
    const double before = urgency[which];
    urgency[which] += train::random_uniform(train::random_bits(0, 1, t), kChange);
    const Ordered ordered = Machine(graph, urgency, chosen_slack, room, limits).run();
    if (ordered.cycles > shortest || (ordered.cycles < shortest && !propose(ordered))) {
      urgency[which] = before;
      continue;
    }
    shortest = ordered.cycles;
  }
  body = std::move(out);
  return best;
}

}  // namespace gradcore::compiler
