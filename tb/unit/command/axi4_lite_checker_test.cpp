// SPDX-License-Identifier: Apache-2.0
// The checker of AXI4-Lite ports sees every violation, and nothing else.
#include "tb/unit/command/command_bench.h"

namespace gradcore::harness {
namespace {

constexpr unsigned kAw = 1, kW = 2, kB = 4, kAr = 8, kR = 16;

class Axi4LiteChecker : public testing::Test {
 protected:
  void cycle(unsigned valid, unsigned ready, unsigned payload = 0) {
    bench_->probe_valid_i = static_cast<CData>(valid);
    bench_->probe_ready_i = static_cast<CData>(ready);
    bench_->probe_payload_i = static_cast<SData>(payload);
    bench_.cycle();
  }
  void expect_failures(unsigned count) { EXPECT_EQ(bench_.assertion_failures(), count); }

  CommandBench bench_;
};

TEST_F(Axi4LiteChecker, LegalTrafficPasses) {
  cycle(kAw | kAr, 0, 8);
  cycle(kAw | kAr | kW, kAr | kW, 8);
  cycle(kAw | kR, kAw, 8);
  cycle(kB | kR, kR, 8);
  cycle(kB, kB, 8);
  cycle(kAw | kW | kAr, kAw | kW | kAr, 4);
  cycle(kB | kR | kAr, kB | kR | kAr, 4);
  cycle(kR, kR, 4);
  cycle(0, 0);
  expect_failures(0);
}

TEST_F(Axi4LiteChecker, SeesWhatIsWithdrawnOnEachChannel) {
  cycle(kAw | kW | kAr, kAw | kW | kAr);
  for (const unsigned channel : {kAw, kW, kB, kAr, kR}) {
    const unsigned before = bench_.assertion_failures();
    cycle(channel, 0);
    cycle(0, 0);
    EXPECT_EQ(bench_.assertion_failures(), before + 1) << channel;
  }
}

TEST_F(Axi4LiteChecker, SeesPayloadThatChangesOnEachChannel) {
  cycle(kAw | kW | kAr, kAw | kW | kAr);
  for (const unsigned channel : {kAw, kW, kB, kAr, kR}) {
    const unsigned before = bench_.assertion_failures();
    cycle(channel, 0, 2);
    cycle(channel, channel, 3);
    EXPECT_EQ(bench_.assertion_failures(), before + 1) << channel;
    cycle(kAw | kW | kAr, kAw | kW | kAr, 3);  // something to answer for the next ones
  }
}

TEST_F(Axi4LiteChecker, SeesAnswersToNothing) {
  cycle(kR, kR);
  expect_failures(1);
  cycle(kAw, kAw);
  cycle(kB, kB);  // without data
  expect_failures(2);
}

TEST_F(Axi4LiteChecker, SeesAResponseThatAxiLiteDoesNotHave) {
  cycle(kAr, kAr);
  cycle(kR, kR, 1);
  expect_failures(1);
}

TEST_F(Axi4LiteChecker, SeesASlaveThatNeverAnswers) {
  for (int i = 0; i < 18; ++i) cycle(kAr, kAr);
  EXPECT_GT(bench_.assertion_failures(), 0u);
}

}  // namespace
}  // namespace gradcore::harness
