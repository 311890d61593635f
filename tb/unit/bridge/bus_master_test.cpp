// SPDX-License-Identifier: Apache-2.0
#include <cstring>
#include <memory>

#include "tb/unit/bridge/bridge_bench.h"

namespace gradcore::harness {
namespace {

using bridge::Status;

constexpr unsigned kPatience = 1024;  // cycles, on the bench

struct Work {
  bool write = false, memory = false;
  std::uint32_t address = 0, length = 0;
};

class BusMaster : public BridgeTest {
 protected:
  BusMaster() {
    buses_ = std::make_unique<Buses>(bench_, random_, 0.2);
    for (std::byte& byte : buses_->dram) byte = static_cast<std::byte>(random_.below(256));
    for (std::uint32_t& word : buses_->registers) word = random_.bits32();
  }

  void cycle() {
    buses_->drive();
    bench_->master_own_exists_i = bench_->master_own_address_o < kOwnEnd;
    bench_->master_own_data_i = ~bench_->master_own_address_o;
    bench_.settle();
    bench_->master_own_exists_i = bench_->master_own_address_o < kOwnEnd;
    bench_->master_own_data_i = ~bench_->master_own_address_o;
    bench_.settle();
    buses_->sample();
    if (bench_->master_w_en_o) {
      answer_[bench_->master_w_addr_o] = static_cast<std::byte>(bench_->master_w_data_o);
    }
    done_ = bench_->master_done_o != 0;
    status_ = static_cast<Status>(bench_->master_status_o);
    address_ = bench_->master_address_o;
    const bool reads = bench_->master_r_en_o != 0;
    const unsigned at = bench_->master_r_addr_o;
    bench_.edge();
    if (reads) bench_->master_r_data_i = std::to_integer<CData>(request_[at]);
    buses_->after_edge();
  }
  // The cycles it took.
  std::uint64_t run(const Work& work) {
    bench_->master_start_i = 1;
    bench_->master_write_i = work.write;
    bench_->master_memory_i = work.memory;
    bench_->master_address_i = work.address;
    bench_->master_length_i = static_cast<SData>(work.length);
    for (std::uint64_t t = 0; t < 200'000; ++t) {
      cycle();
      bench_->master_start_i = 0;
      if (done_) return t;
    }
    ADD_FAILURE() << "no end";
    return 0;
  }

  static constexpr std::uint32_t kOwnEnd = 0x1040;
  std::unique_ptr<Buses> buses_;
  std::array<std::byte, bridge::kMaxData> request_{}, answer_{};
  bool done_ = false;
  Status status_ = Status::kOk;
  std::uint32_t address_ = 0;
};

TEST_F(BusMaster, AnyBytesOfMemory) {
  std::vector<std::byte> want = buses_->dram;
  for (int round = 0; round < 400; ++round) {
    Work work{.write = random_.below(2) != 0, .memory = true};
    work.length = 1 + random_.below(random_.below(8) == 0 ? bridge::kMaxData : 70);
    work.address = random_.below(Buses::kFaulty - work.length + 1);
    if (round % 5 == 0) work.address = Buses::kFaulty - work.length;
    for (std::byte& byte : request_) byte = static_cast<std::byte>(random_.below(256));
    run(work);
    ASSERT_EQ(status_, Status::kOk);
    for (std::uint32_t i = 0; i < work.length; ++i) {
      if (work.write) {
        want[work.address + i] = request_[i];
      } else {
        ASSERT_EQ(answer_[i], want[work.address + i]) << "byte " << i << " of " << work.length;
      }
    }
    ASSERT_EQ(buses_->dram, want);
  }
}

TEST_F(BusMaster, Registers) {
  auto want = buses_->registers;
  for (int round = 0; round < 400; ++round) {
    Work work{.write = random_.below(2) != 0};
    const std::uint32_t words = 1 + random_.below(20);
    work.length = 4 * words;
    work.address = 4 * random_.below(static_cast<std::uint32_t>(want.size()) - words + 1);
    for (std::byte& byte : request_) byte = static_cast<std::byte>(random_.below(256));
    const std::uint64_t before = buses_->register_writes;
    run(work);
    ASSERT_EQ(status_, Status::kOk);
    for (std::uint32_t i = 0; i < words; ++i) {
      std::uint32_t& word = want[work.address / 4 + i];
      std::uint32_t value = 0;
      std::memcpy(&value, (work.write ? request_ : answer_).data() + 4 * i, 4);
      if (work.write) word = value;
      ASSERT_EQ(value, word);
    }
    ASSERT_EQ(buses_->registers, want);
    ASSERT_EQ(buses_->register_writes - before, work.write ? words : 0u) << "each once";
  }
}

TEST_F(BusMaster, ItsOwnRegistersAreReadOnly) {
  run({.address = 0x1000, .length = 0x40});
  ASSERT_EQ(status_, Status::kOk);
  for (std::uint32_t i = 0; i < 16; ++i) {
    std::uint32_t value = 0;
    std::memcpy(&value, answer_.data() + 4 * i, 4);
    EXPECT_EQ(value, ~(0x1000 + 4 * i));
  }
  run({.address = 0x1030, .length = 0x40});
  EXPECT_EQ(status_, Status::kBusError);
  EXPECT_EQ(address_, kOwnEnd);
  run({.write = true, .address = 0x1000, .length = 4});
  EXPECT_EQ(status_, Status::kBusError);
  EXPECT_EQ(address_, 0x1000u);
  EXPECT_EQ(buses_->register_reads + buses_->register_writes, 0u);
}

// Everything before what is refused is done, nothing behind it.
TEST_F(BusMaster, ErrorsTellWhere) {
  for (const bool write : {false, true}) {
    run({.write = write, .memory = true, .address = Buses::kFaulty - 40, .length = 100});
    EXPECT_EQ(status_, Status::kBusError);
    EXPECT_EQ(address_, Buses::kFaulty);
    run({.write = write, .memory = true, .address = Buses::kFaulty + 5, .length = 1});
    EXPECT_EQ(status_, Status::kBusError);
    EXPECT_EQ(address_, Buses::kFaulty + 5);
    run({.write = write, .address = Buses::kRegisterBytes - 8, .length = 16});
    EXPECT_EQ(status_, Status::kBusError);
    EXPECT_EQ(address_, Buses::kRegisterBytes);
    run({.write = write, .memory = true, .address = 16, .length = 16});
    EXPECT_EQ(status_, Status::kOk);
  }
  for (unsigned i = 0; i < 40; ++i) {
    EXPECT_EQ(buses_->dram[Buses::kFaulty - 40 + i], request_[i]);
  }
  EXPECT_EQ(buses_->register_writes, 3u);
}

TEST_F(BusMaster, ASilentBusEndsEverythingUntilAReset) {
  for (unsigned kind = 0; kind < 4; ++kind) {
    const Work work{.write = kind % 2 != 0, .memory = kind >= 2, .address = 64, .length = 32};
    buses_->is_silent = true;
    const std::uint64_t cycles = run(work);
    EXPECT_EQ(status_, Status::kBusTimeout);
    EXPECT_EQ(address_, 64u);
    EXPECT_GE(cycles, kPatience);
    EXPECT_LE(cycles, kPatience + 50);
    EXPECT_EQ(bench_->master_silent_o, 1);
    // Not even when the bus comes to life again: whose answer would it be?
    buses_->is_silent = false;
    for (int i = 0; i < 100; ++i) cycle();
    EXPECT_LE(run({.memory = true, .address = 128, .length = 4}), 1u);
    EXPECT_EQ(status_, Status::kBusTimeout);
    EXPECT_EQ(address_, 128u);
    buses_->reset();
    reset();
    EXPECT_EQ(bench_->master_silent_o, 0);
    run(work);
    EXPECT_EQ(status_, Status::kOk);
  }
}

}  // namespace
}  // namespace gradcore::harness
