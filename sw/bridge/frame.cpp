// SPDX-License-Identifier: Apache-2.0
#include "sw/bridge/frame.h"

#include <zlib.h>

#include <stdexcept>

namespace gradcore::bridge {
namespace {

constexpr std::size_t kCheckBytes = 4;
constexpr std::byte kFlagByte{kFlag}, kEscapeByte{kEscape}, kFlipByte{kEscapeFlip};

std::uint32_t check_of(std::span<const std::byte> bytes) {
  return static_cast<std::uint32_t>(
      crc32(0, reinterpret_cast<const Bytef*>(bytes.data()), static_cast<uInt>(bytes.size())));
}

void append(std::vector<std::byte>& to, std::uint32_t value, std::size_t bytes) {
  for (std::size_t i = 0; i < bytes; ++i) to.push_back(static_cast<std::byte>(value >> (8 * i)));
}

// The lowest byte first.
std::uint32_t number(std::span<const std::byte> bytes) {
  std::uint32_t value = 0;
  for (std::size_t i = bytes.size(); i-- > 0;) {
    value = value << 8 | std::to_integer<std::uint32_t>(bytes[i]);
  }
  return value;
}

}  // namespace

std::vector<std::byte> encode(const Frame& frame) {
  const bool follows = (frame.header.code & kDataFollows) != 0;
  if (frame.data.size() != (follows ? frame.header.length : 0u) || frame.data.size() > kMaxData) {
    throw std::logic_error("a frame's data is not what its header says");
  }
  std::vector<std::byte> content;
  content.reserve(kHeaderBytes + frame.data.size() + kCheckBytes);
  Header::each(frame.header, [&](auto value, unsigned bytes) { append(content, value, bytes); });
  content.insert(content.end(), frame.data.begin(), frame.data.end());
  append(content, check_of(content), kCheckBytes);

  std::vector<std::byte> out = {kFlagByte};
  out.reserve(content.size() + content.size() / 16 + 2);
  for (const std::byte byte : content) {
    const bool special = byte == kFlagByte || byte == kEscapeByte;
    if (special) out.push_back(kEscapeByte);
    out.push_back(special ? byte ^ kFlipByte : byte);
  }
  out.push_back(kFlagByte);
  return out;
}

Decoder::Result Decoder::push(std::byte byte) {
  if (byte == kFlagByte) {
    const Result result = inside_ ? close() : Result::kNothing;
    inside_ = true;
    escaped_ = false;
    content_.clear();
    return result;
  }
  if (!inside_) return Result::kNothing;
  if (byte == kEscapeByte && !escaped_) {
    escaped_ = true;
    return Result::kNothing;
  }
  content_.push_back(escaped_ ? byte ^ kFlipByte : byte);
  escaped_ = false;
  // What is longer than any frame is damaged, and its rest of no interest.
  if (content_.size() > kHeaderBytes + kMaxData + kCheckBytes) {
    inside_ = false;
    return Result::kDamaged;
  }
  return Result::kNothing;
}

Decoder::Result Decoder::close() {
  if (content_.empty() && !escaped_) return Result::kNothing;
  if (escaped_ || content_.size() < kHeaderBytes + kCheckBytes) return Result::kDamaged;
  const std::span<const std::byte> all = content_;
  const auto checked = all.first(all.size() - kCheckBytes);
  if (number(all.last(kCheckBytes)) != check_of(checked)) return Result::kDamaged;
  std::size_t at = 0;
  Header::each(frame_.header, [&]<typename T>(T& value, unsigned bytes) {
    value = static_cast<T>(number(all.subspan(at, bytes)));
    at += bytes;
  });
  const bool follows = (frame_.header.code & kDataFollows) != 0;
  const auto data = checked.subspan(kHeaderBytes);
  if (data.size() != (follows ? frame_.header.length : 0u)) return Result::kDamaged;
  frame_.data.assign(data.begin(), data.end());
  return Result::kFrame;
}

}  // namespace gradcore::bridge
