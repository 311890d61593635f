// SPDX-License-Identifier: Apache-2.0
// An AXI4 master that reads and writes at random in a window of its own, and knows what must come
// back.
#pragma once

#include <gtest/gtest.h>

#include <array>
#include <cstring>
#include <deque>
#include <optional>
#include <vector>

#include "tb/harness/axi_memory.h"
#include "tb/harness/random_patterns.h"

namespace gradcore::harness {

inline constexpr std::uint64_t kWindow = 1 << 16;  // the lower half is read, the upper half written

struct MasterSettings {
  double address = 0.5, data = 0.7, ready = 0.6;  // how often it offers and takes, in a cycle
  std::uint32_t max_beats = 16;
  std::uint64_t bursts = 500;  // of each kind
  std::size_t outstanding = 32;
  std::vector<AxiFault> faults{};
};

// What it drives; what it takes is told by the handshakes of the cycle.
struct MasterPins {
  AxiAddress ar, aw;
  bool r_ready = false, b_ready = false, w_valid = false, w_last = false;
  AxiBeat w_data{};
};

struct MasterHandshakes {
  bool ar = false, aw = false, w = false;
  bool r = false, r_last = false, b = false;
  std::uint32_t r_id = 0, b_id = 0;
  AxiBeat r_data{};
  AxiResponse r_resp = AxiResponse::kOkay, b_resp = AxiResponse::kOkay;
};

class AxiMaster {
 public:
  // `dram` is what DRAM holds in the beginning.
  AxiMaster(std::uint64_t base, const MasterSettings& settings, std::span<const std::byte> dram,
            std::uint64_t seed)
      : base_(base), settings_(settings), expected_(dram.begin(), dram.end()), random_(seed) {}

  const MasterPins& drive() {
    if (!pins_.ar.valid && reads_ < settings_.bursts && waiting(reads_out_) &&
        happens(settings_.address)) {
      pins_.ar = next(0);
      ++reads_;
    }
    if (!pins_.aw.valid && writes_ < settings_.bursts && waiting(answers_out_) &&
        happens(settings_.address)) {
      pins_.aw = next(kWindow / 2);
      ++writes_;
      data_.push_back({pins_.aw.address, pins_.aw.length + 1});
    }
    if (!pins_.w_valid && !data_.empty() && happens(settings_.data)) {
      pins_.w_valid = true;
      for (std::uint32_t& word : pins_.w_data) word = random_.bits32();
      pins_.w_last = data_.front().beats == 1;
    }
    pins_.r_ready = happens(settings_.ready);
    pins_.b_ready = happens(settings_.ready);
    return pins_;
  }

  void take(const MasterHandshakes& hands) {
    if (hands.ar) {
      reads_out_[pins_.ar.id].push_back({pins_.ar.address, pins_.ar.length + 1});
      pins_.ar.valid = false;
    }
    if (hands.aw) {
      answers_out_[pins_.aw.id].push_back({pins_.aw.address, pins_.aw.length + 1});
      pins_.aw.valid = false;
    }
    if (hands.w) {
      Burst& burst = data_.front();
      if (response(burst.address, false) == AxiResponse::kOkay) {
        std::memcpy(&expected_[burst.address], pins_.w_data.data(), kAxiBytes);
      }
      advance(data_);
      pins_.w_valid = false;
      ++write_beats_;
    }
    if (hands.r) read(hands);
    if (hands.b) answer(hands);
  }

  bool is_done() const {
    return reads_ == settings_.bursts && writes_ == settings_.bursts && !pins_.ar.valid &&
           !pins_.aw.valid && data_.empty() && !any(reads_out_) && !any(answers_out_);
  }
  // Whether its window of DRAM holds what it has written.
  bool is_intact(std::span<const std::byte> dram) const {
    return std::memcmp(&dram[base_], &expected_[base_], kWindow) == 0;
  }
  std::uint64_t read_beats() const { return read_beats_; }
  std::uint64_t write_beats() const { return write_beats_; }
  std::uint64_t errors() const { return errors_; }

 private:
  struct Burst {
    std::uint64_t address = 0;
    std::uint32_t beats = 0;
  };
  using Queues = std::array<std::deque<Burst>, kAxiIds>;

  bool happens(double probability) {
    return static_cast<double>(random_.bits32()) < probability * 4294967296.0;
  }
  bool waiting(const Queues& queues) const {
    std::size_t count = 0;
    for (const auto& queue : queues) count += queue.size();
    return count < settings_.outstanding;
  }
  static bool any(const Queues& queues) {
    for (const auto& queue : queues) {
      if (!queue.empty()) return true;
    }
    return false;
  }
  static void advance(std::deque<Burst>& queue) {
    queue.front().address += kAxiBytes;
    if (--queue.front().beats == 0) queue.pop_front();
  }

  AxiAddress next(std::uint64_t offset) {
    constexpr std::uint32_t kBeatsOfPage = 4096 / kAxiBytes;
    const std::uint32_t beat = random_.below(kWindow / 2 / kAxiBytes);
    const std::uint32_t most = std::min(settings_.max_beats, kBeatsOfPage - beat % kBeatsOfPage);
    return {.valid = true,
            .id = random_.below(kAxiIds),
            .address = base_ + offset + std::uint64_t{kAxiBytes} * beat,
            .length = random_.below(most)};
  }

  AxiResponse response(std::uint64_t address, bool of_read) const {
    for (const AxiFault& fault : settings_.faults) {
      if ((of_read ? fault.of_reads : fault.of_writes) && fault.range.holds(address)) {
        return fault.response;
      }
    }
    return AxiResponse::kOkay;
  }

  void read(const MasterHandshakes& hands) {
    auto& queue = reads_out_[hands.r_id];
    ASSERT_FALSE(queue.empty()) << "data that nobody has asked for, id " << hands.r_id;
    const Burst burst = queue.front();
    const AxiResponse expected = response(burst.address, true);
    ASSERT_EQ(hands.r_resp, expected) << std::hex << burst.address;
    if (expected == AxiResponse::kOkay) {
      ASSERT_EQ(std::memcmp(hands.r_data.data(), &expected_[burst.address], kAxiBytes), 0)
          << std::hex << burst.address;
    } else {
      ++errors_;
    }
    ASSERT_EQ(hands.r_last, burst.beats == 1);
    advance(queue);
    ++read_beats_;
  }

  void answer(const MasterHandshakes& hands) {
    auto& queue = answers_out_[hands.b_id];
    ASSERT_FALSE(queue.empty()) << "an answer that nobody waits for, id " << hands.b_id;
    AxiResponse expected = AxiResponse::kOkay;
    for (std::uint32_t i = 0; i < queue.front().beats; ++i) {
      const std::uint64_t address = queue.front().address + std::uint64_t{kAxiBytes} * i;
      expected = std::max(expected, response(address, false));
    }
    ASSERT_EQ(hands.b_resp, expected) << std::hex << queue.front().address;
    errors_ += expected == AxiResponse::kOkay ? 0 : 1;
    queue.pop_front();
  }

  std::uint64_t base_;
  MasterSettings settings_;
  std::vector<std::byte> expected_;
  RandomPatterns random_;
  MasterPins pins_;
  Queues reads_out_, answers_out_;
  std::deque<Burst> data_;  // bursts whose data is not all taken, in the order of their addresses
  std::uint64_t reads_ = 0, writes_ = 0, read_beats_ = 0, write_beats_ = 0, errors_ = 0;
};

}  // namespace gradcore::harness
