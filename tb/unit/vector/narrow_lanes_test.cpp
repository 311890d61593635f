// SPDX-License-Identifier: Apache-2.0
// Half as many lanes as elements: what full_lanes_test.cpp asks, of unit 2 of the bench.
#include "tb/unit/vector/vector_instructions.h"

namespace gradcore::harness {
namespace {

class NarrowLanes : public VectorUnit {
 protected:
  NarrowLanes() { bench_->narrow_i = 2; }

  // Any that draws random words.
  Instruction draws() {
    Instruction i = any(12);
    if (random_.one_in(2)) {
      i.set(insn::kCombine, static_cast<unsigned>(Combine::kDropout));
    } else {
      i.set(insn::kStochastic, 1u);
    }
    i.set(insn::kApply, random_.below(last(Apply::kRsqrt)));
    return i;
  }
};

TEST_F(NarrowLanes, RandomWordsWithEveryFunction) {
  for (int t = 0; t < 200; ++t) {
    const std::vector<Instruction> program = {draws(), any(12), draws()};
    run(program, t % 2 == 0);
    ASSERT_NO_FATAL_FAILURE(compare(text(program)));
  }
}

// The next key must not come while the last line still draws.
TEST_F(NarrowLanes, KeysFollowEachOther) {
  for (int t = 0; t < 100; ++t) {
    std::vector<Instruction> program;
    for (unsigned k = 0; k < 4; ++k) {
      Instruction i = copy(1 + random_.below(12), 1 + random_.below(8));
      i.set(insn::kOrder, static_cast<unsigned>(Order::kFree));
      i.set(insn::kSeed, random_.bits32());
      i.set(insn::kStochastic, 1u);
      i.set(insn::kD, address(false, kD));
      if (random_.one_in(2)) i.set(insn::kApply, static_cast<unsigned>(Apply::kTanh));
      program.push_back(i);
    }
    run(program);
    ASSERT_NO_FATAL_FAILURE(compare(text(program)));
  }
}

}  // namespace
}  // namespace gradcore::harness
