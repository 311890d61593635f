// SPDX-License-Identifier: Apache-2.0
#include "sw/model/vector_lines.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

#include "sw/model/vector_unit.h"
#include "tb/harness/random_patterns.h"

namespace gradcore::model {
namespace {

namespace field = isa::vector;
using isa::Combine;
using isa::Instruction;
using isa::Operand;
using isa::Reduce;

constexpr std::uint32_t kUpper = device::kAccumulatorBase;

// The instruction as it is described, element by element, in integer arithmetic.
class Plain {
 public:
  Plain(LocalMemory& memory, unsigned n, const Instruction& i) : memory_(memory), n_(n), i_(i) {}

  void run() {
    const std::size_t rows = i_.get(field::kRows);
    const std::size_t cols = i_.get(field::kCols);
    const auto reduction = static_cast<Reduce>(i_.get(field::kReduce));
    const bool sums = reduction == Reduce::kSum;
    const bool stochastic = i_.get(field::kStochastic) != 0;
    std::vector<std::uint32_t> total(rows);
    for (std::size_t row_tile = 0; row_tile < rows; row_tile += n_) {
      for (std::size_t col = 0; col < cols; col += n_) {
        for (std::size_t row = row_tile; row < std::min(row_tile + n_, rows); ++row) {
          std::vector<std::uint32_t> line(n_, sums ? kFp32Sign : kFp32Sign | kFp32Infinity);
          const std::size_t count = std::min<std::size_t>(n_, cols - col);
          for (std::size_t k = 0; k < count; ++k) line[k] = element(row, col + k);
          for (std::size_t k = 0; k < count; ++k) {
            if (i_.get(field::kWriteD) != 0)
              put(field::kD, field::kDRows, row, col + k, line[k], stochastic);
            if (i_.get(field::kWriteE) != 0 && reduction == Reduce::kNone) {
              put(field::kE, field::kERows, row, col + k, line[k], stochastic);
            }
          }
          if (reduction == Reduce::kNone) continue;
          for (std::size_t half = n_ / 2; half > 0; half /= 2) {
            for (std::size_t k = 0; k < half; ++k) line[k] = join(sums, line[k], line[k + half]);
          }
          total[row] = col == 0 ? line[0] : join(sums, total[row], line[0]);
          if (col + n_ >= cols) put(field::kE, field::kERows, row, 0, total[row], false);
        }
      }
    }
  }

 private:
  static std::uint32_t join(bool sums, std::uint32_t a, std::uint32_t b) {
    return sums ? fp32_add(a, b) : fp32_max(a, b);
  }
  std::uint32_t number(std::size_t row, std::size_t col) const {
    return static_cast<std::uint32_t>(row * i_.get(field::kCols) + col);
  }
  std::uint32_t random(std::size_t row, std::size_t col) const {
    const auto how = static_cast<Combine>(i_.get(field::kCombine));
    const bool has_spare_c = how == Combine::kProduct || how == Combine::kDropout;
    return random_word(i_.get(field::kSeed) ^ (has_spare_c ? i_.get(field::kC) : 0),
                       static_cast<std::uint16_t>(i_.get(field::kStream)), number(row, col));
  }
  std::uint32_t fetch(isa::Field is, isa::Field address, isa::Field rows, isa::Field trans,
                      std::uint32_t constant, std::size_t row, std::size_t col) const {
    const auto kind = static_cast<Operand>(i_.get(is));
    if (kind == Operand::kConstant) return constant;
    return memory_.read({i_.get(address), i_.get(rows), i_.get(trans) != 0},
                        kind == Operand::kRow ? 0 : row, kind == Operand::kColumn ? 0 : col);
  }
  std::uint32_t element(std::size_t row, std::size_t col) const {
    const std::uint32_t x =
        fetch(field::kAIs, field::kA, field::kARows, field::kTransA, 0, row, col);
    const std::uint32_t y = fetch(field::kBIs, field::kB, field::kBRows, field::kTransB,
                                  i_.get(field::kBConstant), row, col);
    const std::uint32_t p = fp32_mul(x, y);
    const auto how = static_cast<Combine>(i_.get(field::kCombine));
    const auto function = static_cast<isa::Apply>(i_.get(field::kApply));
    if (how == Combine::kProduct) return apply(function, p);
    if (how == Combine::kDropout) {
      return apply(function, random(row, col) < i_.get(field::kCConstant) ? 0u : p);
    }
    return apply(function, combine(how, p,
                                   fetch(field::kCIs, field::kC, field::kCRows, field::kTransC,
                                         i_.get(field::kCConstant), row, col)));
  }
  void put(isa::Field address, isa::Field rows, std::size_t row, std::size_t col,
           std::uint32_t value, bool stochastic) {
    const auto bits = static_cast<std::uint16_t>(random(row, col));
    memory_.write({i_.get(address), i_.get(rows), false}, row, col, value,
                  stochastic ? fp32_to_bf16_stochastic(value, bits) : fp32_to_bf16_rne(value));
  }

  LocalMemory& memory_;
  unsigned n_;
  const Instruction& i_;
};

class VectorLines : public testing::TestWithParam<unsigned> {
 protected:
  std::uint32_t place() {
    const std::uint32_t base = random_.one_in(2) ? kUpper : 0;
    return base + random_.below(24) * memory_.tile_bytes(base);
  }
  Instruction instruction() {
    Instruction i(isa::Opcode::kVector);
    i.set(field::kRows, 1 + random_.below(3 * n_)).set(field::kCols, 1 + random_.below(3 * n_));
    for (const isa::Field is : {field::kAIs, field::kBIs, field::kCIs}) {
      i.set(is, random_.one_in(2) ? 0u : random_.below(4));
    }
    for (const isa::Field flag : {field::kTransA, field::kTransB, field::kTransC}) {
      i.set(flag, random_.below(2));
    }
    for (const isa::Field at : {field::kA, field::kB, field::kC, field::kD, field::kE}) {
      i.set(at, place());
    }
    for (const isa::Field rows :
         {field::kARows, field::kBRows, field::kCRows, field::kDRows, field::kERows}) {
      i.set(rows, 3 + random_.below(2));
    }
    // In place now and then: every line reads before it writes.
    if (random_.one_in(4)) i.set(field::kD, i.get(field::kA));
    i.set(field::kCombine, random_.below(11)).set(field::kApply, random_.below(8));
    i.set(field::kReduce, random_.below(3)).set(field::kWriteD, random_.below(2));
    i.set(field::kWriteE, i.get(field::kReduce) != 0 || i.get(field::kWriteD) == 0);
    i.set(field::kStochastic, random_.below(2)).set(field::kStream, random_.below(65536));
    i.set(field::kBConstant, random_.one_in(2) ? 0x3F80'0000u : random_.fp32());
    i.set(field::kCConstant, random_.fp32()).set(field::kSeed, random_.bits32());
    return i;
  }

  unsigned n_ = GetParam();
  device::Hardware hardware_{.n = n_, .operand_kib = 128, .accumulator_kib = 256};
  LocalMemory memory_{hardware_};
  harness::RandomPatterns random_{harness::seed_from_environment(21)};
};

TEST_P(VectorLines, EveryInstructionAsElementByElement) {
  for (int run = 0; run < 600; ++run) {
    if (run % 20 == 0) {  // results drift to NaNs and infinities
      for (std::uint16_t& x : memory_.operands()) x = static_cast<std::uint16_t>(random_.bf16());
      for (std::uint32_t& x : memory_.accumulators()) x = random_.fp32();
    }
    const Instruction i = instruction();
    ASSERT_EQ(check_vector(memory_, n_, i).error, isa::Error::kNone);
    LocalMemory want = memory_;
    Plain(want, n_, i).run();
    execute_vector(memory_, n_, i);
    ASSERT_EQ(memory_.operands(), want.operands()) << "run " << run;
    ASSERT_EQ(memory_.accumulators(), want.accumulators()) << "run " << run;
  }
}

INSTANTIATE_TEST_SUITE_P(N, VectorLines, testing::Values(4u, 8u, 16u, 32u),
                         [](const auto& info) { return "N" + std::to_string(info.param); });

// Pairs that hurt, with every operation: the host's arithmetic is the specification's.
TEST(VectorArithmetic, IsThatOfIntegers) {
  harness::RandomPatterns random(harness::seed_from_environment(22));
  for (int run = 0; run < 300'000; ++run) {
    const std::uint32_t a = random.fp32();
    const std::uint32_t b = random.one_in(8) ? a ^ (random.below(2) << 31) : random.fp32();
    ASSERT_EQ(fast_mul(a, b), fp32_mul(a, b)) << std::hex << a << " " << b;
    ASSERT_EQ(fast_add(a, b), fp32_add(a, b)) << std::hex << a << " " << b;
    ASSERT_EQ(fast_max(a, b), fp32_max(a, b)) << std::hex << a << " " << b;
    ASSERT_EQ(fast_min(a, b), fp32_min(a, b)) << std::hex << a << " " << b;
  }
}

TEST(VectorArithmetic, CombinesAndAppliesLikeOneElement) {
  harness::RandomPatterns random(harness::seed_from_environment(23));
  for (int run = 0; run < 20'000; ++run) {
    Line<4> p;
    Line<4> c;
    for (unsigned lane = 0; lane < 4; ++lane) {
      p[lane] = fp32_canonical(random.fp32());
      c[lane] = random.one_in(6) ? p[lane] : random.fp32();
    }
    const auto how = static_cast<Combine>(random.below(10));
    const auto function = static_cast<isa::Apply>(random.below(8));
    Line<4> got = p;
    combine_lines(how, got, c);
    apply_line(function, got, 4);
    for (unsigned lane = 0; lane < 4; ++lane) {
      ASSERT_EQ(got[lane], apply(function, combine(how, p[lane], c[lane])));
    }
  }
}

}  // namespace
}  // namespace gradcore::model
