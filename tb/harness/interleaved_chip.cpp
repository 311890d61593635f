// SPDX-License-Identifier: Apache-2.0
#include "tb/harness/interleaved_chip.h"

#include <algorithm>
#include <utility>

#include "sw/model/functional_core.h"
#include "sw/model/vector_unit.h"
#include "tb/harness/program_access.h"

namespace gradcore::harness {
namespace {

using isa::Error;
using isa::Instruction;
using isa::Opcode;
using isa::Operand;
using isa::Unit;
using model::Fault;

constexpr isa::Field kTake = isa::gemm::kTake;  // the same in every instruction of a unit
constexpr isa::Field kGive = isa::gemm::kGive;

// Random numbers go by the element's number, which changes when a matrix is taken apart; a list is
// worked through in order.
bool can_take_apart(const Instruction& i) {
  namespace field = isa::vector;
  return i.get(field::kListed) == 0 && i.get(field::kStochastic) == 0 &&
         i.get(field::kCombine) != static_cast<unsigned>(isa::Combine::kDropout);
}

std::uint32_t rows_of_tiles(const Instruction& i, unsigned n) {
  if (i.get(isa::vector::kListed) != 0) return 1;
  return (i.get(isa::vector::kRows) + n - 1) / n;
}

// The instruction for one row of tiles of the result.
Instruction row_of_tiles(const Instruction& i, unsigned n, std::uint32_t row) {
  namespace field = isa::vector;
  Instruction out = i;
  out.set(field::kRows, std::min(n, i.get(field::kRows) - row * n));
  const auto move = [&](isa::Field address, std::uint32_t tiles) {
    const bool accumulator = i.get(address) >= device::kAccumulatorBase;
    out.set(address, i.get(address) + row * tiles * (accumulator ? 4 : 2) * n * n);
  };
  const auto move_source = [&](isa::Field kind, isa::Field trans, isa::Field address,
                               isa::Field stride) {
    const auto is = static_cast<Operand>(i.get(kind));
    if (is == Operand::kRow || is == Operand::kConstant) return;
    move(address, i.get(trans) != 0 ? 1 : i.get(stride));
  };
  move_source(field::kAIs, field::kTransA, field::kA, field::kARows);
  move_source(field::kBIs, field::kTransB, field::kB, field::kBRows);
  move_source(field::kCIs, field::kTransC, field::kC, field::kCRows);
  move(field::kD, i.get(field::kTransD) != 0 ? 1 : i.get(field::kDRows));
  move(field::kE, i.get(field::kERows));
  return out;
}

}  // namespace

InterleavedChip::InterleavedChip(const device::Hardware& hardware, std::size_t dram_bytes)
    : hardware_(model::checked(hardware)),
      local_(hardware),
      dram_(dram_bytes),
      read_{0, dram_bytes},
      write_{0, dram_bytes} {}

void InterleavedChip::set_windows(const model::Window& read, const model::Window& write) {
  read_ = read;
  write_ = write;
}

void InterleavedChip::reset(std::uint64_t address) {
  for (auto& queue : queues_) queue.clear();
  tokens_ = promised_ = {};
  most_tokens_ = 0;
  registers_ = {};
  loops_.clear();
  next_ = address;
  fetched_ = stopped_ = false;
  status_ = {};
}

model::ChipStatus InterleavedChip::run(std::uint64_t address, RandomPatterns& random) {
  reset(address);
  // Who goes first when several can: a random actor, or most of the time the first of a list.
  std::array<unsigned, kActors> list = {kMatrix, kVector, kLoad, kStore, kIssue};
  for (unsigned i = kActors - 1; i > 0; --i) std::swap(list[i], list[random.below(i + 1)]);
  const std::uint32_t whim = 1 + random.below(8);
  while (true) {
    if (!stopped_ && !fetched_) stopped_ = !fetch();
    const unsigned start = random.one_in(whim) ? random.below(kActors) : 0;
    unsigned i = 0;
    while (i < kActors && !can_act(list[(start + i) % kActors])) ++i;
    if (i == kActors) break;
    act(list[(start + i) % kActors], random);
    if (status_.error == Error::kBus || status_.error == Error::kIndex) return status_;
  }
  const bool stuck =
      !std::all_of(queues_.begin(), queues_.end(), [](const auto& q) { return q.empty(); });
  if (stuck) status_.error = Error::kTimeout;
  return status_;
}

// The next instruction. False where there is none.
bool InterleavedChip::fetch() {
  status_.address = next_;
  if (next_ % isa::kInstructionBytes != 0) {
    status_.error = Error::kMisaligned;
  } else if (!read_.holds(next_, isa::kInstructionBytes)) {
    status_.error = Error::kWindow;
  } else if (!model::Window{0, dram_.size()}.holds(next_, isa::kInstructionBytes)) {
    status_.error = Error::kBus;
  }
  if (status_.error != Error::kNone) return false;
  isa::InstructionWords words{};
  for (std::size_t i = 0; i < isa::kInstructionBytes; ++i) {
    words[i / 4] |= std::to_integer<std::uint32_t>(dram_[next_ + i]) << (8 * (i % 4));
  }
  instruction_ = Instruction(words);
  fetched_ = true;
  return true;
}

bool InterleavedChip::can_act(unsigned actor) const {
  if (actor != kIssue) {
    return !queues_[actor].empty() && can_take(queues_[actor].front().instruction.get(kTake));
  }
  if (stopped_) return false;
  const isa::InstructionInfo* const info = instruction_.info();
  if (info != nullptr && info->unit != Unit::kControl) {
    return queues_[static_cast<unsigned>(info->unit) - 1].size() < kQueue;
  }
  return instruction_.opcode() != static_cast<unsigned>(Opcode::kSync) ||
         std::all_of(queues_.begin(), queues_.end(), [](const auto& q) { return q.empty(); });
}

void InterleavedChip::act(unsigned actor, RandomPatterns& random) {
  if (actor == kIssue) {
    issue();
  } else if (actor == kVector) {
    vector_turn(random);
  } else {
    const Queued queued = queues_[actor].front();
    queues_[actor].pop_front();
    take(queued.instruction.get(kTake));
    execute(queued, random);
    give(queued.instruction.get(kGive));
  }
}

void InterleavedChip::issue() {
  const isa::InstructionInfo* const info = instruction_.info();
  const std::uint64_t at = next_;
  fetched_ = false;
  next_ += isa::kInstructionBytes;
  Fault fault;
  if (info == nullptr) {
    fault.error = Error::kOpcode;
  } else if (info->unit == Unit::kControl) {
    fault.error = control(instruction_);
  } else {
    const Instruction resolved = resolve(instruction_, registers_);
    fault = check(resolved);
    if (fault.error == Error::kNone) {
      queues_[static_cast<unsigned>(info->unit) - 1].push_back(
          {resolved, at, status_.instructions});
    }
  }
  status_.error = fault.error;
  status_.operand = fault.operand;
  if (fault.error != Error::kNone) {
    stopped_ = true;
    return;
  }
  ++status_.instructions;
  if (instruction_.opcode() == static_cast<unsigned>(Opcode::kHalt)) stopped_ = true;
}

Error InterleavedChip::control(const Instruction& i) {
  const auto opcode = static_cast<Opcode>(i.opcode());
  if (opcode == Opcode::kLoop && i.get(isa::loop::kCount) == 0) return Error::kZeroSize;
  if (i.has_reserved_bits()) return Error::kReserved;
  const bool sets = opcode == Opcode::kSet || opcode == Opcode::kAdd;
  if (sets && i.get(isa::set::kRd) == 0) return Error::kChoice;
  switch (opcode) {
    case Opcode::kSet:
      registers_[i.get(isa::set::kRd)] = i.get(isa::set::kValue);
      break;
    case Opcode::kAdd:
      registers_[i.get(isa::add::kRd)] = registers_[i.get(isa::add::kRs)] + i.get(isa::add::kValue);
      break;
    case Opcode::kLoop:
      if (loops_.size() == isa::kLoopDepth) return Error::kNesting;
      loops_.push_back({next_, i.get(isa::loop::kCount)});
      break;
    case Opcode::kEnd:
      if (loops_.empty()) return Error::kNesting;
      if (--loops_.back().left > 0) {
        next_ = loops_.back().start;
      } else {
        loops_.pop_back();
      }
      break;
    default:
      break;
  }
  return Error::kNone;
}

Fault InterleavedChip::check(const Instruction& i) {
  Fault fault;
  const Unit unit = i.info()->unit;
  if (unit == Unit::kMatrix) {
    const device::Completion verdict = model::check_command(hardware_, gemm_command(i));
    // The first five errors of both enumerations are the same.
    fault = {static_cast<Error>(verdict.error), static_cast<unsigned>(verdict.operand)};
    if (fault.error == Error::kNone && i.has_reserved_bits()) fault.error = Error::kReserved;
  } else if (unit == Unit::kVector) {
    fault = model::check_vector(local_, hardware_.n, i);
  } else {
    fault = model::check_transfer(local_, hardware_.n, i, unit == Unit::kStore ? write_ : read_);
  }
  if (fault.error != Error::kNone) return fault;
  for (unsigned t = 0; t < isa::kTokens; ++t) {
    if (((i.get(kTake) >> t) & 1u) != 0 && promised_[t]-- == 0) return {Error::kDeadlock, 0};
  }
  for (unsigned t = 0; t < isa::kTokens; ++t) {
    promised_[t] += (i.get(kGive) >> t) & 1u;
    if (promised_[t] > isa::kMaxTokens) return {Error::kTokens, 0};
  }
  return fault;
}

bool InterleavedChip::can_take(std::uint32_t tokens) const {
  for (unsigned t = 0; t < isa::kTokens; ++t) {
    if (((tokens >> t) & 1u) != 0 && tokens_[t] == 0) return false;
  }
  return true;
}

void InterleavedChip::take(std::uint32_t tokens) {
  for (unsigned t = 0; t < isa::kTokens; ++t) tokens_[t] -= (tokens >> t) & 1u;
}

void InterleavedChip::give(std::uint32_t tokens) {
  for (unsigned t = 0; t < isa::kTokens; ++t) {
    tokens_[t] += (tokens >> t) & 1u;
    most_tokens_ = std::max(most_tokens_, tokens_[t]);
  }
}

// One instruction, or two that overlap.
void InterleavedChip::vector_turn(RandomPatterns& random) {
  std::deque<Queued>& queue = queues_[kVector];
  const Queued first = queue.front();
  queue.pop_front();
  take(first.instruction.get(kTake));
  const bool overlap =
      random.one_in(2) && !queue.empty() && can_take(queue.front().instruction.get(kTake));
  const auto order =
      overlap ? static_cast<isa::Order>(queue.front().instruction.get(isa::vector::kOrder))
              : isa::Order::kDrain;
  if (order == isa::Order::kDrain) {
    execute(first, random);
    give(first.instruction.get(kGive));
    return;
  }
  const Queued second = queue.front();
  queue.pop_front();
  take(second.instruction.get(kTake));
  const unsigned n = hardware_.n;
  const Instruction& a = first.instruction;
  const Instruction& b = second.instruction;
  if (order == isa::Order::kFree) {
    execute(second, random);
    execute(first, random);
  } else if (can_take_apart(a) && can_take_apart(b)) {
    const std::uint32_t rows = std::max(rows_of_tiles(a, n), rows_of_tiles(b, n));
    for (std::uint32_t row = 0; row < rows; ++row) {
      if (row < rows_of_tiles(a, n)) model::execute_vector(local_, n, row_of_tiles(a, n, row));
      if (row < rows_of_tiles(b, n)) model::execute_vector(local_, n, row_of_tiles(b, n, row));
    }
  } else {
    execute(first, random);
    execute(second, random);
  }
  give(a.get(kGive));
  give(b.get(kGive));
}

void InterleavedChip::execute(const Queued& queued, RandomPatterns& random) {
  const Instruction& i = queued.instruction;
  const unsigned n = hardware_.n;
  Fault fault;
  switch (i.info()->unit) {
    case Unit::kMatrix:
      model::execute_gemm(hardware_, local_, gemm_command(i));
      break;
    case Unit::kVector:
      if (can_take_apart(i) && random.one_in(3)) {
        for (std::uint32_t row = rows_of_tiles(i, n); row-- > 0;) {
          model::execute_vector(local_, n, row_of_tiles(i, n, row));
        }
      } else {
        fault = model::execute_vector(local_, n, i);
      }
      break;
    default:
      fault = model::execute_transfer(local_, n, i, dram_);
      break;
  }
  if (fault.error == Error::kNone) return;
  status_ = {fault.error,   fault.operand,  queued.address,
             queued.number, fault.position, fault.index};
}

}  // namespace gradcore::harness
