// SPDX-License-Identifier: Apache-2.0
#include "sw/model/functional_chip.h"

#include <cstring>

#include "sw/model/functional_core.h"
#include "sw/model/vector_unit.h"

namespace gradcore::model {
namespace {

using isa::Error;
using isa::Field;
using isa::Instruction;
using isa::Opcode;

device::MatrixRef matrix(const Instruction& i, Field address, Field rows, Field batch) {
  return {i.get(address), i.get(rows), i.get(batch)};
}

device::GemmCommand gemm_command(const Instruction& i) {
  namespace field = isa::gemm;
  device::GemmCommand c;
  c.m = i.get(field::kM);
  c.k = i.get(field::kK);
  c.n = i.get(field::kN);
  c.batch = i.get(field::kBatch);
  c.trans_x = i.get(field::kTransX) != 0;
  c.trans_w = i.get(field::kTransW) != 0;
  c.trans_y = i.get(field::kTransY) != 0;
  c.accumulate = i.get(field::kAccumulate) != 0;
  c.x = matrix(i, field::kX, field::kXRows, field::kXBatch);
  c.w = matrix(i, field::kW, field::kWRows, field::kWBatch);
  c.y = matrix(i, field::kY, field::kYRows, field::kYBatch);
  return c;
}

}  // namespace

FunctionalChip::FunctionalChip(const device::Hardware& hardware, std::size_t dram_bytes)
    : hardware_(checked(hardware)),
      local_(hardware),
      dram_(dram_bytes),
      read_{0, dram_bytes},
      write_{0, dram_bytes} {}

void FunctionalChip::set_windows(const Window& read, const Window& write) {
  read_ = read;
  write_ = write;
}

ChipStatus FunctionalChip::run(std::uint64_t address) {
  start(address);
  while (!step()) {
  }
  return status_;
}

void FunctionalChip::start(std::uint64_t address) {
  registers_ = {};
  tokens_ = {};
  loops_.clear();
  status_ = {};
  status_.address = address;
}

bool FunctionalChip::advance(std::uint64_t instructions) {
  for (; instructions > 0; --instructions) {
    if (step()) return true;
  }
  return false;
}

// One instruction; true if it was the last one.
bool FunctionalChip::step() {
  Instruction instruction;
  if (status_.address % isa::kInstructionBytes != 0) {
    status_.error = Error::kMisaligned;
    return true;
  }
  status_.error = fetch(status_.address, instruction);
  if (status_.error != Error::kNone) return true;
  std::uint64_t next = status_.address + isa::kInstructionBytes;
  const Fault fault = execute(instruction, next);
  status_.error = fault.error;
  status_.operand = fault.operand;
  status_.position = fault.position;
  status_.index = fault.index;
  if (fault.error != Error::kNone) return true;
  ++status_.instructions;
  if (instruction.opcode() == static_cast<unsigned>(Opcode::kHalt)) return true;
  status_.address = next;
  return false;
}

Error FunctionalChip::fetch(std::uint64_t address, Instruction& out) const {
  constexpr std::uint64_t kBytes = isa::kInstructionBytes;
  if (!read_.holds(address, kBytes)) return Error::kWindow;
  if (!Window{0, dram_.size()}.holds(address, kBytes)) return Error::kBus;
  isa::InstructionWords words{};
  for (std::size_t i = 0; i < kBytes; ++i) {
    words[i / 4] |= std::to_integer<std::uint32_t>(dram_[address + i]) << (8 * (i % 4));
  }
  out = Instruction(words);
  return Error::kNone;
}

Instruction FunctionalChip::with_bases(const Instruction& instruction) const {
  Instruction out = instruction;
  for (const isa::FieldInfo& field : instruction.info()->fields) {
    if (field.kind != isa::Kind::kAddress) continue;
    out.set(field.field, instruction.get(field.field) + registers_[instruction.get(field.base)]);
    out.set(field.base, 0u);
  }
  return out;
}

Fault FunctionalChip::execute(const Instruction& instruction, std::uint64_t& next) {
  const isa::InstructionInfo* const info = instruction.info();
  if (info == nullptr) return {Error::kOpcode, 0};
  if (info->unit == isa::Unit::kControl) return control(instruction, next);
  const Instruction resolved = with_bases(instruction);
  Fault fault = check(info->unit, resolved);
  // The tokens' fields are the same in every instruction of a unit.
  if (fault.error == Error::kNone) {
    fault = pass_tokens(instruction.get(isa::gemm::kTake), instruction.get(isa::gemm::kGive));
  }
  if (fault.error != Error::kNone) return fault;
  switch (info->unit) {
    case isa::Unit::kMatrix:
      execute_gemm(hardware_, local_, gemm_command(resolved),
                   count_dropped_ ? &statistics_ : nullptr);
      return {};
    case isa::Unit::kVector:
      return execute_vector(local_, hardware_.n, resolved);
    default:
      return execute_transfer(local_, hardware_.n, resolved, dram_);
  }
}

Fault FunctionalChip::check(isa::Unit unit, const Instruction& resolved) const {
  switch (unit) {
    case isa::Unit::kMatrix: {
      const device::Completion verdict = check_command(hardware_, gemm_command(resolved));
      // The first five errors of both enumerations are the same.
      if (verdict.error != device::GemmError::kNone) {
        return {static_cast<Error>(verdict.error), static_cast<unsigned>(verdict.operand)};
      }
      if (resolved.has_reserved_bits()) return {Error::kReserved, 0};
      return {};
    }
    case isa::Unit::kVector:
      return check_vector(local_, hardware_.n, resolved);
    default:
      return check_transfer(local_, hardware_.n, resolved,
                            unit == isa::Unit::kStore ? write_ : read_);
  }
}

Fault FunctionalChip::control(const Instruction& i, std::uint64_t& next) {
  const bool loops_never =
      i.opcode() == static_cast<unsigned>(Opcode::kLoop) && i.get(isa::loop::kCount) == 0;
  if (loops_never) return {Error::kZeroSize, 0};
  if (i.has_reserved_bits()) return {Error::kReserved, 0};
  switch (static_cast<Opcode>(i.opcode())) {
    case Opcode::kSet:
      if (i.get(isa::set::kRd) == 0) return {Error::kChoice, 0};
      registers_[i.get(isa::set::kRd)] = i.get(isa::set::kValue);
      break;
    case Opcode::kAdd:
      if (i.get(isa::add::kRd) == 0) return {Error::kChoice, 0};
      registers_[i.get(isa::add::kRd)] = registers_[i.get(isa::add::kRs)] + i.get(isa::add::kValue);
      break;
    case Opcode::kLoop:
      if (loops_.size() == isa::kLoopDepth) return {Error::kNesting, 0};
      loops_.push_back({next, i.get(isa::loop::kCount)});
      break;
    case Opcode::kEnd:
      if (loops_.empty()) return {Error::kNesting, 0};
      if (--loops_.back().left > 0) {
        next = loops_.back().start;
      } else {
        loops_.pop_back();
      }
      break;
    default:  // halt and sync have nothing to wait for
      break;
  }
  return {};
}

// In the order of the program: what an instruction takes was given before.
Fault FunctionalChip::pass_tokens(std::uint32_t take, std::uint32_t give) {
  std::array<std::uint32_t, isa::kTokens> left = tokens_;
  for (unsigned t = 0; t < isa::kTokens; ++t) {
    if (((take >> t) & 1u) != 0 && left[t]-- == 0) return {Error::kDeadlock, 0};
  }
  for (unsigned t = 0; t < isa::kTokens; ++t) {
    left[t] += (give >> t) & 1u;
    if (left[t] > isa::kMaxTokens) return {Error::kTokens, 0};
  }
  tokens_ = left;
  return {};
}

}  // namespace gradcore::model
