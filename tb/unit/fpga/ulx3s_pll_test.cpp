// SPDX-License-Identifier: Apache-2.0
// The cell itself is a model here, so what is tested is how it is wired: its clock comes out, and
// nothing leaves its reset before it has locked.
#include "Vfpga_bench.h"
#include "tb/harness/bench.h"

namespace gradcore::harness {
namespace {

using Ulx3sPll = TestOnBench<Vfpga_bench>;

TEST_F(Ulx3sPll, ResetsUntilItHasLocked) {
  bench_->button_ni = 1;
  unsigned locked = 0, released = 0;
  for (unsigned t = 1; t <= 100 && released == 0; ++t) {
    bench_.cycle();
    if (bench_->locked_o && locked == 0) locked = t;
    if (bench_->reset_no) released = t;
  }
  ASSERT_GT(locked, 0u) << "LOCK never rose";
  EXPECT_EQ(released, locked + 3) << "three edges of the clock that comes out";
}

}  // namespace
}  // namespace gradcore::harness
