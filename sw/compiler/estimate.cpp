// SPDX-License-Identifier: Apache-2.0
#include "sw/compiler/estimate.h"

#include <algorithm>
#include <array>
#include <bit>
#include <deque>
#include <iterator>
#include <map>
#include <stdexcept>

namespace gradcore::compiler {
namespace {

using isa::Instruction;
using isa::Opcode;

constexpr std::size_t kQueue = 8;         // instructions that wait in front of a unit
constexpr double kFetch = 4;              // between instructions, at least
constexpr double kEnqueue = 2;            // from the queue to the unit
constexpr double kMatrixLatency = 37;     // beside 2N, from the last row's entry to its write
constexpr double kVectorLatency = 33;     // from a line's grant to its write
constexpr double kReductionLatency = 42;  // beside 7 log2(N), from a row of tiles to its reductions
constexpr double kDramLatency = 60;
constexpr double kDramBytes = 16;  // a cycle, whatever the simulated DRAM is set to
constexpr double kRowsApart = 8;   // lines of one row under reduction

std::uint32_t tiles(std::uint32_t size, unsigned n) { return (size + n - 1) / n; }

// What an instruction costs the command processor.
double dispatch_cycles(const Instruction& i) {
  switch (i.info()->unit) {
    case isa::Unit::kMatrix:
      return 18;
    case isa::Unit::kVector:
      return 19;
    case isa::Unit::kControl:
      return kFetch;
    default:
      return 18;
  }
}

double matrix_cycles(const Instruction& i, unsigned n) {
  namespace f = isa::gemm;
  const std::uint32_t cols = i.get(f::kN);
  double out = 0;
  for (std::uint32_t first = 0; first < cols; first += n) {
    const std::uint32_t each = std::max(i.get(f::kM), std::min(n, cols - first));
    out += static_cast<double>(tiles(i.get(f::kK), n)) * each;
  }
  return out * i.get(f::kBatch);
}

struct VectorCost {
  double row = 0, all = 0, latency = kVectorLatency;  // of a row of tiles, of the instruction
  unsigned order = 0;
};

VectorCost vector_cost(const Instruction& i, unsigned n) {
  namespace f = isa::vector;
  VectorCost out;
  const auto is_matrix = [&](isa::Field is) { return i.get(is) == 0; };
  const auto combine = static_cast<isa::Combine>(i.get(f::kCombine));
  const bool uses_c = combine != isa::Combine::kProduct && combine != isa::Combine::kDropout;
  const double each = uses_c && is_matrix(f::kBIs) && is_matrix(f::kCIs) ? 2 : 1;
  const std::uint32_t rows = i.get(f::kRows);
  const double cols = tiles(i.get(f::kCols), n);
  const bool reduces = i.get(f::kReduce) != 0;
  const auto row_cycles = [&](std::uint32_t height) {
    double lines = height * each;
    if (reduces && cols > 1) lines = std::max(lines, kRowsApart);
    return cols * lines;
  };
  out.row = row_cycles(std::min(rows, n));
  const std::uint32_t rest = rows % n;
  const std::uint32_t whole = rows / n;
  out.all = whole * row_cycles(n) + (rest > 0 ? row_cycles(rest) : 0);
  if (reduces) out.latency = kReductionLatency + 7 * (std::bit_width(n) - 1);
  out.order = i.get(f::kOrder);
  return out;
}

double transfer_cycles(const Instruction& i) {
  namespace f = isa::load;
  const double bytes = (i.get(f::kFormat) == 0 ? 4.0 : 2.0) * i.get(f::kCols);
  return i.get(f::kRows) * std::max(bytes / kDramBytes, 1.0);
}

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
  Simulation(const isa::Program& program, unsigned n) : program_(program), n_(n) {
    out_.busy.assign(kUnits, 0);
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
    if (unit.starts.size() == kQueue) {
      now_ = std::max(now_, unit.starts.front());
      unit.starts.pop_front();
    }
    double start = std::max(now_ + kEnqueue, unit.free);
    const std::uint32_t take = i.get(isa::gemm::kTake);
    for (unsigned t = 0; t < isa::kTokens; ++t) {
      if (((take >> t) & 1u) == 0) continue;
      if (tokens_[t].empty()) throw std::logic_error("a token is waited for that nothing gives");
      start = std::max(start, tokens_[t].front());
      tokens_[t].pop_front();
    }
    double cycles = 0;
    double latency = kDramLatency;
    double first_row = 0;
    double done = 0;
    if (u == unit_index(isa::Unit::kMatrix)) {
      cycles = matrix_cycles(i, n_);
      latency = 2 * n_ + kMatrixLatency;
    } else if (u == unit_index(isa::Unit::kVector)) {
      const VectorCost cost = vector_cost(i, n_);
      cycles = cost.all;
      latency = cost.latency;
      start = std::max(start, cost.order == 0 ? unit.done : unit.done_before);
      if (cost.order == 1) {  // the rows behind the first one follow at the same distance
        start = std::max(start, unit.first_row);
        done = unit.done + cost.row + latency;
      }
      first_row = start + cost.row + latency;
      ++cycles;
    } else {
      cycles = dram_.take(start, transfer_cycles(i)) - start;
      dram_.forget(now_);
    }
    done = std::max(done, start + cycles + latency);
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
