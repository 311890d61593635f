// SPDX-License-Identifier: Apache-2.0
#include "tb/unit/dma/dma_system.h"

namespace gradcore::harness {
namespace {

using isa::Instruction;
using isa::Opcode;
namespace field = isa::store;

constexpr std::size_t kDram = 64 * 1024;

// The bytes of a matrix, row by row, where list memory says so.
std::vector<AxiRange> ranges(const Transfer& t, const model::LocalMemory& memory) {
  std::vector<AxiRange> out;
  for (std::uint32_t row = 0; row < t.rows; ++row) {
    const std::uint32_t number = t.indexed ? memory.list()[t.list_at + row] : row;
    if (number == model::kNoRow) continue;
    const std::uint64_t begin = t.address + std::uint64_t{number} * t.pitch;
    out.push_back({begin, begin + t.row_bytes()});
  }
  return out;
}

template <typename Bench>
class StoreEngine : public DmaTest<Bench> {
 protected:
  using System = DmaSystem<Bench>;
  using Base = DmaTest<Bench>;
  using Base::bench_;
  using Base::kN;
  using Base::random_;

  // Runs one instruction and compares all of DRAM; no byte beside the matrix has a strobe.
  void compare(const Instruction& i, AxiMemorySettings settings = {}) {
    System system(bench_, random_, kDram, settings);
    std::vector<std::byte> want = system.dram;
    ASSERT_TRUE(model::check_transfer(system.local, kN, i, {0, kDram}) == model::Fault{})
        << describe(i);
    ASSERT_EQ(model::execute_transfer(system.local, kN, i, want).error, isa::Error::kNone);
    const Transfer transfer = Transfer::of(i, kN);
    system.memory.watch_writes(ranges(transfer, system.local));
    system.store.queue.push_back(transfer);
    ASSERT_TRUE(system.run()) << describe(i);
    ASSERT_TRUE(system.dram == want) << describe(i);
    ASSERT_EQ(system.memory.stray_bytes(), 0u) << describe(i);
    ASSERT_FALSE(system.store.done[0].error);
    ASSERT_EQ(system.wrong_lines, 0u);
    ASSERT_EQ(bench_->store_status_o & 0x14, 0x10) << "not idle";
    ASSERT_TRUE(system.memory.is_idle());
  }

  Instruction matrix(std::uint32_t rows, std::uint32_t cols, isa::Format format,
                     bool accumulator) const {
    const std::uint32_t element = format == isa::Format::kFp32 ? 4 : 2;
    const std::uint32_t tile = (accumulator ? 4 : 2) * kN * kN;
    Instruction i(Opcode::kStore);
    i.set(field::kRows, rows).set(field::kCols, cols).set(field::kFormat, format);
    i.set(field::kMem, accumulator ? device::kAccumulatorBase : 0);
    i.set(field::kMemRows, (cols + kN - 1) / kN * tile).set(field::kPitch, cols * element);
    return i;
  }
};

TYPED_TEST_SUITE(StoreEngine, Benches);

constexpr isa::Format kFormats[] = {isa::Format::kFp32, isa::Format::kBf16};

// Every alignment of small matrices, rows adjoining or not.
TYPED_TEST(StoreEngine, EveryAlignment) {
  for (const isa::Format format : kFormats) {
    const std::uint32_t element = format == isa::Format::kFp32 ? 4 : 2;
    for (std::uint32_t address = 0; address < 32; address += element) {
      for (const std::uint32_t cols : {1u, 2u, 3u, this->kN - 1, this->kN, this->kN + 1}) {
        for (const std::uint32_t gap : {0u, element, 16u}) {
          Instruction i = this->matrix(3, cols, format, (address & 4) != 0);
          i.set(field::kDram, 0x100 - 16 + address).set(field::kPitch, cols * element + gap);
          ASSERT_NO_FATAL_FAILURE(this->compare(i, {.latency = 2, .write_latency = 2}));
        }
      }
    }
  }
}

// Loads, stores and fetches side by side.
TYPED_TEST(StoreEngine, RandomBesideLoads) {
  for (int round = 0; round < 60; ++round) {
    const bool rough = this->random_.one_in(2);
    AxiMemorySettings settings{.latency = 1 + this->random_.below(60),
                               .write_latency = 1 + this->random_.below(60),
                               .bandwidth = this->random_.one_in(2) ? 16.0 : 6.4,
                               .reorder = rough ? 0.5 : 0.0,
                               .interleave = this->random_.one_in(2),
                               .max_reads = 1 + this->random_.below(20),
                               .max_writes = 1 + this->random_.below(20),
                               .seed = this->random_.bits()};
    if (rough) settings.stalls = {.ar = 0.3, .r = 0.3, .aw = 0.3, .w = 0.3, .b = 0.3};
    DmaSystem<TypeParam> system(this->bench_, this->random_, kDram, settings);
    if (this->random_.one_in(2)) system.write_stall = 0.4;
    if (this->random_.one_in(2)) system.read_stall = 0.4;
    if (this->random_.one_in(2)) system.list_stall = 0.4;
    if (this->random_.one_in(2)) system.fetch = system.fetch_stall = 0.1;
    const bool loads = this->random_.one_in(2);
    model::LocalMemory want = system.local;
    std::vector<std::byte> want_dram = system.dram;
    TransferSource source(this->random_, this->kN, system.kTiles, kDram);
    std::vector<AxiRange> allowed;
    std::string text;
    for (int k = 0; k < 20; ++k) {
      const bool store = !loads || this->random_.one_in(2);
      const Instruction i = source.draw(store);
      text += describe(i) + "\n";
      ASSERT_TRUE(model::check_transfer(want, this->kN, i, {0, kDram}) == model::Fault{}) << text;
      ASSERT_EQ(model::execute_transfer(want, this->kN, i, want_dram).error, isa::Error::kNone);
      const Transfer transfer = Transfer::of(i, this->kN);
      (store ? system.store : system.load).queue.push_back(transfer);
      if (!store) continue;
      for (const AxiRange& range : ranges(transfer, want)) allowed.push_back(range);
    }
    system.memory.watch_writes(allowed);
    ASSERT_TRUE(system.run()) << text;
    ASSERT_TRUE(system.dram == want_dram) << text;
    ASSERT_TRUE(system.local.operands() == want.operands()) << text;
    ASSERT_TRUE(system.local.accumulators() == want.accumulators()) << text;
    ASSERT_TRUE(system.local.list() == want.list()) << text;
    ASSERT_EQ(system.memory.stray_bytes(), 0u);
    ASSERT_EQ(system.wrong_lines, 0u);
    for (const auto& done : system.store.done) ASSERT_FALSE(done.error);
  }
}

// 16 bytes a cycle, or a line a cycle where that is less: within 2 % and the latency.
TYPED_TEST(StoreEngine, FullRate) {
  for (const isa::Format format : kFormats) {
    for (const bool accumulator : {false, true}) {
      const std::uint32_t element = format == isa::Format::kFp32 ? 4 : 2;
      for (const std::uint32_t gap : {0u, 16u}) {
        DmaSystem<TypeParam> system(this->bench_, this->random_, kDram, {.write_latency = 40});
        Instruction i =
            this->matrix(system.kTiles / 4 * this->kN, 4 * this->kN, format, accumulator);
        i.set(field::kPitch, 4 * this->kN * element + gap);
        system.store.queue.push_back(Transfer::of(i, this->kN));
        ASSERT_TRUE(system.run());
        const std::uint64_t bytes = std::uint64_t{system.kTiles} * this->kN * this->kN * element;
        const std::uint64_t ideal = std::max(bytes / 16, system.store.lines);
        EXPECT_LE(system.store.done[0].cycle, ideal * 102 / 100 + 40 + 12);
      }
    }
  }
}

// Loads and stores do not hold each other up where DRAM can do both, and share it where it cannot.
TYPED_TEST(StoreEngine, BothWaysAtOnce) {
  for (const double bandwidth : {32.0, 16.0}) {
    DmaSystem<TypeParam> system(this->bench_, this->random_, kDram, {.bandwidth = bandwidth});
    const Instruction i =
        this->matrix(system.kTiles * this->kN / 4, this->kN, isa::Format::kFp32, true);
    system.store.queue.push_back(Transfer::of(i, this->kN));
    system.load.queue.push_back(Transfer::of(i, this->kN));
    system.load.queue.back().tile = system.kTiles / 2;
    ASSERT_TRUE(system.run());
    const std::uint64_t bytes = std::uint64_t{system.kTiles} / 4 * this->kN * this->kN * 4;
    const std::uint64_t ideal = 2 * bytes / static_cast<std::uint64_t>(bandwidth);
    EXPECT_LE(system.now, ideal * 102 / 100 + 40 + 20 + 12);
  }
}

TYPED_TEST(StoreEngine, BackToBackStoresOverlap) {
  DmaSystem<TypeParam> system(this->bench_, this->random_, kDram, {.write_latency = 60});
  const Instruction i = this->matrix(4 * this->kN, this->kN, isa::Format::kFp32, true);
  constexpr std::uint64_t kCount = 16;
  for (unsigned k = 0; k < kCount; ++k) system.store.queue.push_back(Transfer::of(i, this->kN));
  ASSERT_TRUE(system.run());
  const std::uint64_t each = std::uint64_t{4} * this->kN * this->kN * 4 / 16;
  EXPECT_LE(system.store.done.back().cycle, kCount * (each + (this->kN == 4 ? 6 : 2)) + 60 + 12);
}

// done_o comes after the answers, and with their error.
TYPED_TEST(StoreEngine, ErrorsBelongToTheirInstruction) {
  for (int round = 0; round < 40; ++round) {
    AxiMemorySettings settings{.write_latency = 1 + this->random_.below(40)};
    const std::uint64_t bad = 0x1000;
    settings.faults = {{.range = {bad, bad + 1}}};
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
      system.store.queue.push_back(Transfer::of(i, this->kN));
    }
    ASSERT_TRUE(system.run());
    for (std::size_t k = 0; k < want.size(); ++k) {
      ASSERT_EQ(system.store.done[k].error, want[k]) << "instruction " << k;
    }
  }
}

// Rows of 64 bytes in little more than 4 cycles each, and a quarter of one for their check.
TYPED_TEST(StoreEngine, ScatterRate) {
  DmaSystem<TypeParam> system(this->bench_, this->random_, kDram, {.write_latency = 40});
  constexpr std::uint32_t kRows = 128;
  std::vector<std::uint32_t> list(kRows);
  for (std::uint32_t& e : list) e = this->random_.below(500);
  system.fill_list(0, list);
  Instruction i = this->matrix(kRows, 16, isa::Format::kFp32, true);
  i.set(field::kIndexed, true).set(field::kLimit, 500).set(field::kPitch, 64);
  ASSERT_TRUE(model::check_transfer(system.local, this->kN, i, {0, kDram}) == model::Fault{});
  system.store.queue.push_back(Transfer::of(i, this->kN));
  ASSERT_TRUE(system.run());
  const std::uint64_t cycles = system.store.done[0].cycle;
  this->RecordProperty("cycles", static_cast<int>(cycles));
  EXPECT_LE(cycles, kRows * 4 + kRows / 4 + 40 + 30);
}

// A bad entry anywhere, between instructions that are good: they are done, nothing of it is.
TYPED_TEST(StoreEngine, ABadEntryStoresNothing) {
  for (int round = 0; round < 60; ++round) {
    AxiMemorySettings settings{.write_latency = 1 + this->random_.below(40)};
    DmaSystem<TypeParam> system(this->bench_, this->random_, kDram, settings);
    if (this->random_.one_in(2)) system.list_stall = 0.4;
    TransferSource source(this->random_, this->kN, system.kTiles, kDram);
    std::vector<std::byte> want = system.dram;
    std::vector<model::Fault> faults;
    const std::uint32_t at = 2 * TransferSource::kList;
    const std::uint32_t rows = 1 + this->random_.below(20);
    std::vector<std::uint32_t> list(20, 3);
    list[this->random_.below(rows)] = this->random_.one_in(2) ? 8 : 0xFFFF'FFFE;
    system.fill_list(at, list);
    const int bad = static_cast<int>(this->random_.below(4));
    for (int k = 0; k < 4; ++k) {
      Instruction i = source.draw(true);
      if (k == bad) {
        i = this->matrix(rows, 5, isa::Format::kBf16, true);
        i.set(field::kIndexed, true).set(field::kLimit, 8).set(field::kListAt, at);
        i.set(field::kDram, kDram / 2);
      }
      faults.push_back(model::execute_transfer(system.local, this->kN, i, want));
      system.store.queue.push_back(Transfer::of(i, this->kN));
    }
    ASSERT_TRUE(system.run());
    ASSERT_TRUE(system.dram == want);
    for (std::size_t k = 0; k < 4; ++k) {
      const auto& done = system.store.done[k];
      ASSERT_FALSE(done.error);
      ASSERT_EQ(done.fault.valid, faults[k].error == isa::Error::kIndex) << k;
      if (!done.fault.valid) continue;
      EXPECT_EQ(done.fault.position, faults[k].position);
      EXPECT_EQ(done.fault.entry, faults[k].index);
    }
  }
}

// stop_i at any time: announced bursts end without strobes, whatever local memory does, and no
// byte beside the matrices is written; then a reset is safe.
TYPED_TEST(StoreEngine, StopDrainsTheBus) {
  for (unsigned when = 0; when < 150; ++when) {
    AxiMemorySettings settings{.write_latency = 20};
    settings.stalls = {.aw = 0.4, .w = 0.3, .b = 0.3};
    settings.seed = when;
    DmaSystem<TypeParam> system(this->bench_, this->random_, kDram, settings);
    system.read_stall = 0.5;
    Instruction i = this->matrix(4 * this->kN, this->kN, isa::Format::kFp32, true);
    if (when % 2 == 1) {  // each row once: any of them may be written
      i.set(field::kIndexed, true).set(field::kLimit, 4 * this->kN);
      std::vector<std::uint32_t> list(4 * this->kN);
      for (std::uint32_t r = 0; r < list.size(); ++r) list[r] = r ^ 3u;
      system.fill_list(0, list);
    }
    std::vector<std::byte> want = system.dram;
    ASSERT_EQ(model::execute_transfer(system.local, this->kN, i, want).error, isa::Error::kNone);
    const std::vector<std::byte> before = system.dram;
    for (unsigned k = 0; k < 4; ++k) system.store.queue.push_back(Transfer::of(i, this->kN));
    for (unsigned t = 0; t < when; ++t) system.cycle();
    system.stop = true;
    system.read_stall = 1;
    system.cycle();
    const std::uint64_t bursts = system.memory.counters().write_bursts;
    const std::size_t done = system.store.done.size();
    for (unsigned t = 0; t < 2000; ++t) {
      this->bench_.settle();
      if ((this->bench_->store_status_o & 0x10) != 0) break;
      system.cycle();
    }
    ASSERT_NE(this->bench_->store_status_o & 0x10, 0);
    ASSERT_TRUE(system.memory.is_idle());
    for (unsigned t = 0; t < 50; ++t) system.cycle();
    ASSERT_TRUE(system.memory.is_idle());
    ASSERT_LE(system.memory.counters().write_bursts, bursts + 2);
    ASSERT_LE(system.store.done.size(), done + 1);
    for (std::size_t k = 0; k < want.size(); ++k) {
      ASSERT_TRUE(system.dram[k] == want[k] || system.dram[k] == before[k]);
    }
    this->bench_->store_valid_i = 0;
    this->bench_->stop_i = 0;
    this->bench_.reset();
    if (when % 2 == 1) i.set(field::kLimit, TransferSource::kRows).set(field::kListAt, 64u);
    ASSERT_NO_FATAL_FAILURE(this->compare(i, {.latency = 3}));
  }
}

}  // namespace
}  // namespace gradcore::harness
