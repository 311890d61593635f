// SPDX-License-Identifier: Apache-2.0
#include "sw/model/vector_unit.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>
#include <vector>

#include "sw/model/vector.h"
#include "tb/harness/random_patterns.h"

namespace gradcore::model {
namespace {

namespace field = isa::vector;
using isa::Apply;
using isa::Combine;
using isa::Error;
using isa::Instruction;
using isa::Opcode;
using isa::Operand;
using isa::Reduce;

constexpr std::uint32_t kUpper = device::kAccumulatorBase;

std::uint32_t bits(float x) { return std::bit_cast<std::uint32_t>(x); }
float value(std::uint32_t x) { return std::bit_cast<float>(x); }

class VectorUnit : public testing::TestWithParam<unsigned> {
 protected:
  VectorUnit() {
    for (std::uint16_t& x : memory_.operands()) x = static_cast<std::uint16_t>(random_.bf16());
    for (std::uint32_t& x : memory_.accumulators()) x = random_.fp32();
  }

  std::uint32_t tile(std::uint32_t base, std::uint32_t index) const {
    return base + index * memory_.tile_bytes(base);
  }
  // a of rows x cols to d, both in accumulator memory, rows of four tiles.
  Instruction plain(std::uint32_t rows, std::uint32_t cols) const {
    Instruction i(Opcode::kVector);
    i.set(field::kRows, rows).set(field::kCols, cols).set(field::kBIs, Operand::kConstant);
    i.set(field::kBConstant, 1.0f).set(field::kWriteD, true);
    i.set(field::kA, kUpper).set(field::kARows, 4u);
    i.set(field::kD, tile(kUpper, 40)).set(field::kDRows, 4u);
    return i;
  }
  Error check(const Instruction& i) const { return check_vector(memory_, n_, i).error; }
  void run(const Instruction& i) {
    ASSERT_EQ(check(i), Error::kNone);
    execute_vector(memory_, n_, i);
  }
  TileMatrix at(std::uint32_t base, std::uint32_t index, std::uint32_t rows = 4,
                bool transposed = false) const {
    return {tile(base, index), rows, transposed};
  }

  unsigned n_ = GetParam();
  device::Hardware hardware_{.n = n_, .operand_kib = 256, .accumulator_kib = 512};
  LocalMemory memory_{hardware_};
  harness::RandomPatterns random_{harness::seed_from_environment(8)};
};

// Multiplication, addition and comparison against the CPU's own arithmetic, element by element.
TEST_P(VectorUnit, EveryCombinationOfThreeMatrices) {
  const std::uint32_t rows = 2 * n_ + 1;
  const std::uint32_t cols = 3 * n_ - 1;
  for (unsigned how = 0; how <= static_cast<unsigned>(Combine::kReplace); ++how) {
    Instruction i = plain(rows, cols);
    i.set(field::kBIs, Operand::kMatrix).set(field::kB, tile(kUpper, 12)).set(field::kBRows, 4u);
    i.set(field::kC, tile(0, 3)).set(field::kCRows, 5u).set(field::kCombine, how);
    run(i);
    for (std::uint32_t r = 0; r < rows; ++r) {
      for (std::uint32_t c = 0; c < cols; ++c) {
        const float x = value(memory_.read(at(kUpper, 0), r, c));
        const float y = value(memory_.read(at(kUpper, 12), r, c));
        const float z = value(memory_.read(at(0, 3, 5), r, c));
        const float p = x * y;
        float want = p;
        switch (static_cast<Combine>(how)) {
          case Combine::kAdd:
            want = p + z;
            break;
          case Combine::kSubtract:
            want = p - z;
            break;
          case Combine::kReverseSubtract:
            want = z - p;
            break;
          case Combine::kMax:
            want = std::isnan(p) || std::isnan(z) ? NAN : p > z ? p : z;
            break;
          case Combine::kMin:
            want = std::isnan(p) || std::isnan(z) ? NAN : p < z ? p : z;
            break;
          case Combine::kMask:
            want = z > 0 ? p : 0;
            break;
          case Combine::kGreater:
            want = p > z ? 1.0f : 0.0f;
            break;
          case Combine::kEqual:
            want = p == z ? 1.0f : 0.0f;
            break;
          case Combine::kReplace:
            want = z;
            break;
          default:
            break;
        }
        const std::uint32_t got = memory_.read(at(kUpper, 40), r, c);
        if (std::isnan(want)) {
          ASSERT_EQ(got, kFp32Nan) << how;
        } else if (want == 0 && (how == 4 || how == 5)) {  // of two zeros: see below
          ASSERT_EQ(value(got), 0.0f);
        } else {
          ASSERT_EQ(got, bits(want)) << how << " of " << x << " " << y << " " << z;
        }
      }
    }
  }
}

TEST_P(VectorUnit, BroadcastsTransposesAndBothDestinations) {
  const std::uint32_t rows = n_ + 3;
  const std::uint32_t cols = 2 * n_ + 2;
  Instruction i = plain(rows, cols);
  i.set(field::kTransA, true).set(field::kAIs, Operand::kMatrix);
  i.set(field::kBIs, Operand::kColumn).set(field::kB, tile(0, 20)).set(field::kBRows, 2u);
  i.set(field::kCIs, Operand::kRow)
      .set(field::kC, tile(kUpper, 30))
      .set(field::kCombine, Combine::kAdd);
  i.set(field::kApply, Apply::kRelu);
  i.set(field::kWriteE, true).set(field::kE, tile(0, 60)).set(field::kERows, 3u);
  const LocalMemory before = memory_;
  run(i);
  for (std::uint32_t r = 0; r < rows; ++r) {
    for (std::uint32_t c = 0; c < cols; ++c) {
      const float x = value(before.read(at(kUpper, 0, 4, true), r, c));
      const float y = value(before.read(at(0, 20, 2), r, 0));
      const float z = value(before.read(at(kUpper, 30), 0, c));
      const float sum = x * y + z;
      const std::uint32_t want = std::isnan(sum) ? kFp32Nan : sum > 0 ? bits(sum) : 0;
      ASSERT_EQ(memory_.read(at(kUpper, 40), r, c), want);
      ASSERT_EQ(memory_.read(at(0, 60, 3), r, c), bf16_to_fp32(fp32_to_bf16_rne(want)));
    }
  }
}

// Nothing but the destination changes, in tiles that the matrix fills in part, too.
TEST_P(VectorUnit, WritesOnlyItsResult) {
  Instruction i = plain(n_ + 1, n_ - 1);
  LocalMemory want = memory_;
  run(i);
  for (std::uint32_t r = 0; r < n_ + 1; ++r) {
    for (std::uint32_t c = 0; c < n_ - 1; ++c) {
      want.write(at(kUpper, 40), r, c, fp32_canonical(want.read(at(kUpper, 0), r, c)));
    }
  }
  EXPECT_EQ(memory_.accumulators(), want.accumulators());
  EXPECT_EQ(memory_.operands(), want.operands());
}

TEST_P(VectorUnit, SumsAndMaximaOfRowsInTheirOrder) {
  const std::uint32_t rows = n_ + 2;
  for (const std::uint32_t cols : {1u, 2u, n_ - 1, n_, n_ + 1, 3 * n_ - 2}) {
    for (const Reduce how : {Reduce::kSum, Reduce::kMax}) {
      Instruction i = plain(rows, cols);
      i.set(field::kReduce, how).set(field::kWriteD, false).set(field::kWriteE, true);
      i.set(field::kE, tile(kUpper, 70)).set(field::kERows, 1u);
      run(i);
      for (std::uint32_t r = 0; r < rows; ++r) {
        std::uint32_t total = 0;
        for (std::uint32_t start = 0; start < cols; start += n_) {
          std::vector<std::uint32_t> lane(n_, how == Reduce::kSum ? bits(-0.0f) : bits(-INFINITY));
          for (std::uint32_t c = start; c < std::min(start + n_, cols); ++c) {
            lane[c - start] = fp32_canonical(memory_.read(at(kUpper, 0), r, c));
          }
          while (lane.size() > 1) {
            const std::size_t half = lane.size() / 2;
            for (std::size_t k = 0; k < half; ++k) {
              lane[k] = how == Reduce::kSum ? fp32_add(lane[k], lane[k + half])
                                            : fp32_max(lane[k], lane[k + half]);
            }
            lane.resize(half);
          }
          total = start == 0            ? lane[0]
                  : how == Reduce::kSum ? fp32_add(total, lane[0])
                                        : fp32_max(total, lane[0]);
        }
        ASSERT_EQ(memory_.read(at(kUpper, 70, 1), r, 0), total) << cols << " columns";
      }
    }
  }
  // Lanes that are not there do not count, not even for the sign of zero.
  for (std::uint32_t r = 0; r < n_; ++r) memory_.write(at(kUpper, 0), r, 0, bits(-0.0f));
  Instruction i = plain(n_, 1);
  i.set(field::kReduce, Reduce::kSum).set(field::kWriteE, true).set(field::kE, tile(kUpper, 70));
  run(i);
  EXPECT_EQ(memory_.read(at(kUpper, 70), 0, 0), bits(-0.0f));
}

TEST_P(VectorUnit, DropoutAndStochasticRoundingAreFunctionsOfTheElement) {
  const std::uint32_t rows = 3 * n_;
  const std::uint32_t cols = 2 * n_ + 1;
  Instruction i = plain(rows, cols);
  i.set(field::kAIs, Operand::kConstant).set(field::kCombine, Combine::kReplace);
  i.set(field::kCIs, Operand::kConstant).set(field::kCConstant, 1.001f);
  i.set(field::kD, tile(0, 80)).set(field::kStochastic, true);
  i.set(field::kSeed, 0xC0FFEEu).set(field::kStream, 7u);
  run(i);
  Instruction drop = plain(rows, cols);
  drop.set(field::kCombine, Combine::kDropout).set(field::kCConstant, 0x4000'0000u);
  drop.set(field::kSeed, 5u).set(field::kStream, 9u);
  run(drop);
  for (std::uint32_t r = 0; r < rows; ++r) {
    for (std::uint32_t c = 0; c < cols; ++c) {
      const std::uint32_t number = r * cols + c;
      const auto random = static_cast<std::uint16_t>(random_word(0xC0FFEE, 7, number));
      ASSERT_EQ(memory_.read(at(0, 80), r, c),
                bf16_to_fp32(fp32_to_bf16_stochastic(bits(1.001f), random)));
      const bool kept = random_word(5, 9, number) >= 0x4000'0000u;
      ASSERT_EQ(memory_.read(at(kUpper, 40), r, c),
                kept ? fp32_canonical(memory_.read(at(kUpper, 0), r, c)) : 0u);
    }
  }
}

// A loop that adds to the register of c has other random words in every turn.
TEST_P(VectorUnit, ASpareCChangesTheSeed) {
  const std::uint32_t cols = 2 * n_ + 1;
  const auto kept = [&](Instruction drop) {
    drop.set(field::kCIs, Operand::kConstant).set(field::kCConstant, 0x8000'0000u);
    run(drop.set(field::kSeed, 5u).set(field::kStream, 9u));
    std::vector<bool> out;
    for (std::uint32_t c = 0; c < cols; ++c) {
      out.push_back(memory_.read(at(kUpper, 40), 0, c) != 0);
    }
    return out;
  };
  const auto words = [&](std::uint32_t seed) {
    std::vector<bool> out;
    for (std::uint32_t c = 0; c < cols; ++c) out.push_back(random_word(seed, 9, c) >> 31 != 0);
    return out;
  };
  Instruction drop = plain(1, cols);
  drop.set(field::kCombine, Combine::kDropout);
  for (std::uint32_t c = 0; c < cols; ++c) memory_.write(at(kUpper, 0), 0, c, bits(1.0f), 0);
  EXPECT_EQ(kept(drop), words(5));
  for (const std::uint32_t turn : {1u, 2u, 0xFFFF'FFFFu}) {
    EXPECT_EQ(kept(Instruction(drop).set(field::kC, turn)), words(5 ^ turn)) << turn;
  }
  // A c that takes part does not.
  Instruction rounded = plain(1, cols);
  rounded.set(field::kCombine, Combine::kAdd).set(field::kCIs, Operand::kConstant);
  rounded.set(field::kStochastic, true).set(field::kD, tile(0, 80)).set(field::kC, 77u);
  rounded.set(field::kSeed, 5u).set(field::kStream, 9u).set(field::kCConstant, 0x3A80'0000u);
  run(rounded);
  for (std::uint32_t c = 0; c < cols; ++c) {
    const auto random = static_cast<std::uint16_t>(random_word(5, 9, c));
    const std::uint32_t sum = fp32_add(bits(1.0f), 0x3A80'0000u);
    EXPECT_EQ(memory_.read(at(0, 80), 0, c), bf16_to_fp32(fp32_to_bf16_stochastic(sum, random)));
  }
}

TEST_P(VectorUnit, RefusesWithTheDocumentedError) {
  const Instruction good = plain(2 * n_, 2 * n_);
  EXPECT_EQ(check(good), Error::kNone);
  const std::uint32_t tiles = 512 * 1024 / memory_.tile_bytes(kUpper);
  const auto with = [&](isa::Field at, std::uint32_t x) {
    return check(Instruction(good).set(at, x));
  };
  EXPECT_EQ(with(field::kRows, 0), Error::kZeroSize);
  EXPECT_EQ(with(field::kCols, 0), Error::kZeroSize);
  EXPECT_EQ(with(field::kA, kUpper + 4), Error::kMisaligned);
  EXPECT_EQ(with(field::kB, 2), Error::kNone) << "a constant has no address";
  EXPECT_EQ(with(field::kC, 2), Error::kNone) << "c takes no part";
  EXPECT_EQ(with(field::kE, 2), Error::kNone) << "e is not written";
  EXPECT_EQ(with(field::kD, tile(kUpper, tiles - 6)), Error::kNone);
  EXPECT_EQ(with(field::kD, tile(kUpper, tiles - 5)), Error::kOutOfRange);
  EXPECT_EQ(with(field::kA, 0x7FFF'F000u), Error::kOutOfRange);
  EXPECT_EQ(with(field::kRows, 0xFFFF'FFFFu), Error::kOutOfRange);
  EXPECT_EQ(with(field::kCols, 0xFFFF'FFFFu), Error::kOutOfRange);
  EXPECT_EQ(with(field::kDRows, 1), Error::kOverlap);
  EXPECT_EQ(with(field::kARows, 0), Error::kNone) << "sources may overlap themselves";
  EXPECT_EQ(with(field::kCombine, 11), Error::kChoice);
  EXPECT_EQ(with(field::kReduce, 3), Error::kChoice);
  EXPECT_EQ(with(field::kOrder, 3), Error::kChoice);
  EXPECT_EQ(with(field::kApply, 8), Error::kChoice);
  EXPECT_EQ(with(field::kWriteD, 0), Error::kChoice) << "nothing is written";
  EXPECT_EQ(with(field::kReduce, 1), Error::kChoice) << "reduced for nobody";
  EXPECT_EQ(with(field::kListFours, 1023), Error::kNone) << "nothing is listed";
}

INSTANTIATE_TEST_SUITE_P(N, VectorUnit, testing::Values(4u, 8u, 16u, 32u),
                         [](const auto& info) { return "N" + std::to_string(info.param); });

TEST(RandomWord, IsSpeckWithFewerRounds) {
  // The test vector of the paper, all 22 rounds.
  EXPECT_EQ(speck32({0x0100, 0x0908, 0x1110, 0x1918}, 0x6574'694Cu, 22), 0xA868'42F2u);
  EXPECT_EQ(random_word(0x0908'0100, 0x1110, 3), speck32({0x0100, 0x0908, 0x1110, 0}, 3, 10));
}

// Over elements, streams and seeds that differ by one, every bit is a fair coin, and flips half the
// time when any bit of the input does.
TEST(RandomWord, MixesWell) {
  constexpr int kDraws = 20'000;
  const double limit = 5 * std::sqrt(kDraws) / 2;  // five standard deviations
  for (unsigned out = 0; out < 32; ++out) {
    int ones = 0;
    for (int i = 0; i < kDraws; ++i) ones += static_cast<int>((random_word(1, 2, i) >> out) & 1u);
    EXPECT_LT(std::abs(ones - kDraws / 2), limit) << "bit " << out;
  }
  for (unsigned in = 0; in < 64; ++in) {
    std::array<int, 32> flips{};
    for (int i = 0; i < kDraws; ++i) {
      const std::uint32_t element = in < 32 ? i ^ (1u << in) : i;
      const std::uint32_t seed = in < 32 ? 77u : 77u ^ (1u << (in - 32));
      const std::uint32_t change = random_word(77, 3, i) ^ random_word(seed, 3, element);
      for (unsigned out = 0; out < 32; ++out) flips[out] += static_cast<int>((change >> out) & 1u);
    }
    for (unsigned out = 0; out < 32; ++out) {
      EXPECT_LT(std::abs(flips[out] - kDraws / 2), limit) << in << " to " << out;
    }
  }
}

}  // namespace
}  // namespace gradcore::model
