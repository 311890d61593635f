// SPDX-License-Identifier: Apache-2.0
// One port of local memory for everyone: at unit 3 of the bench, where reader and writer 0, by
// which tests fill local memory and look at it, stand for the DMA.
#include "tb/unit/vector/vector_instructions.h"

namespace gradcore::harness {
namespace {

class MemoryPorts : public VectorUnit {
 protected:
  MemoryPorts() { bench_->narrow_i = 3; }
};

TEST_F(MemoryPorts, EveryoneGetsTheirOwn) {
  for (int t = 0; t < 200; ++t) {
    const std::vector<Instruction> program = {any(12), any(12)};
    run(program, t % 4 != 0);
    ASSERT_NO_FATAL_FAILURE(compare(text(program)));
  }
}

// The DMA, which asks all the time, waits for the vector unit: that loses nothing.
TEST_F(MemoryPorts, TheVectorUnitGoesFirst) {
  const Instruction i = copy(12, 16);
  const unsigned alone = run({i});
  read_all_the_time_ = true;
  EXPECT_EQ(run({i}), alone);
}

}  // namespace
}  // namespace gradcore::harness
