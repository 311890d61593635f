// SPDX-License-Identifier: Apache-2.0
#include <functional>
#include <string>

#include "tb/unit/bridge/bridge_bench.h"

namespace gradcore::harness {
namespace {

struct Received {
  std::vector<std::byte> bytes;
  unsigned errors = 0;
};

class UartRx : public BridgeTest {
 protected:
  // So many cycles of the levels that `level` tells, of receivers of 4 or 25 clocks a bit.
  Received run(unsigned clocks, std::uint64_t cycles,
               const std::function<bool(std::uint64_t)>& level) {
    Received out;
    for (std::uint64_t t = 0; t < cycles; ++t) {
      (clocks == 4 ? bench_->rx4_i : bench_->rx25_i) = level(t);
      bench_.cycle();
      bench_.settle();
      if ((clocks == 4 ? bench_->rx4_valid_o : bench_->rx25_valid_o) == 0) continue;
      out.bytes.push_back(static_cast<std::byte>(clocks == 4 ? bench_->rx4_o : bench_->rx25_o));
      out.errors += (clocks == 4 ? bench_->rx4_error_o : bench_->rx25_error_o);
    }
    return out;
  }
  static bool bit_of(std::byte byte, unsigned bit) {  // 0 start, 9 stop
    return bit == 9 || (bit > 0 && ((std::to_integer<unsigned>(byte) >> (bit - 1)) & 1u) != 0);
  }
  // Bytes one behind the other, of a sender whose bits last `period` cycles, from `phase` on.
  static std::function<bool(std::uint64_t)> levels(const std::vector<std::byte>& bytes,
                                                   double period, double phase) {
    return [&bytes, period, phase](std::uint64_t t) {
      const double bit = (static_cast<double>(t) - phase) / period;
      if (bit < 0 || bit >= 10.0 * static_cast<double>(bytes.size())) return true;
      const auto index = static_cast<std::uint64_t>(bit);
      return bit_of(bytes[index / 10], static_cast<unsigned>(index % 10));
    };
  }
};

TEST_F(UartRx, EveryByteBackToBack) {
  std::vector<std::byte> bytes;
  for (unsigned i = 0; i < 256; ++i) bytes.push_back(static_cast<std::byte>(i * 37));
  for (const unsigned clocks : {4u, 25u}) {
    const Received got = run(clocks, 2600ull * clocks, levels(bytes, clocks, 5));
    EXPECT_EQ(got.bytes, bytes) << clocks;
    EXPECT_EQ(got.errors, 0u);
  }
}

// The sampling of the stop bit is 9.5 bits after the edge: 4 % is what half a bit allows, less the
// granularity of samples.
TEST_F(UartRx, ASendersClockMayBeAnother) {
  const std::vector<std::byte> bytes = random_bytes(300);
  for (const double off : {0.96, 0.98, 1.02, 1.04}) {
    for (const double phase : {5.0, 5.3, 5.7}) {
      const double period = 25 * off;
      const Received got =
          run(25, static_cast<std::uint64_t>(3020 * period), levels(bytes, period, phase));
      EXPECT_EQ(got.bytes, bytes) << off;
      EXPECT_EQ(got.errors, 0u);
    }
  }
}

// A spike of one cycle, wherever it falls, changes no byte; alone it is none.
TEST_F(UartRx, ASpikeDoesNoHarm) {
  const std::vector<std::byte> bytes = {std::byte{0x5a}};
  const auto clean = levels(bytes, 25, 30);
  for (std::uint64_t spike = 0; spike < 280; ++spike) {
    // At an edge of the line a spike moves the edge by a cycle: that is allowed for too.
    const Received got = run(25, 340, [&](std::uint64_t t) { return clean(t) != (t == spike); });
    if (spike == 29 || spike == 30) continue;  // the start bit's own edge
    ASSERT_EQ(got.bytes, bytes) << "spike in cycle " << spike;
    ASSERT_EQ(got.errors, 0u);
  }
}

TEST_F(UartRx, WithoutAStopBitTheByteIsWrong) {
  const std::vector<std::byte> bytes = {std::byte{0x12}, std::byte{0x34}, std::byte{0x56}};
  const auto clean = levels(bytes, 4, 4);
  // The stop bit of the second byte is low.
  const Received got =
      run(4, 160, [&](std::uint64_t t) { return clean(t) && !(t >= 80 && t < 84); });
  EXPECT_EQ(got.errors, 1u);
  EXPECT_GE(got.bytes.size(), 2u);
  // A line that is low for long is one wrong byte, and the next one is good again.
  const auto later = levels(bytes, 4, 1000);
  const Received after = run(4, 1200, [&](std::uint64_t t) { return later(t) && t >= 400; });
  EXPECT_EQ(after.errors, 1u);
  ASSERT_EQ(after.bytes.size(), 4u);
  EXPECT_EQ(std::vector(after.bytes.begin() + 1, after.bytes.end()), bytes);
}

}  // namespace
}  // namespace gradcore::harness
