// SPDX-License-Identifier: Apache-2.0
#include "tb/unit/dma/reference.h"

namespace gradcore::harness {
namespace {

constexpr std::size_t kMost = 300;  // bursts that are looked at

class BurstWalk : public DmaTest<Bench4> {
 protected:
  // Runs one transfer, or its first bursts; ready in one of `pace` cycles. Returns cycles.
  unsigned check(const Transfer& t, std::uint32_t pace = 1) {
    std::vector<Burst> want = bursts(t, kMost + 1);
    const bool is_cut = want.size() > kMost;
    if (is_cut) want.pop_back();
    t.pack(bench_->transfer_i);
    bench_->valid_i = 1;
    bench_->ready_i = 0;
    bench_.settle();
    EXPECT_EQ(bench_->bursts_ready_o, 1);
    bench_.edge();
    bench_->valid_i = 0;
    for (unsigned i = 0; i < Transfer::kWords; ++i) bench_->transfer_i[i] = random_.bits32();
    unsigned cycles = 0;
    bool waits = false;
    for (std::size_t k = 0; k < want.size() && cycles < 100'000; ++cycles) {
      bench_->ready_i = random_.one_in(pace);
      bench_.settle();
      EXPECT_TRUE(!waits || bench_->burst_valid_o);
      if (bench_->burst_valid_o) {
        const Burst got{bench_->burst_address_o, bench_->burst_length_o, bench_->burst_last_o != 0};
        EXPECT_TRUE(got == want[k])
            << std::hex << "burst " << k << ": " << got.address << " length " << got.length
            << " last " << got.last << ", expected " << want[k].address << " length "
            << want[k].length << " last " << want[k].last;
        if (bench_->ready_i) ++k;
      }
      waits = bench_->burst_valid_o && !bench_->ready_i;
      bench_.edge();
    }
    if (is_cut) {
      bench_.reset();
    } else {
      bench_.settle();
      EXPECT_EQ(bench_->bursts_ready_o, 1);
      EXPECT_EQ(bench_->burst_valid_o, 0);
    }
    return cycles;
  }
};

TEST_F(BurstWalk, EveryStartAndSize) {
  for (std::uint32_t address = 0; address < 256; address += 14) {
    for (std::uint32_t cols = 1; cols < 300; cols += 5) {
      check({.rows = 1, .cols = cols, .bf16 = true, .address = 0xFF00 + address, .pitch = 2});
      ASSERT_FALSE(HasFailure());
    }
  }
}

TEST_F(BurstWalk, Random) {
  for (int k = 0; k < 20'000; ++k) {
    Transfer t;
    t.rows = 1 + random_.below(1u << random_.below(random_.one_in(10) ? 32 : 8));
    t.cols = 1 + random_.below(1u << random_.below(random_.one_in(10) ? 32 : 8));
    t.bf16 = random_.one_in(2);
    const unsigned shift = t.bf16 ? 1 : 2;
    t.address = random_.bits() >> random_.below(40) << shift;
    t.pitch = static_cast<std::uint32_t>(t.row_bytes());
    if (random_.one_in(2)) t.pitch = random_.bits32() >> random_.below(30) << shift;
    check(t, random_.one_in(2) ? 1 : 3);
    ASSERT_FALSE(HasFailure()) << std::hex << t.rows << " x " << t.cols << " at " << t.address
                               << " pitch " << t.pitch;
  }
}

// Rows of their own: a burst a cycle. Rows that adjoin: 16 bytes a cycle and more.
TEST_F(BurstWalk, Rate) {
  EXPECT_EQ(check({.rows = 200, .cols = 4, .address = 0, .pitch = 64}), 200u);
  for (const std::uint32_t cols : {1u, 2u, 4u, 7u, 16u, 64u, 1000u}) {
    const std::uint32_t rows = 64'000 / (4 * cols);
    EXPECT_LE(check({.rows = rows, .cols = cols, .address = 0, .pitch = 4 * cols}),
              rows * 4 * cols / 16 + 16)
        << cols;
  }
}

}  // namespace
}  // namespace gradcore::harness
