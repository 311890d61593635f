// SPDX-License-Identifier: Apache-2.0
// A lane for each element: random words meet the numbers that they belong to.
#include "tb/unit/vector/vector_instructions.h"

namespace gradcore::harness {
namespace {

using FullLanes = VectorUnit;

// Units 0 and 1 of the bench have all lanes, and differ in those for functions.
TEST_F(FullLanes, RandomWordsWithEveryFunction) {
  for (int t = 0; t < 200; ++t) {
    bench_->narrow_i = static_cast<CData>(t % 2);
    std::vector<Instruction> program;
    for (unsigned k = 0; k < 3; ++k) {
      program.push_back(any(12));
      if (random_.one_in(2)) {
        program.back().set(insn::kCombine, static_cast<unsigned>(Combine::kDropout));
      }
      program.back().set(insn::kStochastic, random_.one_in(4) ? 0u : 1u);
      program.back().set(insn::kApply, random_.below(last(Apply::kRsqrt)));
    }
    run(program, t % 4 < 2);
    ASSERT_NO_FATAL_FAILURE(compare(text(program)));
  }
}

}  // namespace
}  // namespace gradcore::harness
