// SPDX-License-Identifier: Apache-2.0
// Instructions for the vector unit: any, and plain ones.
#pragma once

#include <array>

#include "tb/unit/vector/vector_bench.h"

namespace gradcore::harness {

namespace insn = isa::vector;
using isa::Apply;
using isa::Combine;
using isa::Instruction;
using isa::Operand;
using isa::Order;
using isa::Reduce;

// From an instruction that works on no lines to its end.
inline constexpr unsigned kVectorLatency = 36;
// The units that bench_->narrow_i chooses: latency without and with a function that is
// approximated, cycles a line without and with it.
struct UnitCycles {
  unsigned latency, slow_latency, pace, slow_pace;
};
inline constexpr std::array<UnitCycles, 4> kUnitCycles = {
    {{36, 36, 1, 1}, {41, 41, 1, 4}, {42, 43, 2, 4}, {41, 41, 4, 4}}};
inline constexpr unsigned kUnits = kUnitCycles.size();

template <typename T>
constexpr unsigned last(T value) {
  return static_cast<unsigned>(value) + 1;
}

class VectorUnit : public VectorUnitTest {
 protected:
  // Where things lie in either memory: sources in tiles 0 to 39, D in 40 to 51, E in 52 to 63.
  static constexpr unsigned kSourceTiles = 40, kD = 40, kE = 52, kTargetTiles = 12;

  // Any instruction on at most `limit` x `limit` elements.
  Instruction any(unsigned limit) {
    Instruction i(isa::Opcode::kVector);
    const std::uint32_t rows = 1 + random_.below(limit);
    const std::uint32_t cols = 1 + random_.below(limit);
    i.set(insn::kRows, rows);
    i.set(insn::kCols, cols);
    source(i, insn::kAIs, insn::kTransA, insn::kA, insn::kARows);
    source(i, insn::kBIs, insn::kTransB, insn::kB, insn::kBRows);
    source(i, insn::kCIs, insn::kTransC, insn::kC, insn::kCRows);
    i.set(insn::kCombine, random_.below(last(Combine::kDropout)));
    i.set(insn::kApply, random_.one_in(2) ? 0 : random_.below(last(Apply::kRsqrt)));
    i.set(insn::kReduce, random_.one_in(2) ? 0 : random_.below(last(Reduce::kMax)));
    const bool reduces = i.get(insn::kReduce) != 0;
    const unsigned writes = 1 + random_.below(3);
    i.set(insn::kWriteD, writes & 1u);
    i.set(insn::kWriteE, reduces ? 1u : writes >> 1);
    i.set(insn::kStochastic, random_.below(2));
    i.set(insn::kStream, random_.below(3));
    i.set(insn::kSeed, random_.bits32());
    i.set(insn::kBConstant, random_.fp32());
    i.set(insn::kCConstant, random_.fp32());
    const std::uint32_t across = tiles(cols);
    const std::uint32_t gap = (kTargetTiles / tiles(rows)) - across;
    const bool transposed = random_.one_in(3);
    const std::uint32_t d_across = transposed ? tiles(rows) : across;
    const std::uint32_t d_gap = kTargetTiles / (transposed ? across : tiles(rows)) - d_across;
    const std::uint32_t d_rows = d_across + random_.below(d_gap + 1);
    i.set(insn::kD, address(random_.one_in(2), kD)).set(insn::kTransD, transposed);
    i.set(insn::kDRows, d_rows);
    const std::uint32_t e_rows = (reduces ? 1 : across) + random_.below(gap + 1);
    i.set(insn::kE, address(random_.one_in(2), kE));
    i.set(insn::kERows, e_rows);
    return i;
  }

  // a alone, to D: rows x cols from tile 0, in accumulator memory.
  Instruction copy(unsigned rows, unsigned cols) {
    Instruction i(isa::Opcode::kVector);
    i.set(insn::kRows, rows);
    i.set(insn::kCols, cols);
    i.set(insn::kA, address(true, 0));
    i.set(insn::kARows, tiles(cols));
    i.set(insn::kBIs, static_cast<unsigned>(Operand::kConstant));
    i.set(insn::kBConstant, 0x3F80'0000u);
    i.set(insn::kWriteD, 1u);
    i.set(insn::kD, address(true, kD + 1));
    i.set(insn::kDRows, tiles(cols));
    return i;
  }

  static std::uint32_t tiles(std::uint32_t size) { return (size + kN - 1) / kN; }

 private:
  void source(Instruction& i, isa::Field is, isa::Field trans, isa::Field at, isa::Field rows) {
    const std::uint32_t kind = random_.one_in(3) ? random_.below(4) : 0;
    i.set(is, kind);
    i.set(trans, random_.below(2));
    const bool accumulator = random_.one_in(2);
    i.set(at, address(accumulator, random_.below(8)));
    i.set(rows, random_.below(11));
  }
};

}  // namespace gradcore::harness
