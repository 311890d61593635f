// SPDX-License-Identifier: Apache-2.0
#include "tb/unit/dma/reference.h"

namespace gradcore::harness {
namespace {

constexpr std::size_t kMost = 500;  // lines that are looked at

template <typename Bench>
class LineWalk : public DmaTest<Bench> {
 protected:
  using Base = DmaTest<Bench>;
  using Base::bench_;
  using Base::kN;
  using Base::random_;

  // Runs transfers one after the other; ready in one of `pace` cycles. Returns cycles.
  unsigned check(const std::vector<Transfer>& transfers, std::uint32_t pace = 1) {
    std::vector<DmaLine> want;
    for (const Transfer& t : transfers) {
      for (const DmaLine& line : lines(t, kN, kMost)) want.push_back(line);
    }
    unsigned cycles = 0;
    std::size_t next = 0;
    bool waits = false;
    for (std::size_t k = 0; k < want.size() && cycles < 100'000; ++cycles) {
      bench_->valid_i = next < transfers.size();
      if (next < transfers.size()) transfers[next].pack(bench_->transfer_i);
      bench_->ready_i = random_.one_in(pace);
      bench_.settle();
      EXPECT_TRUE(!waits || bench_->line_valid_o);
      if (bench_->line_valid_o) {
        DmaLine got = DmaLine::unpack(bench_->line_o);
        if (!got.fresh) got.offset = want[k].offset;  // counts only there
        EXPECT_TRUE(got == want[k]) << "line " << k;
        if (bench_->ready_i) ++k;
      }
      waits = bench_->line_valid_o && !bench_->ready_i;
      next += bench_->valid_i && bench_->lines_ready_o;
      bench_.edge();
    }
    bench_->valid_i = 0;
    if (want.size() >= kMost) bench_.reset();
    bench_.settle();
    EXPECT_EQ(bench_->line_valid_o, 0);
    return cycles;
  }
};

TYPED_TEST_SUITE(LineWalk, Benches);

TYPED_TEST(LineWalk, Random) {
  for (int k = 0; k < 2'000; ++k) {
    std::vector<Transfer> transfers;
    if (this->random_.one_in(4)) {
      Transfer t = small_transfer(this->random_, this->kN);
      t.rows = 1 + (this->random_.bits32() >> this->random_.below(32));
      t.cols = 1 + (this->random_.bits32() >> this->random_.below(32)) / 2;
      t.address = this->random_.bits() & ~std::uint64_t{3};
      t.row_step = this->random_.below(1u << 20);
      if (this->random_.one_in(2)) t.pitch = static_cast<std::uint32_t>(t.row_bytes());
      transfers.push_back(t);
    } else {
      for (int i = 0; i < 5; ++i) transfers.push_back(small_transfer(this->random_, this->kN));
    }
    this->check(transfers, this->random_.one_in(2) ? 1 : 3);
    ASSERT_FALSE(this->HasFailure());
  }
}

// A line a cycle, also from one transfer to the next.
TYPED_TEST(LineWalk, Rate) {
  const Transfer t{.rows = 5, .cols = 3 * this->kN - 1, .row_step = 3, .pitch = 1000};
  EXPECT_EQ(this->check({t, t, t, t}), 4 * 5 * 3 + 2u);
}

}  // namespace
}  // namespace gradcore::harness
