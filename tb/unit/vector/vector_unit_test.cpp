// SPDX-License-Identifier: Apache-2.0
// The vector unit from local memory to local memory, bit for bit.
#include "tb/unit/vector/vector_instructions.h"

namespace gradcore::harness {
namespace {

TEST_F(VectorUnit, AnyInstruction) {
  for (int t = 0; t < 900; ++t) {
    bench_->narrow_i = static_cast<CData>(t / 3 % kUnits);
    const Instruction i = any(t % 3 == 0 ? 4 : 12);
    run({i}, t % 2 == 0);
    ASSERT_NO_FATAL_FAILURE(compare(text(i)));
    if (t % 16 == 0) {
      for (unsigned tile = 0; tile < kTiles; ++tile) {
        fill(false, tile);
        fill(true, tile);
      }
    }
  }
}

// Several in a row, each of which waits for the one before it.
TEST_F(VectorUnit, InstructionsInARow) {
  for (int t = 0; t < 600; ++t) {
    bench_->narrow_i = static_cast<CData>(t / 2 % kUnits);
    std::vector<Instruction> program;
    const unsigned length = 2 + random_.below(5);
    for (unsigned k = 0; k < length; ++k) program.push_back(any(12));
    run(program, t % 2 == 0);
    ASSERT_NO_FATAL_FAILURE(compare(text(program)));
  }
}

// Reset in the middle of anything leaves a unit that works.
TEST_F(VectorUnit, ResetInTheMiddle) {
  for (int t = 0; t < 150; ++t) {
    bench_->narrow_i = static_cast<CData>(t % kUnits);
    const Instruction i = any(12);
    pack_vector(i, kN, bench_->insn_i);
    bench_->valid_i = 1;
    bench_.cycle();
    bench_->valid_i = 0;
    const unsigned cycles = random_.below(100);
    for (unsigned c = 0; c < cycles; ++c) bench_.cycle();
    bench_.reset();
    for (unsigned tile = 0; tile < kTiles; ++tile) {
      fill(false, tile);
      fill(true, tile);
    }
    run({any(12)});
    ASSERT_NO_FATAL_FAILURE(compare(text(i)));
  }
}

}  // namespace
}  // namespace gradcore::harness
