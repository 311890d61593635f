// SPDX-License-Identifier: Apache-2.0
#include "sw/compiler/estimate.h"

#include <algorithm>
#include <array>
#include <deque>
#include <iterator>
#include <map>
#include <stdexcept>

#include "sw/compiler/timing.h"

namespace gradcore::compiler {
namespace {

using isa::Instruction;
using isa::Opcode;

// DRAM, which loads and stores share: what one leaves over the other takes, also between.
class Bandwidth {
 public:
  // So many cycles of it from `start` on; returns when they are over.
  double take(double start, double cycles) {
    double at = start;
    auto next = taken_.upper_bound(at);
    if (next != taken_.begin()) at = std::max(at, std::prev(next)->second);
    while (cycles > 0) {
      const double until = next == taken_.end() ? at + cycles : std::min(at + cycles, next->first);
      cycles -= until - at;
      if (until > at) taken_.emplace(at, until);
      at = until;
      if (cycles <= 0 || next == taken_.end()) break;
      at = next->second;
      ++next;
    }
    return at;
  }
  // Nothing will be asked for before `time`.
  void forget(double time) {
    while (!taken_.empty() && taken_.begin()->second < time) taken_.erase(taken_.begin());
  }

 private:
  std::map<double, double> taken_;  // ends by starts
};

class Simulation {
 public:
  // With tokens that are there from the start.
  Simulation(const isa::Program& program, unsigned n, const Advance& advance = {})
      : program_(program), n_(n) {
    out_.busy.assign(kUnits, 0);
    for (unsigned t = 0; t < kPairs; ++t) tokens_[t].assign(advance[t], 0);
  }

  Estimate run() {
    std::vector<std::pair<std::size_t, std::uint32_t>> loops;
    std::size_t at = 0;
    while (true) {
      const Instruction& i = program_.at(at);
      now_ += dispatch_cycles(i);
      if (i.info()->unit != isa::Unit::kControl) {
        issue(i, at);
      } else if (i.opcode() == static_cast<unsigned>(Opcode::kSync)) {
        now_ = std::max(now_, last_done());
      } else if (i.opcode() == static_cast<unsigned>(Opcode::kLoop)) {
        loops.emplace_back(at, i.get(isa::loop::kCount));
      } else if (i.opcode() == static_cast<unsigned>(Opcode::kHalt)) {
        out_.cycles = std::max(now_, last_done());
        return std::move(out_);
      } else if (i.opcode() == static_cast<unsigned>(Opcode::kEnd)) {
        if (--loops.back().second > 0) {
          at = loops.back().first;
        } else {
          loops.pop_back();
        }
      }
      ++at;
    }
  }

 private:
  struct Unit {
    std::deque<double> starts;         // of the last instructions, for the room in the queue
    double free = 0;                   // when it can begin the next one
    double done = 0, done_before = 0;  // of its last instruction, of that before
    double first_row = 0;              // of the last one, written
  };

  double last_done() const {
    double out = 0;
    for (const Unit& unit : units_) out = std::max(out, unit.done);
    return out;
  }

  void issue(const Instruction& i, std::size_t number) {
    const unsigned u = unit_index(i.info()->unit);
    Unit& unit = units_[u];
    if (unit.starts.size() == kQueueDepth) {
      now_ = std::max(now_, unit.starts.front());
      unit.starts.pop_front();
    }
    double start = std::max(now_ + kEnqueueCycles, unit.free);
    const std::uint32_t take = i.get(isa::gemm::kTake);
    for (unsigned t = 0; t < isa::kTokens; ++t) {
      if (((take >> t) & 1u) == 0) continue;
      if (tokens_[t].empty()) throw std::logic_error("a token is waited for that nothing gives");
      start = std::max(start, tokens_[t].front());
      tokens_[t].pop_front();
    }
    const Timing timing = timing_of(i, n_);
    double cycles = timing.cycles;
    double first_row = 0;
    double done = 0;
    if (u == unit_index(isa::Unit::kVector)) {
      const auto order = static_cast<isa::Order>(i.get(isa::vector::kOrder));
      start = std::max(start, order == isa::Order::kDrain ? unit.done : unit.done_before);
      if (order == isa::Order::kFollow) {  // the rows behind the first follow at the same distance
        start = std::max(start, unit.first_row);
        done = unit.done + timing.row + timing.latency;
      }
      first_row = start + timing.row + timing.latency;
    } else if (u != unit_index(isa::Unit::kMatrix)) {
      cycles = std::max(timing.cycles, dram_.take(start, timing.dram) - start);
      dram_.forget(now_);
    }
    done = std::max(done, start + cycles + timing.latency);
    unit.starts.push_back(start);
    unit.free = start + cycles;
    unit.done_before = unit.done;
    unit.done = std::max(done, unit.done);
    unit.first_row = first_row;
    for (unsigned t = 0; t < isa::kTokens; ++t) {
      if (((i.get(isa::gemm::kGive) >> t) & 1u) != 0) tokens_[t].push_back(unit.done);
    }
    out_.busy[u] += cycles;
    out_.steps.push_back({number, u, start, unit.free, unit.done});
  }

  const isa::Program& program_;
  unsigned n_;
  double now_ = 0;
  std::array<Unit, kUnits> units_;
  std::array<std::deque<double>, isa::kTokens> tokens_;
  Bandwidth dram_;
  Estimate out_;
};

}  // namespace

Estimate estimate(const isa::Program& program, const device::Hardware& hardware) {
  return Simulation(program, hardware.n).run();
}

double turn_cycles(const isa::Program& body, const Advance& advance,
                   const device::Hardware& hardware) {
  constexpr std::uint32_t kTurns = 12;
  isa::Program program;
  program.push_back(Instruction(Opcode::kLoop).set(isa::loop::kCount, kTurns));
  program.insert(program.end(), body.begin(), body.end());
  program.emplace_back(Opcode::kEnd);
  program.emplace_back(Opcode::kHalt);
  return cycles_of_turn(program, Simulation(program, hardware.n, advance).run());
}

double cycles_of_turn(const isa::Program& program, const Estimate& estimate) {
  std::size_t loop = 0;
  for (std::size_t i = 0; i < program.size(); ++i) {
    if (program[i].opcode() == static_cast<unsigned>(Opcode::kLoop)) loop = i;
  }
  // The first matrix instruction of each turn.
  std::size_t number = 0;
  std::vector<double> starts;
  for (const Timed& step : estimate.steps) {
    if (step.instruction <= loop || step.unit != unit_index(isa::Unit::kMatrix)) continue;
    if (number == 0) number = step.instruction;
    if (step.instruction == number) starts.push_back(step.start);
  }
  constexpr std::size_t kWarm = 3;
  if (starts.size() < kWarm + 2) return 0;
  return (starts.back() - starts[kWarm]) / static_cast<double>(starts.size() - 1 - kWarm);
}

}  // namespace gradcore::compiler
