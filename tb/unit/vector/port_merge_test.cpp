// SPDX-License-Identifier: Apache-2.0
// One port of local memory for two readers, one for two writers: at unit 3 of the bench.
#include "tb/unit/vector/vector_instructions.h"

namespace gradcore::harness {
namespace {

class PortMerge : public VectorUnit {
 protected:
  PortMerge() { bench_->narrow_i = 3; }
};

TEST_F(PortMerge, ThreeSourcesAndTwoResults) {
  for (int t = 0; t < 200; ++t) {
    Instruction i = any(12);
    i.set(insn::kAIs, static_cast<unsigned>(Operand::kMatrix));
    i.set(insn::kBIs, static_cast<unsigned>(Operand::kMatrix));
    i.set(insn::kCIs, static_cast<unsigned>(Operand::kMatrix));
    i.set(insn::kWriteD, 1u);
    i.set(insn::kWriteE, 1u);
    run({i}, t % 2 == 0);
    ASSERT_NO_FATAL_FAILURE(compare(text(i)));
  }
}

// Three reads and two writes a line are hidden behind the one lane's four cycles.
TEST_F(PortMerge, CostsNothingWithFewLanes) {
  const Instruction one = copy(12, 16);
  Instruction three = one;
  three.set(insn::kBIs, static_cast<unsigned>(Operand::kMatrix));
  three.set(insn::kB, address(false, 0));
  three.set(insn::kBRows, 4u);
  three.set(insn::kCombine, static_cast<unsigned>(Combine::kAdd));
  three.set(insn::kC, address(true, 13));
  three.set(insn::kCRows, 4u);
  three.set(insn::kWriteE, 1u);
  three.set(insn::kE, address(false, kE));
  three.set(insn::kERows, 4u);
  EXPECT_LE(run({three}), run({one}) + 4);
}

}  // namespace
}  // namespace gradcore::harness
