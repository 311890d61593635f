// SPDX-License-Identifier: Apache-2.0
#include "tb/unit/matrix/array_driver.h"

namespace gradcore::harness {
namespace {

class SystolicArray : public BenchTest {
 protected:
  // The three arrays on the bench.
  ArrayDriver square() {
    return {bench_, random_, {16, 16, 40}, [this](unsigned c) {
              return ArrayOutputs{bench_->array_sum_o[c], bench_->array_special_o[c],
                                  bench_->array_exp_o[c]};
            }};
  }
  ArrayDriver small() {
    return {bench_, random_, {4, 2, 48}, [this](unsigned c) {
              return ArrayOutputs{bench_->small_sum_o[c], bench_->small_special_o[c],
                                  bench_->small_exp_o[c]};
            }};
  }
  ArrayDriver single() {
    return {bench_, random_, {1, 1, 24}, [this](unsigned c) {
              return ArrayOutputs{bench_->single_sum_o[c], bench_->single_special_o[c],
                                  bench_->single_exp_o[c]};
            }};
  }

  // Lane `row` alone holds something: what the PEs of that row do is seen by itself.
  static AlignedLanes only(unsigned row, std::uint32_t significand, std::uint32_t gap,
                           std::uint32_t sign) {
    AlignedLanes out = align({});
    out.significand[row] = significand;
    out.distance[row] = gap;
    out.sign[row] = sign;
    out.bits[row] = 0x3F80;  // neither zero nor special
    return out;
  }
  // The same in all rows.
  static AlignedLanes all(unsigned rows, std::uint32_t significand, std::uint32_t sign) {
    AlignedLanes out = align({});
    for (unsigned row = 0; row < rows; ++row) {
      out.significand[row] = significand;
      out.sign[row] = sign;
      out.bits[row] = 0x3F80;
    }
    return out;
  }

  // A stationary tile with column c = lanes(c), then all streams, of which the first takes it.
  template <typename Lanes>
  void tile(ArrayDriver& array, Lanes lanes, const std::vector<AlignedLanes>& streams) {
    for (unsigned col = 0; col < array.shape().cols; ++col) {
      ASSERT_NO_FATAL_FAILURE(array.cycle({}, {true, col, lanes(col)}));
    }
    for (std::size_t i = 0; i < streams.size(); ++i) {
      ASSERT_NO_FATAL_FAILURE(array.cycle({i == 0, streams[i]}));
    }
  }

  AlignedLanes random_lanes(const ArrayDriver& array, bool specials) {
    return align(random_.bf16_vector(array.shape().rows, specials));
  }

  // Loads of any column and vectors, first ones among them, in any order at full rate.
  void random_traffic(ArrayDriver array, unsigned cycles, bool specials) {
    for (unsigned t = 0; t < cycles; ++t) {
      ArrayLoad load;
      load.valid = !random_.one_in(4);
      load.col = random_.below(array.shape().cols);
      if (load.valid) load.lanes = random_lanes(array, specials && random_.one_in(4));
      ArrayStream stream;
      stream.first = random_.one_in(3);
      stream.lanes = random_lanes(array, specials && random_.one_in(4));
      ASSERT_NO_FATAL_FAILURE(array.cycle(stream, load));
    }
    ASSERT_NO_FATAL_FAILURE(array.drain());
  }
};

TEST_F(SystolicArray, EveryProductOfTwoSignificandsInEveryRow) {
  ArrayDriver array = square();
  for (unsigned row = 0; row < array.shape().rows; ++row) {
    std::vector<AlignedLanes> streams;
    for (std::uint32_t x = 0; x < 512; ++x) streams.push_back(only(row, x / 2, 0, x % 2));
    for (std::uint32_t w = 0; w < 256; w += 16) {
      const auto lanes = [&](unsigned col) {
        return only(row, w + col, 0, (w / 16 + col / 3) % 2);
      };
      ASSERT_NO_FATAL_FAILURE(tile(array, lanes, streams));
    }
  }
  ASSERT_NO_FATAL_FAILURE(array.drain());
}

// All pairs of gaps; sums of two gaps reach from nothing dropped to everything.
TEST_F(SystolicArray, EveryGap) {
  ArrayDriver array = square();
  for (const std::uint32_t w : {255u, 128u, 1u, 0xABu}) {
    for (std::uint32_t gap = 0; gap < 64; gap += 16) {
      const unsigned row = random_.below(16);
      std::vector<AlignedLanes> streams;
      for (std::uint32_t x = 0; x < 64 * 8; ++x) {
        const std::uint32_t significand = std::array{255u, 129u, 128u, 1u}[x / 2 % 4];
        streams.push_back(only(row, significand, x / 8, x % 2));
      }
      const auto lanes = [&](unsigned col) { return only(row, w, gap + col, col % 2); };
      ASSERT_NO_FATAL_FAILURE(tile(array, lanes, streams));
    }
  }
  ASSERT_NO_FATAL_FAILURE(array.drain());
}

TEST_F(SystolicArray, LargestSums) {
  for (ArrayDriver array : {square(), small(), single()}) {
    const unsigned rows = array.shape().rows;
    AlignedLanes mixed = all(rows, 255, 0);
    for (unsigned row = 0; row < rows; row += 2) mixed.sign[row] = 1;
    AlignedLanes smallest = all(rows, 1, 1);
    smallest.distance[0] = array.shape().f - 16;
    const std::vector<AlignedLanes> streams = {all(rows, 255, 0), all(rows, 255, 1), mixed,
                                               smallest, all(rows, 0, 1)};
    for (std::uint32_t sign = 0; sign < 2; ++sign) {
      const auto lanes = [&](unsigned) { return all(rows, 255, sign); };
      ASSERT_NO_FATAL_FAILURE(tile(array, lanes, streams));
    }
    ASSERT_NO_FATAL_FAILURE(array.drain());
  }
}

// Every pair of kinds of operands in one row, beside another pair in another.
TEST_F(SystolicArray, SpecialValues) {
  const std::array<std::uint16_t, 10> kinds = {0x0000, 0x8000, 0x3F80, 0xBF80, 0x0001,
                                               0x7F80, 0xFF80, 0x7FC0, 0xFF81, 0x7F7F};
  ArrayDriver array = square();
  for (unsigned round = 0; round < 64; ++round) {
    const unsigned row = round % 16;
    const unsigned other = (row + 1 + random_.below(15)) % 16;
    std::vector<AlignedLanes> streams;
    for (const std::uint16_t x : kinds) {
      for (const std::uint16_t x2 : kinds) {
        std::array<std::uint16_t, kLanes> values{};
        values[row] = x;
        values[other] = x2;
        streams.push_back(align(values));
      }
    }
    const auto lanes = [&](unsigned col) {
      std::array<std::uint16_t, kLanes> values{};
      values[row] = kinds[col % kinds.size()];
      values[other] = kinds[random_.below(kinds.size())];
      return align(values);
    };
    ASSERT_NO_FATAL_FAILURE(tile(array, lanes, streams));
  }
  ASSERT_NO_FATAL_FAILURE(array.drain());
}

// The shadow of a column is taken if it was written a cycle before `first` reaches the column, and
// may be written again from that cycle on.
TEST_F(SystolicArray, ShadowsSwitchExactlyWhenFirstPasses) {
  ArrayDriver array = square();
  for (std::uint64_t lead = 1; lead < 20; ++lead) {  // from the load of column 0 to `first`
    std::array<AlignedLanes, 3> tiles;
    for (AlignedLanes& lanes : tiles) lanes = random_lanes(array, false);
    // Column after column: tile 0 long before, tile 1 `lead` cycles before `first`, tile 2 at once
    // when that has passed. With a lead of 1 every column is written in the last cycle.
    for (unsigned col = 0; col < 16; ++col) {
      ASSERT_NO_FATAL_FAILURE(array.cycle({}, {true, col, tiles[0]}));
    }
    for (std::uint64_t t = 0; t < 60; ++t) {
      ArrayLoad load;
      if (t < 16) load = {true, static_cast<unsigned>(t), tiles[1]};
      if (t >= 16 && t < 32) load = {true, static_cast<unsigned>(t - 16), tiles[2]};
      ASSERT_NO_FATAL_FAILURE(array.cycle({t == lead, random_lanes(array, false)}, load));
    }
  }
  // Too late by a cycle: what was there before is used.
  for (unsigned col = 0; col < 16; ++col) {
    ASSERT_NO_FATAL_FAILURE(array.cycle({col == 0, random_lanes(array, false)},
                                        {true, col, random_lanes(array, false)}));
  }
  ASSERT_NO_FATAL_FAILURE(array.drain());
}

// 16 vectors per tile, the next tile loading meanwhile: no cycle is lost.
TEST_F(SystolicArray, TilesBackToBack) {
  ArrayDriver array = square();
  for (unsigned t = 0; t < 16 * 200; ++t) {
    ASSERT_NO_FATAL_FAILURE(array.cycle({t % 16 == 1 && t > 1, random_lanes(array, false)},
                                        {true, t % 16, random_lanes(array, false)}));
  }
  ASSERT_NO_FATAL_FAILURE(array.drain());
}

TEST_F(SystolicArray, RandomTraffic) { random_traffic(square(), 60'000, false); }
TEST_F(SystolicArray, RandomTrafficWithSpecials) { random_traffic(square(), 60'000, true); }
TEST_F(SystolicArray, RandomTrafficOfFourByTwo) { random_traffic(small(), 100'000, true); }
TEST_F(SystolicArray, RandomTrafficOfOneByOne) { random_traffic(single(), 100'000, true); }

}  // namespace
}  // namespace gradcore::harness
