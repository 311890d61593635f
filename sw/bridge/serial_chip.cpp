// SPDX-License-Identifier: Apache-2.0
#include "sw/bridge/serial_chip.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <thread>

namespace gradcore::bridge {

SerialChip::SerialChip(std::unique_ptr<Line> line, const LinkSettings& settings)
    : link_(std::move(line), settings) {
  link_.reset();  // also of buses that a program before this left without an answer
  const std::uint32_t identity = read_word(reg::kIdentity.offset);
  if (identity != reg::kIdentityValue) {
    throw LinkError(fmt::format("the board at {} has no GradCore bridge: identity {:08x}",
                                link_.name(), identity));
  }
  constexpr std::uint64_t kKib = 1024;
  dram_bytes_ = kKib * read_word(reg::kMemoryKib.offset);
  clock_khz_ = read_word(reg::kClockKhz.offset);
}

std::uint32_t SerialChip::read_word(std::uint32_t address) {
  std::array<std::byte, 4> bytes{};
  link_.read(Request::kReadRegisters, address, bytes);
  std::uint32_t value = 0;
  for (unsigned i = 4; i-- > 0;) value = value << 8 | std::to_integer<std::uint32_t>(bytes[i]);
  return value;
}

std::uint32_t SerialChip::read_register(std::uint32_t offset) { return read_word(offset); }

void SerialChip::write_register(std::uint32_t offset, std::uint32_t value) {
  std::array<std::byte, 4> bytes{};
  for (unsigned i = 0; i < 4; ++i) bytes[i] = static_cast<std::byte>(value >> (8 * i));
  link_.write(Request::kWriteRegisters, offset, bytes);
}

// In parts, so that the observer is called often enough for Ctrl-C.
void SerialChip::read_dram(std::uint64_t address, std::span<std::byte> bytes) {
  while (!bytes.empty()) {
    observer_();
    const auto part = bytes.first(std::min<std::size_t>(bytes.size(), kMaxData));
    link_.read(Request::kReadMemory, static_cast<std::uint32_t>(address), part);
    address += part.size();
    bytes = bytes.subspan(part.size());
  }
}

void SerialChip::write_dram(std::uint64_t address, std::span<const std::byte> bytes) {
  while (!bytes.empty()) {
    observer_();
    const auto part = bytes.first(std::min<std::size_t>(bytes.size(), kMaxData));
    link_.write(Request::kWriteMemory, static_cast<std::uint32_t>(address), part);
    address += part.size();
    bytes = bytes.subspan(part.size());
  }
}

bool SerialChip::wait_for_interrupt(std::uint64_t cycles) {
  using std::chrono::microseconds;
  constexpr microseconds kLongest{20'000};
  // One read of the state and the clock beside it.
  static_assert(reg::kCycles.offset == reg::kState.offset + 4);
  std::array<std::byte, 12> bytes{};
  const auto word = [&bytes](unsigned index) {
    std::uint32_t value = 0;
    for (unsigned i = 4; i-- > 0;) {
      value = value << 8 | std::to_integer<std::uint32_t>(bytes[4 * index + i]);
    }
    return value;
  };
  std::uint64_t begin = 0;
  microseconds pause{100};
  for (bool first = true;; first = false) {
    observer_();
    link_.read(Request::kReadRegisters, reg::kState.offset, bytes);
    if (reg::kStateInterrupt.of(word(0)) != 0) return true;
    const std::uint64_t now = std::uint64_t{word(2)} << 32 | word(1);
    if (first) begin = now;
    if (now - begin >= cycles) return false;
    std::this_thread::sleep_for(pause);
    pause = std::min(2 * pause, kLongest);
  }
}

}  // namespace gradcore::bridge
