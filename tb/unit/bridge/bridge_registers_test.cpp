// SPDX-License-Identifier: Apache-2.0
#include "tb/unit/bridge/bridge_bench.h"

namespace gradcore::harness {
namespace {

namespace reg = bridge::reg;

class BridgeRegisters : public BridgeTest {
 protected:
  std::uint32_t get(std::uint32_t address) {
    bench_->own_read_i = 1;
    bench_->own_address_i = address;
    bench_.settle();
    const std::uint32_t value = bench_->own_data_o;
    exists_ = bench_->own_exists_o != 0;
    bench_.edge();
    bench_->own_read_i = 0;
    return value;
  }
  bool exists_ = false;
};

TEST_F(BridgeRegisters, WhatTheBoardIs) {
  EXPECT_EQ(get(reg::kIdentity.offset), reg::kIdentityValue);
  EXPECT_EQ(get(reg::kMemoryKib.offset), 1234u);
  EXPECT_EQ(get(reg::kClockKhz.offset), 56789u);
  for (std::uint32_t address = 0; address < 0x2000; address += 4) {
    get(address);
    EXPECT_EQ(exists_, address >= reg::kIdentity.offset && address <= reg::kLineErrors.offset)
        << std::hex << address;
  }
}

TEST_F(BridgeRegisters, StateFollowsItsInputs) {
  for (unsigned i = 0; i < 4; ++i) {
    bench_->own_interrupt_i = i & 1u;
    EXPECT_EQ(get(reg::kState.offset), i & 1u ? reg::kStateInterrupt.mask() : 0u);
  }
}

TEST_F(BridgeRegisters, EventsAreCounted) {
  unsigned damaged = 0, repeated = 0, errors = 0;
  for (int i = 0; i < 1000; ++i) {
    damaged += bench_->own_damaged_i = random_.below(2) != 0;
    repeated += bench_->own_repeated_i = random_.below(4) != 0;
    errors += bench_->own_line_error_i = random_.below(8) != 0;
    bench_.cycle();
  }
  bench_->own_damaged_i = bench_->own_repeated_i = bench_->own_line_error_i = 0;
  EXPECT_EQ(get(reg::kDamagedFrames.offset), damaged);
  EXPECT_EQ(get(reg::kRepeatedRequests.offset), repeated);
  EXPECT_EQ(get(reg::kLineErrors.offset), errors);
  // They stop rather than begin anew.
  bench_->own_damaged_i = 1;
  for (int i = 0; i < 70'000; ++i) bench_.cycle();
  bench_->own_damaged_i = 0;
  EXPECT_EQ(get(reg::kDamagedFrames.offset), 65535u);
}

TEST_F(BridgeRegisters, CyclesAreThoseOfTheClock) {
  const std::uint32_t before = get(reg::kCycles.offset);
  for (int i = 0; i < 1000; ++i) bench_.cycle();
  EXPECT_EQ(get(reg::kCycles.offset), before + 1001);
  EXPECT_EQ(get(reg::kCycles.offset + 4u), 0u);
}

}  // namespace
}  // namespace gradcore::harness
