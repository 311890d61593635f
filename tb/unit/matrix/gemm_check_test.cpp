// SPDX-License-Identifier: Apache-2.0
#include "sw/isa/instruction.h"
#include "sw/model/functional_core.h"
#include "tb/harness/unit_bench.h"

namespace gradcore::harness {
namespace {

using device::Completion;
using device::GemmCommand;
using device::GemmError;
using device::Hardware;
using Words = isa::InstructionWords;

constexpr unsigned kLatency = 12;  // from the cycle of acceptance to the verdict
constexpr unsigned kPeriod = 13;   // from one acceptance to the next
constexpr Hardware kSmall{.n = 4, .operand_kib = 1, .accumulator_kib = 1};  // 32 and 16 tiles
constexpr Hardware kLarge{.n = 16, .operand_kib = 1u << 19, .accumulator_kib = 1u << 20};

// Where a command that is right goes wrong, drawn at random.
constexpr std::array<std::uint32_t, 14> kOdd = {
    0,         1,         2,           3,           16,          17,          32,
    0x10'0000, 0x10'0001, 0x7FFF'FFFF, 0x8000'0000, 0x8000'0001, 0xFFFF'FFFF, 0xFFFF'FFE0};

// All matrices at the start of their memories.
GemmCommand sized(std::uint32_t m, std::uint32_t k, std::uint32_t n) {
  GemmCommand c;
  c.m = m;
  c.k = k;
  c.n = n;
  c.y.address = device::kAccumulatorBase;
  return c;
}

Completion expected_verdict(const Hardware& hardware, const GemmCommand& command,
                            const Words& words) {
  Completion out = model::check_command(hardware, command);
  const bool reserved = isa::Instruction(words).has_reserved_bits();
  if (out.error == GemmError::kNone && reserved) out.error = GemmError::kReserved;
  return out;
}

Words encode(const GemmCommand& c) {
  namespace field = isa::gemm;
  isa::Instruction out(isa::Opcode::kGemm);
  out.set(field::kM, c.m).set(field::kK, c.k).set(field::kN, c.n).set(field::kBatch, c.batch);
  out.set(field::kTransX, c.trans_x).set(field::kTransW, c.trans_w).set(field::kTransY, c.trans_y);
  out.set(field::kAccumulate, c.accumulate);
  const auto put = [&out](const device::MatrixRef& ref, isa::Field address, isa::Field rows,
                          isa::Field batch) {
    out.set(address, ref.address).set(rows, ref.row_stride).set(batch, ref.batch_stride);
  };
  put(c.x, field::kX, field::kXRows, field::kXBatch);
  put(c.w, field::kW, field::kWRows, field::kWBatch);
  put(c.y, field::kY, field::kYRows, field::kYBatch);
  return out.words();
}

// What gemm_o must be, modulo the width of a tile number.
GemmTiles expected_tiles(const Hardware& hardware, const GemmCommand& c) {
  constexpr std::uint32_t kMask = (1u << 20) - 1;
  const std::uint32_t operand = hardware.operand_tile_bytes();
  const std::uint32_t accumulator = hardware.accumulator_tile_bytes();
  const auto operand_tile = [&](std::uint32_t bytes) { return bytes / operand & kMask; };
  const auto accumulator_tile = [&](std::uint32_t bytes) { return bytes / accumulator & kMask; };
  GemmTiles out;
  out.m = c.m;
  out.k = c.k;
  out.n = c.n;
  out.batch = c.batch;
  out.x = operand_tile(c.x.address);
  out.w = operand_tile(c.w.address);
  out.y = accumulator_tile(c.y.address & ~device::kAccumulatorBase);
  out.x_b = operand_tile(c.x.batch_stride);
  out.w_b = operand_tile(c.w.batch_stride);
  out.y_b = accumulator_tile(c.y.batch_stride);
  const std::uint32_t x_row = operand_tile(c.x.row_stride);
  const std::uint32_t w_row = operand_tile(c.w.row_stride);
  const std::uint32_t y_row = accumulator_tile(c.y.row_stride);
  out.x_m = c.trans_x ? 1 : x_row;
  out.x_k = c.trans_x ? x_row : 1;
  out.w_k = c.trans_w ? 1 : w_row;
  out.w_n = c.trans_w ? w_row : 1;
  out.y_m = c.trans_y ? 1 : y_row;
  out.y_n = c.trans_y ? y_row : 1;
  out.trans_x = c.trans_x;
  out.trans_w = c.trans_w;
  out.trans_y = c.trans_y;
  out.accumulate = c.accumulate;
  return out;
}

class GemmCheck : public BenchTest {
 protected:
  // Both checkers on the bench judge the command; in step, as neither waits for the other.
  // The reserved bits are those of words 2 and 0.
  void check(const GemmCommand& command, std::uint32_t reserved_bases = 0,
             std::uint32_t reserved_flags = 0, unsigned hold = 0) {
    Words words = encode(command);
    words[0] |= reserved_flags << 12;
    words[2] |= reserved_bases << 12;
    for (std::size_t i = 0; i < words.size(); ++i) bench_->insn_i[i] = words[i];
    bench_->valid_i = 1;
    bench_->ready_i = 0;
    bench_.settle();
    ASSERT_EQ(bench_->check_ready_o & bench_->check_large_ready_o, 1);
    bench_.edge();
    bench_->valid_i = random_.one_in(2);  // another may be offered, and is not taken
    for (IData& word : bench_->insn_i.m_storage) word = random_.bits32();
    for (unsigned i = 1; i < kLatency; ++i) {
      bench_.settle();
      ASSERT_EQ(bench_->check_valid_o | bench_->check_large_valid_o, 0) << "after " << i;
      ASSERT_EQ(bench_->check_ready_o | bench_->check_large_ready_o, 0);
      bench_.edge();
    }
    for (unsigned i = 0; i <= hold; ++i) {
      bench_->ready_i = i == hold;
      bench_.settle();
      ASSERT_EQ(bench_->check_valid_o & bench_->check_large_valid_o, 1);
      ASSERT_EQ(bench_->check_ready_o | bench_->check_large_ready_o, 0);
      ASSERT_NO_FATAL_FAILURE(compare(kSmall, command, words, bench_->check_error_o,
                                      bench_->check_operand_o,
                                      GemmTiles::unpack(bench_->check_gemm_o)));
      ASSERT_NO_FATAL_FAILURE(compare(kLarge, command, words, bench_->check_large_error_o,
                                      bench_->check_large_operand_o,
                                      GemmTiles::unpack(bench_->check_large_gemm_o)));
      bench_.edge();
    }
    bench_->valid_i = 0;
  }

  // A command that `hardware` can carry out, unless it is unlucky, filling much of the memory.
  GemmCommand plausible(const Hardware& hardware) {
    const std::uint32_t limit = hardware.n == 4 ? 14 : 1u << (4 + random_.below(16));
    const std::uint32_t operand = hardware.operand_tile_bytes();
    const std::uint32_t accumulator = hardware.accumulator_tile_bytes();
    const std::uint32_t operand_tiles = hardware.operand_kib * 1024 / operand;
    const std::uint32_t accumulator_tiles = hardware.accumulator_kib * 1024 / accumulator;
    GemmCommand c;
    for (std::uint32_t* size : {&c.m, &c.k, &c.n}) *size = 1 + random_.below(limit);
    c.batch = 1 + random_.below(random_.one_in(2) ? 1 : 6);
    for (bool* flag : {&c.trans_x, &c.trans_w, &c.trans_y, &c.accumulate}) {
      *flag = random_.one_in(2);
    }
    place(c.x, operand, operand_tiles);
    place(c.w, operand, operand_tiles);
    place(c.y, accumulator, accumulator_tiles);
    c.y.address |= device::kAccumulatorBase;
    return c;
  }

  // As above with one of its fields replaced by something that hurts.
  GemmCommand broken(const Hardware& hardware) {
    GemmCommand c = plausible(hardware);
    const std::array<std::uint32_t*, 13> fields = {&c.m,
                                                   &c.k,
                                                   &c.n,
                                                   &c.batch,
                                                   &c.x.address,
                                                   &c.w.address,
                                                   &c.y.address,
                                                   &c.x.row_stride,
                                                   &c.w.row_stride,
                                                   &c.y.row_stride,
                                                   &c.x.batch_stride,
                                                   &c.w.batch_stride,
                                                   &c.y.batch_stride};
    const std::uint32_t count = 1 + random_.below(3);
    for (std::uint32_t i = 0; i < count; ++i) {
      std::uint32_t& value = *fields[random_.below(fields.size())];
      const std::uint32_t shift = random_.below(32);
      const std::uint32_t odd = kOdd[random_.below(kOdd.size())];
      switch (random_.below(4)) {
        case 0:
          value = odd;
          break;
        case 1:
          value ^= 1u << shift;
          break;
        case 2:
          value = odd * hardware.operand_tile_bytes();
          break;
        default:
          value = random_.bits32() >> shift;
          break;
      }
    }
    return c;
  }

  std::array<std::uint64_t, 6> seen_{};  // verdicts by error code, of the small checker

 private:
  void place(device::MatrixRef& ref, std::uint32_t tile, std::uint32_t tiles) {
    const std::uint32_t most = tiles < 64 ? 6 : 1u << random_.below(16);
    ref.address = random_.below(random_.one_in(4) ? tiles : tiles / 4) * tile;
    ref.row_stride = random_.below(most) * tile;
    ref.batch_stride = random_.below(most) * tile;
  }

  void compare(const Hardware& hardware, const GemmCommand& command, const Words& words,
               unsigned error, unsigned operand, const GemmTiles& tiles) {
    const Completion want = expected_verdict(hardware, command, words);
    std::ostringstream text;
    text << "n=" << hardware.n << std::hex << ", words";
    for (const std::uint32_t word : words) text << " " << word;
    ASSERT_EQ(error, static_cast<unsigned>(want.error)) << text.str();
    ASSERT_EQ(operand, static_cast<unsigned>(want.operand)) << text.str();
    if (want.error == GemmError::kNone) {
      ASSERT_EQ(tiles, expected_tiles(hardware, command)) << text.str();
    }
    if (hardware.n == kSmall.n) ++seen_[static_cast<unsigned>(want.error)];
  }
};

// Every code, for every matrix that can be at fault, and what it hides: each command has the fault
// of the one before it, too, but for the last.
TEST_F(GemmCheck, EveryErrorInItsOrder) {
  GemmCommand good = sized(5, 6, 7);
  good.x = {0, 64, 0};
  good.w = {32, 64, 0};
  good.y = {device::kAccumulatorBase, 128, 0};
  ASSERT_NO_FATAL_FAILURE(check(good));
  EXPECT_EQ(seen_[0], 1u);

  GemmCommand c = good;
  c.y.row_stride = 64;
  ASSERT_NO_FATAL_FAILURE(check(c, 1));                // overlap before reserved
  for (device::MatrixRef* ref : {&c.y, &c.w, &c.x}) {  // out of range before overlap, X first
    ref->address ^= device::kAccumulatorBase;
    ASSERT_NO_FATAL_FAILURE(check(c, 1));
  }
  for (device::MatrixRef* ref : {&c.y, &c.w, &c.x}) {
    ref->batch_stride |= 1;
    ASSERT_NO_FATAL_FAILURE(check(c, 0, 1));
  }
  for (std::uint32_t* size : {&c.m, &c.k, &c.n, &c.batch}) {
    const std::uint32_t before = *size;
    *size = 0;
    ASSERT_NO_FATAL_FAILURE(check(c, 1, 1));
    *size = before;
  }
  EXPECT_EQ(seen_[1], 4u);
  EXPECT_EQ(seen_[2], 3u);
  EXPECT_EQ(seen_[3], 3u);
  EXPECT_EQ(seen_[4], 1u);
}

TEST_F(GemmCheck, EveryReservedBit) {
  const GemmCommand good = sized(1, 1, 1);
  for (unsigned bit = 0; bit < 20; ++bit) ASSERT_NO_FATAL_FAILURE(check(good, 1u << bit));
  for (unsigned bit = 0; bit < 20; ++bit) ASSERT_NO_FATAL_FAILURE(check(good, 0, 1u << bit));
  EXPECT_EQ(seen_[5], 40u);
}

// Each bit of each address and stride that lies below the tile.
TEST_F(GemmCheck, EveryMisalignedBit) {
  const GemmCommand good = sized(1, 1, 1);
  for (unsigned bit = 0; bit < 12; ++bit) {
    for (const auto matrix : {&GemmCommand::x, &GemmCommand::w, &GemmCommand::y}) {
      for (const auto value : {&device::MatrixRef::address, &device::MatrixRef::row_stride,
                               &device::MatrixRef::batch_stride}) {
        GemmCommand c = good;
        c.*matrix.*value |= 1u << bit;
        ASSERT_NO_FATAL_FAILURE(check(c));
      }
    }
  }
}

// The last tile of the memory is in, the one after it is out, along every dimension.
TEST_F(GemmCheck, LastTileOfTheMemory) {
  for (const Hardware& hardware : {kSmall, kLarge}) {
    const std::uint64_t tile = hardware.operand_tile_bytes();
    const std::uint64_t tiles = hardware.operand_kib * std::uint64_t{1024} / tile;
    for (std::uint64_t past = 0; past < 2; ++past) {
      for (const std::uint64_t base : {std::uint64_t{0}, std::uint64_t{1}, tiles / 2, tiles - 1}) {
        GemmCommand c = sized(1, 1, 1);
        c.x.address = static_cast<std::uint32_t>(base * tile);
        const auto span = static_cast<std::uint32_t>(tiles - base + past);  // tiles wide or high
        GemmCommand wide = c;
        wide.k = span * hardware.n;
        wide.trans_w = true;
        ASSERT_NO_FATAL_FAILURE(check(wide));
        GemmCommand high = c;
        high.m = span * hardware.n;
        high.x.row_stride = static_cast<std::uint32_t>(tile);
        ASSERT_NO_FATAL_FAILURE(check(high));
        GemmCommand many = c;
        many.batch = span;
        many.x.batch_stride = static_cast<std::uint32_t>(tile);
        ASSERT_NO_FATAL_FAILURE(check(many));
      }
    }
  }
}

TEST_F(GemmCheck, RandomCommandsAndHugeValues) {
  for (int i = 0; i < 30'000; ++i) {
    const Hardware& hardware = random_.one_in(2) ? kSmall : kLarge;
    const GemmCommand command = random_.one_in(2) ? plausible(hardware) : broken(hardware);
    const std::uint32_t reserved = random_.one_in(32) ? random_.bits32() >> 12 : 0;
    const std::uint32_t flags = random_.one_in(32) ? random_.bits32() >> 12 : 0;
    const std::uint32_t hold = random_.one_in(8) ? random_.below(4) : 0;
    ASSERT_NO_FATAL_FAILURE(check(command, reserved, flags, hold));
  }
  for (const std::uint64_t count : seen_) EXPECT_GT(count, 100u);
}

TEST_F(GemmCheck, OneCommandEveryTwelveCycles) {
  bench_->valid_i = 1;
  bench_->ready_i = 1;
  std::uint64_t last = 0;
  for (std::uint64_t t = 0; t < 20 * kPeriod; ++t) {
    bench_.settle();
    if (bench_->check_ready_o != 0) {
      if (t != 0) {
        EXPECT_EQ(t - last, kPeriod);
      }
      last = t;
    }
    bench_.edge();
  }
  EXPECT_GE(last, 18 * kPeriod);
}

}  // namespace
}  // namespace gradcore::harness
