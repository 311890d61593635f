// SPDX-License-Identifier: Apache-2.0
// The vector unit at local memory (tb/verilated/vector_bench.sv) beside the model of both.
#pragma once

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "Vvector_bench.h"
#include "sw/isa/assembler.h"
#include "sw/isa/instruction.h"
#include "sw/model/local_memory.h"
#include "sw/model/vector_unit.h"
#include "tb/harness/bench.h"
#include "tb/harness/unit_bench.h"

namespace gradcore::harness {

// vector_t of rtl/pkg/unit_pkg.sv for an instruction that passes its check.
inline void pack_vector(const isa::Instruction& i, unsigned n, VlWide<15>& words) {
  namespace field = isa::vector;
  constexpr unsigned kBits = 477;
  for (unsigned w = 0; w < 15; ++w) words[w] = 0;
  unsigned lsb = kBits;
  const auto put = [&](std::uint32_t value, unsigned width) {
    lsb -= width;
    for (unsigned k = 0; k < width; ++k) {
      words[(lsb + k) / 32] |= ((value >> k) & 1u) << ((lsb + k) % 32);
    }
  };
  const auto place = [&](std::uint32_t address) {
    const bool accumulator = address >= device::kAccumulatorBase;
    put(accumulator, 1);
    put((address & 0x7FFF'FFFFu) / ((accumulator ? 4 : 2) * n * n), 20);
  };
  const auto source = [&](isa::Field is, isa::Field trans, isa::Field address, isa::Field rows,
                          bool used) {
    const auto kind = used ? static_cast<isa::Operand>(i.get(is)) : isa::Operand::kConstant;
    put(static_cast<unsigned>(kind), 2);
    put(i.get(trans), 1);
    place(i.get(address));
    const std::uint32_t row_step = i.get(trans) != 0 ? 1 : i.get(rows);
    const std::uint32_t col_step = i.get(trans) != 0 ? i.get(rows) : 1;
    put(kind == isa::Operand::kRow ? 0 : row_step, 20);
    put(kind == isa::Operand::kColumn ? 0 : col_step, 20);
  };
  const auto target = [&](isa::Field address, isa::Field rows, bool transposed) {
    put(transposed, 1);
    place(i.get(address));
    put(i.get(rows), 20);
  };
  const auto combine = static_cast<isa::Combine>(i.get(field::kCombine));
  put(i.get(field::kListed), 1);
  put(i.get(field::kListFours) & 0x3FFu, 10);
  put(i.get(field::kRows), 32);
  put(i.get(field::kCols), 32);
  source(field::kAIs, field::kTransA, field::kA, field::kARows, true);
  source(field::kBIs, field::kTransB, field::kB, field::kBRows, true);
  const bool uses_c = combine != isa::Combine::kProduct && combine != isa::Combine::kDropout;
  source(field::kCIs, field::kTransC, field::kC, field::kCRows, uses_c);
  target(field::kD, field::kDRows, i.get(field::kTransD) != 0);
  target(field::kE, field::kERows, false);
  put(i.get(field::kCombine), 4);
  put(i.get(field::kApply), 3);
  put(i.get(field::kReduce), 2);
  put(i.get(field::kWriteD), 1);
  put(i.get(field::kWriteE), 1);
  put(i.get(field::kStochastic), 1);
  put(i.get(field::kOrder), 2);
  put(i.get(field::kStream), 16);
  put(i.get(field::kBConstant), 32);
  put(i.get(field::kCConstant), 32);
  put(i.get(field::kSeed) ^ (uses_c ? 0 : i.get(field::kC)), 32);
  ASSERT_EQ(lsb, 0u);
}

class VectorUnitTest : public TestOnBench<Vvector_bench> {
 protected:
  static constexpr unsigned kN = 4, kTiles = 64;  // in either memory
  static constexpr std::uint32_t kOpTile = 2 * kN * kN, kAccTile = 4 * kN * kN;

  VectorUnitTest() {
    for (const bool accumulator : {false, true}) {
      for (unsigned tile = 0; tile < kTiles; ++tile) fill(accumulator, tile);
    }
  }

  static std::uint32_t address(bool accumulator, unsigned tile) {
    return accumulator ? device::kAccumulatorBase + tile * kAccTile : tile * kOpTile;
  }

  // A tile of random numbers, in the design and in the model.
  void fill(bool accumulator, unsigned tile) {
    bench_->write_valid_i[0] = 1;
    bench_->write_mask_i[0] = 0xF;
    for (unsigned row = 0; row < kN; ++row) {
      bench_->write_place_i[0] = place(accumulator, {tile, row, false});
      for (unsigned i = 0; i < kN; ++i) {
        std::uint32_t value = random_.one_in(3) ? random_.fp32() : ordinary();
        if (!accumulator) value &= 0xFFFF'0000u;
        bench_->write_data_i[i] = value;
        memory_.write({address(accumulator, tile), 1, false}, row, i, value,
                      static_cast<std::uint16_t>(value >> 16));
      }
      bench_.cycle();
    }
    bench_->write_valid_i[0] = 0;
  }
  // Words of list memory, in both.
  void fill_list(std::uint32_t at, const std::vector<std::uint32_t>& words) {
    for (const std::uint32_t word : words) {
      bench_->list_write_i = 1;
      bench_->list_entry_i = static_cast<SData>(at);
      bench_->list_word_i = word;
      memory_.list().at(at++) = word;
      bench_.cycle();
    }
    bench_->list_write_i = 0;
  }
  std::uint32_t ordinary() {
    return (random_.bits32() & 0x807F'FFFFu) | ((120 + random_.below(14)) << 23);
  }

  // Carries out instructions one behind the other; every side waits now and then if `busy`.
  // Returns the cycles from the first to the end of the last.
  unsigned run(const std::vector<isa::Instruction>& program, bool busy = false) {
    std::vector<model::Fault> faults;
    for (const isa::Instruction& i : program) {
      EXPECT_EQ(model::check_vector(memory_, kN, i).error, isa::Error::kNone) << text(i);
      faults.push_back(model::execute_vector(memory_, kN, i));
    }
    std::size_t sent = 0, done = 0;
    unsigned cycles = 0;
    for (; done < program.size() && cycles < 1'000'000; ++cycles) {
      bench_->valid_i = sent < program.size();
      if (sent < program.size()) pack_vector(program[sent], kN, bench_->insn_i);
      disturb(busy);
      bench_.settle();
      EXPECT_EQ(bench_->busy_o != 0, done < sent);
      if (bench_->valid_i != 0 && bench_->ready_o != 0) ++sent;
      if (bench_->done_o != 0) {
        const model::Fault want = done < faults.size() ? faults[done] : model::Fault{};
        const bool is_bad = want.error == isa::Error::kIndex;
        EXPECT_EQ((bench_->fault_o >> 44) & 1u, is_bad);
        if (is_bad) {
          EXPECT_EQ((bench_->fault_o >> 32) & 0xFFFu, want.position);
          EXPECT_EQ(static_cast<std::uint32_t>(bench_->fault_o), want.index);
        }
        ++done;
      }
      bench_.edge();
    }
    disturb(false);
    bench_->read_valid_i[0] = 0;
    bench_->valid_i = 0;
    EXPECT_EQ(done, program.size()) << "hangs";
    return cycles;
  }

  void compare(const std::string& what) {
    for (const bool accumulator : {false, true}) {
      for (unsigned tile = 0; tile < kTiles; ++tile) {
        for (unsigned row = 0; row < kN; ++row) {
          bench_->read_valid_i[0] = 1;
          bench_->read_place_i[0] = place(accumulator, {tile, row, false});
          bench_.cycle();
          bench_->read_valid_i[0] = 0;
          bench_.cycle();
          for (unsigned i = 0; i < kN; ++i) {
            const model::TileMatrix here{address(accumulator, tile), 1, false};
            const std::uint32_t want = accumulator
                                           ? memory_.read(here, row, i)
                                           : std::uint32_t{memory_.bf16(here, row, i)} << 16;
            ASSERT_EQ(bench_->read_data_o[i], want)
                << (accumulator ? "accumulator" : "operand") << " tile " << tile << " (" << row
                << ", " << i << ") after\n"
                << what;
          }
        }
      }
    }
  }

  bool read_all_the_time_ = false;  // the DMA, while a program runs

  static std::string text(const isa::Instruction& i) { return isa::disassemble({i}); }
  static std::string text(const std::vector<isa::Instruction>& program) {
    return isa::disassemble(program);
  }

  model::LocalMemory memory_{{.n = kN,
                              .operand_kib = kTiles * kOpTile / 1024,
                              .accumulator_kib = kTiles * kAccTile / 1024}};

 private:
  static IData place(bool accumulator, const Line& line) {
    return (accumulator ? 1u << 26 : 0u) | line.pack();
  }

  // The matrix unit and the DMA read what they like; they write nothing.
  void disturb(bool busy) {
    const auto line = [this] {
      const std::uint32_t tile = random_.below(kTiles);
      return Line{tile, random_.below(kN), false}.pack();
    };
    bench_->list_busy_i = busy && random_.one_in(3);
    bench_->stream_valid_i = busy && random_.one_in(2);
    bench_->load_valid_i = busy && random_.one_in(2);
    bench_->acc_read_valid_i = busy && random_.one_in(2);
    bench_->acc_write_valid_i = busy && random_.one_in(2);
    bench_->acc_write_mask_i = 0;
    bench_->read_valid_i[0] = read_all_the_time_ || (busy && random_.one_in(2));
    bench_->read_place_i[0] = place(random_.one_in(2), {random_.below(kTiles), 0, false});
    bench_->stream_line_i = line();
    bench_->load_line_i = line();
    bench_->acc_read_line_i = line();
    bench_->acc_write_line_i = line();
  }
};

}  // namespace gradcore::harness
