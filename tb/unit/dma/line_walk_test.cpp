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

  // Runs transfers one after the other, as for loads or as for stores; ready in one of `pace`
  // cycles, and rows known then. Returns cycles.
  unsigned check(const std::vector<Transfer>& transfers, std::uint32_t pace = 1,
                 unsigned variant = 0, const std::vector<std::vector<DmaRow>>& rows = {}) {
    std::vector<DmaLine> want;
    std::vector<DmaRow> all_rows;
    for (std::size_t i = 0; i < transfers.size(); ++i) {
      const std::vector<DmaRow> known = i < rows.size() ? rows[i] : std::vector<DmaRow>{};
      for (const DmaLine& line : lines(transfers[i], kN, kMost, known, variant == 1)) {
        want.push_back(line);
      }
      if (!transfers[i].indexed) continue;
      for (const DmaRow& row : known) {
        all_rows.push_back(row);
        if (row.bad) break;
      }
    }
    unsigned cycles = 0;
    std::size_t next = 0;
    std::size_t row = 0;
    bool waits = false;
    bool row_offered = false;
    std::size_t k = 0;
    const auto is_over = [&] {
      return k == want.size() && (row == all_rows.size() || want.size() >= kMost);
    };
    for (; !is_over() && cycles < 100'000; ++cycles) {
      bench_->valid_i = next < transfers.size();
      if (next < transfers.size()) transfers[next].pack(bench_->transfer_i);
      row_offered = row < all_rows.size() && (row_offered || random_.one_in(pace));
      bench_->row_valid_i = row_offered;
      bench_->row_i = static_cast<CData>(row_offered ? all_rows[row].pack() : random_.below(32));
      bench_->ready_i = random_.one_in(pace);
      bench_.settle();
      const bool valid = bench_->walk_valid_o[variant] != 0;
      EXPECT_TRUE(!waits || valid);
      if (valid && k < want.size()) {
        DmaLine got = DmaLine::unpack(bench_->walk_line_o[variant]);
        if (!got.fresh) got.offset = want[k].offset;  // counts only there
        if (got.to_list) got.place.index = want[k].place.index;
        EXPECT_TRUE(got == want[k]) << "line " << k;
        if (bench_->ready_i) ++k;
      } else {
        EXPECT_FALSE(valid);
      }
      waits = valid && !bench_->ready_i;
      next += bench_->valid_i && bench_->walk_ready_o[variant];
      if (row_offered && bench_->walk_row_ready_o[variant]) {
        ++row;
        row_offered = false;
      }
      bench_.edge();
    }
    bench_->valid_i = 0;
    bench_->row_valid_i = 0;
    if (want.size() >= kMost) bench_.reset();
    bench_.settle();
    EXPECT_EQ(bench_->walk_valid_o[variant], 0);
    EXPECT_EQ(k, want.size());
    // The other one has had other rows.
    bench_.reset();
    return cycles;
  }

  // What the list of an indexed transfer might say.
  std::vector<DmaRow> draw_rows(std::uint32_t count) {
    std::vector<DmaRow> out;
    for (std::uint32_t i = 0; i < count; ++i) {
      out.push_back({random_.one_in(3), false, random_.below(8)});
    }
    if (random_.one_in(4)) {
      DmaRow& row = out[random_.below(count)];
      row.none = row.bad = true;
    }
    return out;
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

// Rows that are in DRAM, that are not, and a bad one that ends the transfer; between others.
TYPED_TEST(LineWalk, IndexedRows) {
  for (unsigned k = 0; k < 2'000; ++k) {
    std::vector<Transfer> transfers;
    std::vector<std::vector<DmaRow>> rows;
    for (int i = 0; i < 5; ++i) {
      transfers.push_back(small_transfer(this->random_, this->kN));
      Transfer& t = transfers.back();
      t.indexed = !t.to_list && this->random_.one_in(2);
      rows.push_back(this->draw_rows(t.rows));
    }
    this->check(transfers, this->random_.one_in(2) ? 1 : 3, k % 2, rows);
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
