// SPDX-License-Identifier: Apache-2.0
// Frames of the serial protocol (rtl/bridge/README.md) as bytes, and out of bytes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "sw/bridge/protocol.h"

namespace gradcore::bridge {

// Bit 7 of a header's code: data follows.
inline constexpr std::uint8_t kDataFollows = 0x80;

struct Frame {
  Header header;
  std::vector<std::byte> data;  // header.length bytes if the code says that there are any

  // Of an answer.
  Status status() const { return static_cast<Status>(header.code & ~kDataFollows); }
};

// Flag, escaped content with its CRC, flag. Data must be as long as the header says.
std::vector<std::byte> encode(const Frame& frame);

// The same rules as those of rtl/bridge/frame_rx.sv, but for its time-out: a byte that comes late
// is as good here.
class Decoder {
 public:
  enum class Result : std::uint8_t { kNothing, kFrame, kDamaged };

  // With kFrame, frame() is the one that ended with this byte.
  Result push(std::byte byte);
  const Frame& frame() const { return frame_; }

 private:
  Result close();

  bool inside_ = false, escaped_ = false;
  std::vector<std::byte> content_;
  Frame frame_;
};

}  // namespace gradcore::bridge
