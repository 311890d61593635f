// SPDX-License-Identifier: Apache-2.0
#include "tb/harness/break_instruction.h"

#include <algorithm>
#include <cstddef>
#include <initializer_list>
#include <utility>
#include <vector>

namespace gradcore::harness {
namespace {

using isa::Error;
using isa::Field;
using isa::FieldInfo;
using isa::Instruction;
using isa::Opcode;
using isa::Unit;
namespace gemm = isa::gemm;
namespace transfer = isa::load;  // a store's fields are the same
namespace vector = isa::vector;

class InstructionBreaker {
 public:
  InstructionBreaker(Instruction& instruction, const Instruction& resolved,
                     const ProgramSpace& space, RandomPatterns& random)
      : i_(instruction),
        resolved_(resolved),
        space_(space),
        random_(random),
        unit_(instruction.info()->unit) {}

  bool zero_size() {
    if (is(Opcode::kLoop)) {
      i_.set(isa::loop::kCount, 0u);
      return true;
    }
    if (unit_ == Unit::kControl) return false;
    if (uses_list() && random_.one_in(2)) {
      i_.set(is_listed() ? any({vector::kERows, vector::kStream}) : transfer::kLimit, 0u);
    } else {
      i_.set(any_size(), 0u);
    }
    return true;
  }

  bool misaligned() {
    if (unit_ == Unit::kControl) return false;
    Field field = any_address(i_, random_).field;
    if (random_.one_in(2) && unit_ == Unit::kMatrix) {
      field = any_gemm_stride();
    } else if (random_.one_in(2) && is_transfer()) {
      field = any({transfer::kMemRows, transfer::kPitch});
      if (uses_list()) field = any({transfer::kListAt, transfer::kListAt, transfer::kPitch});
    }
    const std::uint32_t by = 1 + random_.below(random_.one_in(2) ? 3 : 31);
    i_.set(field, (i_.get(field) + by) & field.mask());
    return true;
  }

  bool out_of_range() {
    if (unit_ == Unit::kControl) return false;
    if (uses_list() && random_.one_in(3)) return out_of_list();
    switch (random_.below(5)) {
      case 0:  // far too large
        i_.set(any_size(), random_.one_in(2) ? 0xFFFF'FFFFu : random_.bits32() | kFarAway);
        return true;
      case 1:  // far too wide
        if (unit_ == Unit::kVector) {
          i_.set(
              any({vector::kARows, vector::kBRows, vector::kCRows, vector::kDRows, vector::kERows}),
              0xFFFFu);
        } else {
          const Field field = unit_ == Unit::kMatrix ? any_gemm_stride() : transfer::kMemRows;
          i_.set(field, kFarAway * (1 + random_.below(3)));
        }
        return true;
      case 2: {  // in the other memory, or beyond either
        const Field field = any_address(i_, random_).field;
        i_.set(field, i_.get(field) ^ (random_.one_in(2) ? device::kAccumulatorBase : kFarAway));
        return true;
      }
      default: {  // so that it is just too large, or begins where memory ends
        const Field field = any_address(i_, random_).field;
        const std::uint32_t address = resolved_.get(field);
        const bool accumulator = address >= device::kAccumulatorBase;
        const std::uint32_t kib =
            accumulator ? space_.hardware.accumulator_kib : space_.hardware.operand_kib;
        const std::uint32_t end = kib * 1024 / tile_bytes(address) * tile_bytes(address) +
                                  (accumulator ? device::kAccumulatorBase : 0);
        move(field, end - random_.below(3) * tile_bytes(address));
        return true;
      }
    }
  }

  // Rows of tiles of a result that are too near each other, or rows in DRAM.
  bool overlap() {
    switch (unit_) {
      case Unit::kMatrix: {
        const std::uint32_t cols = i_.get(i_.get(gemm::kTransY) != 0 ? gemm::kM : gemm::kN);
        i_.set(gemm::kYRows, random_.below(tiles(cols)) * tile_bytes(device::kAccumulatorBase));
        return true;
      }
      case Unit::kVector: {
        const Field field = any({vector::kDRows, vector::kERows});
        const bool transposed = field == vector::kDRows && i_.get(vector::kTransD) != 0;
        i_.set(field, random_.below(tiles(i_.get(transposed ? vector::kRows : vector::kCols))));
        return true;
      }
      case Unit::kLoad:
        if (i_.get(transfer::kIndexed) != 0 && random_.one_in(2)) return rows_meet();
        i_.set(transfer::kMemRows, random_.below(tiles(i_.get(transfer::kCols))) *
                                       tile_bytes(resolved_.get(transfer::kMem)));
        return true;
      case Unit::kStore:
        return rows_meet();
      case Unit::kControl:
        break;
    }
    return false;
  }

  bool reserved() {
    std::vector<std::pair<std::size_t, std::uint32_t>> bits;
    for (std::size_t bit = 0; bit < 32 * isa::kInstructionWords; ++bit) {
      const std::uint32_t mask = 1u << bit % 32;
      if ((i_.info()->used[bit / 32] & mask) == 0) bits.emplace_back(bit / 32, mask);
    }
    if (bits.empty()) return false;
    const auto& [word, mask] = bits[random_.below(static_cast<std::uint32_t>(bits.size()))];
    isa::InstructionWords words = i_.words();
    words[word] |= mask;
    i_ = Instruction(words);
    return true;
  }

  bool opcode() {
    isa::InstructionWords words = i_.words();
    words[0] = (words[0] & ~0xFFu) | random_.below(256);
    i_ = Instruction(words);
    return i_.info() == nullptr;
  }

  bool choice() {
    if (is(Opcode::kSet) || is(Opcode::kAdd)) {
      i_.set(isa::set::kRd, 0u);
      return true;
    }
    if (is_transfer()) {  // no store goes to list memory, nor any but a plain load of words
      i_.set(transfer::kToList, true);
      if (unit_ == Unit::kLoad) i_.set(any({transfer::kFormat, transfer::kIndexed}), true);
      return true;
    }
    if (unit_ != Unit::kVector) return false;
    if (is_listed() && random_.one_in(2)) {
      i_.set(any({vector::kTransA, vector::kTransB, vector::kTransC, vector::kTransD,
                  vector::kStochastic, vector::kAIs}),
             1u);
      return true;
    }
    switch (random_.below(5)) {
      case 0:
        i_.set(vector::kCombine, 11 + random_.below(5));
        break;
      case 1:
        i_.set(vector::kApply, 8 + random_.below(8));
        break;
      case 2:
        i_.set(vector::kReduce, 3u);
        break;
      case 3:
        i_.set(vector::kOrder, 3u);
        break;
      default:  // nothing to write, or nowhere to reduce to
        i_.set(vector::kWriteE, 0u);
        if (i_.get(vector::kReduce) == 0) i_.set(vector::kWriteD, 0u);
        break;
    }
    return true;
  }

  // Begins before the window or ends behind it, by little or by much.
  bool window() {
    if (!is_transfer()) return false;
    if (random_.one_in(3)) {
      i_.set(transfer::kDramHigh, 1u << random_.below(32));
      return true;
    }
    const model::Window& window = unit_ == Unit::kStore ? space_.write : space_.read;
    const std::uint64_t size = element();
    const std::uint64_t pitch = i_.get(transfer::kPitch);
    const std::uint64_t extent =
        i_.get(transfer::kIndexed) != 0
            ? i_.get(transfer::kLimit) * pitch
            : (i_.get(transfer::kRows) - 1) * pitch + i_.get(transfer::kCols) * size;
    std::uint64_t to = window.base + window.size - extent;  // just inside
    to = to / size * size + size;
    if (random_.one_in(2)) to = window.base / size * size - size * (1 + random_.below(4));
    if (to >> 32 != 0) return false;
    move(transfer::kDram, static_cast<std::uint32_t>(to));
    return true;
  }

  // The list names rows that are no more.
  bool index() {
    if (!uses_list() || i_.get(transfer::kToList) != 0) return false;
    const Field field = is_listed() ? any({vector::kERows, vector::kStream}) : transfer::kLimit;
    if (i_.get(field) < 2) return false;
    i_.set(field, 1 + random_.below(std::min(i_.get(field) - 1, 8u)));
    return true;
  }

  bool bus() {
    if (!is_transfer()) return false;
    const auto end = static_cast<std::uint32_t>(space_.dram_bytes) / element() * element();
    move(transfer::kDram, end + element() * random_.below(1024));
    return true;
  }

 private:
  bool is(Opcode opcode) const { return i_.opcode() == static_cast<unsigned>(opcode); }
  bool is_transfer() const { return unit_ == Unit::kLoad || unit_ == Unit::kStore; }
  bool is_listed() const { return unit_ == Unit::kVector && i_.get(vector::kListed) != 0; }
  bool uses_list() const {
    return is_listed() ||
           (is_transfer() && (i_.get(transfer::kIndexed) != 0 || i_.get(transfer::kToList) != 0));
  }
  // Just or far beyond the end of list memory.
  bool out_of_list() {
    const std::uint32_t entries = space_.hardware.list_entries();
    if (random_.one_in(3)) {
      i_.set(transfer::kRows,
             entries + 1 + random_.below(9));  // a vector instruction's is the same
      return true;
    }
    const std::uint32_t first = entries - 4 * random_.below(8);
    if (is_listed()) {
      i_.set(vector::kListFours, first / 4);
    } else {
      i_.set(transfer::kListAt, first);
    }
    return true;
  }
  // Rows of elements in DRAM that are too near each other.
  bool rows_meet() {
    i_.set(transfer::kPitch, random_.below(i_.get(transfer::kCols)) * element());
    return true;
  }
  Field any(std::initializer_list<Field> list) {
    return list.begin()[random_.below(static_cast<std::uint32_t>(list.size()))];
  }
  Field any_gemm_stride() {
    return any(
        {gemm::kXRows, gemm::kXBatch, gemm::kWRows, gemm::kWBatch, gemm::kYRows, gemm::kYBatch});
  }
  Field any_size() {
    if (unit_ == Unit::kMatrix) return any({gemm::kM, gemm::kK, gemm::kN, gemm::kBatch});
    return any({vector::kRows, vector::kCols});  // a load's and store's are the same
  }
  std::uint32_t tiles(std::uint32_t size) const {
    return (size + space_.hardware.n - 1) / space_.hardware.n;
  }
  std::uint32_t tile_bytes(std::uint32_t address) const {
    return address >= device::kAccumulatorBase ? space_.hardware.accumulator_tile_bytes()
                                               : space_.hardware.operand_tile_bytes();
  }
  std::uint32_t element() const {
    return i_.get(transfer::kFormat) == static_cast<unsigned>(isa::Format::kFp32) ? 4 : 2;
  }
  // Makes an address, base included, another one.
  void move(Field address, std::uint32_t to) {
    i_.set(address, i_.get(address) + to - resolved_.get(address));
  }

  Instruction& i_;
  const Instruction& resolved_;
  const ProgramSpace& space_;
  RandomPatterns& random_;
  Unit unit_;
};

}  // namespace

bool break_instruction(Error error, Instruction& instruction, const Instruction& resolved,
                       const ProgramSpace& space, RandomPatterns& random) {
  InstructionBreaker breaker(instruction, resolved, space, random);
  switch (error) {
    case Error::kZeroSize:
      return breaker.zero_size();
    case Error::kMisaligned:
      return breaker.misaligned();
    case Error::kOutOfRange:
      return breaker.out_of_range();
    case Error::kOverlap:
      return breaker.overlap();
    case Error::kReserved:
      return breaker.reserved();
    case Error::kOpcode:
      return breaker.opcode();
    case Error::kChoice:
      return breaker.choice();
    case Error::kWindow:
      return breaker.window();
    case Error::kBus:
      return breaker.bus();
    case Error::kIndex:
      return breaker.index();
    case Error::kNone:
    case Error::kNesting:
    case Error::kDeadlock:
    case Error::kTokens:
    case Error::kTimeout:
      break;
  }
  return false;
}

const FieldInfo& any_address(const Instruction& instruction, RandomPatterns& random) {
  std::vector<const FieldInfo*> addresses;
  for (const FieldInfo& field : instruction.info()->fields) {
    if (field.kind == isa::Kind::kAddress) addresses.push_back(&field);
  }
  return *addresses[random.below(static_cast<std::uint32_t>(addresses.size()))];
}

}  // namespace gradcore::harness
