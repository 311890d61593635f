// SPDX-License-Identifier: Apache-2.0
// A serial line as the protocol needs it: bytes out, bytes in, nothing guaranteed.
#pragma once

#include <chrono>
#include <cstddef>
#include <span>
#include <stdexcept>
#include <string>

namespace gradcore::bridge {

// The line itself: no such port, no permission, unplugged. what() is one clear sentence.
class LineError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

class Line {
 public:
  using Duration = std::chrono::microseconds;

  virtual ~Line() = default;

  // All of them; may wait until the line has taken them.
  virtual void write(std::span<const std::byte> bytes) = 0;
  // What is there, as soon as anything is; 0 bytes after `patience`.
  virtual std::size_t read(std::span<std::byte> bytes, Duration patience) = 0;
  // How long it takes for so many bytes.
  virtual Duration time_of(std::size_t bytes) const = 0;
  // As messages call it.
  virtual std::string name() const = 0;
};

}  // namespace gradcore::bridge
