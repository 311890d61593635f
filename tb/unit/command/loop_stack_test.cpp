// SPDX-License-Identifier: Apache-2.0
#include "tb/unit/command/command_bench.h"

namespace gradcore::harness {
namespace {

class LoopStack : public CommandTest {};

TEST_F(LoopStack, RandomAgainstVector) {
  struct Loop {
    std::uint64_t line;
    std::uint32_t left;
  };
  std::vector<Loop> want;
  for (int i = 0; i < 100'000; ++i) {
    const bool push = want.size() < isa::kLoopDepth && random_.one_in(3);
    const bool turn = !push && !want.empty() && random_.one_in(2);
    const std::uint64_t line = random_.bits() >> 6;
    const std::uint32_t turns = random_.one_in(50) ? random_.bits32() | 1u : 1 + random_.below(4);
    bench_->loop_push_i = push;
    bench_->loop_turn_i = turn;
    bench_->loop_line_i = line;
    bench_->loop_turns_i = turns;
    bench_.settle();
    ASSERT_EQ(bench_->loop_full_o, want.size() == isa::kLoopDepth);
    ASSERT_EQ(bench_->loop_empty_o, want.empty());
    if (!want.empty()) {
      ASSERT_EQ(bench_->loop_first_o, want.back().line);
      ASSERT_EQ(bench_->loop_again_o, want.back().left != 1);
    }
    bench_.edge();
    if (push) want.push_back({line, turns});
    if (turn && --want.back().left == 0) want.pop_back();
    if (!want.empty() && want.back().left > 1'000'000 && random_.one_in(10)) {
      bench_->rst_ni = 0;
      bench_->loop_push_i = bench_->loop_turn_i = 0;
      bench_.cycle();
      bench_->rst_ni = 1;
      want.clear();
    }
  }
}

TEST(LoopStackAssertions, MisuseIsSeen) {
  CommandBench bench;
  bench->loop_turn_i = 1;
  bench.cycle();
  EXPECT_EQ(bench.assertion_failures(), 1u);
}

}  // namespace
}  // namespace gradcore::harness
