// SPDX-License-Identifier: Apache-2.0
#include "sw/device/device.h"
#include "sw/isa/instruction.h"
#include "sw/model/vector_unit.h"
#include "tb/harness/unit_bench.h"

namespace gradcore::harness {
namespace {

namespace field = isa::vector;
using device::Hardware;
using isa::Instruction;
using isa::Operand;

constexpr unsigned kLatency = 11;  // from the cycle of acceptance to the verdict
constexpr Hardware kSmall{.n = 4, .operand_kib = 1, .accumulator_kib = 1};  // 32 and 16 tiles
constexpr std::uint32_t kTileMask = (1u << 20) - 1;

// vector_t of rtl/pkg/unit_pkg.sv, from the top.
struct Source {
  std::uint32_t is = 0, transposed = 0, accumulator = 0, tile = 0, row_step = 0, col_step = 0;
  bool operator==(const Source&) const = default;
};
struct Target {
  std::uint32_t transposed = 0, accumulator = 0, tile = 0, stride = 0;
  bool operator==(const Target&) const = default;
};
struct Translated {
  std::uint32_t listed = 0, list_quad = 0;
  std::uint32_t rows = 0, cols = 0;
  Source a, b, c;
  Target d, e;
  std::array<std::uint32_t, 11> rest{};  // combine to seed
  bool operator==(const Translated&) const = default;
};

constexpr std::array<unsigned, 11> kRestWidths = {4, 3, 2, 1, 1, 1, 2, 16, 32, 32, 32};

template <typename Words>
Translated unpack(const Words& words) {
  unsigned lsb = 477;
  const auto next = [&](unsigned width) {
    lsb -= width;
    return harness::field(words, lsb, width);
  };
  Translated out;
  out.listed = next(1);
  out.list_quad = next(10);
  out.rows = next(32);
  out.cols = next(32);
  for (Source* s : {&out.a, &out.b, &out.c}) {
    s->is = next(2);
    s->transposed = next(1);
    s->accumulator = next(1);
    for (std::uint32_t* value : {&s->tile, &s->row_step, &s->col_step}) *value = next(20);
  }
  for (Target* t : {&out.d, &out.e}) {
    t->transposed = next(1);
    t->accumulator = next(1);
    t->tile = next(20);
    t->stride = next(20);
  }
  for (unsigned i = 0; i < kRestWidths.size(); ++i) out.rest[i] = next(kRestWidths[i]);
  EXPECT_EQ(lsb, 0u);
  return out;
}

std::uint32_t tile_of(const Hardware& hardware, std::uint32_t address) {
  return address >= device::kAccumulatorBase
             ? (address & ~device::kAccumulatorBase) / hardware.accumulator_tile_bytes()
             : address / hardware.operand_tile_bytes();
}

Source source(const Hardware& hardware, const Instruction& i, Operand is, isa::Field trans,
              isa::Field address, isa::Field rows) {
  Source out;
  out.is = static_cast<std::uint32_t>(is);
  out.transposed = i.get(trans);
  out.accumulator = i.get(address) >> 31;
  out.tile = tile_of(hardware, i.get(address)) & kTileMask;
  out.row_step = out.transposed != 0 ? 1 : i.get(rows);
  out.col_step = out.transposed != 0 ? i.get(rows) : 1;
  if (is == Operand::kRow) out.row_step = 0;
  if (is == Operand::kColumn) out.col_step = 0;
  return out;
}

Translated expected(const Hardware& hardware, const Instruction& i) {
  const auto how = static_cast<isa::Combine>(i.get(field::kCombine));
  const auto is = [&i](isa::Field at) { return static_cast<Operand>(i.get(at)); };
  const bool uses_c = how != isa::Combine::kProduct && how != isa::Combine::kDropout;
  Translated out;
  out.listed = i.get(field::kListed);
  out.list_quad = i.get(field::kListFours) & 0x3FFu;
  out.rows = i.get(field::kRows);
  out.cols = i.get(field::kCols);
  out.a = source(hardware, i, is(field::kAIs), field::kTransA, field::kA, field::kARows);
  out.b = source(hardware, i, is(field::kBIs), field::kTransB, field::kB, field::kBRows);
  out.c = source(hardware, i, uses_c ? is(field::kCIs) : Operand::kConstant, field::kTransC,
                 field::kC, field::kCRows);
  const auto target = [&](isa::Field address, isa::Field rows, std::uint32_t transposed) {
    return Target{transposed, i.get(address) >> 31, tile_of(hardware, i.get(address)) & kTileMask,
                  i.get(rows)};
  };
  out.d = target(field::kD, field::kDRows, i.get(field::kTransD));
  out.e = target(field::kE, field::kERows, 0);
  constexpr std::array<isa::Field, 11> kRest = {
      field::kCombine,   field::kApply,      field::kReduce, field::kWriteD,
      field::kWriteE,    field::kStochastic, field::kOrder,  field::kStream,
      field::kBConstant, field::kCConstant,  field::kSeed};
  for (unsigned k = 0; k < kRest.size(); ++k) out.rest[k] = i.get(kRest[k]);
  if (!uses_c) out.rest.back() ^= i.get(field::kC);
  return out;
}

class VectorCheck : public BenchTest {
 protected:
  void check(const Instruction& instruction, unsigned hold = 0) {
    for (std::size_t i = 0; i < isa::kInstructionWords; ++i) {
      bench_->insn_i[i] = instruction.words()[i];
    }
    bench_->valid_i = 1;
    bench_->ready_i = 0;
    bench_.settle();
    ASSERT_EQ(bench_->vcheck_ready_o[0] & bench_->vcheck_ready_o[1], 1);
    bench_.edge();
    bench_->valid_i = random_.one_in(2);  // another may be offered, and is not taken
    for (IData& word : bench_->insn_i.m_storage) word = random_.bits32();
    for (unsigned i = 1; i < kLatency; ++i) {
      bench_.settle();
      ASSERT_EQ(bench_->vcheck_valid_o[0] | bench_->vcheck_valid_o[1], 0) << "after " << i;
      ASSERT_EQ(bench_->vcheck_ready_o[0] | bench_->vcheck_ready_o[1], 0);
      bench_.edge();
    }
    for (unsigned i = 0; i <= hold; ++i) {
      bench_->ready_i = i == hold;
      bench_.settle();
      ASSERT_EQ(bench_->vcheck_valid_o[0] & bench_->vcheck_valid_o[1], 1);
      ASSERT_NO_FATAL_FAILURE(compare(0, instruction, unpack(bench_->vcheck_small_o)));
      ASSERT_NO_FATAL_FAILURE(compare(1, instruction, unpack(bench_->vcheck_large_o)));
      bench_.edge();
    }
    bench_->valid_i = 0;
  }

  // Small enough for the small memory, unless it is unlucky.
  Instruction plausible(bool large) {
    const std::uint32_t most = large ? 1u << (3 + random_.below(14)) : 13;
    const Hardware hardware = large ? kLarge : kSmall;
    const std::uint32_t operand = hardware.operand_tile_bytes();
    const std::uint32_t accumulator = hardware.accumulator_tile_bytes();
    Instruction i(isa::Opcode::kVector);
    i.set(field::kRows, 1 + random_.below(most)).set(field::kCols, 1 + random_.below(most));
    for (const isa::Field at : {field::kAIs, field::kBIs, field::kCIs}) i.set(at, random_.below(4));
    for (const isa::Field at : {field::kTransA, field::kTransB, field::kTransC, field::kTransD,
                                field::kStochastic, field::kWriteD, field::kWriteE}) {
      i.set(at, random_.below(2));
    }
    i.set(field::kCombine, random_.below(11)).set(field::kApply, random_.below(8));
    i.set(field::kReduce, random_.one_in(2) ? 0 : random_.below(3));
    i.set(field::kOrder, random_.below(3)).set(field::kStream, random_.bits32() >> 16);
    for (const isa::Field at : {field::kSeed, field::kBConstant, field::kCConstant}) {
      i.set(at, random_.bits32());
    }
    for (const isa::Field at : {field::kTake, field::kGive}) i.set(at, random_.bits32() >> 16);
    constexpr std::array<std::pair<isa::Field, isa::Field>, 5> kMatrices = {{
        {field::kA, field::kARows},
        {field::kB, field::kBRows},
        {field::kC, field::kCRows},
        {field::kD, field::kDRows},
        {field::kE, field::kERows},
    }};
    for (const auto& [address, rows] : kMatrices) {
      const bool in_accumulator = random_.one_in(2);
      const std::uint32_t tile = in_accumulator ? accumulator : operand;
      const std::uint32_t tiles = large ? 1u << random_.below(15) : in_accumulator ? 8 : 16;
      i.set(address, (in_accumulator ? device::kAccumulatorBase : 0) + random_.below(tiles) * tile);
      i.set(rows, random_.below(large ? 1u << random_.below(17) : 6) & 0xFFFFu);
    }
    i.set(field::kListFours, random_.bits32() >> 22);
    if (random_.one_in(3)) list(i, large);
    return i;
  }

  // By a list, as likely as not a legal one.
  void list(Instruction& i, bool large) {
    i.set(field::kListed, true);
    const std::uint32_t entries = large ? 4096 : 1024;
    i.set(field::kRows, 1 + random_.below(60));
    i.set(field::kListFours,
          random_.one_in(3) ? (entries - 4 - random_.below(80)) / 4 : random_.below(entries / 4));
    i.set(field::kERows, random_.below(20)).set(field::kStream, random_.below(20));
    if (random_.one_in(4)) return;
    const bool is_row = random_.one_in(2);
    i.set(field::kAIs, Operand::kMatrix);
    i.set(field::kBIs, is_row ? Operand::kRow : Operand::kConstant);
    if (i.get(field::kCIs) == static_cast<unsigned>(Operand::kColumn)) i.set(field::kCIs, 0u);
    for (const isa::Field at : {field::kTransA, field::kTransB, field::kTransC, field::kTransD,
                                field::kStochastic, field::kWriteE, field::kReduce}) {
      i.set(at, 0u);
    }
    i.set(field::kWriteD, true);
  }

  Instruction broken(bool large) {
    isa::InstructionWords words = plausible(large).words();
    const std::uint32_t count = 1 + random_.below(2);
    for (std::uint32_t k = 0; k < count; ++k) {
      const std::uint32_t word = random_.below(isa::kInstructionWords);
      const std::uint32_t bit = word == 0 ? 8 + random_.below(24) : random_.below(32);
      switch (random_.below(3)) {
        case 0:
          words[word] ^= 1u << bit;
          break;
        case 1:
          if (word >= 3) words[word] = random_.bits32() >> bit;
          break;
        default:
          if (word >= 3) words[word] = std::array{0u, 1u, ~0u, 1u << 31, 1u << 20}[bit % 5];
          break;
      }
    }
    return Instruction(words);
  }

  static constexpr Hardware kLarge{.n = 16, .operand_kib = 8192, .accumulator_kib = 8192};
  std::array<std::uint64_t, 16> seen_{};  // verdicts of the small checker
  std::array<std::uint64_t, 7> operands_{};

 private:
  void compare(unsigned which, const Instruction& i, const Translated& got) {
    const model::Fault want =
        model::check_vector(which == 0 ? small_ : large_, which == 0 ? 4 : 16, i);
    std::ostringstream text;
    text << "checker " << which << std::hex << ", words";
    for (const std::uint32_t word : i.words()) text << " " << word;
    ASSERT_EQ(bench_->vcheck_error_o[which], static_cast<unsigned>(want.error)) << text.str();
    ASSERT_EQ(bench_->vcheck_operand_o[which], want.operand) << text.str();
    if (want.error == isa::Error::kNone) {
      ASSERT_EQ(got, expected(which == 0 ? kSmall : kLarge, i)) << text.str();
    }
    if (which == 0) {
      ++seen_[static_cast<unsigned>(want.error)];
      ++operands_[want.operand];
    }
  }

  model::LocalMemory small_{kSmall};
  model::LocalMemory large_{kLarge};
};

TEST_F(VectorCheck, RandomInstructionsAndHugeValues) {
  for (int k = 0; k < 40'000; ++k) {
    const bool large = random_.one_in(3);
    const Instruction i = random_.one_in(2) ? plausible(large) : broken(large);
    const std::uint32_t hold = random_.one_in(8) ? random_.below(4) : 0;
    ASSERT_NO_FATAL_FAILURE(check(i, hold));
  }
  for (const isa::Error error :
       {isa::Error::kNone, isa::Error::kZeroSize, isa::Error::kMisaligned, isa::Error::kOutOfRange,
        isa::Error::kOverlap, isa::Error::kChoice}) {
    EXPECT_GT(seen_[static_cast<unsigned>(error)], 50u) << static_cast<unsigned>(error);
  }
  for (const std::uint64_t count : operands_) EXPECT_GT(count, 50u);
}

// The last tile of the memory is in, the one after it is out, along both dimensions, transposed or
// not, for every matrix.
TEST_F(VectorCheck, LastTileOfTheMemory) {
  for (std::uint32_t past = 0; past < 2; ++past) {
    for (unsigned transposed = 0; transposed < 2; ++transposed) {
      for (std::uint32_t first = 0; first < 16; first += 3) {
        Instruction i(isa::Opcode::kVector);
        i.set(field::kBIs, Operand::kConstant).set(field::kWriteD, true);
        i.set(field::kTransA, transposed);
        i.set(field::kA, device::kAccumulatorBase + first * 64);
        const std::uint32_t size = (16 - first - 1 + past) * 4 + 1;
        i.set(field::kDRows, 1).set(field::kRows, 1).set(field::kCols, size);
        i.set(field::kARows, 1);
        ASSERT_NO_FATAL_FAILURE(check(i));
        i.set(field::kRows, size).set(field::kCols, 1);
        ASSERT_NO_FATAL_FAILURE(check(i));
        i.set(field::kA, 0).set(field::kD, device::kAccumulatorBase + first * 64);
        ASSERT_NO_FATAL_FAILURE(check(i));
      }
    }
  }
  EXPECT_GT(seen_[0], 20u);
  EXPECT_GT(seen_[static_cast<unsigned>(isa::Error::kOutOfRange)], 20u);
}

TEST_F(VectorCheck, EveryChoiceThatDoesNotExist) {
  Instruction good(isa::Opcode::kVector);
  good.set(field::kRows, 1).set(field::kCols, 1).set(field::kWriteD, true);
  ASSERT_NO_FATAL_FAILURE(check(good));
  for (unsigned value = 0; value < 16; ++value) {
    Instruction i = good;
    ASSERT_NO_FATAL_FAILURE(check(i.set(field::kCombine, value)));
    i = good;
    ASSERT_NO_FATAL_FAILURE(check(i.set(field::kApply, value)));
    i = good;
    ASSERT_NO_FATAL_FAILURE(
        check(i.set(field::kReduce, value % 4).set(field::kWriteE, value / 4 % 2)));
    i = good;
    ASSERT_NO_FATAL_FAILURE(check(i.set(field::kOrder, value % 4)));
  }
  ASSERT_NO_FATAL_FAILURE(check(good.set(field::kWriteD, false)));
}

}  // namespace
}  // namespace gradcore::harness
