// SPDX-License-Identifier: Apache-2.0
// A serial port of this machine, or a pseudo-terminal, as a line.
#pragma once

#include <memory>
#include <string>

#include "sw/bridge/line.h"

namespace gradcore::bridge {

inline constexpr unsigned kDefaultBaud = 3'000'000;

class SerialLine final : public Line {
 public:
  // 8 data bits, no parity, 1 stop bit, no flow control. Nobody else may have the port. Throws
  // LineError.
  SerialLine(const std::string& path, unsigned baud);
  ~SerialLine() override;
  SerialLine(const SerialLine&) = delete;
  SerialLine& operator=(const SerialLine&) = delete;

  void write(std::span<const std::byte> bytes) override;
  std::size_t read(std::span<std::byte> bytes, Duration patience) override;
  Duration time_of(std::size_t bytes) const override;
  std::string name() const override { return path_; }

 private:
  struct Port;
  std::string path_;
  unsigned baud_;
  std::unique_ptr<Port> port_;
};

}  // namespace gradcore::bridge
