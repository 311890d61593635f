// SPDX-License-Identifier: Apache-2.0
// The walk of the vector unit through rows of tiles, at every size around whole tiles.
#include "tb/unit/vector/vector_instructions.h"

namespace gradcore::harness {
namespace {

using VectorWalk = VectorUnit;

TEST_F(VectorWalk, EverySize) {
  for (std::uint32_t rows = 1; rows <= 2 * kN + 1; ++rows) {
    for (std::uint32_t cols = 1; cols <= 2 * kN + 1; ++cols) {
      // Random words go by the numbers of elements: they show the order, too.
      Instruction i = any(1);
      i.set(insn::kRows, rows).set(insn::kCols, cols);
      i.set(insn::kARows, 3u).set(insn::kBRows, 4u).set(insn::kCRows, 5u);
      i.set(insn::kDRows, 3u).set(insn::kERows, 3u);
      i.set(insn::kWriteD, true).set(insn::kD, address(false, kD)).set(insn::kStochastic, true);
      run({i}, cols % 2 == 0);
      ASSERT_NO_FATAL_FAILURE(compare(text(i)));
    }
  }
}

}  // namespace
}  // namespace gradcore::harness
