// SPDX-License-Identifier: Apache-2.0
#include "tb/unit/matrix/tile_walk.h"

namespace gradcore::harness {
namespace {

class LoadSequencer : public BenchTest {
 protected:
  // One cycle: offers the next command, if there is one and `offer` says so, and takes a tile that
  // has begun if `take` says so. Every output is compared with what the header promises.
  void cycle(bool offer, bool take) {
    const bool offered = offer && !commands_.empty();
    bench_->valid_i = offered;
    if (offered) commands_.front().pack(bench_->gemm_i);
    const bool taken = take && begun_;
    bench_->load_tile_taken_i = taken;
    bench_.settle();

    const bool active = !vectors_.empty();
    const bool reads = active && (vectors_.front().col != 0 || !begun_);
    const bool ready = !active || (reads && vectors_.size() == 1);
    ASSERT_EQ(bench_->load_tile_ready_o != 0, begun_);
    ASSERT_EQ(bench_->load_valid_o != 0, reads);
    ASSERT_EQ(bench_->load_ready_o != 0, ready);
    if (reads) {
      const LoadedVector got{Line::unpack(bench_->load_line_o), bench_->load_col_o,
                             bench_->load_count_o};
      ASSERT_EQ(got, vectors_.front());
    }

    if (taken) begun_ = false;
    if (reads) {
      begun_ |= vectors_.front().col == 0;
      vectors_.pop_front();
    }
    if (offered && ready) {
      vectors_ = loaded_vectors(commands_.front());
      commands_.pop_front();
    }
    bench_.edge();
    ++cycles_;
  }

  // With the tile taken as soon as it may be: cycles until all commands are done.
  std::uint64_t run() {
    const std::uint64_t start = cycles_;
    while ((!commands_.empty() || !vectors_.empty() || begun_) && !HasFatalFailure()) {
      cycle(true, true);
    }
    return cycles_ - start;
  }

  std::deque<GemmTiles> commands_;
  std::deque<LoadedVector> vectors_;  // of the command under way
  bool begun_ = false;                // a tile that nobody has taken
  std::uint64_t cycles_ = 0;
};

// A column in every cycle, tiles and commands back to back: one cycle until the first read, one
// after the last for the tile to be taken.
TEST_F(LoadSequencer, OneColumnEveryCycle) {
  for (int i = 0; i < 5; ++i) {
    commands_.push_back({.m = 1, .k = 12, .n = 8, .batch = 2, .w_k = 1, .w_n = 3, .w_b = 6});
  }
  EXPECT_EQ(run(), 5 * 12 * 4 + 1);
}

TEST_F(LoadSequencer, WaitsUntilTheTileIsTaken) {
  commands_.push_back({.m = 1, .k = 8, .n = 4, .batch = 1, .w_k = 1});
  for (int i = 0; i < 20; ++i) ASSERT_NO_FATAL_FAILURE(cycle(true, false));
  EXPECT_EQ(vectors_.size(), 4u);
  ASSERT_NO_FATAL_FAILURE(cycle(true, true));
  for (int i = 0; i < 20; ++i) ASSERT_NO_FATAL_FAILURE(cycle(true, false));
  EXPECT_TRUE(vectors_.empty());
}

TEST_F(LoadSequencer, RandomCommands) {
  for (int i = 0; i < 2000; ++i) {
    commands_.push_back(random_gemm(random_, 14));
    const std::uint32_t offer = 1 + random_.below(8);
    const std::uint32_t take = 1 + random_.below(8);
    while (!commands_.empty()) {
      const bool offers = random_.below(8) < offer;
      ASSERT_NO_FATAL_FAILURE(cycle(offers, random_.below(8) < take));
    }
  }
  run();
}

TEST_F(LoadSequencer, ResetForgetsEverything) {
  for (unsigned after = 1; after < 12; ++after) {
    commands_ = {{.m = 1, .k = 8, .n = 4, .batch = 1, .w_k = 1}};
    for (unsigned i = 0; i < after; ++i) ASSERT_NO_FATAL_FAILURE(cycle(true, i % 3 == 2));
    bench_->valid_i = 0;
    bench_->load_tile_taken_i = 0;
    bench_.reset();
    vectors_.clear();
    begun_ = false;
    commands_ = {{.m = 1, .k = 5, .n = 3, .batch = 1, .w = 7, .w_k = 2}};
    EXPECT_EQ(run(), 7u);
  }
}

}  // namespace
}  // namespace gradcore::harness
