// SPDX-License-Identifier: Apache-2.0
#include <deque>

#include "tb/unit/dma/reference.h"

namespace gradcore::harness {
namespace {

template <typename Bench>
class LineRead : public DmaTest<Bench> {
 protected:
  using Base = DmaTest<Bench>;
  using Base::bench_;
  using Base::kN;
  using Base::random_;

  struct Line {
    DmaLine line;
    std::vector<std::uint32_t> elements;  // as local memory gives them
  };

  static std::uint32_t expected(const DmaLine& line, std::uint32_t bits) {
    if (line.place.accumulator) return line.bf16 ? model::fp32_to_bf16_rne(bits) : bits;
    const auto half = static_cast<std::uint16_t>(bits >> 16);
    return line.bf16 ? half : model::bf16_to_fp32(half);
  }

  Line draw() {
    Line out;
    out.line = DmaLine::unpack(random_.bits());
    out.line.place.index %= kN;
    out.line.count = random_.one_in(3) ? kN : 1 + random_.below(kN);
    for (std::uint32_t i = 0; i < kN; ++i) {
      const std::uint32_t bits = random_.fp32();
      out.elements.push_back(out.line.place.accumulator ? bits : bits & 0xFFFF'0000u);
    }
    return out;
  }

  unsigned check(const std::vector<Line>& want, std::uint32_t pace) {
    unsigned cycles = 0;
    std::size_t asked = 0;
    std::size_t k = 0;
    std::uint32_t element = 0;
    std::deque<int> flying{-1, -1};  // lines asked for 2 cycles and 1 cycle ago
    for (; k < want.size() && cycles < 100'000; ++cycles) {
      bench_->valid_i = asked < want.size();
      if (asked < want.size()) bench_->line_i = want[asked].line.pack();
      bench_->read_ready_i = random_.one_in(pace);
      bench_->ready_i = random_.one_in(pace);
      for (std::uint32_t i = 0; i < kN; ++i) {
        bench_->read_data_i[i] =
            flying[0] >= 0 ? want[static_cast<std::size_t>(flying[0])].elements[i] : ~0u;
      }
      bench_.settle();
      flying.pop_front();
      flying.push_back(-1);
      const bool taken = bench_->valid_i && bench_->lr_line_ready_o;
      EXPECT_EQ(taken, bench_->lr_read_valid_o && bench_->read_ready_i);
      if (taken) flying.back() = static_cast<int>(asked++);
      if (bench_->lr_valid_o) {
        const Line& line = want[k];
        const std::uint32_t most = chunk_elements(line.line, kN);
        const std::uint32_t count = std::min(most, line.line.count - element);
        EXPECT_EQ(bench_->lr_line_o, line.line.pack());
        EXPECT_EQ(bench_->lr_begin_o, element == 0);
        EXPECT_EQ(bench_->lr_end_o, element + most >= line.line.count);
        EXPECT_EQ(bench_->lr_halves_o, count * (line.line.bf16 ? 1 : 2));
        for (std::uint32_t i = 0; i < count; ++i) {
          const std::uint32_t bits = expected(line.line, line.elements[element + i]);
          const std::uint32_t got = line.line.bf16 ? half(bench_->lr_o, i) : bench_->lr_o[i];
          EXPECT_EQ(got, bits) << "line " << k << " element " << element + i;
        }
        if (bench_->ready_i) {
          element += most;
          if (element >= line.line.count) {
            element = 0;
            ++k;
          }
        }
      }
      bench_.edge();
    }
    bench_->valid_i = 0;
    bench_.settle();
    EXPECT_EQ(bench_->lr_valid_o, 0);
    EXPECT_EQ(k, want.size());
    return cycles;
  }
};

TYPED_TEST_SUITE(LineRead, Benches);

TYPED_TEST(LineRead, Random) {
  for (int k = 0; k < 1'000; ++k) {
    std::vector<typename LineRead<TypeParam>::Line> want;
    for (int i = 0; i < 20; ++i) want.push_back(this->draw());
    this->check(want, this->random_.one_in(2) ? 1 : 3);
    ASSERT_FALSE(this->HasFailure());
  }
}

// A chunk a cycle, from the fourth cycle on.
TYPED_TEST(LineRead, Rate) {
  std::vector<typename LineRead<TypeParam>::Line> want;
  unsigned chunks = 0;
  for (int i = 0; i < 50; ++i) {
    want.push_back(this->draw());
    const std::uint32_t most = chunk_elements(want.back().line, this->kN);
    chunks += (want.back().line.count + most - 1) / most;
  }
  EXPECT_EQ(this->check(want, 1), chunks + 4);
}

}  // namespace
}  // namespace gradcore::harness
