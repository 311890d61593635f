// SPDX-License-Identifier: Apache-2.0
#include "tb/unit/dma/reference.h"

namespace gradcore::harness {
namespace {

template <typename Bench>
class BeatUnpack : public DmaTest<Bench> {
 protected:
  using Base = DmaTest<Bench>;
  using Base::bench_;
  using Base::kN;
  using Base::random_;

  struct Beat {
    std::uint64_t address = 0;
    bool error = false;
  };
  struct Chunk {
    DmaLine line;
    std::uint32_t index = 0, elements = 0;
    bool end = false;
    std::uint64_t address = 0;  // of its first byte
  };
  using Rows = std::vector<DmaRow>;

  // What a byte of DRAM holds.
  static std::uint16_t half_at(std::uint64_t address) {
    return static_cast<std::uint16_t>(address / 2 * 40503u + 17);
  }

  // Transfers one after the other. One of `pace` cycles offers, and takes.
  unsigned check(const std::vector<Transfer>& transfers, std::uint32_t pace, std::uint32_t faulty) {
    std::vector<Beat> beats;
    std::vector<DmaLine> want_lines;
    std::vector<Chunk> chunks;
    std::vector<bool> errors;
    for (const Transfer& t : transfers) {
      bool error = false;
      Rows rows;
      for (std::uint32_t r = 0; t.indexed && r < t.rows; ++r) {
        const std::uint64_t at = t.address + std::uint64_t{r} * t.pitch;
        rows.push_back({random_.one_in(3), false, static_cast<std::uint32_t>(at / 2 % 8)});
      }
      std::vector<Span> there = spans(t, 1000);
      for (std::size_t r = t.rows; t.indexed && r-- > 0;) {
        if (rows[r].none) there.erase(there.begin() + static_cast<std::ptrdiff_t>(r));
      }
      for (const Span& span : there) {
        for (std::uint64_t a = span.address / 16; a <= (span.address + span.bytes - 1) / 16; ++a) {
          beats.push_back({a * 16, faulty != 0 && random_.one_in(faulty)});
          error |= beats.back().error;
        }
      }
      errors.push_back(error);
      std::uint32_t row = 0;
      std::uint32_t col = 0;
      for (const DmaLine& line : lines(t, kN, 1000, rows)) {
        want_lines.push_back(line);
        while (t.indexed && rows[row].none && row + 1 < t.rows) ++row;  // has no lines
        const std::uint32_t most = chunk_elements(line, kN);
        for (std::uint32_t e = 0; e < line.count; e += most) {
          const std::uint64_t element = t.bf16 ? 2 : 4;
          chunks.push_back({line, e / most, std::min(most, line.count - e), e + most >= line.count,
                            t.address + std::uint64_t{row} * t.pitch + (col + e) * element});
        }
        col += line.count;
        if (col == t.cols) {
          col = 0;
          ++row;
        }
      }
    }
    unsigned cycles = 0;
    std::size_t beat = 0;
    std::size_t line = 0;
    std::size_t transfer = 0;
    bool beat_offered = false;
    bool line_offered = false;
    for (std::size_t k = 0; k < chunks.size() && cycles < 100'000; ++cycles) {
      beat_offered = beat < beats.size() && (beat_offered || random_.one_in(pace));
      line_offered = line < want_lines.size() && (line_offered || random_.one_in(pace));
      bench_->beat_valid_i = beat_offered;
      for (unsigned i = 0; i < 4; ++i) {
        const std::uint64_t at = beat_offered ? beats[beat].address + 4 * i : 0;
        bench_->beat_i[i] =
            beat_offered ? half_at(at) | std::uint32_t{half_at(at + 2)} << 16 : random_.bits32();
      }
      bench_->error_i = beat_offered ? beats[beat].error : random_.one_in(2);
      bench_->valid_i = line_offered;
      bench_->line_i = line_offered ? want_lines[line].pack() : random_.bits() >> 24;
      bench_->ready_i = random_.one_in(pace);
      bench_.settle();
      if (bench_->unpack_valid_o) {
        const Chunk& want = chunks[k];
        EXPECT_EQ(bench_->unpack_line_o, want.line.pack());
        EXPECT_EQ(bench_->unpack_index_o, want.index);
        EXPECT_EQ(bench_->unpack_end_o, want.end);
        for (std::uint32_t i = 0; i < want.elements * (want.line.bf16 ? 1 : 2); ++i) {
          EXPECT_EQ(half(bench_->unpack_o, i), want.line.none ? 0 : half_at(want.address + 2 * i))
              << "chunk " << k << " half " << i;
        }
        if (bench_->ready_i) {
          if (want.end && want.line.last) {
            EXPECT_EQ(bench_->unpack_error_o != 0, errors[transfer]);
            ++transfer;
          }
          ++k;
        }
      }
      if (beat_offered && bench_->beat_ready_o) {
        ++beat;
        beat_offered = false;
      }
      if (line_offered && bench_->unpack_line_ready_o) {
        ++line;
        line_offered = false;
      }
      bench_.edge();
    }
    bench_->valid_i = 0;
    bench_->beat_valid_i = 0;
    EXPECT_EQ(beat, beats.size());
    EXPECT_EQ(line, want_lines.size());
    bench_.settle();
    EXPECT_EQ(bench_->unpack_valid_o, 0);
    return cycles;
  }
};

TYPED_TEST_SUITE(BeatUnpack, Benches);

TYPED_TEST(BeatUnpack, Random) {
  for (int k = 0; k < 2'000; ++k) {
    std::vector<Transfer> transfers;
    for (int i = 0; i < 4; ++i) {
      transfers.push_back(small_transfer(this->random_, this->kN));
      transfers.back().indexed = !transfers.back().to_list && this->random_.one_in(3);
    }
    this->check(transfers, this->random_.one_in(2) ? 1 : 3, this->random_.one_in(2) ? 0 : 20);
    ASSERT_FALSE(this->HasFailure());
  }
}

// A beat a cycle; a chunk a cycle where rows adjoin at any alignment, one cycle more at its start.
TYPED_TEST(BeatUnpack, Rate) {
  const std::uint32_t cols = 4 * this->kN;
  const std::uint32_t chunks = 10 * cols / 4;
  Transfer t{.rows = 10, .cols = cols, .address = 0x100, .pitch = 4 * cols};
  EXPECT_EQ(this->check({t}, 1, 0), chunks + 1);
  t.address += 4;
  EXPECT_EQ(this->check({t}, 1, 0), chunks + 2);
  t.pitch += 16;
  EXPECT_EQ(this->check({t}, 1, 0), chunks + 1 + 10);
}

}  // namespace
}  // namespace gradcore::harness
