// SPDX-License-Identifier: Apache-2.0
// The matrix unit inside its core: cycles of commands, hazards, and the order of accumulation.
// Values of results at all shapes are the matter of tb/system/gemm_test.cpp.
#include "tb/unit/top/core_pair.h"

namespace gradcore::harness {
namespace {

using device::GemmCommand;

constexpr std::uint64_t kFirstGrant = 15;  // cycles from a command's acceptance to its first vector
constexpr std::uint32_t kHazard = 9;       // from reading a line of Y to having written it
constexpr std::uint64_t kCheckPeriod = 13;  // a command is checked

class MatrixUnit : public testing::TestWithParam<unsigned> {
 protected:
  std::uint64_t write_latency() const { return 2 * n_ + 21; }

  // From the cycle in which the command is accepted to that of its completion, nothing else being
  // under way: what the headers promise, tile by tile. The stream takes M cycles; the loader, one
  // tile ahead, a cycle for every column; what is added to lines on their way waits for them.
  std::uint64_t expected_cycles(const GemmCommand& c) const {
    std::uint64_t load = kFirstGrant - 1;  // of the tile's first column
    std::uint64_t grant = 0;               // of the tile's first vector
    std::uint32_t columns = 0;
    for (std::uint32_t b = 0; b < c.batch; ++b) {
      for (std::uint32_t done = 0; done < c.n; done += n_) {
        for (std::uint32_t k = 0; k < c.k; k += n_) {
          if (grant != 0) {
            load = std::max(grant + 1, load + columns);
            grant = std::max(load + 1, grant + (k != 0 ? std::max(c.m, kHazard + 1) : c.m));
          } else {
            grant = load + 1;
          }
          columns = std::min(n_, c.n - done);
        }
      }
    }
    return grant + c.m - 1 + write_latency() + 2;
  }

  void expect_cycles(std::uint32_t m, std::uint32_t k, std::uint32_t n, std::uint32_t batch = 1,
                     unsigned flags = 0) {
    const GemmCase test{.command = place_gemm(pair_.hardware(), m, k, n, batch, flags)};
    EXPECT_EQ(pair_.run(test), expected_cycles(test.command)) << test.describe(pair_.hardware());
  }

  unsigned n_ = GetParam();
  CorePair pair_{n_};
};

TEST_P(MatrixUnit, LatencyOfOneVector) {
  expect_cycles(1, 1, 1);
  expect_cycles(1, n_, n_);
}

TEST_P(MatrixUnit, OneVectorEveryCycle) {
  expect_cycles(n_, n_, n_);
  expect_cycles(4 * n_, 3 * n_, 2 * n_);
  expect_cycles(5 * n_ + 3, 2 * n_ + 1, 3 * n_ - 1);
  expect_cycles(64, 256, 64);
}

// No orientation of any matrix costs a cycle.
TEST_P(MatrixUnit, EveryFlagTakesTheSameCycles) {
  for (unsigned flags = 0; flags < 16; ++flags) expect_cycles(40, 70, 50, 2, flags);
}

TEST_P(MatrixUnit, TileTakesAsManyCyclesAsItHasColumnsAtLeast) {
  for (const std::uint32_t columns : {1u, 2u, 3u, n_ - 1, n_, n_ + 1, 3 * n_}) {
    for (const std::uint32_t m : {1u, 2u, 3u, n_ / 2, n_ + 1}) {
      expect_cycles(m, n_, columns, 5);      // tiles of different Y
      expect_cycles(m, 4 * n_, columns, 2);  // the same lines again and again
    }
  }
}

// Up to M = 10 each tile waits for the one before it.
TEST_P(MatrixUnit, AccumulationHazards) {
  for (std::uint32_t m = 1; m <= 12; ++m) {
    for (const unsigned flags : {0u, 4u, 8u, 12u}) expect_cycles(m, 12 * n_ + 1, 2, 1, flags);
  }
}

TEST_P(MatrixUnit, CommandsFollowWithoutABubble) {
  constexpr std::uint32_t kCommands = 30;
  for (const std::uint32_t m : {n_, 12u, 33u}) {
    const GemmCase test{.command = place_gemm(pair_.hardware(), m, n_, n_, 1, 0)};
    pair_.load(test);
    const std::uint64_t start = pair_.cycles();
    for (std::uint32_t i = 0; i < kCommands; ++i) pair_.submit(test.command);
    for (std::uint32_t i = 0; i < kCommands; ++i) pair_.wait();
    const std::uint64_t each = std::max<std::uint64_t>({m, n_, kCheckPeriod});
    EXPECT_EQ(pair_.cycles() - start, expected_cycles(test.command) + (kCommands - 1) * each);
    pair_.compare(test);
  }
}

TEST_P(MatrixUnit, BatchThatAccumulatesIntoOneResult) {
  for (const std::uint32_t m : {1u, 2u, 5u, n_, 2 * n_ + 1}) {
    for (const unsigned flags : {8u, 12u}) {
      GemmCase test{.command = place_gemm(pair_.hardware(), m, n_ + 1, n_ + 2, 9, flags)};
      test.command.y.batch_stride = 0;
      pair_.run(test);
    }
  }
}

// Commands in a row that hit the same few tiles of Y by rows and by columns, adding and
// overwriting, of any size, each while the ones before it are on their way.
TEST_P(MatrixUnit, ConsecutiveCommandsOnTheSameResult) {
  const std::uint64_t seed = seed_from_environment(5);
  SCOPED_TRACE(seed_message(seed));
  RandomPatterns random(seed);
  constexpr std::uint32_t kTiles = 12;
  pair_.fill(0, kTiles, random);
  pair_.fill(device::kAccumulatorBase, kTiles, random);
  for (int round = 0; round < 40; ++round) {
    for (int i = 0; i < 12; ++i) {
      GemmCommand c = place_gemm(pair_.hardware(), 1 + random.below(random.one_in(2) ? 3 : 2 * n_),
                                 n_, n_, 1, random.below(16));
      c.k = 1 + random.below(2 * n_);
      c.n = 1 + random.below(random.one_in(2) ? 3 : 2 * n_);
      for (device::MatrixRef* ref : {&c.x, &c.w}) {
        *ref = {random.below(6) * pair_.hardware().operand_tile_bytes(),
                2 * pair_.hardware().operand_tile_bytes(), 0};
      }
      const std::uint32_t tile = pair_.hardware().accumulator_tile_bytes();
      c.y = {device::kAccumulatorBase + random.below(3) * tile, 2 * tile, 0};
      c.batch = random.one_in(4) ? 2 : 1;
      pair_.submit(c);
    }
    for (int i = 0; i < 12; ++i) pair_.wait();
    pair_.compare_lines(device::kAccumulatorBase, kTiles);
    if (HasFailure()) return;
  }
}

INSTANTIATE_TEST_SUITE_P(N, MatrixUnit, testing::Values(4u, 8u, 16u, 32u),
                         [](const auto& info) { return "N" + std::to_string(info.param); });

// The figures that are quoted: utilisation at N = 16.
TEST(MatrixUnitFigures, Square256TakesItsIdealCyclesAndItsLatency) {
  CorePair pair(16);
  for (const unsigned flags : {0u, 2u, 1u}) {  // forward, dX, dW
    const GemmCase test{.command = place_gemm(pair.hardware(), 256, 256, 256, 1, flags)};
    EXPECT_EQ(pair.run(test), 65'536u + 69u);
  }
}

TEST(MatrixUnitFigures, SmallSquaresBackToBack) {
  CorePair pair(16);
  for (const std::uint32_t size : {16u, 32u}) {
    const GemmCase test{.command = place_gemm(pair.hardware(), size, size, size, 1, 0)};
    pair.load(test);
    const std::uint64_t start = pair.cycles();
    for (int i = 0; i < 100; ++i) pair.submit(test.command);
    for (int i = 0; i < 100; ++i) pair.wait();
    EXPECT_EQ(pair.cycles() - start, 100 * size * size * size / 256 + 69u);
  }
}

}  // namespace
}  // namespace gradcore::harness
