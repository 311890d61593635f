// SPDX-License-Identifier: Apache-2.0
// What is written: D, its copy, reductions, in either memory and format.
#include "tb/unit/vector/vector_instructions.h"

namespace gradcore::harness {
namespace {

using VectorResults = VectorUnit;

TEST_F(VectorResults, EveryDestination) {
  for (unsigned code = 0; code < 3 * 64; ++code) {
    const unsigned reduce = code / 64;
    if (reduce == 0 && (code & 3u) == 0) continue;  // writes nothing
    for (const unsigned size : {1u, 3u, 4u, 5u, 12u}) {
      Instruction i = copy(size, 1 + random_.below(12));
      i.set(insn::kReduce, reduce);
      i.set(insn::kWriteD, code & 1u);
      i.set(insn::kWriteE, reduce != 0 ? 1u : (code >> 1) & 1u);
      i.set(insn::kD, address((code & 4u) != 0, kD));
      i.set(insn::kE, address((code & 8u) != 0, kE));
      i.set(insn::kDRows, 3u);
      i.set(insn::kERows, 3u);
      i.set(insn::kStochastic, (code >> 4) & 1u);
      i.set(insn::kSeed, random_.bits32());
      i.set(insn::kCombine,
            static_cast<unsigned>((code & 32u) != 0 ? Combine::kDropout : Combine::kProduct));
      i.set(insn::kCConstant, 0x8000'0000u);
      run({i}, code % 2 == 0);
      ASSERT_NO_FATAL_FAILURE(compare(text(i)));
    }
  }
}

// D and E in the same bank are written one after the other.
TEST_F(VectorResults, BothInOneBankTakeTwoCycles) {
  Instruction i = copy(8, 4);
  i.set(insn::kDRows, 4u);
  i.set(insn::kD, address(true, kD));
  i.set(insn::kWriteE, 1u);
  i.set(insn::kE, address(true, kD + 16));
  i.set(insn::kERows, 4u);
  EXPECT_EQ(run({i}), 2 * 8 + kVectorLatency);
  i.set(insn::kE, address(false, kE));
  EXPECT_EQ(run({i}), 8 + kVectorLatency);
}

}  // namespace
}  // namespace gradcore::harness
