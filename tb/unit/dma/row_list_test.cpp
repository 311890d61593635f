// SPDX-License-Identifier: Apache-2.0
#include "tb/unit/dma/reference.h"

namespace gradcore::harness {
namespace {

constexpr std::uint32_t kEntries = 1024;

struct Given {
  Transfer span;
  bool part = false;
};

// What comes of transfers, one after the other.
struct Expected {
  std::vector<Given> spans;
  std::vector<DmaRow> rows;
  std::vector<bool> ends;  // bad
  ListFault fault;         // the first
};

class RowList : public DmaTest<Bench4> {
 protected:
  RowList() {
    for (std::uint32_t& e : list_) e = random_.one_in(4) ? model::kNoRow : random_.below(1000);
  }

  void expect(Expected& out, const Transfer& t, bool checks_first) {
    if (!t.indexed) {
      out.spans.push_back({t, false});
      return;
    }
    const auto bad = [&](std::uint32_t r) {
      const std::uint32_t entry = list_[t.list_at + r];
      return entry >= t.limit && entry != model::kNoRow;
    };
    std::uint32_t first_bad = 0;
    while (first_bad < t.rows && !bad(first_bad)) ++first_bad;
    const bool is_bad = first_bad < t.rows;
    if (is_bad && !out.fault.valid) out.fault = {true, first_bad, list_[t.list_at + first_bad]};
    for (std::uint32_t r = 0; r < first_bad && !(is_bad && checks_first); ++r) {
      const std::uint32_t entry = list_[t.list_at + r];
      Transfer row = t;
      row.rows = 1;
      row.address = t.address + std::uint64_t{entry} * t.pitch;
      const bool none = entry == model::kNoRow;
      if (!none) out.spans.push_back({row, true});
      out.rows.push_back({none, false, static_cast<std::uint32_t>(row.address / 2 % 8)});
    }
    if (is_bad) out.rows.push_back({true, true, 0});
    out.ends.push_back(is_bad);
  }

  // Everything offers and takes in one of `pace` cycles. Returns cycles.
  unsigned check(const std::vector<Transfer>& transfers, unsigned variant, std::uint32_t pace = 1) {
    bench_.reset();
    Expected want;
    for (const Transfer& t : transfers) expect(want, t, variant == 1);
    std::size_t in = 0, span = 0, row = 0, end = 0;
    bool offered = false;
    bool asked = false;
    std::uint32_t quad = 0;
    unsigned cycles = 0;
    const auto is_over = [&] {
      return in == transfers.size() && span == want.spans.size() && row == want.rows.size() &&
             end == want.ends.size();
    };
    for (; !is_over() && cycles < 20'000; ++cycles) {
      offered = in < transfers.size() && (offered || random_.one_in(pace));
      bench_->valid_i = offered;
      if (offered) transfers[in].pack(bench_->transfer_i);
      bench_->list_ready_i = random_.one_in(pace);
      bench_->ready_i = random_.one_in(pace);
      bench_->row_ready_i = random_.one_in(pace);
      bench_->end_ready_i = random_.one_in(pace);
      for (unsigned k = 0; k < 4; ++k) {
        bench_->list_data_i[k] = asked ? list_.at(4 * quad + k) : random_.bits32();
      }
      bench_.settle();
      asked = bench_->rl_list_valid_o[variant] && bench_->list_ready_i;
      quad = bench_->rl_quad_o[variant];
      if (bench_->rl_span_valid_o[variant] && bench_->ready_i) {
        EXPECT_LT(span, want.spans.size());
        if (span == want.spans.size()) return cycles;
        const Given& given = want.spans[span++];
        EXPECT_TRUE(Transfer::unpack(bench_->rl_span_o[variant]) == given.span) << "span " << span;
        EXPECT_EQ(bench_->rl_part_o[variant] != 0, given.part);
      }
      if (bench_->rl_row_valid_o[variant] && bench_->row_ready_i) {
        EXPECT_LT(row, want.rows.size());
        if (row == want.rows.size()) return cycles;
        DmaRow got = DmaRow::unpack(bench_->rl_row_o[variant]);
        if (got.none) got.offset = want.rows[row].offset;
        EXPECT_TRUE(got == want.rows[row++]) << "row " << row;
      }
      if (bench_->rl_end_valid_o[variant] && bench_->end_ready_i) {
        EXPECT_LT(end, want.ends.size());
        if (end == want.ends.size()) return cycles;
        EXPECT_EQ(bench_->rl_end_bad_o[variant] != 0, want.ends[end++]);
        // All its spans have been taken, none of the next.
        std::size_t spans = 0;
        std::size_t ends = 0;
        for (std::size_t i = 0; i < transfers.size() && ends < end; ++i) {
          Expected one;
          expect(one, transfers[i], variant == 1);
          spans += one.spans.size();
          ends += one.ends.size();
        }
        EXPECT_EQ(span, spans);
      }
      if (offered && bench_->rl_ready_o[variant]) {
        ++in;
        offered = false;
      }
      bench_.edge();
    }
    EXPECT_TRUE(is_over());
    bench_->valid_i = 0;
    bench_.settle();
    const ListFault fault = ListFault::unpack(bench_->rl_fault_o[variant]);
    EXPECT_EQ(fault.valid, want.fault.valid);
    if (fault.valid) {
      EXPECT_TRUE(fault == want.fault);
    }
    return cycles;
  }

  Transfer draw() {
    Transfer t = small_transfer(random_, kN);
    t.indexed = random_.one_in(2);
    t.to_list = false;
    t.rows = 1 + random_.below(random_.one_in(3) ? 60 : 9);
    t.list_at = 4 * random_.below((kEntries - t.rows) / 4 + 1);
    t.limit = random_.one_in(4) ? 1 + random_.below(1100) : 1000;
    t.address = random_.bits() & ~std::uint64_t{1};
    t.pitch = random_.bits32() >> random_.below(32) & ~1u;
    return t;
  }

  std::vector<std::uint32_t> list_ = std::vector<std::uint32_t>(kEntries);
};

TEST_F(RowList, Random) {
  for (unsigned k = 0; k < 3'000; ++k) {
    std::vector<Transfer> transfers;
    for (int i = 0; i < 5; ++i) transfers.push_back(draw());
    check(transfers, k % 2, 1 + random_.below(3));
    ASSERT_FALSE(HasFailure()) << "round " << k;
  }
}

// Numbers and pitches of 32 bits, to the top of all addresses.
TEST_F(RowList, HugeAddresses) {
  for (unsigned k = 0; k < 400; ++k) {
    for (std::uint32_t i = 0; i < 16; ++i) list_[i] = random_.bits32() >> random_.below(32);
    Transfer t = draw();
    t.indexed = true;
    t.list_at = 0;
    t.rows = 16;
    t.limit = 0xFFFF'FFFF;
    t.pitch = random_.bits32();
    check({t}, k % 2);
    ASSERT_FALSE(HasFailure());
  }
}

// A row a cycle; a quarter of a cycle for each where all are looked at before.
TEST_F(RowList, Rate) {
  for (std::uint32_t& e : list_) e = random_.below(1000);
  const Transfer t{.rows = 400, .cols = 4, .pitch = 64, .indexed = true, .limit = 1000};
  EXPECT_LE(check({t}, 0), 400u + 12);
  EXPECT_LE(check({t}, 1), 400u + 100 + 14);
  // Transfers that are not indexed pass at once.
  const Transfer plain{.rows = 5, .cols = 4, .pitch = 64};
  EXPECT_EQ(check({plain, plain, plain}, 0), 3u);
}

}  // namespace
}  // namespace gradcore::harness
