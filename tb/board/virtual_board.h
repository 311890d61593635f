// SPDX-License-Identifier: Apache-2.0
// A board in simulation and a serial line to it, with whatever the line does to its bytes.
#pragma once

#include <cstddef>
#include <deque>
#include <memory>
#include <optional>

#include "sw/bridge/line.h"
#include "tb/board/board_model.h"
#include "tb/board/noise.h"
#include "tb/board/serial_pins.h"

namespace gradcore::board {

class VirtualBoard {
 public:
  VirtualBoard(std::unique_ptr<BoardModel> model, const NoiseSettings& noise)
      : model_(std::move(model)), noise_(noise) {}

  void cycle();
  // From the host, and for it.
  void send(std::byte byte);
  std::optional<std::byte> receive();
  // Bytes that the line still has to carry to the board.
  std::size_t waiting() const { return sender_.waiting(); }
  bool line_is_idle() const { return sender_.is_idle() && received_.empty(); }

  BoardModel& model() { return *model_; }
  std::uint64_t line_errors() const { return noise_.errors(); }

 private:
  std::unique_ptr<BoardModel> model_;
  Noise noise_;
  SerialSender sender_{kClocksPerBit};
  SerialReceiver receiver_{kClocksPerBit};
  std::deque<std::byte> received_;
  bool level_ = true;
};

// The host's end of it within this process: the board's time passes while the host waits. Its
// patience is cycles of a clock of 1 MHz.
class VirtualLine final : public bridge::Line {
 public:
  explicit VirtualLine(VirtualBoard& board) : board_(board) {}

  void write(std::span<const std::byte> bytes) override;
  std::size_t read(std::span<std::byte> bytes, Duration patience) override;
  Duration time_of(std::size_t) const override { return Duration{0}; }
  std::string name() const override { return "virtual board"; }

 private:
  VirtualBoard& board_;
};

}  // namespace gradcore::board
