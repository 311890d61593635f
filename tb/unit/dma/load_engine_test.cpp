// SPDX-License-Identifier: Apache-2.0
#include "tb/unit/dma/dma_system.h"

namespace gradcore::harness {
namespace {

using isa::Instruction;
using isa::Opcode;
namespace field = isa::load;

constexpr std::size_t kDram = 64 * 1024;

template <typename Bench>
class LoadEngine : public DmaTest<Bench> {
 protected:
  using System = DmaSystem<Bench>;
  using Base = DmaTest<Bench>;
  using Base::bench_;
  using Base::kN;
  using Base::random_;

  // Runs one instruction and compares all of local memory.
  void compare(const Instruction& i, AxiMemorySettings settings = {}) {
    System system(bench_, random_, kDram, settings);
    model::LocalMemory want = system.local;
    ASSERT_TRUE(model::check_transfer(want, kN, i, {0, kDram}) == model::Fault{}) << describe(i);
    ASSERT_EQ(model::execute_transfer(want, kN, i, system.dram).error, isa::Error::kNone);
    system.load.queue.push_back(Transfer::of(i, kN));
    ASSERT_TRUE(system.run()) << describe(i);
    ASSERT_TRUE(system.local.operands() == want.operands()) << describe(i);
    ASSERT_TRUE(system.local.accumulators() == want.accumulators()) << describe(i);
    ASSERT_FALSE(system.load.done[0].error);
    ASSERT_EQ(system.wrong_lines, 0u);
    ASSERT_EQ(bench_->load_status_o & 0x14, 0x10) << "not idle";
  }

  Instruction matrix(std::uint32_t rows, std::uint32_t cols, isa::Format format,
                     bool accumulator) const {
    const std::uint32_t element = format == isa::Format::kFp32 ? 4 : 2;
    const std::uint32_t tile = (accumulator ? 4 : 2) * kN * kN;
    Instruction i(Opcode::kLoad);
    i.set(field::kRows, rows).set(field::kCols, cols).set(field::kFormat, format);
    i.set(field::kMem, accumulator ? device::kAccumulatorBase : 0);
    i.set(field::kMemRows, (cols + kN - 1) / kN * tile).set(field::kPitch, cols * element);
    return i;
  }
};

TYPED_TEST_SUITE(LoadEngine, Benches);

constexpr isa::Format kFormats[] = {isa::Format::kFp32, isa::Format::kBf16};

// Every alignment of small matrices, rows adjoining or not.
TYPED_TEST(LoadEngine, EveryAlignment) {
  for (const isa::Format format : kFormats) {
    const std::uint32_t element = format == isa::Format::kFp32 ? 4 : 2;
    for (std::uint32_t address = 0; address < 32; address += element) {
      for (const std::uint32_t cols : {1u, 2u, 3u, this->kN - 1, this->kN, this->kN + 1}) {
        for (const std::uint32_t gap : {0u, element, 16u}) {
          Instruction i = this->matrix(3, cols, format, (address & 4) != 0);
          i.set(field::kDram, 0x100 - 16 + address).set(field::kPitch, cols * element + gap);
          ASSERT_NO_FATAL_FAILURE(this->compare(i, {.latency = 2}));
        }
      }
    }
  }
}

TYPED_TEST(LoadEngine, RandomWithStalls) {
  for (int round = 0; round < 60; ++round) {
    const bool rough = this->random_.one_in(2);
    AxiMemorySettings settings{.latency = 1 + this->random_.below(60),
                               .bandwidth = this->random_.one_in(2) ? 16.0 : 6.4,
                               .reorder = rough ? 0.5 : 0.0,
                               .interleave = this->random_.one_in(2),
                               .max_reads = 1 + this->random_.below(20),
                               .seed = this->random_.bits()};
    if (rough) settings.stalls = {.ar = 0.3, .r = 0.3};
    DmaSystem<TypeParam> system(this->bench_, this->random_, kDram, settings);
    if (this->random_.one_in(2)) system.write_stall = 0.4;
    if (this->random_.one_in(2)) system.list_stall = 0.4;
    if (this->random_.one_in(2)) system.fetch = system.fetch_stall = 0.1;
    model::LocalMemory want = system.local;
    TransferSource source(this->random_, this->kN, system.kTiles, kDram);
    std::string text;
    for (int k = 0; k < 20; ++k) {
      const Instruction i = source.draw(false);
      text += describe(i) + "\n";
      ASSERT_TRUE(model::check_transfer(want, this->kN, i, {0, kDram}) == model::Fault{}) << text;
      ASSERT_EQ(model::execute_transfer(want, this->kN, i, system.dram).error, isa::Error::kNone);
      system.load.queue.push_back(Transfer::of(i, this->kN));
    }
    ASSERT_TRUE(system.run()) << text;
    ASSERT_TRUE(system.local.operands() == want.operands()) << text;
    ASSERT_TRUE(system.local.accumulators() == want.accumulators()) << text;
    ASSERT_TRUE(system.local.list() == want.list()) << text;
    for (const auto& done : system.load.done) ASSERT_FALSE(done.error);
    ASSERT_EQ(system.wrong_lines, 0u);
  }
}

// 16 bytes a cycle, or a line a cycle where that is less: within 2 % and the latency.
TYPED_TEST(LoadEngine, FullRate) {
  for (const isa::Format format : kFormats) {
    for (const bool accumulator : {false, true}) {
      const std::uint32_t element = format == isa::Format::kFp32 ? 4 : 2;
      for (const std::uint32_t gap : {0u, 16u}) {
        DmaSystem<TypeParam> system(this->bench_, this->random_, kDram, {.latency = 40});
        Instruction i =
            this->matrix(system.kTiles / 4 * this->kN, 4 * this->kN, format, accumulator);
        i.set(field::kPitch, 4 * this->kN * element + gap);
        system.load.queue.push_back(Transfer::of(i, this->kN));
        ASSERT_TRUE(system.run());
        const std::uint64_t bytes = std::uint64_t{system.kTiles} * this->kN * this->kN * element;
        const std::uint64_t ideal = std::max(bytes / 16, system.load.lines);
        EXPECT_LE(system.load.done[0].cycle, ideal * 102 / 100 + 40 + 12);
      }
    }
  }
}

// A matrix of full lines that begin anywhere, rows apart: at most one cycle more for a row.
TYPED_TEST(LoadEngine, UnalignedRate) {
  DmaSystem<TypeParam> system(this->bench_, this->random_, kDram, {.latency = 40});
  const std::uint32_t rows = system.kTiles / 2 * this->kN;
  Instruction i = this->matrix(rows, 2 * this->kN, isa::Format::kFp32, true);
  i.set(field::kDram, 4).set(field::kPitch, 8 * this->kN + 36);
  while ((i.get(field::kRows) * i.get(field::kPitch)) > kDram)
    i.set(field::kRows, i.get(field::kRows) / 2);
  system.load.queue.push_back(Transfer::of(i, this->kN));
  ASSERT_TRUE(system.run());
  const std::uint64_t ideal = i.get(field::kRows) * (8ull * this->kN / 16 + 1);
  EXPECT_LE(system.load.done[0].cycle, ideal * 102 / 100 + 40 + 12);
}

// The latency of DRAM is paid once: 16 instructions take little longer than their data.
TYPED_TEST(LoadEngine, BackToBackLoadsOverlap) {
  DmaSystem<TypeParam> system(this->bench_, this->random_, kDram, {.latency = 60});
  const Instruction i = this->matrix(4 * this->kN, this->kN, isa::Format::kFp32, true);
  constexpr std::uint64_t kCount = 16;
  for (unsigned k = 0; k < kCount; ++k) system.load.queue.push_back(Transfer::of(i, this->kN));
  ASSERT_TRUE(system.run());
  const std::uint64_t each = std::uint64_t{4} * this->kN * this->kN * 4 / 16;
  EXPECT_LE(system.load.done.back().cycle, kCount * (each + (this->kN == 4 ? 6 : 2)) + 60 + 12);
  EXPECT_GT(system.memory.counters().max_reads, 4u);
}

// A beat with an error is the error of its own instruction, and of no other.
TYPED_TEST(LoadEngine, ErrorsBelongToTheirInstruction) {
  for (int round = 0; round < 40; ++round) {
    AxiMemorySettings settings{.latency = 1 + this->random_.below(40)};
    const std::uint64_t bad = 0x1000;
    const AxiResponse response =
        this->random_.one_in(2) ? AxiResponse::kSlvErr : AxiResponse::kDecErr;
    settings.faults = {{.response = response, .range = {bad, bad + 1}}};
    DmaSystem<TypeParam> system(this->bench_, this->random_, kDram, settings);
    std::vector<bool> want;
    for (int k = 0; k < 12; ++k) {
      Instruction i = this->matrix(1 + this->random_.below(4), this->kN, isa::Format::kFp32, true);
      const std::uint32_t bytes = i.get(field::kRows) * 4 * this->kN;
      const bool hit = this->random_.one_in(3);
      const std::uint32_t address =
          hit ? static_cast<std::uint32_t>(bad) - 4 * this->random_.below(bytes / 4)
              : static_cast<std::uint32_t>(bad) + 16 + 4 * this->random_.below(50);
      i.set(field::kDram, address);
      want.push_back(hit);
      system.load.queue.push_back(Transfer::of(i, this->kN));
    }
    ASSERT_TRUE(system.run());
    for (std::size_t k = 0; k < want.size(); ++k) {
      ASSERT_EQ(system.load.done[k].error, want[k]) << "instruction " << k;
    }
  }
}

// A list that is loaded just before is waited for, and one that is loaded behind does not come too
// early.
TYPED_TEST(LoadEngine, ListsAreThereWhenTheyAreLookedAt) {
  for (int round = 0; round < 40; ++round) {
    AxiMemorySettings settings{.latency = 1 + this->random_.below(60)};
    DmaSystem<TypeParam> system(this->bench_, this->random_, kDram, settings);
    if (this->random_.one_in(2)) system.write_stall = 0.4;
    if (this->random_.one_in(2)) system.list_stall = 0.6;
    constexpr std::uint32_t kRows = 20;
    model::LocalMemory want = system.local;
    for (std::uint32_t k = 0; k < 6; ++k) {
      for (std::uint32_t e = 0; e < kRows; ++e) {  // a list of its own, at the end of DRAM
        const std::uint32_t number =
            this->random_.one_in(4) ? model::kNoRow : this->random_.below(9);
        for (unsigned b = 0; b < 4; ++b) {
          system.dram[kDram - 1000 + 80 * k + 4 * e + b] =
              static_cast<std::byte>(number >> (8 * b));
        }
      }
      Instruction fill = this->matrix(1, kRows, isa::Format::kFp32, false);
      fill.set(field::kToList, true).set(field::kDram, kDram - 1000 + 80 * k);
      Instruction gather = this->matrix(kRows, this->kN, isa::Format::kFp32, k % 2 == 0);
      gather.set(field::kIndexed, true).set(field::kLimit, 9);
      for (const Instruction& i : {fill, gather}) {
        ASSERT_EQ(model::execute_transfer(want, this->kN, i, system.dram), model::Fault{});
        system.load.queue.push_back(Transfer::of(i, this->kN));
      }
    }
    ASSERT_TRUE(system.run());
    ASSERT_TRUE(system.local.list() == want.list());
    ASSERT_TRUE(system.local.operands() == want.operands());
    ASSERT_TRUE(system.local.accumulators() == want.accumulators());
  }
}

// Rows of 64 bytes in little more than 4 cycles each, of 32 in little more than 2.
TYPED_TEST(LoadEngine, GatherRate) {
  for (const std::uint32_t cols : {8u, 16u, 32u}) {
    DmaSystem<TypeParam> system(this->bench_, this->random_, kDram, {.latency = 40});
    constexpr std::uint32_t kRows = 64;
    std::vector<std::uint32_t> list(4 * kRows);
    for (std::uint32_t& e : list) e = this->random_.below(500);
    system.fill_list(0, list);
    Instruction i = this->matrix(kRows, cols, isa::Format::kFp32, true);
    i.set(field::kIndexed, true).set(field::kLimit, 500).set(field::kPitch, 4 * cols);
    for (std::uint32_t k = 0; k < 4; ++k) {
      i.set(field::kListAt, k * kRows);
      system.load.queue.push_back(Transfer::of(i, this->kN));
    }
    ASSERT_TRUE(system.run());
    const std::uint64_t cycles = system.load.done.back().cycle;
    this->RecordProperty("cycles" + std::to_string(cols), static_cast<int>(cycles));
    EXPECT_LE(cycles, 4 * kRows * (cols / 4) * 102 / 100 + 40 + 30) << cols;
  }
}

// A row of every tile, at the rate of rows one below the other.
TYPED_TEST(LoadEngine, StepsCostNothing) {
  std::array<std::uint64_t, 2> cycles{};
  for (const bool steps : {false, true}) {
    DmaSystem<TypeParam> system(this->bench_, this->random_, kDram, {.latency = 40});
    const std::uint32_t rows = system.kTiles - 1;
    Instruction i = this->matrix(rows, this->kN, isa::Format::kFp32, true);
    i.set(field::kRowStep, steps ? this->kN : 1);
    system.load.queue.push_back(Transfer::of(i, this->kN));
    ASSERT_TRUE(system.run());
    cycles[steps] = system.load.done[0].cycle;
  }
  EXPECT_EQ(cycles[0], cycles[1]);
}

// A bad entry ends its own instruction with its place and value, and no other.
TYPED_TEST(LoadEngine, ABadEntryEndsItsInstruction) {
  for (int round = 0; round < 60; ++round) {
    AxiMemorySettings settings{.latency = 1 + this->random_.below(40)};
    DmaSystem<TypeParam> system(this->bench_, this->random_, kDram, settings);
    if (this->random_.one_in(2)) system.list_stall = 0.4;
    const std::uint32_t rows = 1 + this->random_.below(20);
    std::vector<std::uint32_t> list(20, 3);
    list[this->random_.below(rows)] = this->random_.one_in(2) ? 8 : 0xFFFF'FFFE;
    system.fill_list(200, list);
    const std::size_t bad = this->random_.below(4);
    TransferSource source(this->random_, this->kN, system.kTiles, kDram);
    model::Fault fault;
    for (std::size_t k = 0; k < 4; ++k) {
      Instruction i = source.draw(false);
      if (k == bad) {
        i = this->matrix(rows, 5, isa::Format::kBf16, true);
        i.set(field::kIndexed, true).set(field::kLimit, 8).set(field::kListAt, 200);
        model::LocalMemory scratch = system.local;
        fault = model::execute_transfer(scratch, this->kN, i, system.dram);
        ASSERT_EQ(fault.error, isa::Error::kIndex);
      }
      system.load.queue.push_back(Transfer::of(i, this->kN));
    }
    ASSERT_TRUE(system.run());
    for (std::size_t k = 0; k < 4; ++k) {
      const ListFault want{k == bad, fault.position, fault.index};
      ASSERT_EQ(system.load.done[k].fault.valid, want.valid) << k;
      if (want.valid) {
        ASSERT_TRUE(system.load.done[k].fault == want);
      }
    }
  }
}

// stop_i at any time: what is requested comes and is thrown away, then a reset is safe.
TYPED_TEST(LoadEngine, StopDrainsTheBus) {
  for (unsigned when = 0; when < 120; ++when) {
    AxiMemorySettings settings{.latency = 20};
    settings.stalls = {.ar = 0.4, .r = 0.2};
    settings.seed = when;
    DmaSystem<TypeParam> system(this->bench_, this->random_, kDram, settings);
    system.write_stall = 0.5;
    Instruction i = this->matrix(4 * this->kN, this->kN, isa::Format::kFp32, true);
    if (when % 2 == 1) i.set(field::kIndexed, true).set(field::kLimit, TransferSource::kRows);
    for (unsigned k = 0; k < 4; ++k) system.load.queue.push_back(Transfer::of(i, this->kN));
    for (unsigned t = 0; t < when; ++t) system.cycle();
    system.stop = true;
    system.write_stall = 1;  // local memory need not move
    system.cycle();
    const std::uint64_t bursts = system.memory.counters().read_bursts;
    for (unsigned t = 0; t < 2000; ++t) {
      this->bench_.settle();
      if ((this->bench_->load_status_o & 0x10) != 0) break;
      system.cycle();
    }
    ASSERT_NE(this->bench_->load_status_o & 0x10, 0);
    ASSERT_TRUE(system.memory.is_idle());
    ASSERT_LE(system.memory.counters().read_bursts, bursts + 2);
    for (unsigned t = 0; t < 50; ++t) system.cycle();
    ASSERT_TRUE(system.memory.is_idle());
    ASSERT_LE(system.memory.counters().read_bursts, bursts + 2);
    this->bench_->load_valid_i = 0;
    this->bench_->stop_i = 0;
    this->bench_.reset();
    ASSERT_NO_FATAL_FAILURE(this->compare(i, {.latency = 3}));
  }
}

// stalled_o while DRAM thinks, and only then.
TYPED_TEST(LoadEngine, CountsItsWaiting) {
  DmaSystem<TypeParam> system(this->bench_, this->random_, kDram, {.latency = 100});
  const Instruction i = this->matrix(1, this->kN, isa::Format::kFp32, true);
  system.load.queue.push_back(Transfer::of(i, this->kN));
  ASSERT_TRUE(system.run());
  EXPECT_GE(system.load.stalled, 98u);
  EXPECT_LE(system.load.stalled, system.load.busy - 3);
  EXPECT_LE(system.load.busy, 120u);
}

}  // namespace
}  // namespace gradcore::harness
