// SPDX-License-Identifier: Apache-2.0
// One instruction as its 16 words, read and written by the fields of isa.h:
//
//   Instruction gemm(Opcode::kGemm);
//   gemm.set(gemm::kM, 32).set(gemm::kTransX, true);
#pragma once

#include <array>
#include <cstdint>
#include <cstring>
#include <span>
#include <stdexcept>
#include <type_traits>
#include <vector>

#include "sw/isa/isa.h"

namespace gradcore::isa {

inline constexpr std::size_t kInstructionWords = 16;
inline constexpr std::size_t kInstructionBytes = 4 * kInstructionWords;
inline constexpr unsigned kTokens = 16;
inline constexpr unsigned kMaxTokens = 255;  // of each
inline constexpr unsigned kRegisters = 16;
inline constexpr unsigned kLoopDepth = 4;

using InstructionWords = std::array<std::uint32_t, kInstructionWords>;

// The table entry of an opcode; null if there is no such instruction.
constexpr const InstructionInfo* find_instruction(std::uint32_t opcode) {
  for (const InstructionInfo& info : kInstructions) {
    if (info.opcode == opcode) return &info;
  }
  return nullptr;
}

class Instruction {
 public:
  Instruction() = default;  // all zero, which is no instruction
  explicit Instruction(Opcode opcode) { words_[0] = static_cast<std::uint32_t>(opcode); }
  explicit Instruction(const InstructionWords& words) : words_(words) {}

  // A number, bool or enum of isa.h. Throws std::out_of_range if it does not fit the field.
  template <typename T>
  requires(std::is_integral_v<T> || std::is_enum_v<T>) Instruction& set(Field field, T value) {
    const auto bits = static_cast<std::uint64_t>(value);
    if (bits > field.mask()) throw std::out_of_range("the value does not fit the field");
    words_[field.word] = (words_[field.word] & ~(field.mask() << field.lsb)) |
                         static_cast<std::uint32_t>(bits) << field.lsb;
    return *this;
  }
  // The bits of a binary32 number, for fields of that kind.
  Instruction& set(Field field, float value) {
    std::uint32_t bits = 0;
    std::memcpy(&bits, &value, sizeof bits);
    return set(field, bits);
  }
  std::uint32_t get(Field field) const { return (words_[field.word] >> field.lsb) & field.mask(); }

  std::uint32_t opcode() const { return words_[0] & 0xFFu; }
  // Null for words that are no instruction.
  const InstructionInfo* info() const { return find_instruction(opcode()); }
  // Whether a bit is set that belongs to no field.
  bool has_reserved_bits() const {
    const InstructionInfo* const known = info();
    for (std::size_t i = 0; known != nullptr && i < kInstructionWords; ++i) {
      if ((words_[i] & ~known->used[i]) != 0) return true;
    }
    return false;
  }

  const InstructionWords& words() const { return words_; }
  bool operator==(const Instruction&) const = default;

 private:
  InstructionWords words_{};
};

using Program = std::vector<Instruction>;

}  // namespace gradcore::isa
