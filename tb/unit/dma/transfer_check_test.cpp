// SPDX-License-Identifier: Apache-2.0
#include <array>
#include <sstream>

#include "tb/unit/dma/dma_bench.h"

namespace gradcore::harness {
namespace {

using isa::Error;
using isa::Instruction;
using isa::Opcode;
using model::Fault;
using model::Window;
namespace field = isa::load;

// From the cycle of acceptance to the verdict; more where rows lie in steps.
constexpr unsigned kLatency = 14;
constexpr unsigned kSteppedLatency = 26;
constexpr unsigned kPeriod = 15;

// Values at the edges of what fields are added and multiplied in.
constexpr std::array<std::uint32_t, 16> kOdd = {0,           1,           2,           3,
                                                4,           15,          16,          17,
                                                0x000F'FFFF, 0x0010'0000, 0x7FFF'FFFF, 0x8000'0000,
                                                0x8000'0001, 0xFFFF'FFFF, 0xFFFF'FFFE, 0xFFFF'FFFC};

template <typename Bench>
class TransferCheck : public DmaTest<Bench> {
 protected:
  using Base = DmaTest<Bench>;
  using Base::bench_;
  using Base::kN;
  using Base::random_;

  // `hold`: cycles that the verdict waits.
  void check(const Instruction& insn, const Window& window, unsigned hold = 0) {
    const bool store = insn.opcode() == static_cast<unsigned>(Opcode::kStore);
    for (unsigned i = 0; i < isa::kInstructionWords; ++i) bench_->insn_i[i] = insn.words()[i];
    bench_->is_store_i = store;
    bench_->window_base_i = window.base;
    bench_->window_size_i = window.size;
    bench_->check_valid_i = 1;
    bench_->check_ready_i = 0;
    bench_.settle();
    ASSERT_EQ(bench_->check_ready_o, 1);
    bench_.edge();
    // Another may be offered, and is not taken.
    bench_->check_valid_i = random_.one_in(2);
    for (IData& word : bench_->insn_i.m_storage) word = random_.bits32();
    bench_->window_base_i = random_.bits();
    bench_->window_size_i = random_.bits();
    const bool stepped = insn.get(field::kRowFirst) != 0 || insn.get(field::kRowStep) > 1;
    for (unsigned i = 1; i < (stepped ? kSteppedLatency : kLatency); ++i) {
      bench_.settle();
      ASSERT_EQ(bench_->check_valid_o | bench_->check_ready_o, 0) << "after " << i;
      bench_.edge();
    }
    const Fault want = model::check_transfer(local_, kN, insn, window);
    for (unsigned i = 0; i <= hold; ++i) {
      bench_->check_ready_i = i == hold;
      bench_.settle();
      std::ostringstream text;
      text << std::hex << "window " << window.base << " + " << window.size << ", words";
      for (const std::uint32_t word : insn.words()) text << " " << word;
      ASSERT_EQ(bench_->check_valid_o, 1);
      ASSERT_EQ(bench_->check_error_o, static_cast<unsigned>(want.error)) << text.str();
      ASSERT_EQ(bench_->check_operand_o, want.operand) << text.str();
      if (want.error == Error::kNone) {
        ASSERT_TRUE(Transfer::unpack(bench_->check_transfer_o) == Transfer::of(insn, kN))
            << text.str();
      }
      bench_.edge();
    }
    bench_->check_valid_i = 0;
    ++seen_[static_cast<unsigned>(want.error)];
    operands_ |= std::uint64_t{1} << (4 * static_cast<unsigned>(want.error) + want.operand);
  }

  std::uint32_t tile_bytes(bool accumulator) const {
    return accumulator ? Bench::kCheck.accumulator_tile_bytes()
                       : Bench::kCheck.operand_tile_bytes();
  }
  std::uint32_t tiles(bool accumulator) const {
    return (accumulator ? Bench::kCheck.accumulator_kib : Bench::kCheck.operand_kib) * 1024 /
           tile_bytes(accumulator);
  }
  std::uint32_t below_power(unsigned most) { return 1 + random_.below(1u << random_.below(most)); }

  // One that may be carried out, unless it is unlucky; the window just holds it or nearly so.
  Instruction plausible(Window& window) {
    const bool store = random_.one_in(2);
    const bool accumulator = random_.one_in(2);
    const bool bf16 = random_.one_in(2);
    const std::uint32_t tile = tile_bytes(accumulator);
    const std::uint32_t element = bf16 ? 2 : 4;
    Instruction i(store ? Opcode::kStore : Opcode::kLoad);
    const bool listed = random_.one_in(3);
    const bool to_list = listed && !store && !bf16;
    const std::uint32_t cols = below_power(to_list ? 7 : 12);
    const std::uint32_t rows = below_power(listed ? 8 : random_.one_in(8) ? 32 : 12);
    if (listed) {
      i.set(to_list ? field::kToList : field::kIndexed, true).set(field::kLimit, below_power(32));
      const auto entries = static_cast<std::uint32_t>(local_.list().size());
      const std::uint32_t used = to_list ? rows * cols : rows;
      const std::uint32_t room = used < entries ? entries - used : 0;
      i.set(field::kListAt, (random_.one_in(3) ? room + random_.below(2) * 4 : 0) & ~3u);
    }
    const std::uint32_t row_first = random_.one_in(4) ? random_.below(3 * kN) : 0;
    const std::uint32_t row_step = random_.one_in(4) ? below_power(6) : random_.below(2);
    i.set(field::kRowFirst, row_first).set(field::kRowStep, row_step);
    const std::uint32_t col_tiles = (cols + kN - 1) / kN;
    const std::uint32_t step =
        random_.one_in(8) ? random_.below(col_tiles + 1) : col_tiles + random_.below(3);
    i.set(field::kFormat, bf16).set(field::kRows, rows).set(field::kCols, cols);
    i.set(field::kTake, random_.bits32() & 0xFFFF).set(field::kGive, random_.bits32() & 0xFFFF);
    i.set(field::kMemBase, random_.below(16)).set(field::kDramBase, random_.below(16));
    const std::uint64_t last =
        row_first + std::uint64_t{rows - 1} * std::max(row_step, std::uint32_t{1});
    const std::uint64_t extent = last / kN * step + col_tiles;  // tiles, to end near the last one
    const std::uint64_t all = tiles(accumulator);
    std::uint64_t first = extent <= all ? all - extent : 0;
    if (!random_.one_in(4)) first = random_.below(static_cast<std::uint32_t>(first) + 1);
    if (random_.one_in(16)) ++first;
    i.set(field::kMem, static_cast<std::uint32_t>(first * tile) | (accumulator ? 1u << 31 : 0));
    i.set(field::kMemRows, step * tile);
    const std::uint32_t pitch =
        cols * element +
        (random_.one_in(3) ? 0 : element * random_.below(random_.one_in(4) ? 1u << 30 : 20));
    const std::uint64_t address = random_.bits() >> random_.below(60) << (bf16 ? 1 : 2);
    i.set(field::kPitch, random_.one_in(16) ? pitch - element : pitch);
    i.set(field::kDram, static_cast<std::uint32_t>(address));
    i.set(field::kDramHigh, static_cast<std::uint32_t>(address >> 32));
    const std::uint64_t bytes =
        i.get(field::kIndexed) != 0
            ? std::uint64_t{i.get(field::kLimit)} * i.get(field::kPitch)
            : std::uint64_t{rows - 1} * i.get(field::kPitch) + std::uint64_t{cols} * element;
    window.base = address & ~std::uint64_t{15};
    if (random_.one_in(2)) window.base -= std::uint64_t{16} * random_.below(100);
    if (random_.one_in(12)) window.base += 16;
    window.size = ((address + bytes - window.base + 15) & ~std::uint64_t{15});
    if (random_.one_in(2)) window.size += std::uint64_t{16} * random_.below(100);
    if (random_.one_in(12)) window.size -= 16;
    return i;
  }

  // As above with something that hurts in some of its fields.
  Instruction broken(Window& window) {
    isa::InstructionWords words = plausible(window).words();
    const std::uint32_t count = 1 + random_.below(3);
    for (std::uint32_t k = 0; k < count; ++k) {
      const std::uint32_t word = random_.one_in(8) ? 0 : 3 + random_.below(10);
      const std::uint32_t odd = kOdd[random_.below(kOdd.size())];
      const std::uint32_t shift = random_.below(32);
      switch (random_.below(4)) {
        case 0:
          words[word] = odd;
          break;
        case 1:
          words[word] ^= 1u << shift;
          break;
        case 2:
          words[word] = odd * tile_bytes(false);
          break;
        default:
          words[word] = random_.bits32() >> shift;
          break;
      }
    }
    if (random_.one_in(16)) words[11 + random_.below(5)] |= 1u << random_.below(32);
    const Opcode opcode = random_.one_in(2) ? Opcode::kStore : Opcode::kLoad;
    words[0] = (words[0] & ~0xFFu) | static_cast<std::uint32_t>(opcode);
    if (random_.one_in(8)) window.base = random_.bits() & ~std::uint64_t{15};
    if (random_.one_in(8)) window = {0, ~std::uint64_t{15}};
    return Instruction(words);
  }

  model::LocalMemory local_{Bench::kCheck};
  std::array<std::uint64_t, 16> seen_{};
  std::uint64_t operands_ = 0;
};

TYPED_TEST_SUITE(TransferCheck, Benches);

Instruction one_element(Opcode opcode) {
  Instruction i(opcode);
  i.set(field::kRows, 1).set(field::kCols, 1).set(field::kFormat, isa::Format::kFp32);
  return i;
}
constexpr Window kAll{0, ~std::uint64_t{15}};

// Each has the fault of the one before it, too, but for the last.
TYPED_TEST(TransferCheck, EveryErrorInItsOrder) {
  for (const Opcode opcode : {Opcode::kLoad, Opcode::kStore}) {
    Instruction i = one_element(opcode);
    i.set(field::kRows, 2 * this->kN + 1).set(field::kCols, 2 * this->kN + 1);
    i.set(field::kMemRows, 3 * this->tile_bytes(false)).set(field::kPitch, 4 * (2 * this->kN + 1));
    ASSERT_NO_FATAL_FAILURE(this->check(i, kAll));
    ASSERT_NO_FATAL_FAILURE(this->check(i, {0, 32}));
    isa::InstructionWords words = i.words();
    words[13] = 8;
    i = Instruction(words);
    ASSERT_NO_FATAL_FAILURE(this->check(i, {0, 32}));
    i.set(field::kPitch, 8 * this->kN).set(field::kMemRows, 2 * this->tile_bytes(false));
    ASSERT_NO_FATAL_FAILURE(this->check(i, {0, 32}));
    i.set(field::kMem, 0x7FFF'F000);
    ASSERT_NO_FATAL_FAILURE(this->check(i, {0, 32}));
    i.set(field::kDram, 2);
    ASSERT_NO_FATAL_FAILURE(this->check(i, {0, 32}));
    i.set(field::kMemRows, 8);
    ASSERT_NO_FATAL_FAILURE(this->check(i, {0, 32}));
    i.set(field::kCols, 0);
    ASSERT_NO_FATAL_FAILURE(this->check(i, {0, 32}));
  }
  EXPECT_EQ(this->seen_[0], 2u);
  EXPECT_EQ(this->seen_[static_cast<unsigned>(Error::kZeroSize)], 2u);
  EXPECT_EQ(this->seen_[static_cast<unsigned>(Error::kMisaligned)], 4u);
  EXPECT_EQ(this->seen_[static_cast<unsigned>(Error::kOutOfRange)], 2u);
  EXPECT_EQ(this->seen_[static_cast<unsigned>(Error::kOverlap)], 2u);
  EXPECT_EQ(this->seen_[static_cast<unsigned>(Error::kReserved)], 2u);
  EXPECT_EQ(this->seen_[static_cast<unsigned>(Error::kWindow)], 2u);
}

TYPED_TEST(TransferCheck, EveryBitOfEveryWord) {
  for (const Opcode opcode : {Opcode::kLoad, Opcode::kStore}) {
    for (unsigned word = 0; word < isa::kInstructionWords; ++word) {
      for (unsigned bit = word == 0 ? 8 : 0; bit < 32; ++bit) {
        isa::InstructionWords words = one_element(opcode).words();
        words[word] ^= 1u << bit;
        ASSERT_NO_FATAL_FAILURE(this->check(Instruction(words), kAll));
        ASSERT_NO_FATAL_FAILURE(this->check(Instruction(words), {0, 16}));
      }
    }
  }
}

// The largest extent there is, in windows that just hold it and just do not, at every height.
TYPED_TEST(TransferCheck, EdgesOfWindows) {
  for (const std::uint32_t rows : {1u, 2u, 0xFFFF'FFFFu}) {
    for (const std::uint32_t pitch : {4u, 0xFFFF'FFFCu}) {
      Instruction i = one_element(Opcode::kStore);
      i.set(field::kRows, rows).set(field::kPitch, pitch);
      const std::uint64_t bytes = std::uint64_t{rows - 1} * pitch + 4;
      for (const std::uint64_t address :
           {std::uint64_t{0}, std::uint64_t{12}, std::uint64_t{16}, std::uint64_t{0xFFFF'FFF0},
            std::uint64_t{0x1'0000'0000}, ~std::uint64_t{3}, -bytes,
            std::uint64_t{0} - bytes - 4}) {
        i.set(field::kDram, static_cast<std::uint32_t>(address) & ~3u);
        i.set(field::kDramHigh, static_cast<std::uint32_t>(address >> 32));
        for (const std::uint64_t base : {std::uint64_t{0}, address & ~std::uint64_t{15},
                                         (address & ~std::uint64_t{15}) + 16}) {
          const std::uint64_t size = (address + bytes - base + 15) & ~std::uint64_t{15};
          for (const std::uint64_t s : {size, size - 16, size + 16, ~std::uint64_t{15}}) {
            ASSERT_NO_FATAL_FAILURE(this->check(i, {base, s}));
          }
        }
      }
    }
  }
  EXPECT_GT(this->seen_[0], 20u);
  EXPECT_GT(this->seen_[static_cast<unsigned>(Error::kWindow)], 20u);
}

TYPED_TEST(TransferCheck, RandomInstructionsAndHugeValues) {
  for (int k = 0; k < 60'000; ++k) {
    Window window;
    const Instruction i = this->random_.one_in(2) ? this->plausible(window) : this->broken(window);
    const std::uint32_t hold = this->random_.one_in(8) ? this->random_.below(4) : 0;
    ASSERT_NO_FATAL_FAILURE(this->check(i, window, hold));
  }
  for (const Error error : {Error::kNone, Error::kZeroSize, Error::kMisaligned, Error::kOutOfRange,
                            Error::kOverlap, Error::kReserved, Error::kChoice, Error::kWindow}) {
    EXPECT_GT(this->seen_[static_cast<unsigned>(error)], 100u) << static_cast<unsigned>(error);
  }
  EXPECT_GT(this->seen_[0], 5000u);
  for (const Error error : {Error::kMisaligned, Error::kOutOfRange}) {
    for (unsigned operand = error == Error::kMisaligned ? 1 : 3; operand <= 3; ++operand) {
      EXPECT_TRUE((this->operands_ >> (4 * static_cast<unsigned>(error) + operand)) & 1u)
          << operand;
    }
  }
}

TYPED_TEST(TransferCheck, SoakRandomInstructions) {
  for (int k = 0; k < 3'000'000; ++k) {
    Window window;
    const Instruction i = this->random_.one_in(2) ? this->plausible(window) : this->broken(window);
    ASSERT_NO_FATAL_FAILURE(this->check(i, window));
  }
}

TYPED_TEST(TransferCheck, OneInstructionEveryPeriod) {
  this->bench_->check_valid_i = 1;
  this->bench_->check_ready_i = 1;
  unsigned taken = 0;
  for (unsigned t = 0; t < 20 * kPeriod; ++t) {
    this->bench_.settle();
    EXPECT_EQ(this->bench_->check_ready_o, t % kPeriod == 0);
    taken += this->bench_->check_ready_o;
    this->bench_.edge();
  }
  EXPECT_EQ(taken, 20u);
}

}  // namespace
}  // namespace gradcore::harness
