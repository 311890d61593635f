// SPDX-License-Identifier: Apache-2.0
#include "tb/harness/program_trace.h"

#include <stdexcept>

namespace gradcore::harness {

using isa::Instruction;
using isa::Opcode;

Instruction resolve(const Instruction& instruction, const Registers& registers) {
  Instruction out = instruction;
  const isa::InstructionInfo* const info = instruction.info();
  if (info == nullptr) return out;
  for (const isa::FieldInfo& field : info->fields) {
    if (field.kind != isa::Kind::kAddress) continue;
    out.set(field.field, instruction.get(field.field) + registers[instruction.get(field.base)]);
    out.set(field.base, 0u);
  }
  return out;
}

Nesting nesting(const isa::Program& program) {
  Nesting out;
  out.parent.resize(program.size(), Nesting::kTop);
  out.end.resize(program.size(), Nesting::kTop);
  std::vector<std::size_t> open;
  for (std::size_t i = 0; i < program.size(); ++i) {
    out.parent[i] = open.empty() ? Nesting::kTop : open.back();
    if (program[i].opcode() == static_cast<unsigned>(Opcode::kLoop)) open.push_back(i);
    if (program[i].opcode() == static_cast<unsigned>(Opcode::kEnd)) {
      if (open.empty()) throw std::invalid_argument("an end without a loop");
      out.end[open.back()] = i;
      open.pop_back();
    }
  }
  if (!open.empty()) throw std::invalid_argument("a loop without an end");
  return out;
}

std::vector<Step> trace(const isa::Program& program) {
  std::vector<Step> out;
  std::array<std::uint32_t, isa::kLoopDepth> left{};
  std::uint32_t turns = 0;
  Step now;
  for (std::size_t at = 0; at < program.size(); ++at, ++now.number) {
    const Instruction& i = program[at];
    const isa::InstructionInfo* const info = i.info();
    if (info == nullptr || info->unit != isa::Unit::kControl) {
      now.index = at;
      now.instruction = resolve(i, now.registers);
      out.push_back(now);
      now.after_sync = false;
      continue;
    }
    switch (static_cast<Opcode>(i.opcode())) {
      case Opcode::kHalt:
        return out;
      case Opcode::kSet:
        now.registers[i.get(isa::set::kRd)] = i.get(isa::set::kValue);
        break;
      case Opcode::kAdd:
        now.registers[i.get(isa::add::kRd)] =
            now.registers[i.get(isa::add::kRs)] + i.get(isa::add::kValue);
        break;
      case Opcode::kLoop:
        if (now.depth == isa::kLoopDepth) throw std::invalid_argument("loops nest too deep");
        left[now.depth] = i.get(isa::loop::kCount);
        now.loops[now.depth] = at;
        now.turns[++now.depth] = ++turns;
        break;
      case Opcode::kEnd:
        if (now.depth == 0) throw std::invalid_argument("an end without a loop");
        if (--left[now.depth - 1] > 0) {
          now.turns[now.depth] = ++turns;
          at = now.loops[now.depth - 1];
        } else {
          now.turns[now.depth--] = 0;
        }
        break;
      default:
        now.after_sync = true;
        break;
    }
  }
  return out;
}

}  // namespace gradcore::harness
