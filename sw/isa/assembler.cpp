// SPDX-License-Identifier: Apache-2.0
#include "sw/isa/assembler.h"

#include <fmt/format.h>

#include <charconv>
#include <cmath>
#include <map>
#include <optional>
#include <utility>

#include "sw/config/yaml_reader.h"

namespace gradcore::isa {
namespace {

constexpr std::string_view kSpace = " \t\r";

std::string_view trimmed(std::string_view text) {
  const std::size_t first = text.find_first_not_of(kSpace);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(kSpace) - first + 1);
}

std::vector<std::string_view> split(std::string_view text, std::string_view separators) {
  std::vector<std::string_view> out;
  std::size_t at = 0;
  while ((at = text.find_first_not_of(separators, at)) != std::string_view::npos) {
    const std::size_t end = std::min(text.find_first_of(separators, at), text.size());
    out.push_back(text.substr(at, end - at));
    at = end;
  }
  return out;
}

std::optional<std::uint32_t> parse_integer(std::string_view text) {
  const bool is_hex = text.starts_with("0x");
  if (is_hex) text.remove_prefix(2);
  std::uint32_t value = 0;
  const auto [stop, error] =
      std::from_chars(text.data(), text.data() + text.size(), value, is_hex ? 16 : 10);
  if (error != std::errc() || stop != text.data() + text.size()) return std::nullopt;
  return value;
}

// r12 -> 12 with prefix 'r', below `count`.
std::optional<std::uint32_t> parse_numbered(std::string_view text, char prefix, unsigned count) {
  if (text.size() < 2 || text.front() != prefix) return std::nullopt;
  const auto value = parse_integer(text.substr(1));
  if (!value || *value >= count || text.starts_with("r0x")) return std::nullopt;
  return value;
}

class Assembler {
 public:
  explicit Assembler(std::string name) : name_(std::move(name)) {}

  void line(std::string_view text) {
    ++line_;
    text = trimmed(text.substr(0, text.find('#')));
    if (text.empty()) return;
    const std::vector<std::string_view> words = split(text, kSpace);
    const std::size_t before = program_.size();
    if (words.size() >= 2 && words[1] == "=") {
      define(words[0], trimmed(text.substr(text.find('=') + 1)));
    } else if (words[0] == ".words") {
      raw(words);
    } else {
      instruction(words);
    }
    if (program_.size() > before) source_.emplace_back(text);
  }

  Assembly finish() {
    if (depth_ > 0) fail(fmt::format("{} of the loops are not closed, expected end", depth_));
    if (program_.empty() || program_.back().opcode() != static_cast<unsigned>(Opcode::kHalt)) {
      fail("the program runs out, expected halt as its last instruction");
    }
    return {std::move(program_), std::move(source_)};
  }

 private:
  [[noreturn]] void fail(const std::string& what) const {
    throw AssemblyError(fmt::format("{}:{}: {}", name_, line_, what));
  }

  void define(std::string_view name, std::string_view value) {
    const bool is_name =
        (std::isalpha(static_cast<unsigned char>(name.front())) != 0 || name.front() == '_') &&
        !parse_numbered(name, 'r', kRegisters);
    if (!is_name) fail(fmt::format("'{}' cannot be a name", name));
    if (!names_.emplace(std::string(name), number(value)).second) {
      fail(fmt::format("'{}' has a value already", name));
    }
  }

  void raw(const std::vector<std::string_view>& words) {
    if (words.size() != 1 + kInstructionWords) fail("expected 16 numbers after .words");
    InstructionWords out{};
    for (std::size_t i = 0; i < kInstructionWords; ++i) out[i] = number(words[i + 1]);
    program_.emplace_back(out);
  }

  void instruction(const std::vector<std::string_view>& words) {
    const InstructionInfo* info = nullptr;
    std::vector<std::string> all;
    for (const InstructionInfo& one : kInstructions) {
      all.emplace_back(one.name);
      if (one.name == words[0]) info = &one;
    }
    if (info == nullptr) fail(unknown("instruction", words[0], all));
    Instruction out(static_cast<Opcode>(info->opcode));
    std::map<std::string_view, bool> seen;
    for (std::size_t i = 1; i < words.size(); ++i) {
      const std::size_t equals = words[i].find('=');
      if (equals == std::string_view::npos || equals + 1 == words[i].size()) {
        fail(fmt::format("'{}' has no value, expected field=value without spaces", words[i]));
      }
      const std::string_view key = words[i].substr(0, equals);
      if (!seen.emplace(key, true).second) fail(fmt::format("'{}' is given twice", key));
      assign(out, *info, key, words[i].substr(equals + 1));
    }
    check_structure(out);
    program_.push_back(out);
  }

  void assign(Instruction& out, const InstructionInfo& info, std::string_view key,
              std::string_view text) {
    std::vector<std::string> all;
    for (const FieldInfo& field : info.fields) {
      if (field.name == key) {
        store(out, field, text);
        return;
      }
      all.emplace_back(field.name);
    }
    fail(unknown(fmt::format("field of {}", info.name), key, all));
  }

  void store(Instruction& out, const FieldInfo& field, std::string_view text) {
    std::uint32_t value = 0;
    switch (field.kind) {
      case Kind::kNumber:
      case Kind::kFlag:
        value = number(text);
        break;
      case Kind::kEnum:
        value = choice(field, text);
        break;
      case Kind::kTokens:
        for (const std::string_view token : split(text, ",")) {
          const auto index = parse_numbered(token, 't', kTokens);
          if (!index) fail(fmt::format("'{}' is no token, expected t0 to t15", token));
          value |= 1u << *index;
        }
        break;
      case Kind::kRegister: {
        const auto index = parse_numbered(text, 'r', kRegisters);
        if (!index) fail(fmt::format("'{}' is no register, expected r0 to r15", text));
        value = *index;
        break;
      }
      case Kind::kAddress: {
        std::uint32_t base = 0;
        value = sum(text, &base);
        out.set(field.base, base);
        break;
      }
      case Kind::kFloat:
        value = float_bits(text);
        break;
    }
    if (value > field.field.mask()) {
      fail(fmt::format("{} does not fit {}, expected at most {}", value, field.name,
                       field.field.mask()));
    }
    out.set(field.field, value);
  }

  std::uint32_t choice(const FieldInfo& field, std::string_view text) const {
    std::vector<std::string> all;
    for (const EnumValueInfo& one : field.values) {
      if (one.name == text) return one.value;
      all.emplace_back(one.name);
    }
    fail(unknown(fmt::format("value of {}", field.name), text, all));
  }

  std::uint32_t number(std::string_view text) const { return sum(text, nullptr); }

  // Terms joined by '+'; one of them may be a register where `base` takes it.
  std::uint32_t sum(std::string_view text, std::uint32_t* base) const {
    std::uint32_t total = 0;
    bool has_register = false;
    for (const std::string_view term : split(text, "+ \t")) {
      const auto index = parse_numbered(term, 'r', kRegisters);
      if (index && base != nullptr && !has_register) {
        has_register = true;
        *base = *index;
      } else if (const auto value = parse_integer(term)) {
        total += *value;
      } else if (const auto named = names_.find(term); named != names_.end()) {
        total += named->second;
      } else {
        fail(fmt::format("'{}' is no number and no name defined above", term));
      }
    }
    return total;
  }

  std::uint32_t float_bits(std::string_view text) const {
    if (text.starts_with("0x")) return number(text);
    float value = 0;
    const auto [stop, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc() || stop != text.data() + text.size()) {
      fail(fmt::format("'{}' is no binary32 number", text));
    }
    if (std::isnan(value)) return 0x7FC0'0000u;
    std::uint32_t bits = 0;
    std::memcpy(&bits, &value, sizeof bits);
    return bits;
  }

  void check_structure(const Instruction& out) {
    if (out.opcode() == static_cast<unsigned>(Opcode::kLoop)) {
      if (out.get(loop::kCount) == 0) fail("a loop needs a count of 1 or more");
      if (++depth_ > kLoopDepth) fail(fmt::format("loops nest deeper than {}", kLoopDepth));
    }
    if (out.opcode() == static_cast<unsigned>(Opcode::kEnd) && depth_-- == 0) {
      fail("end without a loop");
    }
  }

  static std::string unknown(const std::string& what, std::string_view word,
                             const std::vector<std::string>& all) {
    const auto near = config::nearest(word, all);
    return fmt::format("there is no {} '{}'{}", what, word,
                       near ? fmt::format(", nearest is '{}'", *near)
                            : fmt::format(", expected one of {}", fmt::join(all, ", ")));
  }

  std::string name_;
  std::size_t line_ = 0;
  unsigned depth_ = 0;
  std::map<std::string, std::uint32_t, std::less<>> names_;
  Program program_;
  std::vector<std::string> source_;
};

std::string value_text(const Instruction& instruction, const FieldInfo& field) {
  const std::uint32_t value = instruction.get(field.field);
  switch (field.kind) {
    case Kind::kEnum:
      for (const EnumValueInfo& one : field.values) {
        if (one.value == value) return std::string(one.name);
      }
      return "";
    case Kind::kTokens: {
      std::string out;
      for (unsigned i = 0; i < kTokens; ++i) {
        if (((value >> i) & 1u) != 0) out += fmt::format("{}t{}", out.empty() ? "" : ",", i);
      }
      return out;
    }
    case Kind::kRegister:
      return fmt::format("r{}", value);
    case Kind::kAddress: {
      const std::uint32_t base = instruction.get(field.base);
      return base == 0 ? fmt::format("0x{:x}", value) : fmt::format("r{}+0x{:x}", base, value);
    }
    case Kind::kFloat: {
      float number = 0;
      std::memcpy(&number, &value, sizeof number);
      if (std::isnan(number)) return fmt::format("0x{:08x}", value);
      return fmt::format("{}", number);
    }
    case Kind::kNumber:
    case Kind::kFlag:
      break;
  }
  return fmt::format("{}", value);
}

}  // namespace

Assembly assemble_with_source(std::string_view text, const std::string& name) {
  Assembler assembler(name);
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    assembler.line(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return assembler.finish();
}

Program assemble(std::string_view text, const std::string& name) {
  return assemble_with_source(text, name).program;
}

std::string disassemble(const Instruction& instruction) {
  const InstructionInfo* const info = instruction.info();
  std::string out;
  bool is_plain = info != nullptr && !instruction.has_reserved_bits();
  if (is_plain) {
    out = info->name;
    const auto write = [&](const FieldInfo& field) {
      const bool has_base = field.kind == Kind::kAddress && instruction.get(field.base) != 0;
      if (instruction.get(field.field) == 0 && !has_base) return;
      const std::string text = value_text(instruction, field);
      is_plain = is_plain && !text.empty();
      out += fmt::format(" {}={}", field.name, text);
    };
    // What it does first, whom it waits for last.
    for (const bool tokens : {false, true}) {
      for (const FieldInfo& field : info->fields) {
        if ((field.kind == Kind::kTokens) == tokens) write(field);
      }
    }
  }
  if (!is_plain) {
    out = ".words";
    for (const std::uint32_t word : instruction.words()) out += fmt::format(" 0x{:08x}", word);
  }
  return out;
}

std::string disassemble(const Program& program) {
  std::string out;
  unsigned depth = 0;
  for (const Instruction& instruction : program) {
    if (instruction.opcode() == static_cast<unsigned>(Opcode::kEnd) && depth > 0) --depth;
    out += std::string(std::size_t{2} * depth, ' ') + disassemble(instruction) + '\n';
    if (instruction.opcode() == static_cast<unsigned>(Opcode::kLoop)) ++depth;
  }
  return out;
}

std::string listing(const Assembly& assembly, std::uint64_t base) {
  std::string out;
  for (std::size_t i = 0; i < assembly.program.size(); ++i) {
    const std::string text = disassemble(assembly.program[i]);
    out += fmt::format("{:08x}  {}", base + i * kInstructionBytes, text);
    if (assembly.source[i] != text) out += "  # " + assembly.source[i];
    out += '\n';
  }
  return out;
}

std::string to_bytes(const Program& program) {
  std::string out;
  for (const Instruction& instruction : program) {
    for (const std::uint32_t word : instruction.words()) {
      for (unsigned k = 0; k < 4; ++k) out += static_cast<char>(word >> (8 * k) & 0xFFu);
    }
  }
  return out;
}

Program from_bytes(std::string_view bytes, const std::string& name) {
  if (bytes.size() % kInstructionBytes != 0) {
    throw AssemblyError(fmt::format("{}: {} bytes, expected a multiple of {}", name, bytes.size(),
                                    kInstructionBytes));
  }
  Program out;
  for (std::size_t at = 0; at < bytes.size(); at += kInstructionBytes) {
    InstructionWords words{};
    for (std::size_t i = 0; i < kInstructionBytes; ++i) {
      words[i / 4] |= std::uint32_t{static_cast<unsigned char>(bytes[at + i])} << (8 * (i % 4));
    }
    out.emplace_back(words);
  }
  return out;
}

}  // namespace gradcore::isa
