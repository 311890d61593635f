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

std::uint64_t tiles(std::uint64_t size, unsigned n) { return (size + n - 1) / n; }

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
  registers_ = {};
  tokens_ = {};
  loops_.clear();
  ChipStatus status;
  status.address = address;
  while (true) {
    Instruction instruction;
    if (status.address % isa::kInstructionBytes != 0) {
      status.error = Error::kMisaligned;
      return status;
    }
    if (!fetch(status.address, instruction)) {
      status.error = Error::kWindow;
      return status;
    }
    std::uint64_t next = status.address + isa::kInstructionBytes;
    const Fault fault = execute(instruction, next);
    status.error = fault.error;
    status.operand = fault.operand;
    if (fault.error != Error::kNone) return status;
    ++status.instructions;
    if (instruction.opcode() == static_cast<unsigned>(Opcode::kHalt)) return status;
    status.address = next;
  }
}

bool FunctionalChip::fetch(std::uint64_t address, Instruction& out) const {
  constexpr std::uint64_t kBytes = isa::kInstructionBytes;
  if (!read_.holds(address, kBytes) || !Window{0, dram_.size()}.holds(address, kBytes)) {
    return false;
  }
  isa::InstructionWords words{};
  for (std::size_t i = 0; i < kBytes; ++i) {
    words[i / 4] |= std::to_integer<std::uint32_t>(dram_[address + i]) << (8 * (i % 4));
  }
  out = Instruction(words);
  return true;
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

FunctionalChip::Fault FunctionalChip::execute(const Instruction& instruction, std::uint64_t& next) {
  const isa::InstructionInfo* const info = instruction.info();
  if (info == nullptr) return {Error::kOpcode, 0};
  if (info->unit == isa::Unit::kControl) return control(instruction, next);
  // The tokens' fields are the same in every instruction of a unit.
  if (!take_tokens(instruction.get(isa::gemm::kTake))) return {Error::kDeadlock, 0};
  const Instruction resolved = with_bases(instruction);
  Fault fault;
  switch (info->unit) {
    case isa::Unit::kMatrix:
      fault = gemm(resolved);
      break;
    case isa::Unit::kVector:
      fault = vector(resolved);
      break;
    default:
      fault = transfer(resolved, info->opcode == static_cast<unsigned>(Opcode::kStore));
      break;
  }
  if (fault.error != Error::kNone) return fault;
  const std::uint32_t give = instruction.get(isa::gemm::kGive);
  for (unsigned t = 0; t < isa::kTokens; ++t) tokens_[t] += (give >> t) & 1u;
  return {};
}

FunctionalChip::Fault FunctionalChip::control(const Instruction& i, std::uint64_t& next) {
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
      if (i.get(isa::loop::kCount) == 0) return {Error::kZeroSize, 0};
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

bool FunctionalChip::take_tokens(std::uint32_t mask) {
  for (unsigned t = 0; t < isa::kTokens; ++t) {
    if (((mask >> t) & 1u) != 0 && tokens_[t] == 0) return false;
  }
  for (unsigned t = 0; t < isa::kTokens; ++t) tokens_[t] -= (mask >> t) & 1u;
  return true;
}

FunctionalChip::Fault FunctionalChip::gemm(const Instruction& instruction) {
  const device::GemmCommand command = gemm_command(instruction);
  const device::Completion verdict = check_command(hardware_, command);
  // The first five errors of both enumerations are the same.
  if (verdict.error != device::GemmError::kNone) {
    return {static_cast<Error>(verdict.error), static_cast<unsigned>(verdict.operand)};
  }
  if (instruction.has_reserved_bits()) return {Error::kReserved, 0};
  execute_gemm(hardware_, local_, command, count_dropped_ ? &statistics_ : nullptr);
  return {};
}

FunctionalChip::Fault FunctionalChip::vector(const Instruction& instruction) {
  const Error error = check_vector(local_, hardware_.n, instruction);
  if (error != Error::kNone) return {error, 0};
  execute_vector(local_, hardware_.n, instruction);
  return {};
}

// Numbers that keep their format keep their bits; bfloat16 to binary32 is exact, the other way
// rounds to nearest even; a NaN that changes its format becomes the canonical one.
FunctionalChip::Fault FunctionalChip::transfer(const Instruction& i, bool store) {
  namespace field = isa::load;
  const std::uint64_t rows = i.get(field::kRows);
  const std::uint64_t cols = i.get(field::kCols);
  const bool is_fp32 = static_cast<isa::Format>(i.get(field::kFormat)) == isa::Format::kFp32;
  const std::uint64_t element = is_fp32 ? 4 : 2;
  const std::uint32_t mem = i.get(field::kMem);
  const std::uint64_t tile_bytes = local_.tile_bytes(mem);
  const std::uint64_t mem_rows = i.get(field::kMemRows);
  const std::uint64_t dram = std::uint64_t{i.get(field::kDramHigh)} << 32 | i.get(field::kDram);
  const std::uint64_t pitch = i.get(field::kPitch);

  if (rows == 0 || cols == 0) return {Error::kZeroSize, 0};
  if (mem % tile_bytes != 0 || mem_rows % tile_bytes != 0) return {Error::kMisaligned, 1};
  if (dram % element != 0 || pitch % element != 0) return {Error::kMisaligned, 2};
  const std::uint64_t row_tiles = tiles(rows, hardware_.n);
  const std::uint64_t col_bytes = tiles(cols, hardware_.n) * tile_bytes;
  // Both products are below 2^61.
  if (mem % device::kAccumulatorBase + (row_tiles - 1) * mem_rows + col_bytes > local_.bytes(mem)) {
    return {Error::kOutOfRange, 1};
  }
  if (!store && row_tiles > 1 && mem_rows < col_bytes) return {Error::kOverlap, 1};
  if (store && rows > 1 && pitch < cols * element) return {Error::kOverlap, 2};
  if (i.has_reserved_bits()) return {Error::kReserved, 0};
  const Window& window = store ? write_ : read_;
  const std::uint64_t extent = (rows - 1) * pitch + cols * element;
  if (!window.holds(dram, extent)) return {Error::kWindow, 2};
  if (!Window{0, dram_.size()}.holds(dram, extent)) return {Error::kBus, 2};

  const TileMatrix place{mem, static_cast<std::uint32_t>(mem_rows / tile_bytes), false};
  const bool is_accumulator = LocalMemory::is_accumulator(mem);
  for (std::uint64_t row = 0; row < rows; ++row) {
    for (std::uint64_t col = 0; col < cols; ++col) {
      std::byte* const at = dram_.data() + dram + row * pitch + col * element;
      if (store) {
        std::uint32_t bits = is_accumulator ? local_.read(place, row, col)
                                            : std::uint32_t{local_.bf16(place, row, col)};
        if (is_accumulator && !is_fp32) bits = fp32_to_bf16_rne(bits);
        if (!is_accumulator && is_fp32) bits = bf16_to_fp32(static_cast<std::uint16_t>(bits));
        for (std::uint64_t k = 0; k < element; ++k) at[k] = static_cast<std::byte>(bits >> (8 * k));
      } else {
        std::uint32_t bits = 0;
        for (std::uint64_t k = 0; k < element; ++k) {
          bits |= std::to_integer<std::uint32_t>(at[k]) << (8 * k);
        }
        const auto half = static_cast<std::uint16_t>(bits);
        local_.write(place, row, col, is_fp32 ? bits : bf16_to_fp32(half),
                     is_fp32 ? fp32_to_bf16_rne(bits) : half);
      }
    }
  }
  return {};
}

}  // namespace gradcore::model
