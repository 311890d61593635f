// SPDX-License-Identifier: Apache-2.0
#include "tb/board/virtual_board.h"

namespace gradcore::board {

void VirtualBoard::cycle() {
  level_ = model_->cycle(sender_.cycle());
  if (const auto byte = receiver_.cycle(level_)) {
    noise_.pass(*byte, [this](std::byte b) { received_.push_back(b); });
  }
}

void VirtualBoard::send(std::byte byte) {
  noise_.pass(byte, [this](std::byte b) { sender_.push(b); });
}

std::optional<std::byte> VirtualBoard::receive() {
  if (received_.empty()) return std::nullopt;
  const std::byte byte = received_.front();
  received_.pop_front();
  return byte;
}

void VirtualLine::write(std::span<const std::byte> bytes) {
  for (const std::byte byte : bytes) board_.send(byte);
}

std::size_t VirtualLine::read(std::span<std::byte> bytes, Duration patience) {
  std::size_t count = 0;
  for (Duration::rep silence = 0; silence < patience.count() && count == 0;) {
    silence = board_.waiting() == 0 ? silence + 1 : 0;
    board_.cycle();
    while (count < bytes.size()) {
      const auto byte = board_.receive();
      if (!byte) break;
      bytes[count++] = *byte;
    }
  }
  return count;
}

}  // namespace gradcore::board
