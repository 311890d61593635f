// SPDX-License-Identifier: Apache-2.0
// What vector_operands_test.cpp asks, of the units of the bench with fewer lanes than elements.
#include "tb/unit/vector/vector_instructions.h"

namespace gradcore::harness {
namespace {

class NarrowOperands : public VectorUnit {
 protected:
  // c - a * b of sources of any kind, place and shape.
  Instruction sources(unsigned code) {
    Instruction i(isa::Opcode::kVector);
    i.set(insn::kRows, 1 + random_.below(9));
    i.set(insn::kCols, 1 + random_.below(9));
    i.set(insn::kAIs, code & 3u);
    i.set(insn::kBIs, (code >> 2) & 3u);
    i.set(insn::kCIs, (code >> 4) & 3u);
    for (const auto transposed : {insn::kTransA, insn::kTransB, insn::kTransC}) {
      i.set(transposed, random_.below(2));
    }
    for (const auto place : {insn::kA, insn::kB, insn::kC}) {
      i.set(place, address(random_.one_in(2), random_.below(12)));
    }
    for (const auto rows : {insn::kARows, insn::kBRows, insn::kCRows}) {
      i.set(rows, random_.below(6));
    }
    i.set(insn::kBConstant, random_.fp32());
    i.set(insn::kCConstant, random_.fp32());
    i.set(insn::kCombine, static_cast<unsigned>(Combine::kReverseSubtract));
    i.set(insn::kWriteD, 1u);
    i.set(insn::kD, address(true, kD));
    i.set(insn::kDRows, 3u);
    return i;
  }
};

TEST_F(NarrowOperands, EveryKindOfEverySource) {
  for (const unsigned unit : {2u, 3u}) {
    bench_->narrow_i = static_cast<CData>(unit);
    for (unsigned code = 0; code < 20 * 64; ++code) {
      const Instruction i = sources(code);
      run({i}, code % 2 == 0);
      ASSERT_NO_FATAL_FAILURE(compare(text(i)));
    }
  }
}

// b that is a is read once.
TEST_F(NarrowOperands, TheSameSourceTwice) {
  for (const unsigned unit : {2u, 3u}) {
    bench_->narrow_i = static_cast<CData>(unit);
    for (unsigned code = 0; code < 10 * 64; ++code) {
      Instruction i = sources(code);
      i.set(insn::kBIs, i.get(insn::kAIs));
      i.set(insn::kTransB, i.get(insn::kTransA));
      i.set(insn::kB, i.get(insn::kA));
      i.set(insn::kBRows, i.get(insn::kARows));
      run({i}, code % 2 == 0);
      ASSERT_NO_FATAL_FAILURE(compare(text(i)));
    }
  }
}

// The sources of a line come while the one before still goes through the lanes.
TEST_F(NarrowOperands, LinesOfSeveralInstructions) {
  for (const unsigned unit : {2u, 3u}) {
    bench_->narrow_i = static_cast<CData>(unit);
    for (unsigned t = 0; t < 200; ++t) {
      std::vector<Instruction> program;
      for (unsigned k = 0; k < 2; ++k) {
        Instruction i = sources(random_.below(64));
        i.set(insn::kOrder, static_cast<unsigned>(Order::kFree));
        i.set(insn::kD, address(true, k == 0 ? kD : kE));
        if (random_.one_in(3)) i.set(insn::kApply, static_cast<unsigned>(Apply::kExp));
        program.push_back(i);
      }
      run(program, t % 2 == 0);
      ASSERT_NO_FATAL_FAILURE(compare(text(program)));
    }
  }
}

}  // namespace
}  // namespace gradcore::harness
