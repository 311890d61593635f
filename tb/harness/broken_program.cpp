// SPDX-License-Identifier: Apache-2.0
#include "tb/harness/broken_program.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <optional>
#include <stdexcept>
#include <utility>
#include <vector>

#include "tb/harness/break_instruction.h"
#include "tb/harness/program_trace.h"

namespace gradcore::harness {
namespace {

using isa::Error;
using isa::Field;
using isa::FieldInfo;
using isa::Instruction;
using isa::Opcode;
using isa::Unit;

constexpr std::uint32_t kSpareRegister = isa::kRegisters - 1;  // no random program uses it
constexpr Field kTake = isa::gemm::kTake;                      // the same for every unit
constexpr Field kGive = isa::gemm::kGive;

class Breaker {
 public:
  Breaker(BrokenProgram& broken, Error error, RandomPatterns& random)
      : broken_(broken),
        program_(broken.program.program),
        space_(broken.program.space),
        error_(error),
        random_(random),
        steps_(trace(program_)) {}

  // False where the program has no place for it.
  bool run() {
    if (!change() || !store_program(broken_.program)) return false;
    broken_.start = broken_.program.address + start_offset_;
    model::FunctionalChip chip(space_.hardware, space_.dram_bytes);
    chip.set_windows(space_.read, space_.write);
    std::copy(broken_.program.dram.begin(), broken_.program.dram.end(), chip.dram().begin());
    broken_.expected = chip.run(broken_.start);
    // An instruction that is refused only when its loop comes to it again has done something that
    // nothing is ordered with, except where that is meant.
    const bool in_time = late_ || !instructions_ || broken_.expected.instructions == *instructions_;
    return broken_.expected.error == error_ && in_time;
  }

 private:
  bool change() {
    switch (error_) {
      case Error::kNesting:
        return nest();
      case Error::kDeadlock:
        return random_.one_in(3) ? deadlock_later() : deadlock();
      case Error::kTokens:
        return too_many_tokens();
      case Error::kMisaligned:
        if (random_.one_in(10)) return misaligned_start();
        return random_.one_in(4) ? step_away(1 + random_.below(15)) : change_one();
      case Error::kOutOfRange:
        return random_.one_in(4) ? step_away(kFarAway) : change_one();
      case Error::kWindow:
        if (random_.one_in(8)) return run_off_the_end();
        return random_.one_in(4) ? step_away(kFarAway) : change_one();
      case Error::kBus:
        for (model::Window* const window : {&space_.read, &space_.write}) {
          window->size = space_.dram_bytes + kFarAway - window->base;
        }
        return random_.one_in(8) ? run_off_the_end() : change_one();
      case Error::kNone:
      case Error::kTimeout:
        throw std::invalid_argument("no program has this error");
      default:
        return change_one();
    }
  }

  bool change_one() {
    const std::size_t index = any_index();
    const auto step = first_step(index);
    const Instruction before = step == steps_.end() ? program_[index] : step->instruction;
    Instruction& i = pick(index, "changed");
    return break_instruction(error_, i, before, space_, random_);
  }

  // An instruction to change. If it is one for a unit it must be refused the first time.
  Instruction& pick(std::size_t index, const std::string& what) {
    const auto step = first_step(index);
    if (step != steps_.end()) instructions_ = step->number;
    broken_.what = what + " at instruction " + std::to_string(index);
    return program_[index];
  }
  std::size_t any_index() { return random_.below(static_cast<std::uint32_t>(program_.size())); }
  const Step& any_step() {
    return steps_[random_.below(static_cast<std::uint32_t>(steps_.size()))];
  }
  std::vector<Step>::const_iterator first_step(std::size_t index) const {
    return std::find_if(steps_.begin(), steps_.end(),
                        [index](const Step& step) { return step.index == index; });
  }
  Unit unit(std::size_t index) const { return program_[index].info()->unit; }

  bool misaligned_start() {
    start_offset_ = 1 + random_.below(isa::kInstructionBytes - 1);
    broken_.what = "misaligned start";
    return true;
  }

  void insert(std::size_t at, Instruction instruction, std::size_t count = 1) {
    program_.insert(program_.begin() + static_cast<std::ptrdiff_t>(at), count, instruction);
  }
  static Instruction loop(std::uint32_t count) {
    Instruction out(Opcode::kLoop);
    return out.set(isa::loop::kCount, count);
  }
  unsigned depth(std::size_t index, const Nesting& nesting) const {
    unsigned out = 0;
    for (; nesting.parent[index] != Nesting::kTop; index = nesting.parent[index]) ++out;
    return out;
  }

  bool nest() {
    const Nesting around = nesting(program_);
    const std::size_t index = any_index();
    if (random_.one_in(2)) {
      if (around.parent[index] != Nesting::kTop) return false;
      insert(index, Instruction(Opcode::kEnd));
      broken_.what = "end without a loop at instruction " + std::to_string(index);
      return true;
    }
    insert(index, loop(1 + random_.below(3)), isa::kLoopDepth + 1 - depth(index, around));
    broken_.what = "loops too deep from instruction " + std::to_string(index);
    return true;
  }

  bool is_transfer(std::size_t index) const {
    return unit(index) == Unit::kLoad || unit(index) == Unit::kStore;
  }

  // No halt: the next instruction lies outside the window, or DRAM.
  bool run_off_the_end() {
    const RandomProgram& p = broken_.program;
    const std::uint64_t end = p.address + program_.size() * isa::kInstructionBytes;
    const model::Window dram{0, space_.dram_bytes};
    const model::Window& within = error_ == Error::kBus ? dram : space_.read;
    if (within.holds(end, isa::kInstructionBytes)) return false;
    program_.back() = Instruction(Opcode::kSync);
    broken_.what = "no halt";
    return true;
  }

  std::uint32_t unused_tokens() const {
    std::uint32_t used = 0;
    for (const Step& step : steps_) {
      used |= step.instruction.get(kTake) | step.instruction.get(kGive);
    }
    return ~used & 0xFFFFu;
  }
  // One bit of a mask that has some.
  std::uint32_t any_bit(std::uint32_t mask) {
    std::uint32_t bit = 0;
    do {
      bit = 1u << random_.below(isa::kTokens);
    } while ((bit & mask) == 0);
    return bit;
  }

  // Takes a token of which there is none at that time.
  bool deadlock() {
    const std::size_t index = any_step().index;
    std::array<unsigned, isa::kTokens> tokens{};
    for (const Step& step : steps_) {
      if (step.index == index) break;
      for (unsigned t = 0; t < isa::kTokens; ++t) {
        tokens[t] -= (step.instruction.get(kTake) >> t) & 1u;
        tokens[t] += (step.instruction.get(kGive) >> t) & 1u;
      }
    }
    std::uint32_t missing = 0;
    for (unsigned t = 0; t < isa::kTokens; ++t) missing |= (tokens[t] == 0 ? 1u : 0u) << t;
    if (missing == 0) return false;
    Instruction& i = pick(index, "token not given");
    i.set(kTake, i.get(kTake) | any_bit(missing));
    return true;
  }

  // In a loop, takes a token that was given once.
  bool deadlock_later() {
    const Step& giver = any_step();
    const Step& taker = any_step();
    const std::uint32_t unused = unused_tokens();
    if (giver.depth != 0 || taker.depth == 0 || giver.index >= taker.index || unused == 0) {
      return false;
    }
    const std::uint32_t token = any_bit(unused);
    program_[giver.index].set(kGive, program_[giver.index].get(kGive) | token);
    Instruction& i = pick(taker.index, "token given only once");
    i.set(kTake, i.get(kTake) | token);
    late_ = true;
    return true;
  }

  // Once more what an instruction does, for its first elements, and that 256 times.
  bool too_many_tokens() {
    const std::size_t index = any_step().index;
    const std::uint32_t unused = unused_tokens();
    if (unused == 0 || depth(index, nesting(program_)) == isa::kLoopDepth) return false;
    Instruction i = program_[index];
    i.set(kTake, 0u).set(kGive, any_bit(unused));
    if (unit(index) == Unit::kMatrix) {
      i.set(isa::gemm::kM, 1).set(isa::gemm::kK, 1).set(isa::gemm::kN, 1).set(isa::gemm::kBatch, 1);
    } else {
      i.set(isa::vector::kRows, 1).set(isa::vector::kCols, 1);
      if (unit(index) == Unit::kVector) i.set(isa::vector::kOrder, isa::Order::kDrain);
    }
    insert(index + 1, loop(isa::kMaxTokens + 1 + random_.below(8)));
    insert(index + 2, i);
    insert(index + 3, Instruction(Opcode::kEnd));
    broken_.what = "too many tokens behind instruction " + std::to_string(index);
    return true;
  }

  // In a loop, an address that is right the first time, and steps away then.
  bool step_away(std::uint32_t by) {
    const Step step = any_step();
    if (step.depth == 0) return false;
    const FieldInfo& address = any_address(program_[step.index], random_);
    const bool is_dram = address.field == isa::load::kDram && is_transfer(step.index);
    if (error_ != Error::kMisaligned && is_dram != (error_ == Error::kWindow)) return false;
    const std::uint32_t first = first_step(step.index)->instruction.get(address.field);
    for (const Step& other : steps_) {
      if (other.index == step.index && other.instruction.get(address.field) != first) return false;
    }
    const std::uint32_t value = random_.bits32();
    Instruction& i = pick(step.index, "steps away");
    i.set(address.field, first - value).set(address.base, kSpareRegister);
    Instruction add(Opcode::kAdd);
    add.set(isa::add::kRd, kSpareRegister).set(isa::add::kRs, kSpareRegister);
    insert(step.index + 1, add.set(isa::add::kValue, by));
    Instruction set(Opcode::kSet);
    insert(0, set.set(isa::set::kRd, kSpareRegister).set(isa::set::kValue, value));
    late_ = true;
    return true;
  }

  BrokenProgram& broken_;
  isa::Program& program_;
  ProgramSpace& space_;
  Error error_;
  RandomPatterns& random_;
  std::vector<Step> steps_;
  std::optional<std::uint64_t> instructions_;  // to be carried out before it is refused
  std::uint64_t start_offset_ = 0;
  bool late_ = false;  // refused not the first time
};

}  // namespace

BrokenProgram broken_program(const ProgramSpace& space, const ProgramOptions& options, Error error,
                             std::uint64_t seed) {
  constexpr unsigned kPrograms = 100;
  constexpr unsigned kPlaces = 20;
  RandomPatterns random(seed);
  for (unsigned made = 0; made < kPrograms; ++made) {
    const RandomProgram program = random_program(space, options, random.bits());
    for (unsigned place = 0; place < kPlaces; ++place) {
      BrokenProgram out;
      out.program = program;
      if (Breaker(out, error, random).run()) return out;
    }
  }
  throw std::invalid_argument("no program has room for this error");
}

}  // namespace gradcore::harness
