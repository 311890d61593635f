// SPDX-License-Identifier: Apache-2.0
#include "tb/unit/mem/tile_memory.h"

namespace gradcore::harness {
namespace {

class AccumulatorMemory : public BenchTest {
 protected:
  using Memory = TileMemory<std::uint32_t>;

  AccumulatorMemory() {
    for (const Line& line : Memory::all_lines()) {
      if (!line.by_col) cycle(true, line, 0xFFFF, false, {});
    }
  }

  // One cycle; data to write are drawn.
  void cycle(bool writes, const Line& write, std::uint32_t mask, bool reads, const Line& read) {
    bench_->write_i = writes;
    bench_->line_a_i = write.pack();
    bench_->mask_i = static_cast<SData>(mask);
    bench_->read_valid_i = reads;
    bench_->line_b_i = read.pack();
    for (IData& value : bench_->a_i) value = random_.bits32();
    const Memory::Vector want = memory_.read(read);
    bench_.cycle();
    ASSERT_NO_FATAL_FAILURE(port_.check(reads, read, want, bench_->accumulator_o));
    if (writes) memory_.write(write, mask, bench_->a_i);
  }

  void check_all() {
    for (const Line& line : Memory::all_lines()) {
      ASSERT_NO_FATAL_FAILURE(cycle(false, {}, 0, true, line));
    }
    for (int i = 0; i < 2; ++i) ASSERT_NO_FATAL_FAILURE(cycle(false, {}, 0, false, {}));
  }

  Memory memory_;
  ReadPort<std::uint32_t> port_;
};

TEST_F(AccumulatorMemory, EveryLineByRowAndColumn) { check_all(); }

TEST_F(AccumulatorMemory, WritesByRowAndColumnTouchNothingElse) {
  for (const Line& line : Memory::all_lines()) {
    for (const std::uint32_t mask : {0xFFFFu, 0u, 1u << line.index, random_.bits32() & 0xFFFFu}) {
      ASSERT_NO_FATAL_FAILURE(cycle(true, line, mask, false, {}));
      ASSERT_NO_FATAL_FAILURE(check_all());
    }
  }
}

// One line read and one written in every cycle, never one that crosses the other.
TEST_F(AccumulatorMemory, RandomTrafficAtFullRate) {
  for (int t = 0; t < 100'000; ++t) {
    const Line write = Memory::random_line(random_);
    const Line read = Memory::random_line(random_);
    const bool writes = !random_.one_in(4);
    const bool reads = !random_.one_in(4) && !(writes && Memory::intersect(write, read));
    ASSERT_NO_FATAL_FAILURE(cycle(writes, write, random_.bits32() & 0xFFFFu, reads, read));
  }
}

TEST_F(AccumulatorMemory, WriteThenReadInTheNextCycle) {
  for (const Line& line : Memory::all_lines()) {
    ASSERT_NO_FATAL_FAILURE(cycle(true, line, 0xFFFF, false, {}));
    ASSERT_NO_FATAL_FAILURE(cycle(false, {}, 0, true, line));
  }
}

}  // namespace
}  // namespace gradcore::harness
