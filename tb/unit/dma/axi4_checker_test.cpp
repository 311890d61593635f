// SPDX-License-Identifier: Apache-2.0
// tb/checkers/axi4_checker.sv sees every violation, and nothing else.
#include "tb/unit/dma/dma_bench.h"

namespace gradcore::harness {
namespace {

class Axi4Checker : public testing::Test {
 protected:
  enum Channel { kAr, kR, kAw, kW, kB };

  Axi4Checker() { bench_->probe_ready_i = 0x1F; }

  // One cycle with these channels valid.
  void cycle(std::initializer_list<Channel> valid) {
    unsigned set = 0;
    for (const Channel channel : valid) set |= 1u << channel;
    bench_->probe_ar_valid_i = (set >> kAr) & 1u;
    bench_->probe_r_valid_i = (set >> kR) & 1u;
    bench_->probe_aw_valid_i = (set >> kAw) & 1u;
    bench_->probe_w_valid_i = (set >> kW) & 1u;
    bench_->probe_b_valid_i = (set >> kB) & 1u;
    bench_.cycle();
  }
  void hold(Channel channel) { bench_->probe_ready_i = 0x1F & ~(1u << channel); }
  void request(std::uint64_t address, unsigned beats, unsigned id = 1) {
    bench_->probe_address_i = address;
    bench_->probe_length_i = static_cast<CData>(beats - 1);
    bench_->probe_id_i = static_cast<CData>(id);
  }
  void last(bool last) { bench_->probe_last_i = last; }
  // Something may come on every channel: a read is asked, one burst waits for its answer, one for
  // its data.
  void prepare() {
    bench_->probe_ready_i = 0x1F;
    bench_.reset();
    request(0, 4);
    cycle({kAr});
    cycle({kAw});
    cycle({kAw});
    for (unsigned i = 0; i < 4; ++i) {
      last(i == 3);
      cycle({kW});
    }
    cycle({});
    last(false);
    EXPECT_EQ(failures(), 0u);
  }
  // Since the last call.
  unsigned failures() {
    const unsigned all = bench_.assertion_failures();
    const unsigned out = all - seen_;
    seen_ = all;
    return out;
  }

  DmaBench<Bench4> bench_;
  unsigned seen_ = 0;
};

TEST_F(Axi4Checker, LegalTrafficPasses) {
  request(0xF00, 16);  // to the end of its 4 KiB
  cycle({kAr});
  for (unsigned i = 0; i < 16; ++i) {
    last(i == 15);
    cycle({kR});
  }
  request(0x1000, 256);
  last(false);
  cycle({kAw, kW});  // data with their address
  for (unsigned i = 1; i < 256; ++i) {
    last(i == 255);
    cycle({kW});
  }
  cycle({kB});
  // Data before their address is taken, but not before it is offered.
  request(0, 1);
  last(true);
  hold(kAw);
  cycle({kAw, kW});
  bench_->probe_ready_i = 0x1F;
  cycle({kAw});
  cycle({});
  cycle({kB});
  EXPECT_EQ(failures(), 0u);
}

TEST_F(Axi4Checker, EveryChannelHoldsItsValid) {
  for (const Channel channel : {kAr, kR, kAw, kW, kB}) {
    prepare();
    hold(channel);
    cycle({channel});
    EXPECT_EQ(failures(), 0u);
    cycle({});
    EXPECT_EQ(failures(), 1u) << "withdrawn on channel " << channel;
    cycle({});
    EXPECT_EQ(failures(), 0u);
  }
}

TEST_F(Axi4Checker, EveryChannelHoldsItsPayload) {
  for (const Channel channel : {kAr, kR, kAw, kW, kB}) {
    prepare();
    hold(channel);
    cycle({channel});
    bench_->probe_address_i ^= 0x100;
    bench_->probe_data_i ^= 1;
    cycle({channel});
    EXPECT_EQ(failures(), 1u) << "changed on channel " << channel;
  }
}

TEST_F(Axi4Checker, SeesAddressesBetweenBeats) {
  request(8, 1);
  cycle({kAr});
  EXPECT_EQ(failures(), 1u);
  cycle({kAw});
  EXPECT_EQ(failures(), 1u);
}

TEST_F(Axi4Checker, SeesBurstsThatLeave4KiB) {
  request(0xF00, 17);
  cycle({kAr});
  EXPECT_EQ(failures(), 1u);
  cycle({kAw});
  EXPECT_EQ(failures(), 1u);
}

TEST_F(Axi4Checker, SeesBeatsThatNobodyAskedFor) {
  request(0, 1, 1);
  last(true);
  cycle({kR});
  EXPECT_EQ(failures(), 1u);
  cycle({kAr});
  bench_->probe_id_i = 2;
  cycle({kR});
  EXPECT_EQ(failures(), 1u);
  bench_->probe_id_i = 1;
  cycle({kR});
  EXPECT_EQ(failures(), 0u);
}

TEST_F(Axi4Checker, SeesWrongLastBeats) {
  request(0, 2);
  cycle({kAr});
  last(true);
  cycle({kR});
  EXPECT_EQ(failures(), 1u) << "read, early";
  last(false);
  cycle({kR});
  EXPECT_EQ(failures(), 1u) << "read, missing";
  cycle({kAw});
  last(true);
  cycle({kW});
  EXPECT_EQ(failures(), 1u) << "write, early";
  last(false);
  cycle({kW});
  EXPECT_EQ(failures(), 1u) << "write, missing";
}

TEST_F(Axi4Checker, SeesDataWithoutAddress) {
  last(true);
  cycle({kW});
  EXPECT_EQ(failures(), 1u);
  request(0, 1);
  cycle({kAw, kW});
  EXPECT_EQ(failures(), 0u);
  cycle({kW});
  EXPECT_EQ(failures(), 1u);
}

TEST_F(Axi4Checker, SeesAnswersBeforeTheirBurst) {
  request(0, 2);
  cycle({kB});
  EXPECT_EQ(failures(), 1u);
  cycle({kAw});
  last(false);
  cycle({kW});
  cycle({kB});
  EXPECT_EQ(failures(), 1u) << "data not complete";
  last(true);
  cycle({kW, kB});
  EXPECT_EQ(failures(), 1u) << "with the last beat";
  bench_->probe_id_i = 2;
  cycle({kB});
  EXPECT_EQ(failures(), 1u) << "another id";
  bench_->probe_id_i = 1;
  cycle({kB});
  EXPECT_EQ(failures(), 0u);
  cycle({kB});
  EXPECT_EQ(failures(), 1u) << "twice";

  request(0, 1);
  last(true);
  hold(kAw);
  cycle({kAw, kW});
  cycle({kAw, kB});
  EXPECT_EQ(failures(), 1u) << "address not taken";
}

TEST_F(Axi4Checker, SeesMoreBurstsThanItCounts) {
  request(0, 1);
  for (unsigned i = 0; i < 4; ++i) cycle({kAr, kAw});
  EXPECT_EQ(failures(), 0u);
  cycle({kAr});
  EXPECT_EQ(failures(), 1u);
  cycle({kAw});
  EXPECT_EQ(failures(), 1u);
}

}  // namespace
}  // namespace gradcore::harness
