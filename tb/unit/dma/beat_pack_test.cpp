// SPDX-License-Identifier: Apache-2.0
#include <map>

#include "tb/unit/dma/reference.h"

namespace gradcore::harness {
namespace {

class BeatPack : public DmaTest<Bench16> {
 protected:
  struct Chunk {
    std::vector<std::uint16_t> halves;
    bool fresh = false, end = false;
    std::uint32_t offset = 0;
  };
  struct Beat {
    std::array<std::uint16_t, 8> halves{};
    std::uint32_t strobe = 0;
  };

  void add_span(std::uint32_t offset, const std::vector<std::uint32_t>& sizes) {
    std::uint32_t at = offset;
    beats_.emplace_back();
    for (std::size_t k = 0; k < sizes.size(); ++k) {
      Chunk chunk{{}, k == 0, k + 1 == sizes.size(), offset};
      for (std::uint32_t i = 0; i < sizes[k]; ++i) {
        chunk.halves.push_back(static_cast<std::uint16_t>(random_.bits32()));
        if (at == 8) {
          beats_.emplace_back();
          at = 0;
        }
        beats_.back().halves[at] = chunk.halves.back();
        beats_.back().strobe |= 3u << (2 * at);
        ++at;
      }
      chunks_.push_back(chunk);
    }
  }

  unsigned run(std::uint32_t pace) {
    unsigned cycles = 0;
    std::size_t in = 0;
    bool offered = false;
    for (std::size_t k = 0; k < beats_.size() && cycles < 100'000; ++cycles) {
      offered = in < chunks_.size() && (offered || random_.one_in(pace));
      for (unsigned i = 0; i < 8; ++i) {
        const bool counts = offered && i < chunks_[in].halves.size();
        set_half(bench_->chunk_i, i, counts ? chunks_[in].halves[i] : random_.bits32());
      }
      if (offered) {
        bench_->halves_i = static_cast<CData>(chunks_[in].halves.size());
        bench_->line_i =
            DmaLine{.place = {}, .fresh = chunks_[in].fresh, .offset = chunks_[in].offset}.pack();
        bench_->end_i = chunks_[in].end;
      }
      bench_->valid_i = offered;
      bench_->ready_i = random_.one_in(pace);
      bench_.settle();
      if (bench_->pack_valid_o) {
        EXPECT_EQ(bench_->pack_strobe_o, beats_[k].strobe) << "beat " << k;
        for (unsigned i = 0; i < 8; ++i) {
          if (((beats_[k].strobe >> (2 * i)) & 1u) == 0) continue;
          EXPECT_EQ(half(bench_->pack_o, i), beats_[k].halves[i]) << "beat " << k << " half " << i;
        }
        if (bench_->ready_i) ++k;
      }
      if (offered && bench_->pack_ready_o) {
        ++in;
        offered = false;
      }
      bench_.edge();
    }
    bench_->valid_i = 0;
    bench_.settle();
    EXPECT_EQ(bench_->pack_valid_o, 0);
    EXPECT_EQ(in, chunks_.size());
    chunks_.clear();
    beats_.clear();
    return cycles;
  }

  std::vector<Chunk> chunks_;
  std::vector<Beat> beats_;
};

TEST_F(BeatPack, Random) {
  for (int round = 0; round < 3'000; ++round) {
    for (int span = 0; span < 5; ++span) {
      std::vector<std::uint32_t> sizes;
      const std::uint32_t count = 1 + random_.below(6);
      const bool full = random_.one_in(2);
      for (std::uint32_t i = 0; i < count; ++i) sizes.push_back(full ? 8 : 1 + random_.below(8));
      add_span(random_.below(8), sizes);
    }
    run(random_.one_in(2) ? 1 : 3);
    ASSERT_FALSE(HasFailure());
  }
}

// A chunk a cycle, one cycle more for an end that reaches into another beat.
TEST_F(BeatPack, Rate) {
  const std::vector<std::uint32_t> sizes(20, 8);
  add_span(0, sizes);
  add_span(0, sizes);
  EXPECT_EQ(run(1), 40u);
  add_span(3, sizes);
  add_span(5, sizes);
  EXPECT_EQ(run(1), 42u);
}

}  // namespace
}  // namespace gradcore::harness
