// SPDX-License-Identifier: Apache-2.0
// The instruction set as instructions.yaml describes it; only the generator reads that file.
#pragma once

#include <array>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace gradcore::isa {

inline constexpr unsigned kWords = 16;  // 32-bit words of an instruction

struct EnumValue {
  std::string name;
  std::uint32_t value = 0;
  std::string doc;
};

struct EnumDescription {
  std::string name, doc;
  std::vector<EnumValue> values;
};

struct BitRange {
  unsigned word = 0, lsb = 0, width = 32;
};

struct FieldDescription {
  std::string name;
  std::string kind;  // number, flag, enum, tokens, address, register or float
  BitRange bits;
  std::string enumeration;       // of kind enum
  std::optional<BitRange> base;  // of kind address: the field that selects the register
  std::string doc;
};

struct InstructionDescription {
  std::string name, unit, doc;
  std::uint32_t opcode = 0;
  std::vector<FieldDescription> fields;  // those of the header included, in order of their place
};

// The bits of each word that fields and the opcode cover.
std::array<std::uint32_t, kWords> used_bits(const InstructionDescription& instruction);

struct Description {
  std::vector<EnumDescription> enums;
  std::vector<InstructionDescription> instructions;
};

// Throws config::ConfigError for whatever is no consistent description: unknown keys, fields that
// overlap or leave their word, names, opcodes or values given twice, enums that do not fit.
Description load_description(const std::filesystem::path& path);

}  // namespace gradcore::isa
