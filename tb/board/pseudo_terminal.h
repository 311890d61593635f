// SPDX-License-Identifier: Apache-2.0
// The far end of a pseudo-terminal: what a program that opens its path takes for a serial port.
#pragma once

#include <chrono>
#include <cstddef>
#include <span>
#include <string>

namespace gradcore::board {

class PseudoTerminal {
 public:
  // Throws std::system_error.
  PseudoTerminal();
  ~PseudoTerminal();
  PseudoTerminal(const PseudoTerminal&) = delete;
  PseudoTerminal& operator=(const PseudoTerminal&) = delete;

  const std::string& path() const { return path_; }

  // What is there, at most bytes.size(); waits for it up to `patience`, or until a signal.
  std::size_t read(std::span<std::byte> bytes, std::chrono::milliseconds patience);
  // How many of them it takes now.
  std::size_t write(std::span<const std::byte> bytes);

 private:
  int fd_ = -1;
  int held_ = -1;  // the other end: with no host on it, reads would fail
  std::string path_;
};

}  // namespace gradcore::board
