// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <memory>
#include <vector>

#include "Vinterconnect_bench.h"
#include "tb/harness/bench.h"
#include "tb/unit/examples/axi_master.h"

namespace gradcore::harness {
namespace {

// Two masters and a memory around the interconnect; the rules of AXI4 are checked on each port.
class AxiInterconnect : public TestOnBench<Vinterconnect_bench> {
 protected:
  AxiInterconnect() : dram_(2 * kWindow) {
    for (std::byte& byte : dram_) byte = static_cast<std::byte>(random_.below(256));
  }

  void build(AxiMemorySettings memory, const MasterSettings& first, const MasterSettings& second) {
    memory.ids = 2 * kAxiIds;
    memory.seed = random_.bits();
    for (const MasterSettings* settings : {&first, &second}) {
      memory.faults.insert(memory.faults.end(), settings->faults.begin(), settings->faults.end());
    }
    memory_ = std::make_unique<AxiMemory>(dram_, memory);
    masters_.clear();
    masters_.emplace_back(0, first, dram_, random_.bits());
    masters_.emplace_back(kWindow, second, dram_, random_.bits());
  }

  void cycle() {
    auto& b = *bench_.operator->();
    b.ar_valid_i = b.aw_valid_i = b.w_valid_i = b.w_last_i = b.r_ready_i = b.b_ready_i = 0;
    for (unsigned m = 0; m < 2; ++m) drive(b, m, masters_[m].drive());
    const AxiFromMemory& from = memory_->outputs();
    b.m_ar_ready_i = from.ar_ready;
    b.m_aw_ready_i = from.aw_ready;
    b.m_w_ready_i = from.w_ready;
    b.m_r_valid_i = from.r_valid;
    b.m_r_id_i = static_cast<CData>(from.r_id);
    b.m_r_resp_i = static_cast<CData>(from.r_resp);
    b.m_r_last_i = from.r_last;
    for (unsigned i = 0; i < 4; ++i) b.m_r_data_i[i] = from.r_data[i];
    b.m_b_valid_i = from.b_valid;
    b.m_b_id_i = static_cast<CData>(from.b_id);
    b.m_b_resp_i = static_cast<CData>(from.b_resp);
    bench_.settle();
    AxiToMemory to;
    to.ar = {b.m_ar_valid_o != 0, b.m_ar_id_o, b.m_ar_address_o, b.m_ar_length_o};
    to.aw = {b.m_aw_valid_o != 0, b.m_aw_id_o, b.m_aw_address_o, b.m_aw_length_o};
    to.r_ready = b.m_r_ready_o;
    to.b_ready = b.m_b_ready_o;
    to.w_valid = b.m_w_valid_o;
    to.w_last = b.m_w_last_o;
    to.w_strobe = b.m_w_strobe_o;
    for (unsigned i = 0; i < 4; ++i) to.w_data[i] = b.m_w_data_o[i];
    std::array<MasterHandshakes, 2> hands;
    for (unsigned m = 0; m < 2; ++m) hands[m] = handshakes(b, m);
    bench_.edge();
    memory_->cycle(to);
    for (unsigned m = 0; m < 2; ++m) masters_[m].take(hands[m]);
  }

  // Until all is done and answered.
  void run(std::uint64_t patience) {
    for (std::uint64_t i = 0; i < patience && !HasFatalFailure(); ++i) {
      if (masters_[0].is_done() && masters_[1].is_done()) break;
      cycle();
    }
    for (unsigned m = 0; m < 2; ++m) {
      SCOPED_TRACE(m);
      EXPECT_TRUE(masters_[m].is_done()) << "something got stuck";
      EXPECT_TRUE(masters_[m].is_intact(dram_));
    }
  }

  static void drive(Vinterconnect_bench& b, unsigned m, const MasterPins& pins) {
    const auto set = [m](CData& bits, bool value) {
      bits = static_cast<CData>(bits | (static_cast<unsigned>(value) << m));
    };
    set(b.ar_valid_i, pins.ar.valid);
    b.ar_id_i[m] = static_cast<CData>(pins.ar.id);
    b.ar_address_i[m] = pins.ar.address;
    b.ar_length_i[m] = static_cast<CData>(pins.ar.length);
    set(b.aw_valid_i, pins.aw.valid);
    b.aw_id_i[m] = static_cast<CData>(pins.aw.id);
    b.aw_address_i[m] = pins.aw.address;
    b.aw_length_i[m] = static_cast<CData>(pins.aw.length);
    set(b.w_valid_i, pins.w_valid);
    set(b.w_last_i, pins.w_last);
    b.w_strobe_i[m] = 0xFFFF;
    for (unsigned i = 0; i < 4; ++i) b.w_data_i[4 * m + i] = pins.w_data[i];
    set(b.r_ready_i, pins.r_ready);
    set(b.b_ready_i, pins.b_ready);
  }

  static MasterHandshakes handshakes(Vinterconnect_bench& b, unsigned m) {
    const auto both = [m](unsigned valid, unsigned ready) {
      return ((valid & ready) >> m & 1u) != 0;
    };
    MasterHandshakes hands{.ar = both(b.ar_valid_i, b.ar_ready_o),
                           .aw = both(b.aw_valid_i, b.aw_ready_o),
                           .w = both(b.w_valid_i, b.w_ready_o),
                           .r = both(b.r_valid_o, b.r_ready_i),
                           .r_last = b.r_last_o != 0,
                           .b = both(b.b_valid_o, b.b_ready_i),
                           .r_id = b.r_id_o,
                           .b_id = b.b_id_o,
                           .r_resp = static_cast<AxiResponse>(b.r_resp_o),
                           .b_resp = static_cast<AxiResponse>(b.b_resp_o)};
    for (unsigned i = 0; i < 4; ++i) hands.r_data[i] = b.r_data_o[i];
    return hands;
  }

  std::vector<std::byte> dram_;
  std::unique_ptr<AxiMemory> memory_;
  std::vector<AxiMaster> masters_;
};

TEST_F(AxiInterconnect, RandomMastersAndMoods) {
  for (unsigned i = 0; i < 12 && !HasFatalFailure(); ++i) {
    SCOPED_TRACE(i);
    const auto often = [this] { return 0.1 + 0.9 * random_.below(11) / 10.0; };
    const auto master = [&] {
      return MasterSettings{.address = often(),
                            .data = often(),
                            .ready = often(),
                            .max_beats = 1 + random_.below(40)};
    };
    const auto seldom = [this] { return 0.08 * random_.below(11); };
    AxiMemorySettings memory;
    memory.latency = 1 + random_.below(60);
    memory.bandwidth = random_.one_in(3) ? 5 : 32;
    memory.stalls = {seldom(), seldom(), seldom(), seldom(), seldom()};
    memory.reorder = random_.one_in(2) ? 0.5 : 0;
    memory.interleave = random_.one_in(2);
    build(memory, master(), master());
    run(400'000);
  }
}

// Errors reach whom they belong to, and nobody else.
TEST_F(AxiInterconnect, ErrorsGoToTheirMaster) {
  MasterSettings first, second;
  first.faults = {{.of_writes = false, .range = {0x1000, 0x2000}},
                  {.of_reads = false, .range = {0x9000, 0xA000}}};
  build({.bandwidth = 32, .reorder = 0.5, .interleave = true}, first, second);
  run(100'000);
  EXPECT_GT(masters_[0].errors(), 100u);
  EXPECT_EQ(masters_[1].errors(), 0u);

  second.faults = {
      {.response = AxiResponse::kDecErr, .range = {kWindow + 0x1000, kWindow + 0x2000}}};
  first.faults.clear();
  build({.bandwidth = 32}, first, second);
  run(100'000);
  EXPECT_EQ(masters_[0].errors(), 0u);
  EXPECT_GT(masters_[1].errors(), 50u);
}

// A beat a cycle each way, and both get their half.
TEST_F(AxiInterconnect, FullRateInEqualShares) {
  const MasterSettings greedy{
      .address = 1, .data = 1, .ready = 1, .max_beats = 1, .bursts = 100'000};
  build({.latency = 10, .bandwidth = 32}, greedy, greedy);
  constexpr double kCycles = 4'000;
  for (unsigned c = 0; c < 4'000; ++c) cycle();
  for (unsigned m = 0; m < 2; ++m) {
    SCOPED_TRACE(m);
    EXPECT_NEAR(static_cast<double>(masters_[m].read_beats()), kCycles / 2, kCycles / 50);
    EXPECT_NEAR(static_cast<double>(masters_[m].write_beats()), kCycles / 2, kCycles / 50);
  }
}

// One alone has all of it.
TEST_F(AxiInterconnect, FullRateOfOne) {
  const MasterSettings greedy{
      .address = 1, .data = 1, .ready = 1, .max_beats = 1, .bursts = 100'000};
  const MasterSettings idle{.bursts = 0};
  build({.latency = 10, .bandwidth = 32}, idle, greedy);
  for (unsigned c = 0; c < 2'000; ++c) cycle();
  EXPECT_GT(masters_[1].read_beats(), 1'950u);
  EXPECT_GT(masters_[1].write_beats(), 1'950u);
}

// A memory may wait for data before it takes the address (AXI4, A3.3.1).
TEST_F(AxiInterconnect, DataDoesNotWaitForTheAddressToBeTaken) {
  auto& b = *bench_.operator->();
  b.aw_valid_i = b.w_valid_i = b.w_last_i = 2;
  b.aw_address_i[1] = 0x1230;
  b.m_aw_ready_i = b.m_w_ready_i = 0;
  bench_.cycle();
  b.aw_valid_i = 0;
  bench_.settle();
  EXPECT_EQ(b.m_aw_valid_o, 1);
  EXPECT_EQ(b.m_aw_address_o, 0x1230u);
  EXPECT_EQ(b.m_w_valid_o, 1);
  b.m_aw_ready_i = b.m_w_ready_i = 1;
  bench_.cycle();
  b.w_valid_i = 0;
  bench_.settle();
  EXPECT_EQ(b.m_aw_valid_o, 0);
}

}  // namespace
}  // namespace gradcore::harness
