// SPDX-License-Identifier: Apache-2.0
// Every kind, transposition and memory of every source.
#include "tb/unit/vector/vector_instructions.h"

namespace gradcore::harness {
namespace {

using VectorOperands = VectorUnit;

TEST_F(VectorOperands, EveryKindOfEverySource) {
  for (unsigned code = 0; code < 4 * 4 * 4 * 64; ++code) {
    Instruction i(isa::Opcode::kVector);
    i.set(insn::kRows, 1 + random_.below(9));
    i.set(insn::kCols, 1 + random_.below(9));
    i.set(insn::kAIs, code & 3u);
    i.set(insn::kBIs, (code >> 2) & 3u);
    i.set(insn::kCIs, (code >> 4) & 3u);
    i.set(insn::kTransA, (code >> 6) & 1u);
    i.set(insn::kTransB, (code >> 7) & 1u);
    i.set(insn::kTransC, (code >> 8) & 1u);
    i.set(insn::kA, address(((code >> 9) & 1u) != 0, random_.below(12)));
    i.set(insn::kB, address(((code >> 10) & 1u) != 0, random_.below(12)));
    i.set(insn::kC, address(((code >> 11) & 1u) != 0, random_.below(12)));
    i.set(insn::kARows, random_.below(6));
    i.set(insn::kBRows, random_.below(6));
    i.set(insn::kCRows, random_.below(6));
    i.set(insn::kBConstant, random_.fp32());
    i.set(insn::kCConstant, random_.fp32());
    i.set(insn::kCombine, static_cast<unsigned>(Combine::kSubtract));
    i.set(insn::kWriteD, 1u);
    i.set(insn::kD, address(true, kD));
    i.set(insn::kDRows, 3u);
    run({i}, code % 2 == 0);
    ASSERT_NO_FATAL_FAILURE(compare(text(i)));
  }
}

// b that is a is read once: also as a row, as a column and transposed, and with a c beside it.
TEST_F(VectorOperands, TheSameSourceTwice) {
  for (unsigned code = 0; code < 3 * 3 * 8 * 4; ++code) {
    Instruction i(isa::Opcode::kVector);
    i.set(insn::kRows, 1 + random_.below(9));
    i.set(insn::kCols, 1 + random_.below(9));
    for (const auto is : {insn::kAIs, insn::kBIs}) i.set(is, code % 3);
    i.set(insn::kCIs, code / 3 % 3);
    for (const auto transposed : {insn::kTransA, insn::kTransB}) i.set(transposed, code / 9 % 2);
    const std::uint32_t a = address((code / 18) % 2 != 0, random_.below(12));
    const std::uint32_t rows = random_.below(6);
    // Different now and then in one thing only.
    i.set(insn::kA, a);
    i.set(insn::kB, random_.below(4) == 0 ? address((code / 18) % 2 != 0, random_.below(12)) : a);
    i.set(insn::kC, address((code / 36) % 2 != 0, random_.below(12)));
    i.set(insn::kARows, rows);
    i.set(insn::kBRows, random_.below(4) == 0 ? random_.below(6) : rows);
    i.set(insn::kCRows, random_.below(6));
    i.set(insn::kCombine,
          static_cast<unsigned>(code / 72 == 0 ? Combine::kProduct : Combine::kAdd));
    i.set(insn::kWriteD, 1u);
    i.set(insn::kD, address(true, kD));
    i.set(insn::kDRows, 3u);
    run({i}, code % 2 == 0);
    ASSERT_NO_FATAL_FAILURE(compare(text(i)));
  }
}

}  // namespace
}  // namespace gradcore::harness
