// SPDX-License-Identifier: Apache-2.0
// The command processor with its registers under test: clock, host, DRAM and units around it.
#pragma once

#include <gtest/gtest.h>
#include <verilated.h>

#include <array>
#include <cstdint>
#include <deque>
#include <functional>
#include <limits>
#include <memory>
#include <vector>

#include "Vcommand_bench.h"
#include "sw/device/device.h"
#include "sw/isa/instruction.h"
#include "sw/isa/registers.h"
#include "tb/harness/destroy_model.h"
#include "tb/harness/random_patterns.h"

namespace gradcore::harness {

namespace reg = isa::reg;

// The chip of tb/verilated/command_bench.sv.
inline constexpr device::Hardware kBenchHardware{.n = 4, .operand_kib = 2, .accumulator_kib = 4};

// Owns the model and its clock. Inputs are set and outputs read through ->.
class CommandBench {
 public:
  CommandBench() {
    context_.errorLimit(std::numeric_limits<int>::max());
    context_.fatalOnError(false);
    model_ = std::make_unique<Vcommand_bench>(&context_);
    model_->rst_ni = 0;
    settle();
    edge();
    model_->rst_ni = 1;
    settle();
  }
  ~CommandBench() { destroy_model(context_, model_); }
  CommandBench(const CommandBench&) = delete;
  CommandBench& operator=(const CommandBench&) = delete;

  Vcommand_bench* operator->() { return model_.get(); }
  void settle() {
    model_->clk_i = 0;
    model_->eval();
  }
  void edge() {
    model_->clk_i = 1;
    model_->eval();
  }
  void cycle() {
    settle();
    edge();
  }
  unsigned assertion_failures() const { return static_cast<unsigned>(context_.errorCount()); }

 private:
  VerilatedContext context_;
  std::unique_ptr<Vcommand_bench> model_;
};

class CommandTest : public testing::Test {
 protected:
  void TearDown() override { EXPECT_EQ(bench_.assertion_failures(), 0u) << "in the design"; }

  CommandBench bench_;
  std::uint64_t seed_ = seed_from_environment(1);
  RandomPatterns random_{seed_};
  testing::ScopedTrace trace_{__FILE__, __LINE__, seed_message(seed_)};
};

// DRAM that answers in the order of the requests, each instruction some cycles after it was asked
// for. Addresses beyond its end answer DECERR.
struct Dram {
  std::vector<std::uint32_t> words;
  unsigned latency = 20;                       // cycles to the first beat
  unsigned pause = 0;                          // one beat in pause + 1 cycles, at random
  std::uint64_t fails_at = ~std::uint64_t{0};  // an address that answers SLVERR
  bool dead = false;                           // nothing is answered any more
  std::uint64_t reads = 0;                     // instructions asked for
  std::function<void(std::uint64_t)> on_read = [](std::uint64_t) {};

  struct Request {
    std::uint64_t address = 0, at = 0;
    unsigned beat = 0;
  };
  std::deque<Request> queue;
};

// A unit that takes up to `capacity` instructions and works on the oldest for a random time.
struct UnitModel {
  unsigned capacity = 2;
  unsigned slowest = 30;                       // cycles for an instruction
  bool stuck = false;                          // never done, and waits for memory
  std::uint64_t fails_at = ~std::uint64_t{0};  // key whose instruction ends with an error
  // Of its list, then; 0 is one of DRAM. Position and entry as the unit says them.
  std::uint64_t bad_list = 0;
  std::deque<std::uint64_t> keys;  // in work
  std::uint64_t offered = 0;       // since when the next one is
  bool has_offer = false;
  unsigned left = 0;
};

struct Started {
  unsigned unit = 0;
  std::uint64_t key = 0;
  std::uint64_t offered = 0, cycle = 0, done = 0;  // cycles
};

// All around the chip, a cycle at a time.
class CommandSystem {
 public:
  explicit CommandSystem(std::uint64_t seed) : random_(seed) {
    bench_->dma_idle_i = 1;
    dram_.words.resize(1 << 14);
  }

  CommandBench& bench() { return bench_; }
  Dram& dram() { return dram_; }
  UnitModel& unit(unsigned u) { return units_[u]; }
  std::vector<Started>& started() { return started_; }
  std::uint64_t now() const { return now_; }
  // Most cycles that beats, units and AXI4-Lite channels are held back at random.
  void set_stalls(unsigned stalls) { stalls_ = stalls; }

  void cycle();

  struct Answer {
    std::uint32_t data = 0;
    unsigned resp = 0;
  };
  unsigned write(std::uint32_t offset, std::uint32_t value, unsigned strobe = 15);
  Answer read(std::uint32_t offset);
  std::uint32_t get(reg::Register r) { return read(r.offset).data; }
  std::uint64_t get64(reg::Register r) {
    const std::uint64_t low = read(r.offset).data;
    return low | std::uint64_t{read(r.offset + 4u).data} << 32;
  }
  void put64(reg::Register r, std::uint64_t value) {
    write(r.offset, static_cast<std::uint32_t>(value));
    write(r.offset + 4u, static_cast<std::uint32_t>(value >> 32));
  }

  void load(const isa::Program& program, std::uint64_t address);
  // Opens both windows on all of DRAM.
  void open_windows();
  void start(std::uint64_t address);
  // Until the program has ended; false after so many cycles.
  bool wait(std::uint64_t limit = 2'000'000);

 private:
  void drive_units();
  void watch_units();
  bool held() { return stalls_ != 0 && !random_.one_in(stalls_ + 1); }

  CommandBench bench_;
  RandomPatterns random_;
  Dram dram_;
  std::array<UnitModel, 4> units_;
  std::vector<Started> started_;
  std::array<std::deque<std::size_t>, 4> running_;  // indices into started_
  std::uint64_t now_ = 0;
  unsigned stalls_ = 0;
};

}  // namespace gradcore::harness
