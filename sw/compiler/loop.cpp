// SPDX-License-Identifier: Apache-2.0
#include "sw/compiler/loop.h"

#include <string>

namespace gradcore::compiler {
namespace {

using isa::Opcode;

// What the first turn takes and no turn has given.
void give_first_tokens(Emitter& out, const IdlePlaces& idle, const Advance& advance) {
  const std::string note = "tokens for the first turn";
  for (unsigned unit = 0; unit < kUnits; ++unit) {
    for (unsigned round = 0;; ++round) {
      std::uint32_t give = 0;
      for (unsigned token = 0; token < kPairs; ++token) {
        if (giver_of(token) == unit && advance[token] > round) give |= 1u << token;
      }
      if (give == 0) break;
      if (unit == unit_index(isa::Unit::kMatrix)) {
        out.gemm(note, idle.operand, idle.operand, idle.product, false);
      } else if (unit == unit_index(isa::Unit::kVector)) {
        out.vector(note, {.rows = 1, .cols = 1, .d = idle.cleared});
      } else if (unit == unit_index(isa::Unit::kLoad)) {
        out.load(note, idle.loaded, idle.read, 0, isa::Format::kBf16);
      } else {
        out.store(note, idle.operand, idle.written, 0, isa::Format::kBf16);
      }
      out.program().back().set(isa::gemm::kGive, give);
    }
  }
}

}  // namespace

isa::Assembly loop_program(const LoopShape& shape, const IdlePlaces& idle, const Advance& advance,
                           const Emitter& before, const Emitter& pointers, const Emitter& body) {
  Emitter out(body.n());
  out.append(before);
  out.plain(Opcode::kSync, "");
  give_first_tokens(out, idle, advance);
  if (shape.rounds > 1) out.loop(shape.rounds, "rounds");
  out.append(pointers);
  out.loop(shape.turns, "steps");
  out.append(body);
  out.plain(Opcode::kEnd);
  if (shape.rounds > 1) out.plain(Opcode::kEnd);
  out.plain(Opcode::kHalt);
  return out.assembly();
}

}  // namespace gradcore::compiler
