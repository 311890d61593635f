// SPDX-License-Identifier: Apache-2.0
// The whole bridge between a host's line and buses.
#pragma once

#include <algorithm>
#include <chrono>
#include <deque>
#include <memory>
#include <string>
#include <vector>

#include "sw/bridge/line.h"
#include "tb/board/noise.h"
#include "tb/unit/bridge/bridge_bench.h"

namespace gradcore::harness {

constexpr unsigned kClocksPerBit = 4;          // of the bridge on the bench
constexpr unsigned kCyclesPerMicrosecond = 1;  // as it tells
constexpr std::uint64_t kLinePatience = 4096;  // cycles

class WholeBridge {
 public:
  WholeBridge(Bench<Vbridge_bench>& bench, RandomPatterns& random)
      : buses(bench, random, 0.1), bench_(bench) {
    bench_->whole_i = 1;
  }

  void cycle() {
    bench_->rx_i = sender_.cycle();
    buses.drive();
    bench_.settle();
    if (bench_->whole_reset_no == 0) {
      ++reset_cycles;
      buses.reset();
    } else {
      buses.sample();
    }
    if (const auto byte = receiver_.cycle(bench_->whole_tx_o != 0)) received.push_back(*byte);
    bench_.edge();
    if (bench_->whole_reset_no != 0) buses.after_edge();
  }
  void cycles(std::uint64_t count) {
    for (std::uint64_t i = 0; i < count; ++i) cycle();
  }
  void send(std::byte byte) { sender_.push(byte); }
  void send(const std::vector<std::byte>& bytes) {
    for (const std::byte byte : bytes) send(byte);
  }
  bool has_sent() const { return sender_.is_idle(); }

  // The next frame from the board; nothing if none comes within so many cycles of silence.
  std::optional<bridge::Frame> receive(std::uint64_t patience = 20'000) {
    for (std::uint64_t silence = 0; silence < patience; ++silence) {
      if (!has_sent()) silence = 0;
      cycle();
      while (!received.empty()) {
        silence = 0;
        const std::byte byte = received.front();
        received.pop_front();
        const bridge::Decoder::Result result = decoder_.push(byte);
        EXPECT_NE(result, bridge::Decoder::Result::kDamaged);
        if (result == bridge::Decoder::Result::kFrame) return decoder_.frame();
      }
    }
    return std::nullopt;
  }

  Buses buses;
  std::deque<std::byte> received;
  std::uint64_t reset_cycles = 0;

 private:
  Bench<Vbridge_bench>& bench_;
  board::SerialSender sender_{kClocksPerBit};
  board::SerialReceiver receiver_{kClocksPerBit};
  bridge::Decoder decoder_;
};

// The host's end of the line as software sees it: time passes while it waits. Bytes suffer in both
// directions.
class BenchLine final : public bridge::Line {
 public:
  BenchLine(WholeBridge& bridge, const board::NoiseSettings& noise)
      : bridge_(bridge), noise_(noise) {}

  void write(std::span<const std::byte> bytes) override {
    for (const std::byte byte : bytes) {
      noise_.pass(byte, [this](std::byte b) { bridge_.send(b); });
    }
  }
  std::size_t read(std::span<std::byte> bytes, Duration patience) override {
    const auto cycles = static_cast<std::uint64_t>(patience.count()) * kCyclesPerMicrosecond;
    for (std::uint64_t silence = 0; silence < cycles && pending_.empty();) {
      silence = bridge_.has_sent() ? silence + 1 : 0;
      bridge_.cycle();
      while (!bridge_.received.empty()) {
        noise_.pass(bridge_.received.front(), [this](std::byte b) { pending_.push_back(b); });
        bridge_.received.pop_front();
      }
    }
    const std::size_t count = std::min(bytes.size(), pending_.size());
    std::copy_n(pending_.begin(), count, bytes.begin());
    pending_.erase(pending_.begin(), pending_.begin() + static_cast<std::ptrdiff_t>(count));
    return count;
  }
  Duration time_of(std::size_t) const override { return Duration{0}; }
  std::string name() const override { return "bench"; }
  std::uint64_t errors() const { return noise_.errors(); }

 private:
  WholeBridge& bridge_;
  board::Noise noise_;
  std::deque<std::byte> pending_;
};

}  // namespace gradcore::harness
