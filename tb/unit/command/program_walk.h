// SPDX-License-Identifier: Apache-2.0
// Random programs, and what the command processor must make of a program: which instructions each
// unit gets, in which order, and how it ends.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "sw/isa/instruction.h"
#include "sw/model/functional_chip.h"
#include "sw/model/functional_core.h"
#include "sw/model/transfer.h"
#include "sw/model/vector_unit.h"
#include "tb/harness/random_patterns.h"

namespace gradcore::harness {

inline constexpr unsigned kUnits = 4;

struct Dispatched {
  unsigned unit = 0;
  std::uint64_t key = 0;      // what command_bench shows of it
  std::uint64_t address = 0;  // of the instruction
  std::uint64_t index = 0;    // instructions before it
  std::uint32_t take = 0, give = 0;
  unsigned syncs = 0;  // before it
};

struct Walk {
  std::vector<Dispatched> dispatched;
  model::ChipStatus status;
};

// Number of a unit among the queues: matrix, vector, load, store.
inline unsigned queue_of(isa::Unit unit) { return static_cast<unsigned>(unit) - 1; }

inline std::uint64_t key_of(const isa::Instruction& i, unsigned unit, const device::Hardware& h) {
  const auto tile = [&h](std::uint32_t address) -> std::uint64_t {
    return address >= device::kAccumulatorBase
               ? (address - device::kAccumulatorBase) / h.accumulator_tile_bytes()
               : address / h.operand_tile_bytes();
  };
  const auto high = [](std::uint32_t value) { return std::uint64_t{value} << 32; };
  if (unit == 0) return high(i.get(isa::gemm::kK)) | tile(i.get(isa::gemm::kY));
  if (unit == 1) return high(model::seed_of(i)) | tile(i.get(isa::vector::kD));
  return high(i.get(isa::load::kDramHigh)) | i.get(isa::load::kDram);
}

inline model::Fault check_gemm(const device::Hardware& hardware, const isa::Instruction& i) {
  namespace field = isa::gemm;
  device::GemmCommand c;
  c.m = i.get(field::kM);
  c.k = i.get(field::kK);
  c.n = i.get(field::kN);
  c.batch = i.get(field::kBatch);
  c.trans_x = i.get(field::kTransX) != 0;
  c.trans_w = i.get(field::kTransW) != 0;
  c.trans_y = i.get(field::kTransY) != 0;
  c.x = {i.get(field::kX), i.get(field::kXRows), i.get(field::kXBatch)};
  c.w = {i.get(field::kW), i.get(field::kWRows), i.get(field::kWBatch)};
  c.y = {i.get(field::kY), i.get(field::kYRows), i.get(field::kYBatch)};
  const device::Completion verdict = model::check_command(hardware, c);
  if (verdict.error != device::GemmError::kNone) {
    return {static_cast<isa::Error>(verdict.error), static_cast<unsigned>(verdict.operand)};
  }
  if (i.has_reserved_bits()) return {isa::Error::kReserved, 0};
  return {};
}

// Follows a program whose control instructions are right; other errors are found as the model
// finds them. Nothing is computed, so sizes do not matter.
class Walker {
 public:
  Walker(const device::Hardware& hardware, const model::Window& read, const model::Window& write)
      : hardware_(hardware), memory_(hardware), read_(read), write_(write) {}

  Walk walk(const std::vector<std::uint32_t>& dram, std::uint64_t address) const;

  model::Fault check(const isa::Instruction& i) const {
    switch (i.info()->unit) {
      case isa::Unit::kMatrix:
        return check_gemm(hardware_, i);
      case isa::Unit::kVector:
        return model::check_vector(memory_, hardware_.n, i);
      default:
        return model::check_transfer(memory_, hardware_.n, i,
                                     i.info()->unit == isa::Unit::kStore ? write_ : read_);
    }
  }

 private:
  device::Hardware hardware_;
  model::LocalMemory memory_;
  model::Window read_, write_;
};

inline Walk Walker::walk(const std::vector<std::uint32_t>& dram, std::uint64_t address) const {
  struct Loop {
    std::uint64_t start;
    std::uint32_t left;
  };
  Walk out;
  std::array<std::uint32_t, isa::kRegisters> registers{};
  std::array<std::uint32_t, isa::kTokens> tokens{};
  std::vector<Loop> loops;
  unsigned syncs = 0;
  for (;; ++out.status.instructions) {
    out.status.address = address;
    const auto refuse = [&out](isa::Error error, unsigned operand = 0) {
      out.status.error = error;
      out.status.operand = operand;
      return out;
    };
    if (!read_.holds(address, isa::kInstructionBytes)) return refuse(isa::Error::kWindow);
    isa::InstructionWords words{};
    for (std::size_t w = 0; w < words.size(); ++w) words[w] = dram.at(address / 4 + w);
    isa::Instruction i(words);
    address += isa::kInstructionBytes;
    if (i.info() == nullptr) return refuse(isa::Error::kOpcode);
    if (i.info()->unit != isa::Unit::kControl) {
      for (const isa::FieldInfo& field : i.info()->fields) {
        if (field.kind != isa::Kind::kAddress) continue;
        i.set(field.field, i.get(field.field) + registers[i.get(field.base)]).set(field.base, 0u);
      }
      const model::Fault fault = check(i);
      if (fault.error != isa::Error::kNone) return refuse(fault.error, fault.operand);
      const std::uint32_t take = i.get(isa::gemm::kTake);
      const std::uint32_t give = i.get(isa::gemm::kGive);
      for (unsigned t = 0; t < isa::kTokens; ++t) {
        if (((take >> t) & 1u) != 0 && tokens[t] == 0) return refuse(isa::Error::kDeadlock);
      }
      for (unsigned t = 0; t < isa::kTokens; ++t) {
        const std::uint32_t left = tokens[t] - ((take >> t) & 1u) + ((give >> t) & 1u);
        if (left > isa::kMaxTokens) return refuse(isa::Error::kTokens);
      }
      for (unsigned t = 0; t < isa::kTokens; ++t) {
        tokens[t] = tokens[t] - ((take >> t) & 1u) + ((give >> t) & 1u);
      }
      const unsigned unit = queue_of(i.info()->unit);
      out.dispatched.push_back({unit, key_of(i, unit, hardware_), out.status.address,
                                out.status.instructions, take, give, syncs});
      continue;
    }
    const bool zero =
        i.opcode() == static_cast<unsigned>(isa::Opcode::kLoop) && i.get(isa::loop::kCount) == 0;
    if (zero) return refuse(isa::Error::kZeroSize);
    if (i.has_reserved_bits()) return refuse(isa::Error::kReserved);
    switch (static_cast<isa::Opcode>(i.opcode())) {
      case isa::Opcode::kSet:
        if (i.get(isa::set::kRd) == 0) return refuse(isa::Error::kChoice);
        registers[i.get(isa::set::kRd)] = i.get(isa::set::kValue);
        break;
      case isa::Opcode::kAdd:
        if (i.get(isa::add::kRd) == 0) return refuse(isa::Error::kChoice);
        registers[i.get(isa::add::kRd)] = registers[i.get(isa::add::kRs)] + i.get(isa::add::kValue);
        break;
      case isa::Opcode::kLoop:
        if (loops.size() == isa::kLoopDepth) return refuse(isa::Error::kNesting);
        loops.push_back({address, i.get(isa::loop::kCount)});
        break;
      case isa::Opcode::kEnd:
        if (loops.empty()) return refuse(isa::Error::kNesting);
        if (--loops.back().left > 0) {
          address = loops.back().start;
        } else {
          loops.pop_back();
        }
        break;
      case isa::Opcode::kSync:
        ++syncs;
        break;
      default:
        ++out.status.instructions;
        return out;
    }
  }
}

// Random programs for the chip of command_bench that mostly run to their end.
class ProgramMaker {
 public:
  ProgramMaker(RandomPatterns& random, std::uint32_t data) : random_(random), data_(data) {}

  // About so many instructions, halt included; DRAM is accessed from `data` on.
  isa::Program make(unsigned size) {
    out_.clear();
    loops_ = 0;
    while (out_.size() < size) {
      segment();
      switch (random_.below(5)) {
        case 0:
        case 1:
          if (loops_ == isa::kLoopDepth) break;
          out_.emplace_back(isa::Opcode::kLoop).set(isa::loop::kCount, 1 + random_.below(3));
          ++loops_;
          break;
        case 2:
          if (loops_ == 0) break;
          out_.emplace_back(isa::Opcode::kEnd);
          --loops_;
          break;
        case 3:
          out_.emplace_back(isa::Opcode::kSync);
          break;
        default:
          control();
          break;
      }
    }
    for (; loops_ > 0; --loops_) out_.emplace_back(isa::Opcode::kEnd);
    out_.emplace_back(isa::Opcode::kHalt);
    return out_;
  }

  // An instruction of a unit: 0 matrix to 3 store.
  isa::Instruction unit_instruction(unsigned unit) {
    return unit == 0 ? gemm() : unit == 1 ? vector() : transfer(unit == 3);
  }

  // One or two bits or words of an instruction that are no longer what they were.
  isa::Instruction broken(const isa::Instruction& instruction) {
    isa::InstructionWords words = instruction.words();
    const std::uint32_t count = 1 + random_.below(2);
    for (std::uint32_t k = 0; k < count; ++k) {
      const bool first = random_.one_in(4);  // where most of the choices are
      const std::uint32_t word = first ? 0 : random_.below(isa::kInstructionWords);
      const std::uint32_t bit = random_.below(32);
      switch (random_.below(3)) {
        case 0:
          words[word] ^= 1u << bit;
          break;
        case 1:
          if (word >= 3) words[word] = random_.bits32() >> bit;
          break;
        default:
          if (word >= 3) words[word] = std::array{0u, 1u, ~0u, 1u << 31, 1u << 20}[bit % 5];
          break;
      }
    }
    return isa::Instruction(words);
  }

 private:
  // Straight on; a token that one instruction gives another takes, always one of the same unit.
  void segment() {
    std::vector<std::size_t> places;
    std::vector<unsigned> units;
    const std::uint32_t count = 1 + random_.below(6);
    for (std::uint32_t k = 0; k < count; ++k) {
      const unsigned unit = random_.below(kUnits);
      places.push_back(out_.size());
      units.push_back(unit);
      out_.push_back(unit_instruction(unit));
    }
    for (std::uint32_t k = 0; k + 1 < count; ++k) {
      if (random_.one_in(3)) continue;
      const std::uint32_t taker = k + 1 + random_.below(count - k - 1);
      const std::uint32_t bit = 1u << (units[taker] + 4 * random_.below(4));
      isa::Instruction& from = out_[places[k]];
      isa::Instruction& to = out_[places[taker]];
      if ((from.get(isa::gemm::kGive) & bit) != 0 || (to.get(isa::gemm::kTake) & bit) != 0)
        continue;
      from.set(isa::gemm::kGive, from.get(isa::gemm::kGive) | bit);
      to.set(isa::gemm::kTake, to.get(isa::gemm::kTake) | bit);
    }
  }

  void control() {
    const std::uint32_t rd = 1 + random_.below(isa::kRegisters - 1);
    if (random_.one_in(2)) {
      out_.emplace_back(isa::Opcode::kSet)
          .set(isa::set::kRd, rd)
          .set(isa::set::kValue, 64 * random_.below(8));
    } else {
      out_.emplace_back(isa::Opcode::kAdd)
          .set(isa::add::kRd, rd)
          .set(isa::add::kRs, random_.below(4))
          .set(isa::add::kValue, 64 * random_.below(3));
    }
  }

  std::uint32_t base() { return random_.one_in(3) ? random_.below(isa::kRegisters) : 0; }
  std::uint32_t operand() { return 32 * random_.below(24); }
  std::uint32_t accumulator() { return device::kAccumulatorBase + 64 * random_.below(24); }
  std::uint32_t either() { return random_.one_in(2) ? operand() : accumulator(); }

  isa::Instruction gemm() {
    namespace field = isa::gemm;
    isa::Instruction i(isa::Opcode::kGemm);
    i.set(field::kM, 1 + random_.below(8)).set(field::kK, 1 + random_.below(8));
    i.set(field::kN, 1 + random_.below(8)).set(field::kBatch, 1 + random_.below(2));
    for (const isa::Field at :
         {field::kTransX, field::kTransW, field::kTransY, field::kAccumulate}) {
      i.set(at, random_.below(2));
    }
    i.set(field::kX, operand()).set(field::kW, operand()).set(field::kY, accumulator());
    i.set(field::kXRows, 64).set(field::kWRows, 64).set(field::kYRows, 128);
    i.set(field::kXBatch, 32).set(field::kYBatch, 64);
    return i.set(field::kXBase, base()).set(field::kWBase, base()).set(field::kYBase, base());
  }

  isa::Instruction vector() {
    namespace field = isa::vector;
    isa::Instruction i(isa::Opcode::kVector);
    i.set(field::kRows, 1 + random_.below(8)).set(field::kCols, 1 + random_.below(8));
    for (const isa::Field at : {field::kAIs, field::kBIs, field::kCIs}) i.set(at, random_.below(4));
    i.set(field::kCombine, random_.below(11)).set(field::kApply, random_.below(8));
    i.set(field::kReduce, random_.below(3)).set(field::kWriteD, true).set(field::kWriteE, true);
    i.set(field::kOrder, random_.below(3)).set(field::kSeed, random_.bits32());
    for (const isa::Field at : {field::kA, field::kB, field::kC, field::kD, field::kE}) {
      i.set(at, either());
    }
    for (const isa::Field at :
         {field::kARows, field::kBRows, field::kCRows, field::kDRows, field::kERows}) {
      i.set(at, 2);
    }
    for (const isa::Field at :
         {field::kABase, field::kBBase, field::kCBase, field::kDBase, field::kEBase}) {
      i.set(at, base());
    }
    return i;
  }

  isa::Instruction transfer(bool store) {
    namespace field = isa::load;
    isa::Instruction i(store ? isa::Opcode::kStore : isa::Opcode::kLoad);
    i.set(field::kFormat, random_.below(2));
    i.set(field::kRows, 1 + random_.below(8)).set(field::kCols, 1 + random_.below(8));
    i.set(field::kMem, either()).set(field::kMemRows, 128).set(field::kPitch, 32);
    i.set(field::kDram, data_ + 4 * random_.below(0x400));
    return i.set(field::kMemBase, base()).set(field::kDramBase, base());
  }

  RandomPatterns& random_;
  std::uint32_t data_;
  isa::Program out_;
  unsigned loops_ = 0;
};

}  // namespace gradcore::harness
