// SPDX-License-Identifier: Apache-2.0
// What the generated tables of the instruction set are made of.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string_view>

namespace gradcore::isa {

// Bits [lsb, lsb + width) of a word of an instruction.
struct Field {
  std::uint8_t word = 0, lsb = 0, width = 32;

  constexpr std::uint32_t mask() const { return 0xFFFF'FFFFu >> (32 - width); }
  bool operator==(const Field&) const = default;
};

enum class Kind : std::uint8_t { kNumber, kFlag, kEnum, kTokens, kAddress, kRegister, kFloat };
enum class Unit : std::uint8_t { kControl, kMatrix, kVector, kLoad, kStore };

struct EnumValueInfo {
  std::string_view name;
  std::uint32_t value = 0;
};

struct FieldInfo {
  std::string_view name;
  Field field;
  Kind kind = Kind::kNumber;
  std::span<const EnumValueInfo> values;  // of kind kEnum
  Field base;                             // of kind kAddress: selects the register
};

// Everything of an encoding that no field covers must be 0.
struct InstructionInfo {
  std::string_view name;
  std::uint8_t opcode = 0;
  Unit unit = Unit::kControl;
  std::span<const FieldInfo> fields;
  std::array<std::uint32_t, 16> used{};  // the bits that fields and the opcode cover
};

}  // namespace gradcore::isa
