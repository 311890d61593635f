// SPDX-License-Identifier: Apache-2.0
// fetch with a buffer of 16 instructions, 4 of them ahead, on a DRAM whose every word is known.
#include "tb/unit/command/command_bench.h"

namespace gradcore::harness {
namespace {

constexpr unsigned kSlots = 16, kAhead = 4, kBeats = 4;
constexpr std::uint64_t kBytes = 64;

std::uint32_t word_at(std::uint64_t address) {
  return static_cast<std::uint32_t>(address * 0x9E37'79B1u >> 3) ^ 0x5A5Au;
}

class Fetch : public CommandTest {
 protected:
  void start(std::uint64_t address) {
    bench_->alone_start_i = 1;
    bench_->alone_line_i = address / kBytes;
    cycle();
    bench_->alone_start_i = 0;
    at_ = address;
  }

  // DRAM answers in order.
  void cycle() {
    bench_->alone_r_valid_i = 0;
    if (!queue_.empty() && queue_.front().at <= now_ && !random_.one_in(pause_ + 2)) {
      const std::uint64_t address = queue_.front().address + 16 * beat_;
      bench_->alone_r_valid_i = 1;
      bench_->alone_r_resp_i = queue_.front().address == fails_at_ && beat_ == fails_beat_ ? 3 : 0;
      for (unsigned i = 0; i < 4; ++i) bench_->alone_r_data_i[i] = word_at(address + 4 * i);
    }
    bench_->alone_ar_ready_i = !random_.one_in(pause_ + 2);
    bench_.settle();
    if (bench_->alone_r_valid_i != 0 && ++beat_ == kBeats) {
      beat_ = 0;
      queue_.pop_front();
    }
    if (bench_->alone_ar_valid_o != 0 && bench_->alone_ar_ready_i != 0) {
      const std::uint64_t address = bench_->alone_address_o;
      EXPECT_EQ(address % kBytes, 0u);
      EXPECT_GE(address, base_);
      EXPECT_LE(address + kBytes, base_ + size_);
      queue_.push_back({address, now_ + latency_});
      ++reads_;
    }
    bench_.edge();
    ++now_;
  }

  // Waits for the next instruction, compares it and takes it; the number of cycles it took.
  unsigned expect_next(isa::Error error = isa::Error::kNone) {
    bench_->alone_ready_i = 0;
    for (unsigned waited = 0; waited < 1000; ++waited) {
      bench_->alone_ready_i = 1;
      bench_.settle();
      if (bench_->alone_valid_o == 0) {
        cycle();
        continue;
      }
      EXPECT_EQ(bench_->alone_line_o, at_ / kBytes);
      EXPECT_EQ(bench_->alone_error_o, static_cast<unsigned>(error));
      if (error == isa::Error::kNone) {
        for (unsigned i = 0; i < 16; ++i) EXPECT_EQ(bench_->alone_insn_o[i], word_at(at_ + 4 * i));
        at_ += kBytes;
      }
      cycle();
      bench_->alone_ready_i = 0;
      return waited + 1;
    }
    ADD_FAILURE() << "nothing comes";
    return 0;
  }

  void back(std::uint64_t address) {
    bench_->alone_line_i = address / kBytes;
    cycle();
    bench_->alone_back_i = 1;
    cycle();
    bench_->alone_back_i = 0;
    at_ = address;
  }

  void set_window(std::uint64_t base, std::uint64_t size) {
    base_ = bench_->alone_base_i = base;
    size_ = bench_->alone_size_i = size;
  }
  void reset() {
    bench_->rst_ni = 0;
    bench_.cycle();
    bench_->rst_ni = 1;
    queue_.clear();
    beat_ = 0;
    reads_ = 0;
  }

  struct Request {
    std::uint64_t address, at;
  };
  std::deque<Request> queue_;
  std::uint64_t now_ = 0, base_ = 0, size_ = 0, at_ = 0, reads_ = 0;
  std::uint64_t fails_at_ = ~std::uint64_t{0};
  unsigned beat_ = 0, fails_beat_ = 0, latency_ = 10, pause_ = 1000;
};

TEST_F(Fetch, FourCyclesEachWhereDramKeepsUp) {
  set_window(0, 1 << 20);
  start(0x1000);
  expect_next();
  unsigned cycles = 0;
  for (int i = 0; i < 50; ++i) cycles += expect_next();
  EXPECT_LE(cycles, 50u * 5 + 20) << "DRAM brings one in 4 cycles, 4 are ahead";
  // All held: no DRAM.
  back(at_ - 10 * kBytes);
  const std::uint64_t reads = reads_;
  EXPECT_EQ(expect_next(), 5u);
  for (int i = 0; i < 5; ++i) EXPECT_EQ(expect_next(), 4u);
  EXPECT_EQ(reads_, reads);
}

// Loops of any length, taken at any time; those that are held are read once.
TEST_F(Fetch, Loops) {
  for (unsigned length = 1; length <= kSlots + 4; ++length) {
    pause_ = random_.one_in(2) ? 1000 : random_.below(4);
    latency_ = random_.below(40);
    reset();
    set_window(0, 1 << 20);
    start(0x400 * kBytes);
    for (int i = 0; i < 5; ++i) expect_next();
    for (int turn = 0; turn < 6; ++turn) {
      for (unsigned i = 0; i < length; ++i) {
        expect_next();
        const std::uint32_t idle = random_.below(8);
        for (std::uint32_t k = 0; k < idle; ++k) cycle();
      }
      back(at_ - length * kBytes);
    }
    if (length <= kSlots - kAhead) {
      EXPECT_LE(reads_, 5 + length + kAhead) << length;
    }
    ASSERT_FALSE(HasFailure()) << "length " << length;
  }
}

TEST_F(Fetch, RandomWalk) {
  for (int run = 0; run < 100; ++run) {
    pause_ = random_.below(4);
    latency_ = random_.below(60);
    reset();
    set_window(0, ~std::uint64_t{15});
    const std::uint64_t first = (random_.bits() & 0xFFFF'FFFF'FFFFu) & ~(kBytes - 1);
    start(first);
    std::uint64_t highest = first;
    for (int i = 0; i < 200; ++i) {
      expect_next();
      highest = std::max(highest, at_);
      if (random_.one_in(4)) {
        const std::uint64_t most = (at_ - first) / kBytes;
        const std::uint64_t far = random_.below(random_.one_in(3) ? 200 : 16);
        back(at_ - std::min(far, most) * kBytes);
      }
      ASSERT_FALSE(HasFailure()) << "run " << run;
    }
  }
}

TEST_F(Fetch, WindowAndErrorsInOrder) {
  for (unsigned good = 0; good < 10; ++good) {
    for (const bool bus : {false, true}) {
      reset();
      pause_ = random_.below(3);
      fails_at_ = bus ? 0x2000 + good * kBytes : ~std::uint64_t{0};
      fails_beat_ = random_.below(kBeats);
      set_window(0x2000, bus ? 0x1000 : good * kBytes + 16 * random_.below(4));
      start(0x2000);
      for (unsigned i = 0; i < good; ++i) expect_next();
      if (good > 2) {
        back(0x2000 + kBytes);
        for (unsigned i = 1; i < good; ++i) expect_next();
      }
      expect_next(bus ? isa::Error::kBus : isa::Error::kWindow);
      expect_next(bus ? isa::Error::kBus : isa::Error::kWindow);  // and it stays so
      ASSERT_FALSE(HasFailure()) << good << " " << bus;
    }
  }
  fails_at_ = ~std::uint64_t{0};
  reset();
  set_window(0x2040, 0x1000);  // begins after the program
  start(0x2000);
  expect_next(isa::Error::kWindow);
}

TEST_F(Fetch, StopsAskingAndBecomesIdle) {
  set_window(0, 1 << 20);
  start(0);
  for (int i = 0; i < 6; ++i) cycle();
  bench_->alone_stop_i = 1;
  cycle();
  for (int i = 0; i < 200; ++i) cycle();
  bench_.settle();
  EXPECT_EQ(bench_->alone_idle_o, 1);
  EXPECT_TRUE(queue_.empty());
  EXPECT_LT(reads_, kAhead);
}

}  // namespace
}  // namespace gradcore::harness
