// SPDX-License-Identifier: Apache-2.0
// The far end of a serial line, a level a cycle: bytes become levels for a pin, levels become
// bytes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>

namespace gradcore::board {

class SerialSender {
 public:
  explicit SerialSender(unsigned clocks_per_bit) : clocks_(clocks_per_bit) {}

  void push(std::byte byte) { bytes_.push_back(byte); }
  std::size_t waiting() const { return bytes_.size(); }
  bool is_idle() const { return bytes_.empty() && left_ == 0; }

  // The level in the next cycle.
  bool cycle() {
    if (left_ == 0) {
      if (bytes_.empty()) return true;
      bits_ = 0x200u | std::to_integer<unsigned>(bytes_.front()) << 1;  // stop, data, start
      bytes_.pop_front();
      left_ = 10 * clocks_;
    }
    const unsigned bit = 9 - (left_ - 1) / clocks_;
    --left_;
    return (bits_ >> bit & 1u) != 0;
  }

 private:
  unsigned clocks_;
  std::deque<std::byte> bytes_;
  unsigned bits_ = 0, left_ = 0;
};

class SerialReceiver {
 public:
  explicit SerialReceiver(unsigned clocks_per_bit) : clocks_(clocks_per_bit) {}

  // The level in this cycle; a byte in the middle of its stop bit.
  std::optional<std::byte> cycle(bool level) {
    if (count_ == 0) {
      if (level) return std::nullopt;
      count_ = 1;
      bits_ = 0;
      return std::nullopt;
    }
    const unsigned bit = count_ / clocks_;
    const bool middle = count_ % clocks_ == clocks_ / 2;
    ++count_;
    if (!middle) return std::nullopt;
    if (bit == 9) {
      count_ = 0;
      if (!level) ++errors_;
      return static_cast<std::byte>(bits_ >> 1);
    }
    bits_ |= static_cast<unsigned>(level) << bit;
    return std::nullopt;
  }
  unsigned errors() const { return errors_; }  // bytes without a stop bit

 private:
  unsigned clocks_;
  unsigned count_ = 0, bits_ = 0, errors_ = 0;  // cycles since the start bit's edge
};

}  // namespace gradcore::board
