// SPDX-License-Identifier: Apache-2.0
// Both engines at work: on AxiMemory at one end and local memory at the other, which waits now and
// then; compared with sw/model/transfer, all of both memories.
#pragma once

#include <deque>
#include <string>
#include <vector>

#include "sw/isa/assembler.h"
#include "tb/harness/axi_memory.h"
#include "tb/unit/dma/dma_bench.h"

namespace gradcore::harness {

// Random loads and stores that may run side by side: loads read the lower half of DRAM and write
// the lower half of local memory's tiles, stores the way back in the upper halves. Of list memory
// loads look at the first part, stores at the second, and to the third loads go.
class TransferSource {
 public:
  static constexpr std::uint32_t kList = 64;  // entries of a part
  static constexpr std::uint32_t kRows = 8;   // that lists name

  TransferSource(RandomPatterns& random, unsigned n, std::uint32_t tiles, std::size_t dram_bytes)
      : random_(random), n_(n), tiles_(tiles / 2), half_(dram_bytes / 2) {}

  // The first two parts.
  static std::vector<std::uint32_t> lists(RandomPatterns& random) {
    std::vector<std::uint32_t> out(2 * kList);
    for (std::uint32_t& e : out) e = random.one_in(4) ? model::kNoRow : random.below(kRows);
    return out;
  }

  isa::Instruction draw(bool store) {
    namespace field = isa::load;
    isa::Instruction i(store ? isa::Opcode::kStore : isa::Opcode::kLoad);
    const bool to_list = !store && random_.one_in(8);
    const bool indexed = !to_list && random_.one_in(3);
    const bool accumulator = random_.one_in(2);
    const bool bf16 = !to_list && random_.one_in(2);
    const std::uint32_t element = bf16 ? 2 : 4;
    const std::uint32_t tile_bytes = (accumulator ? 4 : 2) * n_ * n_;
    const bool narrow = random_.one_in(3);
    const std::uint32_t cols = 1 + random_.below(narrow ? 3 : random_.one_in(2) ? n_ : 4 * n_);
    const std::uint32_t col_tiles = (cols + n_ - 1) / n_;
    const std::uint32_t step = col_tiles + random_.below(2);
    const std::uint32_t most = tiles_ / step * n_;
    std::uint32_t rows = 1 + random_.below(random_.one_in(2) ? std::min(most, 2 * n_) : most);
    std::uint32_t row_first = 0;
    std::uint32_t row_step = random_.below(2);
    if (random_.one_in(3)) {
      row_first = random_.below(std::min(most, 2 * n_));
      row_step = random_.one_in(2) ? n_ : random_.below(2 * n_ + 1);
    }
    const std::uint32_t each = std::max(row_step, 1u);
    rows = std::min(rows, (most - 1 - row_first) / each + 1);
    if (indexed) rows = std::min(rows, kList);
    if (to_list) rows = std::min(rows, kList / cols);
    const std::uint32_t row_bytes = cols * element;
    std::uint32_t pitch = row_bytes;
    switch (random_.below(5)) {
      case 0:  // the same alignment in every row
        pitch = (row_bytes + 31) / 16 * 16;
        break;
      case 1:
        pitch += element * random_.below(20);
        break;
      case 2:
        pitch = store || indexed ? pitch + 2 * element : random_.below(2 * cols) * element;
        break;
      default:
        break;
    }
    while (std::uint64_t{rows - 1} * pitch + row_bytes > half_) rows = (rows + 1) / 2;
    const std::uint32_t row_tiles = (row_first + (rows - 1) * each) / n_ + 1;
    const std::uint32_t extent = (row_tiles - 1) * step + col_tiles;
    const std::uint32_t tile = random_.below(tiles_ - extent + 1) + (store ? tiles_ : 0);
    const std::uint32_t bytes = indexed ? kRows * pitch : (rows - 1) * pitch + row_bytes;
    const auto room = static_cast<std::uint32_t>(half_ - bytes);
    std::uint32_t address = random_.below(room / element + 1) * element;
    if (random_.one_in(3)) address &= ~15u;
    if (random_.one_in(8)) address = room / element * element;  // to the last byte
    if (store) address += static_cast<std::uint32_t>(half_);
    i.set(field::kFormat, bf16).set(field::kRows, rows).set(field::kCols, cols);
    i.set(field::kMem, tile * tile_bytes + (accumulator ? device::kAccumulatorBase : 0));
    i.set(field::kMemRows, step * tile_bytes).set(field::kDram, address);
    i.set(field::kPitch, pitch).set(field::kRowFirst, row_first).set(field::kRowStep, row_step);
    i.set(field::kToList, to_list).set(field::kIndexed, indexed).set(field::kLimit, kRows);
    if (!to_list && !indexed) return i;
    const std::uint32_t entries = to_list ? rows * cols : rows;
    const std::uint32_t part = to_list ? 2 : store ? 1 : 0;
    return i.set(field::kListAt, part * kList + random_.below((kList - entries) / 4 + 1) * 4);
  }

 private:
  RandomPatterns& random_;
  unsigned n_;
  std::uint32_t tiles_;
  std::size_t half_;
};

inline std::string describe(const isa::Instruction& i) { return isa::disassemble(i); }

template <typename Bench>
class DmaSystem {
 public:
  static constexpr unsigned kN = Bench::kCheck.n;
  static constexpr device::Hardware kHardware{
      .n = kN, .operand_kib = kN == 4 ? 4 : 32, .accumulator_kib = kN == 4 ? 8 : 64};
  static constexpr std::uint32_t kTiles = kN == 4 ? 128 : 64;  // of either memory

  struct Done {
    std::uint64_t cycle = 0;
    bool error = false;
    ListFault fault{};
  };
  struct Engine {
    std::deque<Transfer> queue;  // to be offered
    std::vector<Done> done;
    std::uint64_t accepted = 0, busy = 0, stalled = 0, lines = 0;
    std::uint64_t first_line = 0, last_line = 0;  // cycles
  };

  DmaSystem(DmaBench<Bench>& bench, RandomPatterns& random, std::size_t dram_bytes,
            AxiMemorySettings settings = {})
      : bench_(bench), random_(random), dram(dram_bytes), memory(dram, std::move(settings)) {
    for (std::byte& byte : dram) byte = static_cast<std::byte>(random_.bits32());
    // Numbers that hurt, at every place where one can lie.
    for (std::size_t i = 0; i + 4 <= dram_bytes; i += 4) {
      const std::uint32_t bits = random_.fp32();
      for (std::size_t k = 0; k < 4; ++k) dram[i + k] = static_cast<std::byte>(bits >> (8 * k));
    }
    for (auto& value : local.operands()) value = random_.bf16();
    for (auto& value : local.accumulators()) value = random_.fp32();
    bench_->poke_write_i = bench_->poke_read_i = 0;
    bench_.reset();
    for (auto& value : local.list()) value = model::kNoRow;
    fill_list(0, TransferSource::lists(random));
  }

  // Puts words into list memory, from an entry on that is a multiple of 4.
  void fill_list(std::uint32_t at, const std::vector<std::uint32_t>& words) {
    std::copy(words.begin(), words.end(), local.list().begin() + at);
    drive();
    for (std::uint32_t i = 0; i < words.size(); i += 4) {
      bench_->poke_write_i = 1;
      bench_->poke_entry_i = static_cast<SData>(at + i);
      bench_->poke_mask_i = 15;
      for (unsigned k = 0; k < 4; ++k) bench_->poke_word_i[k] = local.list()[at + i + k];
      bench_.cycle();
    }
    bench_->poke_write_i = 0;
  }

  // One cycle of everything.
  void cycle() {
    drive();
    bench_.settle();
    const AxiToMemory in = sample();
    observe();
    bench_.edge();
    memory.cycle(in);
    ++now;
  }

  // Until all that is queued is done; false if that takes longer than `limit` cycles.
  bool run(std::uint64_t limit = 3'000'000) {
    const std::uint64_t loads = load.done.size() + waiting(load);
    const std::uint64_t stores = store.done.size() + waiting(store);
    for (std::uint64_t t = 0; t < limit; ++t) {
      if (load.done.size() == loads && store.done.size() == stores) return true;
      cycle();
    }
    return false;
  }

  // Probability that local memory is not ready, each way.
  double write_stall = 0, read_stall = 0;
  double list_stall = 0;  // that somebody else reads list memory
  double fetch = 0;       // probability, each cycle, that an instruction is fetched
  double fetch_stall = 0;
  bool stop = false;

  std::uint64_t now = 0;
  Engine load, store;
  std::uint64_t fetches = 0, fetched_beats = 0, wrong_lines = 0;
  AxiMemoryCounters before;

 private:
  DmaBench<Bench>& bench_;
  RandomPatterns& random_;

 public:
  std::vector<std::byte> dram;
  AxiMemory memory;
  model::LocalMemory local{kHardware};

 private:
  using Line = std::array<std::uint32_t, kN>;

  static std::uint64_t waiting(const Engine& e) {
    return e.queue.size() + e.accepted - e.done.size();
  }
  bool happens(double probability) {
    return probability > 0 && static_cast<double>(random_.bits32()) < probability * 4294967296.0;
  }

  void drive() {
    const AxiFromMemory& out = memory.outputs();
    bench_->ar_ready_i = out.ar_ready;
    bench_->aw_ready_i = out.aw_ready;
    bench_->w_ready_i = out.w_ready;
    bench_->r_valid_i = out.r_valid;
    bench_->r_id_i = static_cast<CData>(out.r_id);
    bench_->r_resp_i = static_cast<CData>(out.r_resp);
    bench_->r_last_i = out.r_last;
    for (unsigned i = 0; i < 4; ++i) bench_->r_data_i[i] = out.r_data[i];
    bench_->b_valid_i = out.b_valid;
    bench_->b_id_i = static_cast<CData>(out.b_id);
    bench_->b_resp_i = static_cast<CData>(out.b_resp);

    bench_->stop_i = stop;
    bench_->load_valid_i = !load.queue.empty();
    if (!load.queue.empty()) load.queue.front().pack(bench_->load_i);
    bench_->store_valid_i = !store.queue.empty();
    if (!store.queue.empty()) store.queue.front().pack(bench_->store_i);
    bench_->write_ready_i = !happens(write_stall);
    bench_->read_ready_i = !happens(read_stall);
    bench_->poke_read_i = happens(list_stall);
    // Data of a line that was asked for two cycles ago; otherwise anything.
    if (read_valid_[1]) {
      for (unsigned i = 0; i < kN; ++i) bench_->read_data_i[i] = read_data_[1][i];
    } else {
      for (unsigned i = 0; i < kN; ++i) bench_->read_data_i[i] = 0xDEAD'0000u + i;
    }
    if (fetch_waits_ == 0 && happens(fetch)) {
      fetch_waits_ = 1;
      bench_->fetch_address_i = random_.below(static_cast<std::uint32_t>(dram.size() / 64)) * 64u;
      bench_->fetch_length_i = 3;
    }
    bench_->fetch_ar_valid_i = fetch_waits_ != 0;
    bench_->fetch_r_ready_i = !happens(fetch_stall);
  }

  AxiToMemory sample() {
    AxiToMemory in;
    in.ar = {bench_->ar_valid_o != 0, bench_->ar_id_o, bench_->ar_address_o, bench_->ar_length_o};
    in.aw = {bench_->aw_valid_o != 0, bench_->aw_id_o, bench_->aw_address_o, bench_->aw_length_o};
    in.r_ready = bench_->r_ready_o != 0;
    in.b_ready = bench_->b_ready_o != 0;
    in.w_valid = bench_->w_valid_o != 0;
    in.w_last = bench_->w_last_o != 0;
    in.w_strobe = bench_->w_strobe_o;
    for (unsigned i = 0; i < 4; ++i) in.w_data[i] = bench_->w_data_o[i];
    return in;
  }

  void observe() {
    observe(load, bench_->load_valid_i && bench_->load_ready_o, bench_->load_status_o,
            bench_->load_fault_o);
    observe(store, bench_->store_valid_i && bench_->store_ready_o, bench_->store_status_o,
            bench_->store_fault_o);
    for (unsigned i = 0; bench_->list_write_o && i < 4; ++i) {
      if (((bench_->list_mask_o >> i) & 1u) == 0) continue;
      local.list().at(bench_->list_entry_o + i) = bench_->list_word_o[i];
    }
    if (bench_->write_valid_o && bench_->write_ready_i) {
      write_line();
      count_line(load);
    }
    read_valid_[1] = read_valid_[0];
    read_data_[1] = read_data_[0];
    read_valid_[0] = bench_->read_valid_o && bench_->read_ready_i;
    if (read_valid_[0]) {
      read_data_[0] = read_line();
      count_line(store);
    }
    if (bench_->fetch_ar_valid_i && bench_->fetch_ar_ready_o) {
      fetch_waits_ = 0;
      ++fetches;
    }
    fetched_beats += bench_->fetch_r_valid_o && bench_->fetch_r_ready_i;
  }
  void observe(Engine& e, bool accepted, unsigned status, std::uint64_t fault) {
    if (accepted) {
      e.queue.pop_front();
      ++e.accepted;
    }
    if ((status & 1u) != 0) e.done.push_back({now, (status & 2u) != 0, ListFault::unpack(fault)});
    e.busy += (status >> 2) & 1u;
    e.stalled += (status >> 3) & 1u;
  }
  void count_line(Engine& e) {
    if (e.lines++ == 0) e.first_line = now;
    e.last_line = now;
  }
  std::size_t index(const Place& place) {
    if (place.tile < kTiles && place.index < kN) {
      return (std::size_t{place.tile} * kN + place.index) * kN;
    }
    ++wrong_lines;
    return 0;
  }
  void write_line() {
    const Place place = Place::unpack(bench_->write_place_o);
    const std::size_t at = index(place);
    for (unsigned i = 0; i < kN; ++i) {
      if (((bench_->write_mask_o >> i) & 1u) == 0) continue;
      const std::uint32_t value = bench_->write_data_o[i];
      if (place.accumulator) {
        local.accumulators()[at + i] = value;
      } else {
        local.operands()[at + i] = static_cast<std::uint16_t>(value >> 16);
      }
    }
  }
  Line read_line() {
    const Place place = Place::unpack(bench_->read_place_o);
    const std::size_t at = index(place);
    Line line;
    for (unsigned i = 0; i < kN; ++i) {
      line[i] = place.accumulator ? local.accumulators()[at + i]
                                  : std::uint32_t{local.operands()[at + i]} << 16;
    }
    return line;
  }

  std::array<bool, 2> read_valid_{};
  std::array<Line, 2> read_data_{};
  unsigned fetch_waits_ = 0;
};

}  // namespace gradcore::harness
