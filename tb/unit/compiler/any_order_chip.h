// SPDX-License-Identifier: Apache-2.0
// A chip without a clock whose units run ahead of each other as far as tokens let them, in an order
// drawn at random: a program whose tokens do not order all that depends on each other shows itself.
#pragma once

#include <array>
#include <cstdint>
#include <deque>
#include <stdexcept>
#include <vector>

#include "sw/compiler/accesses.h"
#include "sw/compiler/ordering.h"
#include "sw/model/functional_chip.h"
#include "sw/model/functional_core.h"
#include "sw/model/vector_unit.h"
#include "tb/harness/random_patterns.h"

namespace gradcore::compiler {

class AnyOrderChip {
 public:
  // Works on the memories of `chip`. `queue` is how many instructions wait in front of a unit.
  AnyOrderChip(model::FunctionalChip& chip, const device::Hardware& hardware, std::uint64_t seed,
               std::size_t queue)
      : chip_(chip), hardware_(hardware), random_(seed), queue_(queue) {
    draw_haste();
  }

  // Throws std::runtime_error when nothing can move.
  void run(const isa::Program& program) {
    std::size_t at = 0;
    std::vector<std::pair<std::size_t, std::uint32_t>> loops;
    bool halted = false;
    while (!halted || !is_idle()) {
      if (random_.one_in(100)) draw_haste();
      bool moved = !halted && dispatch(program, at, loops, halted);
      for (unsigned unit = 0; unit < kUnits; ++unit) {
        if (random_.below(8) < haste_[unit]) moved = execute(unit) || moved;
      }
      const unsigned first = random_.below(kUnits);
      for (unsigned u = 0; !moved && u < kUnits; ++u) moved = execute((first + u) % kUnits);
      if (!moved) throw std::runtime_error("the program is stuck");
    }
  }

 private:
  // Some units are hurried, some stand still until nobody else can move.
  void draw_haste() {
    for (unsigned& haste : haste_) haste = random_.one_in(2) ? 0 : 1 + random_.below(8);
  }

  bool is_idle() const {
    for (const auto& queue : queues_) {
      if (!queue.empty()) return false;
    }
    return true;
  }

  bool dispatch(const isa::Program& program, std::size_t& at,
                std::vector<std::pair<std::size_t, std::uint32_t>>& loops, bool& halted) {
    const isa::Instruction& i = program.at(at);
    const isa::Unit unit = i.info()->unit;
    if (unit != isa::Unit::kControl) {
      auto& queue = queues_[unit_index(unit)];
      if (queue.size() == queue_) return false;
      queue.push_back(resolved(i, registers_));
    } else if (i.opcode() == static_cast<unsigned>(isa::Opcode::kSync)) {
      if (!is_idle()) return false;
    } else if (i.opcode() == static_cast<unsigned>(isa::Opcode::kHalt)) {
      halted = true;
      return true;
    } else if (i.opcode() == static_cast<unsigned>(isa::Opcode::kLoop)) {
      loops.emplace_back(at, i.get(isa::loop::kCount));
    } else if (i.opcode() == static_cast<unsigned>(isa::Opcode::kEnd)) {
      if (--loops.back().second > 0) {
        at = loops.back().first;
      } else {
        loops.pop_back();
      }
    } else {
      update(i, registers_);
    }
    ++at;
    return true;
  }

  bool execute(unsigned unit) {
    if (queues_[unit].empty()) return false;
    const isa::Instruction i = queues_[unit].front();
    const std::uint32_t take = i.get(isa::gemm::kTake);
    const std::uint32_t give = i.get(isa::gemm::kGive);
    for (unsigned t = 0; t < isa::kTokens; ++t) {
      if (((take >> t) & 1u) != 0 && tokens_[t] == 0) return false;
    }
    queues_[unit].pop_front();
    model::LocalMemory& memory = chip_.local();
    if (unit == unit_index(isa::Unit::kMatrix)) {
      model::execute_gemm(hardware_, memory, command(i));
    } else if (unit == unit_index(isa::Unit::kVector)) {
      model::execute_vector(memory, hardware_.n, i);
    } else {
      model::execute_transfer(memory, hardware_.n, i, chip_.dram());
    }
    for (unsigned t = 0; t < isa::kTokens; ++t) {
      tokens_[t] -= (take >> t) & 1u;
      tokens_[t] += (give >> t) & 1u;
    }
    return true;
  }

  static device::GemmCommand command(const isa::Instruction& i) {
    namespace f = isa::gemm;
    device::GemmCommand c;
    c.m = i.get(f::kM);
    c.k = i.get(f::kK);
    c.n = i.get(f::kN);
    c.batch = i.get(f::kBatch);
    c.trans_x = i.get(f::kTransX) != 0;
    c.trans_w = i.get(f::kTransW) != 0;
    c.trans_y = i.get(f::kTransY) != 0;
    c.accumulate = i.get(f::kAccumulate) != 0;
    c.x = {i.get(f::kX), i.get(f::kXRows), i.get(f::kXBatch)};
    c.w = {i.get(f::kW), i.get(f::kWRows), i.get(f::kWBatch)};
    c.y = {i.get(f::kY), i.get(f::kYRows), i.get(f::kYBatch)};
    return c;
  }

  model::FunctionalChip& chip_;
  device::Hardware hardware_;
  harness::RandomPatterns random_;
  std::size_t queue_;
  std::array<unsigned, kUnits> haste_{};
  std::array<std::deque<isa::Instruction>, kUnits> queues_;
  std::array<int, isa::kTokens> tokens_{};
  Registers registers_{};
};

}  // namespace gradcore::compiler
