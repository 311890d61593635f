// SPDX-License-Identifier: Apache-2.0
#include "sw/runtime/status.h"

#include <fmt/format.h>

namespace gradcore::runtime {
namespace {

const char* reason(isa::Error error) {
  switch (error) {
    case isa::Error::kZeroSize:
      return "a size or count is 0";
    case isa::Error::kMisaligned:
      return "an address or stride is no multiple of what it must be";
    case isa::Error::kOutOfRange:
      return "part of a matrix lies outside its memory, or in the wrong one";
    case isa::Error::kOverlap:
      return "rows of tiles of a result overlap";
    case isa::Error::kReserved:
      return "a bit is set that belongs to no field";
    case isa::Error::kOpcode:
      return "there is no such instruction";
    case isa::Error::kChoice:
      return "a field holds a choice that does not exist, or that excludes another";
    case isa::Error::kNesting:
      return "loops nest too deep, or there is an end without a loop";
    case isa::Error::kWindow:
      return "an access to DRAM leaves the window that the host has set";
    case isa::Error::kDeadlock:
      return "a token is waited for that nothing before gives";
    case isa::Error::kBus:
      return "DRAM answers with an error";
    case isa::Error::kTokens:
      return "more than 255 of a token would have been given and not taken";
    case isa::Error::kTimeout:
      return "nothing has moved for as long as the host allows";
    case isa::Error::kIndex:
      return "an entry of a list names a row that does not exist";
    case isa::Error::kNone:
      break;
  }
  return "there is no error";
}

// "x" for the first matrix of a gemm.
std::string operand_name(const isa::Instruction& instruction, unsigned operand) {
  const isa::InstructionInfo* const info = instruction.info();
  unsigned number = 0;
  for (std::size_t i = 0; info != nullptr && i < info->fields.size(); ++i) {
    if (info->fields[i].kind != isa::Kind::kAddress) continue;
    if (++number == operand) return fmt::format(" (matrix {})", info->fields[i].name);
  }
  return operand == number + 1 ? " (list memory)" : "";
}

// The instruction at the address, as text; empty when the program does not hold it.
std::string instruction_text(const Status& status, const isa::Assembly& program,
                             std::uint64_t base) {
  const std::uint64_t index = (status.address - base) / isa::kInstructionBytes;
  if (status.address < base || index >= program.program.size()) return "";
  std::string text = isa::disassemble(program.program[index]);
  if (index < program.source.size() && !program.source[index].empty() &&
      program.source[index] != text) {
    text += fmt::format(", from '{}'", program.source[index]);
  }
  return fmt::format(" ({})", text);
}

}  // namespace

std::string describe(const Status& status, const isa::Assembly& program, std::uint64_t base) {
  const std::string text = instruction_text(status, program, base);
  switch (status.state) {
    case State::kDone:
      return fmt::format("the program ended after {} instructions", status.instructions);
    case State::kRunning:
      return fmt::format("the program still runs after {} instructions, at address 0x{:x}{}",
                         status.instructions, status.address, text);
    case State::kFailed:
      break;
  }
  const std::uint64_t index = (status.address - base) / isa::kInstructionBytes;
  const bool is_known = status.address >= base && index < program.program.size();
  std::string detail;
  if (status.error == isa::Error::kIndex) {
    detail = fmt::format(": entry {} is 0x{:x}", status.position, status.index);
  } else if (is_known) {
    detail = operand_name(program.program[index], status.operand);
  }
  return fmt::format("the instruction at address 0x{:x}{} is refused after {} instructions: {}{}",
                     status.address, text, status.instructions, reason(status.error), detail);
}

namespace {

// `change(to, from)` for every number.
template <typename Change>
void for_each(Counters& to, const Counters& from, Change change) {
  change(to.cycles, from.cycles);
  change(to.instructions, from.instructions);
  change(to.read_beats, from.read_beats);
  change(to.write_beats, from.write_beats);
  for (std::size_t u = 0; u < to.units.size(); ++u) {
    change(to.units[u].busy, from.units[u].busy);
    change(to.units[u].token, from.units[u].token);
    change(to.units[u].memory, from.units[u].memory);
    change(to.units[u].starved, from.units[u].starved);
    change(to.units[u].idle, from.units[u].idle);
  }
}

}  // namespace

Counters& Counters::operator+=(const Counters& other) {
  has_clock = other.has_clock;
  for_each(*this, other, [](std::uint64_t& a, std::uint64_t b) { a += b; });
  return *this;
}

Counters Counters::operator-(const Counters& before) const {
  Counters out = *this;
  for_each(out, before, [](std::uint64_t& a, std::uint64_t b) { a -= b; });
  return out;
}

}  // namespace gradcore::runtime
