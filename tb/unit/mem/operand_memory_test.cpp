// SPDX-License-Identifier: Apache-2.0
#include "tb/unit/mem/tile_memory.h"

namespace gradcore::harness {
namespace {

class OperandMemory : public BenchTest {
 protected:
  using Memory = TileMemory<std::uint16_t>;
  enum class PortA { kIdle, kRead, kWrite };

  OperandMemory() {
    for (const Line& line : Memory::all_lines()) {
      if (!line.by_col) cycle(PortA::kWrite, line, 0xFFFF, false, {});
    }
  }

  // One cycle; data to write are drawn.
  void cycle(PortA action, const Line& a, std::uint32_t mask, bool b_reads, const Line& b) {
    bench_->valid_i = action != PortA::kIdle;
    bench_->write_i = action == PortA::kWrite;
    bench_->line_a_i = a.pack();
    bench_->mask_i = static_cast<SData>(mask);
    bench_->read_valid_i = b_reads;
    bench_->line_b_i = b.pack();
    for (SData& value : bench_->half_i) value = static_cast<SData>(random_.bits32());
    const Memory::Vector want_a = memory_.read(a);
    const Memory::Vector want_b = memory_.read(b);
    bench_.cycle();
    ASSERT_NO_FATAL_FAILURE(a_.check(action == PortA::kRead, a, want_a, bench_->operand_a_o));
    ASSERT_NO_FATAL_FAILURE(b_.check(b_reads, b, want_b, bench_->operand_b_o));
    if (action == PortA::kWrite) memory_.write(a, mask, bench_->half_i);
  }

  void check_all() {
    for (const Line& line : Memory::all_lines()) {
      ASSERT_NO_FATAL_FAILURE(cycle(PortA::kRead, line, 0, true, line));
    }
    for (int i = 0; i < 2; ++i) ASSERT_NO_FATAL_FAILURE(cycle(PortA::kIdle, {}, 0, false, {}));
  }

  Memory memory_;
  ReadPort<std::uint16_t> a_, b_;
};

TEST_F(OperandMemory, EveryLineByRowAndColumnOnBothPorts) { check_all(); }

TEST_F(OperandMemory, WritesByRowAndColumnTouchNothingElse) {
  for (const Line& line : Memory::all_lines()) {
    for (const std::uint32_t mask : {0xFFFFu, 0u, 1u << line.index, random_.bits32() & 0xFFFFu}) {
      ASSERT_NO_FATAL_FAILURE(cycle(PortA::kWrite, line, mask, false, {}));
      ASSERT_NO_FATAL_FAILURE(check_all());
    }
  }
}

// A write is seen by both ports from the next cycle on. Port B does not look at what is written.
TEST_F(OperandMemory, RandomTrafficAtFullRate) {
  for (int t = 0; t < 100'000; ++t) {
    const Line a = Memory::random_line(random_);
    const Line b = Memory::random_line(random_);
    const auto action = static_cast<PortA>(random_.below(3));
    const std::uint32_t mask = random_.bits32() & 0xFFFFu;
    const bool b_reads =
        !random_.one_in(4) && !(action == PortA::kWrite && Memory::intersect(a, b));
    ASSERT_NO_FATAL_FAILURE(cycle(action, a, mask, b_reads, b));
  }
}

TEST_F(OperandMemory, WriteThenReadInTheNextCycle) {
  for (const Line& line : Memory::all_lines()) {
    const Line other{line.tile, (line.index + 3) % kLanes, !line.by_col};
    ASSERT_NO_FATAL_FAILURE(cycle(PortA::kWrite, line, 0xFFFF, false, {}));
    ASSERT_NO_FATAL_FAILURE(cycle(PortA::kRead, line, 0, true, other));
  }
}

}  // namespace
}  // namespace gradcore::harness
