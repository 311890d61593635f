// SPDX-License-Identifier: Apache-2.0
// The serial bridge and its parts under test: bench, buses around it, frames.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <vector>

#include "Vbridge_bench.h"
#include "sw/bridge/frame.h"
#include "tb/board/serial_pins.h"
#include "tb/harness/axi_memory.h"
#include "tb/harness/bench.h"

namespace gradcore::harness {

// Lines are idle, so nothing comes out of a bench whose inputs are left alone; what is behind the
// whole bridge is out of its reset, and so are the checks of the buses.
class BridgeTest : public TestOnBench<Vbridge_bench> {
 protected:
  BridgeTest() {
    bench_->rx4_i = bench_->rx25_i = bench_->rx_i = 1;
    reset();
  }
  void reset() {
    bench_.reset();
    while (bench_->whole_reset_no == 0) bench_.cycle();
  }
  std::vector<std::byte> random_bytes(std::size_t count) {
    std::vector<std::byte> bytes(count);
    for (std::byte& byte : bytes) byte = static_cast<std::byte>(random_.below(256));
    return bytes;
  }
};

// Frames of every kind, with more flags and escapes in them than chance would put there.
inline bridge::Frame random_frame(RandomPatterns& random) {
  const auto byte = [&random] {
    const unsigned kind = random.below(8);
    return kind == 0   ? std::uint8_t{bridge::kFlag}
           : kind == 1 ? std::uint8_t{bridge::kEscape}
                       : static_cast<std::uint8_t>(random.below(256));
  };
  bridge::Frame frame;
  const bool follows = random.below(2) != 0;
  frame.header.code = static_cast<std::uint8_t>(follows ? byte() | 0x80 : byte() & 0x7f);
  frame.header.number = byte();
  frame.header.length = static_cast<std::uint16_t>(random.below(65536));
  frame.header.address = random.bits32();
  if (follows) {
    const std::uint32_t length =
        random.below(4) == 0 ? random.below(bridge::kMaxData + 1) : random.below(40);
    frame.header.length = static_cast<std::uint16_t>(length);
    for (std::uint32_t i = 0; i < length; ++i) {
      frame.data.push_back(static_cast<std::byte>(byte()));
    }
  }
  return frame;
}

// A packed frame_header_t: the byte that comes first is the lowest one.
inline std::uint64_t pack(const bridge::Header& header) {
  std::uint64_t bits = 0;
  unsigned at = 0;
  bridge::Header::each(header, [&](std::uint64_t value, unsigned bytes) {
    bits |= value << at;
    at += 8 * bytes;
  });
  return bits;
}

// Registers behind AXI4-Lite, and memory behind AXI4, on the buses of the bench.
class Buses {
 public:
  static constexpr std::size_t kMemoryBytes = 64 << 10;
  static constexpr std::uint32_t kRegisterBytes = 0x200;  // what is behind does not exist

  Buses(Bench<Vbridge_bench>& bench, RandomPatterns& random, double stalls)
      : bench_(bench),
        random_(random),
        stalls_(stalls),
        dram(kMemoryBytes),
        memory(dram, {.latency = 3,
                      .write_latency = 2,
                      .stalls = {stalls, stalls, stalls, stalls, stalls},
                      .faults = {{.range = {kFaulty, kFaulty + 16}}},
                      .seed = random.bits()}) {}

  static constexpr std::uint64_t kFaulty = 0x8000;  // 16 bytes that answer with an error

  // Around settle() and edge() of the bench.
  void drive() {
    auto& b = *bench_.operator->();
    const AxiFromMemory& from = memory.outputs();
    const bool silent = is_silent;
    b.ar_ready_i = from.ar_ready && !silent;
    b.aw_ready_i = from.aw_ready && !silent;
    b.w_ready_i = from.w_ready && !silent;
    b.r_valid_i = from.r_valid;
    b.r_last_i = from.r_last;
    b.r_resp_i = static_cast<CData>(from.r_resp);
    for (unsigned i = 0; i < 4; ++i) b.r_data_i[i] = from.r_data[i];
    b.b_valid_i = from.b_valid;
    b.b_resp_i = static_cast<CData>(from.b_resp);

    b.reg_aw_ready_i = !silent && go();
    b.reg_w_ready_i = !silent && go();
    b.reg_ar_ready_i = !silent && go();
    b.reg_b_valid_i = has_address_ && has_data_ && go();
    b.reg_b_resp_i = exists(write_address_) ? 0 : 2;
    b.reg_r_valid_i = read_address_ && go();
    if (read_address_) {
      b.reg_r_data_i = registers[*read_address_ / 4 % registers.size()];
      b.reg_r_resp_i = exists(*read_address_) ? 0 : 2;
    }
  }
  void sample() {
    const auto& b = *bench_.operator->();
    to_ = {};
    to_.ar = {b.ar_valid_o != 0, 0, b.ar_address_o, b.ar_length_o};
    to_.aw = {b.aw_valid_o != 0, 0, b.aw_address_o, b.aw_length_o};
    if (is_silent) to_.ar.valid = to_.aw.valid = false;
    to_.r_ready = to_.b_ready = true;
    to_.w_valid = b.w_valid_o && !is_silent;
    to_.w_last = b.w_last_o;
    to_.w_strobe = b.w_strobe_o;
    for (unsigned i = 0; i < 4; ++i) to_.w_data[i] = b.w_data_o[i];

    if (b.reg_b_valid_i) {
      if (exists(write_address_)) registers[write_address_ / 4] = write_data_;
      ++register_writes;
      has_address_ = has_data_ = false;
    }
    if (b.reg_r_valid_i) {
      ++register_reads;
      read_address_.reset();
    }
    if (b.reg_aw_valid_o && b.reg_aw_ready_i) {
      has_address_ = true;
      write_address_ = b.reg_address_o;
    }
    if (b.reg_w_valid_o && b.reg_w_ready_i) {
      has_data_ = true;
      write_data_ = b.reg_w_data_o;
    }
    if (b.reg_ar_valid_o && b.reg_ar_ready_i) read_address_ = b.reg_address_o;
  }
  void after_edge() { memory.cycle(to_); }
  void reset() {
    has_address_ = has_data_ = false;
    read_address_.reset();
    memory.reset();
  }

 private:
  static bool exists(std::uint32_t address) { return address < kRegisterBytes; }
  bool go() { return random_.below(1000) >= stalls_ * 1000; }

  Bench<Vbridge_bench>& bench_;
  RandomPatterns& random_;
  double stalls_;
  AxiToMemory to_;
  bool has_address_ = false, has_data_ = false;
  std::uint32_t write_address_ = 0, write_data_ = 0;
  std::optional<std::uint32_t> read_address_;

 public:
  std::vector<std::byte> dram;
  AxiMemory memory;
  std::array<std::uint32_t, kRegisterBytes / 4> registers{};
  std::uint64_t register_writes = 0, register_reads = 0;
  bool is_silent = false;  // takes nothing any more
};

}  // namespace gradcore::harness
