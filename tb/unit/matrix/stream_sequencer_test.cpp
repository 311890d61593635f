// SPDX-License-Identifier: Apache-2.0
#include <optional>

#include "tb/unit/matrix/tile_walk.h"

namespace gradcore::harness {
namespace {

constexpr std::uint64_t kHazard = 9;  // from reading a line to having written it

class StreamSequencer : public BenchTest {
 protected:
  struct Sides {
    bool offer = true, tile = true, grant = true;
  };

  // One cycle: offers the next command, a tile, and a grant, as `sides` says. A tile that has been
  // offered stays until it is taken. Every output is compared with what the header promises.
  void cycle(const Sides& sides) {
    const bool offered = sides.offer && !commands_.empty();
    bench_->valid_i = offered;
    if (offered) commands_.front().pack(bench_->gemm_i);
    tile_ready_ |= sides.tile;
    bench_->stream_tile_ready_i = tile_ready_;
    bench_->ready_i = sides.grant;
    bench_.settle();

    // The counters stand at the first of vectors_; the one before it waits at the head.
    const StreamedVector next = head_.value_or(StreamedVector{});
    const bool requests = head_ && (!next.first || tile_ready_) && !is_hazard(next);
    const bool granted = requests && sides.grant;
    const bool advances = !vectors_.empty() && (!head_ || granted);
    const bool ready = vectors_.empty() || (advances && vectors_.size() == 1);
    ASSERT_EQ(bench_->stream_busy_o != 0, head_ || !vectors_.empty());
    ASSERT_EQ(bench_->stream_valid_o != 0, requests) << next << " in cycle " << cycles_;
    ASSERT_EQ(bench_->stream_tile_taken_o != 0, granted && next.first);
    ASSERT_EQ(bench_->stream_ready_o != 0, ready);
    if (requests) {
      const std::uint64_t result = bench_->stream_result_o;
      const StreamedVector got{Line::unpack(bench_->stream_line_o),
                               bench_->stream_first_o != 0,
                               bench_->stream_count_o,
                               Line::unpack(result >> 8),
                               static_cast<std::uint32_t>(field(result, 2, 6)),
                               field(result, 1, 1) != 0,
                               field(result, 0, 1) != 0};
      ASSERT_EQ(got, next);
    }

    if (granted) {
      if (next.first) tile_ready_ = false;
      writes_.push_front({cycles_, next.result});
      if (writes_.size() > kHazard) writes_.pop_back();
      head_.reset();
    }
    if (advances) {
      head_ = vectors_.front();
      vectors_.pop_front();
    }
    if (offered && ready) {
      vectors_ = streamed_vectors(commands_.front());
      commands_.pop_front();
    }
    bench_.edge();
    ++cycles_;
  }

  // With everybody ready all the time: cycles until all vectors are granted.
  std::uint64_t run() {
    const std::uint64_t start = cycles_;
    while ((!commands_.empty() || !vectors_.empty() || head_) && !HasFatalFailure()) cycle({});
    return cycles_ - start;
  }

  void forget() {
    vectors_.clear();
    head_.reset();
    writes_.clear();
  }

  std::deque<GemmTiles> commands_;
  std::deque<StreamedVector> vectors_;  // of the command under way, without the head
  std::optional<StreamedVector> head_;

 private:
  struct Write {
    std::uint64_t granted = 0;
    Line line;
  };

  // Whether a line that shares an element with the vector's is read in this or a later cycle than
  // the one in which it would be written: requests and reads are equally far apart.
  bool is_hazard(const StreamedVector& vector) const {
    return vector.add && std::any_of(writes_.begin(), writes_.end(), [&](const Write& write) {
             const Line& line = write.line;
             return cycles_ - write.granted <= kHazard && line.tile == vector.result.tile &&
                    (line.by_col != vector.result.by_col || line.index == vector.result.index);
           });
  }

  std::deque<Write> writes_;  // the last ones
  bool tile_ready_ = false;
  std::uint64_t cycles_ = 0;
};

// Nothing to wait for: a vector in every cycle, tiles and commands back to back, after two cycles.
TEST_F(StreamSequencer, OneVectorEveryCycle) {
  for (std::uint32_t i = 0; i < 4; ++i) {
    commands_.push_back({.m = 10,
                         .k = 12,
                         .n = 8,
                         .batch = 2,
                         .x_m = 3,
                         .x_k = 1,
                         .x_b = 9,
                         .y = 100 * i,
                         .y_m = 2,
                         .y_n = 1,
                         .y_b = 6});
  }
  EXPECT_EQ(run(), 4 * 10 * 3 * 2 * 2 + 2);
}

// M rows that are added to again and again: tiles follow every max(M, Hazard + 1) cycles.
TEST_F(StreamSequencer, AccumulationWaitsForTheWriteAndNoLonger) {
  for (std::uint32_t m = 1; m <= 12; ++m) {
    commands_.push_back({.m = m, .k = 40, .n = 4, .batch = 1, .x_m = 10, .x_k = 1, .y_m = 1});
    EXPECT_EQ(run(), 2 + 9 * std::max<std::uint64_t>(m, kHazard + 1) + m) << m << " rows";
    for (int i = 0; i < 10; ++i) cycle({});
  }
}

// The first tile of a command that does not accumulate is not held up by what is under way.
TEST_F(StreamSequencer, OverwritingDoesNotWait) {
  for (int i = 0; i < 6; ++i) commands_.push_back({.m = 1, .k = 4, .n = 4, .batch = 1});
  EXPECT_EQ(run(), 8u);
}

// Commands that follow each other on one Y, of the same and of the other orientation: of a
// transposed tile every line meets every other.
TEST_F(StreamSequencer, HazardsAcrossCommandsAndOrientations) {
  for (const bool first : {false, true}) {
    for (const bool second : {false, true}) {
      GemmTiles g{.m = 2, .k = 4, .n = 4, .batch = 1};
      g.trans_y = first;
      commands_.push_back(g);
      g.trans_y = second;
      g.accumulate = true;
      commands_.push_back(g);
      const std::uint64_t wait = first == second ? kHazard + 1 - 2 : kHazard;
      EXPECT_EQ(run(), 2 + 2 + wait + 2) << first << second;
      for (int i = 0; i < 10; ++i) cycle({});
    }
  }
}

TEST_F(StreamSequencer, RandomCommands) {
  for (int i = 0; i < 3000; ++i) {
    const std::uint32_t limit = random_.one_in(2) ? 5 : 14;
    commands_.push_back(random_gemm(random_, limit));
    const bool stalls = !random_.one_in(3);
    const std::uint32_t offer = 1 + random_.below(8);
    const std::uint32_t tile = 1 + random_.below(8);
    const std::uint32_t grant = 1 + random_.below(8);
    while (!commands_.empty()) {
      Sides sides;
      if (stalls) {
        sides.offer = random_.below(8) < offer;
        sides.tile = random_.below(8) < tile;
        sides.grant = random_.below(8) < grant;
      }
      ASSERT_NO_FATAL_FAILURE(cycle(sides));
    }
  }
  run();
}

TEST_F(StreamSequencer, ResetForgetsEverything) {
  for (unsigned after = 2; after < 12; ++after) {
    commands_ = {{.m = 4, .k = 8, .n = 4, .batch = 1}};
    for (unsigned i = 0; i < after; ++i) ASSERT_NO_FATAL_FAILURE(cycle({.tile = i < 6}));
    bench_->valid_i = 0;
    bench_.reset();
    commands_ = {{.m = 3, .k = 4, .n = 4, .batch = 1, .accumulate = true}};
    forget();
    EXPECT_EQ(run(), 5u);
    bench_->valid_i = 0;
    bench_.reset();
    forget();
  }
}

}  // namespace
}  // namespace gradcore::harness
