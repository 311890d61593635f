// SPDX-License-Identifier: Apache-2.0
#include "tb/harness/axi_memory.h"

#include <gtest/gtest.h>

#include <map>
#include <optional>

namespace gradcore::harness {
namespace {

struct Request {
  std::uint32_t id = 0;
  std::uint64_t address = 0;
  std::uint32_t beats = 1;
};
struct Read {
  std::uint64_t cycle = 0;
  AxiFromMemory out;
};

// A master that keeps what it was told to ask, and always takes.
class Master {
 public:
  explicit Master(AxiMemory& memory) : memory_(memory) {}

  void read(Request request) { reads_.push_back(request); }
  void write(Request request, std::uint32_t strobe = 0xFFFF) {
    writes_.push_back(request);
    for (std::uint32_t i = 0; i < request.beats; ++i) {
      const auto number = static_cast<std::uint32_t>(request.address + 16 * i);
      data_.push_back(
          {{number, number + 1, number + 2, number + 3}, strobe, i + 1 == request.beats});
    }
  }
  void cycle() {
    const AxiFromMemory out = memory_.outputs();
    AxiToMemory in;
    in.r_ready = in.b_ready = true;
    if (!reads_.empty()) {
      in.ar = {true, reads_.front().id, reads_.front().address, reads_.front().beats - 1};
      if (out.ar_ready) {
        asked.push_back(now);
        reads_.pop_front();
      }
    }
    if (!writes_.empty()) {
      in.aw = {true, writes_.front().id, writes_.front().address, writes_.front().beats - 1};
      if (out.aw_ready) writes_.pop_front();
    }
    if (!data_.empty()) {
      in.w_valid = true;
      in.w_data = data_.front().data;
      in.w_strobe = data_.front().strobe;
      in.w_last = data_.front().last;
      if (out.w_ready) data_.pop_front();
    }
    if (out.r_valid) beats.push_back({now, out});
    if (out.b_valid) answers.push_back({now, out});
    memory_.cycle(in);
    ++now;
  }
  void run(std::size_t beats_wanted, std::size_t answers_wanted, unsigned limit = 100'000) {
    for (unsigned t = 0; t < limit; ++t) {
      if (beats.size() >= beats_wanted && answers.size() >= answers_wanted) return;
      cycle();
    }
    FAIL() << "no end: " << beats.size() << " beats, " << answers.size() << " answers";
  }

  std::uint64_t now = 0;
  std::vector<std::uint64_t> asked;
  std::vector<Read> beats, answers;

 private:
  struct Data {
    AxiBeat data{};
    std::uint32_t strobe = 0;
    bool last = false;
  };
  AxiMemory& memory_;
  std::deque<Request> reads_, writes_;
  std::deque<Data> data_;
};

std::vector<std::byte> numbered(std::size_t size) {
  std::vector<std::byte> out(size);
  for (std::size_t i = 0; i < size; ++i) out[i] = static_cast<std::byte>(i / 16 + i % 16);
  return out;
}
bool is_beat(const AxiFromMemory& out, std::uint64_t address) {
  for (unsigned i = 0; i < 16; ++i) {
    const auto byte = static_cast<std::uint8_t>(out.r_data[i / 4] >> (8 * (i % 4)));
    if (byte != static_cast<std::uint8_t>(address / 16 + i)) return false;
  }
  return true;
}

TEST(AxiMemory, ReadsComeAfterTheLatencyAndAtFullRate) {
  for (const unsigned latency : {1u, 2u, 40u}) {
    std::vector<std::byte> bytes = numbered(4096);
    AxiMemory memory(bytes, {.latency = latency});
    Master master(memory);
    for (unsigned k = 0; k < 4; ++k) master.read({1, 64 * k, 4});
    master.run(16, 0);
    for (unsigned i = 0; i < 16; ++i) {
      EXPECT_EQ(master.beats[i].cycle,
                std::max(master.asked[0] + latency + i, master.asked[i / 4] + latency));
      EXPECT_TRUE(is_beat(master.beats[i].out, 16 * i));
      EXPECT_EQ(master.beats[i].out.r_last, i % 4 == 3);
    }
    EXPECT_EQ(memory.counters().read_beats, 16u);
    EXPECT_EQ(memory.counters().read_bursts, 4u);
    EXPECT_TRUE(memory.is_idle());
  }
}

// Half the bandwidth is half the rate, and reads and writes share it.
TEST(AxiMemory, BandwidthIsShared) {
  for (const double bandwidth : {4.0, 8.0, 12.0, 16.0, 32.0}) {
    std::vector<std::byte> bytes(4096);
    AxiMemory memory(bytes, {.latency = 5, .write_latency = 5, .bandwidth = bandwidth});
    Master master(memory);
    for (unsigned k = 0; k < 8; ++k) {
      master.read({1, 256 * k, 16});
      master.write({2, 256 * k, 16});
    }
    master.run(128, 8);
    EXPECT_NEAR(static_cast<double>(master.now), 256 * 16 / bandwidth, 30) << bandwidth;
    // Neither waits for the other's end.
    EXPECT_GT(master.beats[127].cycle + 30, master.answers[7].cycle);
    EXPECT_GT(master.answers[7].cycle + 30, master.beats[127].cycle);
  }
}

TEST(AxiMemory, WritesHonourStrobes) {
  std::vector<std::byte> bytes(256);
  AxiMemory memory(bytes, {});
  Master master(memory);
  master.write({2, 0x10, 2}, 0x8001);
  master.run(0, 1);
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    const bool written = i == 0x10 || i == 0x1F || i == 0x20 || i == 0x2F;
    const auto number = static_cast<std::uint32_t>((i & ~std::size_t{15}) + i % 16 / 4);
    EXPECT_EQ(bytes[i], static_cast<std::byte>(written ? number >> (8 * (i % 4)) : 0)) << i;
  }
  EXPECT_EQ(memory.counters().write_beats, 2u);
}

// Of one id in their order; of several ids in any, mixed if that is asked for.
TEST(AxiMemory, ReordersBetweenIdsOnly) {
  for (const bool interleave : {false, true}) {
    std::vector<std::byte> bytes = numbered(65536);
    AxiMemory memory(bytes, {.latency = 3, .reorder = 0.5, .interleave = interleave});
    Master master(memory);
    std::map<std::uint32_t, std::deque<std::uint64_t>> want;
    std::vector<std::uint32_t> order;
    for (unsigned k = 0; k < 60; ++k) {
      const std::uint32_t id = k % 3;
      master.read({id, 64 * k, 4});
      for (unsigned i = 0; i < 4; ++i) want[id].push_back(64 * k + 16 * i);
    }
    master.run(240, 0);
    unsigned changes = 0;
    for (std::size_t i = 0; i < 240; ++i) {
      const AxiFromMemory& out = master.beats[i].out;
      ASSERT_TRUE(is_beat(out, want[out.r_id].front()));
      want[out.r_id].pop_front();
      if (out.r_last) order.push_back(out.r_id);
      if (i > 0 && !master.beats[i - 1].out.r_last) {
        changes += master.beats[i - 1].out.r_id != out.r_id;
      }
    }
    EXPECT_EQ(changes > 0, interleave);
    bool in_order = true;
    for (std::size_t i = 0; i < order.size(); ++i) in_order &= order[i] == i % 3;
    EXPECT_FALSE(in_order);
  }
}

TEST(AxiMemory, LimitsWhatIsOutstanding) {
  std::vector<std::byte> bytes(4096);
  AxiMemory memory(bytes, {.latency = 30, .write_latency = 30, .max_reads = 3, .max_writes = 2});
  Master master(memory);
  for (unsigned k = 0; k < 12; ++k) {
    master.read({1, 64 * k, 2});
    master.write({2, 64 * k, 2});
  }
  master.run(24, 12);
  EXPECT_EQ(memory.counters().max_reads, 3u);
  EXPECT_EQ(memory.counters().max_writes, 2u);
}

TEST(AxiMemory, FaultsAsTold) {
  std::vector<std::byte> bytes(4096);
  AxiMemorySettings settings{.base = 0x1'0000'0000};
  const std::uint64_t base = settings.base;
  settings.faults = {{.range = {base + 0x105, base + 0x106}},
                     {.response = AxiResponse::kDecErr, .of_reads = false, .burst = 2}};
  AxiMemory memory(bytes, settings);
  Master master(memory);
  master.read({1, base + 0xF0, 3});
  master.read({1, base + 0xFF0, 2});  // its second beat lies behind the end
  master.read({1, base - 16, 1});
  master.write({2, base + 0xF0, 3});
  master.write({2, base + 0x200, 1});
  master.write({2, base + 0x300, 1});
  master.run(6, 3);
  const AxiResponse want[] = {AxiResponse::kOkay, AxiResponse::kSlvErr, AxiResponse::kOkay,
                              AxiResponse::kOkay, AxiResponse::kDecErr, AxiResponse::kDecErr};
  for (unsigned i = 0; i < 6; ++i) EXPECT_EQ(master.beats[i].out.r_resp, want[i]) << i;
  EXPECT_EQ(master.answers[0].out.b_resp, AxiResponse::kSlvErr);
  EXPECT_EQ(master.answers[1].out.b_resp, AxiResponse::kDecErr);
  EXPECT_EQ(master.answers[2].out.b_resp, AxiResponse::kOkay);
  EXPECT_NE(bytes[0xF4], std::byte{0});
  EXPECT_EQ(bytes[0x100], std::byte{0}) << "a beat that fails writes nothing";
  EXPECT_EQ(bytes[0x201], std::byte{0});
}

TEST(AxiMemory, NotesStrayWrites) {
  std::vector<std::byte> bytes(256);
  AxiMemory memory(bytes, {});
  memory.watch_writes({{0x10, 0x18}, {0x18, 0x2F}});
  Master master(memory);
  master.write({2, 0x10, 1});
  master.run(0, 1);
  EXPECT_EQ(memory.stray_bytes(), 0u);
  master.write({2, 0x20, 1});
  master.run(0, 2);
  EXPECT_EQ(memory.stray_bytes(), 1u);
  EXPECT_EQ(memory.first_stray(), 0x2Fu);
}

// The same seed, the same cycles; another seed, others.
TEST(AxiMemory, IsDeterministic) {
  std::map<std::uint64_t, std::vector<std::uint64_t>> ends;
  for (const std::uint64_t seed : {7u, 7u, 8u}) {
    std::vector<std::byte> bytes(4096);
    AxiMemorySettings settings{.seed = seed};
    settings.stalls = {.ar = 0.3, .r = 0.3, .aw = 0.3, .w = 0.3, .b = 0.3};
    AxiMemory memory(bytes, settings);
    Master master(memory);
    for (unsigned k = 0; k < 12; ++k) {
      master.read({1, 64 * k, 4});
      master.write({2, 64 * k, 4});
    }
    master.run(48, 12);
    ends[seed].push_back(master.now);
  }
  EXPECT_EQ(ends[7][0], ends[7][1]);
  EXPECT_NE(ends[7][0], ends[8][0]);
}

TEST(AxiMemory, RefusesSettingsThatMakeNoSense) {
  std::vector<std::byte> bytes(16);
  EXPECT_THROW(AxiMemory(bytes, {.latency = 0}), std::invalid_argument);
  EXPECT_THROW(AxiMemory(bytes, {.bandwidth = 0}), std::invalid_argument);
  EXPECT_THROW(AxiMemory(bytes, {.max_reads = 0}), std::invalid_argument);
}

}  // namespace
}  // namespace gradcore::harness
