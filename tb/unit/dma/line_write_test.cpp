// SPDX-License-Identifier: Apache-2.0
#include "tb/unit/dma/reference.h"

namespace gradcore::harness {
namespace {

template <typename Bench>
class LineWrite : public DmaTest<Bench> {
 protected:
  using Base = DmaTest<Bench>;
  using Base::bench_;
  using Base::kN;
  using Base::random_;

  struct Line {
    DmaLine line;
    bool error = false;
    std::vector<std::uint32_t> elements;  // as in DRAM
  };

  static std::uint32_t expected(const DmaLine& line, std::uint32_t bits) {
    const auto half = static_cast<std::uint16_t>(bits);
    if (line.place.accumulator) return line.bf16 ? model::bf16_to_fp32(half) : bits;
    return std::uint32_t{line.bf16 ? half : model::fp32_to_bf16_rne(bits)} << 16;
  }

  Line draw() {
    Line out;
    out.line = DmaLine::unpack(random_.bits());
    out.line.place.index %= kN;
    out.line.count = random_.one_in(3) ? kN : 1 + random_.below(kN);
    out.line.to_list = random_.one_in(4);
    if (out.line.to_list) out.line.bf16 = false;
    out.error = random_.one_in(2);
    for (std::uint32_t i = 0; i < out.line.count; ++i) {
      out.elements.push_back(out.line.bf16 ? random_.bf16() : random_.fp32());
    }
    return out;
  }

  unsigned check(const std::vector<Line>& want, std::uint32_t pace) {
    unsigned cycles = 0;
    std::size_t in = 0;
    std::uint32_t element = 0;
    std::uint32_t listed = 0;
    bool offered = false;
    for (std::size_t k = 0; k < want.size() && cycles < 100'000; ++cycles) {
      offered = in < want.size() && (offered || random_.one_in(pace));
      std::uint32_t most = 1;
      if (offered) {
        const Line& line = want[in];
        most = chunk_elements(line.line, kN);
        for (unsigned i = 0; i < 8; ++i) {
          const std::uint32_t e = element + (line.line.bf16 ? i : i / 2);
          const bool counts = e < line.line.count && e < element + most;
          const std::uint32_t bits = counts ? line.elements[e] : random_.bits32();
          set_half(bench_->chunk_i, i, bits >> (!line.line.bf16 && i % 2 == 1 ? 16 : 0));
        }
        bench_->line_i = line.line.pack();
        bench_->index_i = static_cast<CData>(element / most);
        bench_->end_i = element + most >= line.line.count;
        bench_->error_i = line.error;
      }
      bench_->valid_i = offered;
      bench_->ready_i = random_.one_in(pace);
      bench_.settle();
      if (bench_->lw_list_valid_o) {
        const Line& line = want[k];
        EXPECT_TRUE(line.line.to_list);
        EXPECT_EQ(bench_->lw_entry_o, (line.line.place.tile + listed) & 0xFFFu);
        for (std::uint32_t i = 0; i < 4; ++i) {
          const bool counts = listed + i < line.line.count;
          EXPECT_EQ(((bench_->lw_list_mask_o >> i) & 1u) != 0, counts);
          if (counts) {
            EXPECT_EQ(bench_->lw_list_o[i], line.elements[listed + i]);
          }
        }
        listed += 4;
        const bool ends = listed >= line.line.count;
        EXPECT_EQ(bench_->lw_last_o != 0, ends && line.line.last);
        EXPECT_EQ(bench_->lw_error_o != 0, line.error);
        if (ends) {
          listed = 0;
          ++k;
        }
      }
      if (bench_->lw_valid_o) {
        const Line& line = want[k];
        EXPECT_FALSE(line.line.to_list);
        EXPECT_EQ(bench_->lw_bad_o != 0, line.line.bad);
        EXPECT_EQ(bench_->lw_place_o, line.line.place.pack());
        EXPECT_EQ(bench_->lw_mask_o,
                  line.line.none ? 0 : (std::uint64_t{1} << line.line.count) - 1);
        EXPECT_EQ(bench_->lw_last_o != 0, line.line.last);
        EXPECT_EQ(bench_->lw_error_o != 0, line.error);
        for (std::uint32_t i = 0; i < line.line.count; ++i) {
          EXPECT_EQ(bench_->lw_o[i], expected(line.line, line.elements[i]))
              << "line " << k << " element " << i;
        }
        if (bench_->ready_i) ++k;
      }
      if (offered && bench_->lw_ready_o) {
        element += most;
        if (element >= want[in].line.count) {
          element = 0;
          ++in;
        }
        offered = false;
      }
      bench_.edge();
    }
    bench_->valid_i = 0;
    bench_.settle();
    EXPECT_EQ(bench_->lw_valid_o, 0);
    return cycles;
  }
};

TYPED_TEST_SUITE(LineWrite, Benches);

TYPED_TEST(LineWrite, Random) {
  for (int k = 0; k < 1'000; ++k) {
    std::vector<typename LineWrite<TypeParam>::Line> want;
    for (int i = 0; i < 20; ++i) want.push_back(this->draw());
    this->check(want, this->random_.one_in(2) ? 1 : 3);
    ASSERT_FALSE(this->HasFailure());
  }
}

// A chunk a cycle.
TYPED_TEST(LineWrite, Rate) {
  std::vector<typename LineWrite<TypeParam>::Line> want;
  unsigned chunks = 0;
  for (int i = 0; i < 20; ++i) {
    want.push_back(this->draw());
    const std::uint32_t most = chunk_elements(want.back().line, this->kN);
    chunks += (want.back().line.count + most - 1) / most;
  }
  EXPECT_EQ(this->check(want, 1), chunks + 1);
}

}  // namespace
}  // namespace gradcore::harness
