// SPDX-License-Identifier: Apache-2.0
#include "tb/unit/bridge/bridge_bench.h"

namespace gradcore::harness {
namespace {

constexpr unsigned kClocks = 5;  // a bit, on the bench

class UartTx : public BridgeTest {};

// Level by level: start bit, 8 data bits, stop bit, each of kClocks cycles; bytes back to back.
TEST_F(UartTx, EveryLevelOfEveryByte) {
  bench_->tx_valid_i = 1;
  for (unsigned byte = 0; byte < 256; ++byte) {
    bench_->tx_i = static_cast<CData>(byte);
    bench_.settle();
    ASSERT_EQ(bench_->tx_ready_o, 1) << "no gap between bytes";
    bench_.edge();
    bench_->tx_i = 0xff;  // taken
    for (unsigned t = 0; t < 10 * kClocks; ++t) {
      bench_.settle();
      const unsigned bit = t / kClocks;
      const bool want = bit == 9 || (bit > 0 && (byte >> (bit - 1) & 1u) != 0);
      ASSERT_EQ(bench_->tx_o, want) << "byte " << byte << ", cycle " << t;
      ASSERT_EQ(bench_->tx_ready_o, t == 10 * kClocks - 1);
      if (t < 10 * kClocks - 1) bench_.edge();
    }
  }
}

TEST_F(UartTx, TheLineIsHighWithoutBytes) {
  const auto idle = [this](unsigned cycles) {
    for (unsigned i = 0; i < cycles; ++i) {
      bench_.settle();
      ASSERT_EQ(bench_->tx_o, 1);
      ASSERT_EQ(bench_->tx_ready_o, 1);
      bench_.edge();
    }
  };
  ASSERT_NO_FATAL_FAILURE(idle(100));
  bench_->tx_valid_i = 1;
  bench_->tx_i = 0;
  bench_.cycle();
  bench_->tx_valid_i = 0;
  for (unsigned t = 0; t < 10 * kClocks; ++t) {
    bench_.settle();
    ASSERT_EQ(bench_->tx_o, t >= 9 * kClocks);
    bench_.edge();
  }
  ASSERT_NO_FATAL_FAILURE(idle(100));
}

}  // namespace
}  // namespace gradcore::harness
