// SPDX-License-Identifier: Apache-2.0
// Drives a systolic array of the bench with the skew its header asks for, and compares every sum
// of every column, in every cycle, with the model's.
#pragma once

#include <bit>
#include <deque>
#include <functional>
#include <string>

#include "tb/unit/matrix/aligned.h"

namespace gradcore::harness {

struct ArrayShape {
  unsigned rows = 16, cols = 16, f = 40;
};

struct ArrayOutputs {
  std::uint64_t sum = 0;
  std::uint32_t special = 0;  // 4 NaN, 2 +Inf, 1 -Inf
  std::uint32_t exp = 0;
};

// What goes to the shadow of one column.
struct ArrayLoad {
  bool valid = false;
  unsigned col = 0;
  AlignedLanes lanes{};
};

// What streams, as if all rows and columns met it at the same time.
struct ArrayStream {
  bool first = false;
  AlignedLanes lanes{};
};

class ArrayDriver {
 public:
  ArrayDriver(UnitBench& bench, RandomPatterns& random, const ArrayShape& shape,
              std::function<ArrayOutputs(unsigned col)> outputs)
      : bench_(bench),
        random_(random),
        shape_(shape),
        outputs_(std::move(outputs)),
        loads_(shape.cols),
        columns_(shape.cols) {}

  const ArrayShape& shape() const { return shape_; }
  std::uint64_t now() const { return now_; }

  // One cycle, in which `stream` enters row 0 and `load` is given to it.
  void cycle(const ArrayStream& stream, const ArrayLoad& load = {}) {
    streams_.push_front(stream);
    skewed_loads_.push_front(load);
    if (load.valid) loads_[load.col].push_back({now_, load.lanes});
    for (unsigned r = 0; r < shape_.rows; ++r) drive_row(r);
    bench_.cycle();
    ++now_;
    for (unsigned col = 0; col < shape_.cols; ++col) {
      if (now_ >= delay(col)) {
        ASSERT_NO_FATAL_FAILURE(check(col, now_ - delay(col)));
      }
    }
    if (streams_.size() > shape_.rows + shape_.cols + kLatency) streams_.pop_back();
    if (skewed_loads_.size() > shape_.rows) skewed_loads_.pop_back();
  }

  // Lets what is under way come out.
  void drain() {
    for (std::uint64_t i = 0; i < delay(shape_.cols); ++i) ASSERT_NO_FATAL_FAILURE(cycle({}));
  }

 private:
  static constexpr unsigned kLatency = 3;  // from the last row to column 0

  struct TimedLoad {
    std::uint64_t at = 0;
    AlignedLanes lanes{};
  };
  struct Column {
    AlignedLanes shadow{}, active{};
    std::uint64_t next = 0;  // vector to be compared
    bool is_loaded = false;  // the shadow: what it comes out of reset with is unknown
    bool is_known = false;   // what is active
  };

  std::uint64_t delay(unsigned col) const { return shape_.rows - 1 + kLatency + col; }

  void drive_row(unsigned r) {
    // Only the last row's largest exponents count, and nothing of a load that is not valid.
    const std::uint32_t junk = random_.bits32();
    const bool last = r == shape_.rows - 1;
    const ArrayStream x = r < streams_.size() ? streams_[r] : ArrayStream{};
    const ArrayLoad w = r < skewed_loads_.size() ? skewed_loads_[r] : ArrayLoad{};
    const std::uint32_t x_max = last ? x.lanes.max_exponent : junk & 0xFFu;
    bench_->x_i[r] = (x.first ? 1u << 26 : 0u) | (x_max << 18) | pack_lane(x.lanes, r);
    const std::uint32_t w_max = last ? w.lanes.max_exponent : (junk >> 8) & 0xFFu;
    bench_->w_i[r] = w.valid ? (1u << 31) | (w.col << 26) | (w_max << 18) | pack_lane(w.lanes, r)
                             : junk & 0x7FFF'FFFFu;
  }

  // Vector number `vector` met column `col` at vector + col: it sees what was loaded before.
  void check(unsigned col, std::uint64_t vector) {
    Column& column = columns_[col];
    ASSERT_EQ(column.next, vector);
    ++column.next;
    std::deque<TimedLoad>& loads = loads_[col];
    while (!loads.empty() && loads.front().at < vector + col) {
      column.shadow = loads.front().lanes;
      column.is_loaded = true;
      loads.pop_front();
    }
    const ArrayStream& x = streams_[now_ - 1 - vector];
    if (x.first) {
      column.active = column.shadow;
      column.is_known = column.is_loaded;
    }
    if (!column.is_known) return;

    const model::TileSum want = model::tile_dot(x.lanes, column.active, shape_.f);
    const ArrayOutputs got = outputs_(col);
    const std::uint32_t special = (want.specials.nan ? 4u : 0u) |
                                  (want.specials.positive_infinity ? 2u : 0u) |
                                  (want.specials.negative_infinity ? 1u : 0u);
    ASSERT_EQ(got.exp, want.max_a + want.max_w) << where(col, vector);
    ASSERT_EQ(got.special, special) << where(col, vector);
    if (special == 0) {
      const unsigned width = shape_.f + 1 + std::bit_width(shape_.rows - 1);
      ASSERT_EQ(got.sum, field(static_cast<std::uint64_t>(want.sum), 0, width))
          << where(col, vector);
    }
  }

  std::string where(unsigned col, std::uint64_t vector) const {
    return "column " + std::to_string(col) + ", vector " + std::to_string(vector);
  }

  UnitBench& bench_;
  RandomPatterns& random_;
  ArrayShape shape_;
  std::function<ArrayOutputs(unsigned)> outputs_;
  std::uint64_t now_ = 0;
  std::deque<ArrayStream> streams_;           // [i]: i cycles ago
  std::deque<ArrayLoad> skewed_loads_;        // [i]: i cycles ago
  std::vector<std::deque<TimedLoad>> loads_;  // per column, not yet in its shadow
  std::vector<Column> columns_;
};

}  // namespace gradcore::harness
