// SPDX-License-Identifier: Apache-2.0
#include "tb/board/pseudo_terminal.h"

#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <termios.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <system_error>

namespace gradcore::board {
namespace {

[[noreturn]] void fail() {
  throw std::system_error(errno, std::generic_category(), "cannot make a pseudo-terminal");
}

}  // namespace

PseudoTerminal::PseudoTerminal() : fd_(posix_openpt(O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC)) {
  if (fd_ < 0 || grantpt(fd_) != 0 || unlockpt(fd_) != 0) fail();
  std::array<char, 128> name{};
  if (ptsname_r(fd_, name.data(), name.size()) != 0) fail();
  path_ = name.data();
  held_ = open(path_.c_str(), O_RDWR | O_NOCTTY | O_CLOEXEC);
  termios mode{};
  if (held_ < 0 || tcgetattr(held_, &mode) != 0) fail();
  cfmakeraw(&mode);
  if (tcsetattr(held_, TCSANOW, &mode) != 0) fail();
}

PseudoTerminal::~PseudoTerminal() {
  if (held_ >= 0) close(held_);
  if (fd_ >= 0) close(fd_);
}

std::size_t PseudoTerminal::read(std::span<std::byte> bytes, std::chrono::milliseconds patience) {
  pollfd waits{.fd = fd_, .events = POLLIN, .revents = 0};
  if (poll(&waits, 1, static_cast<int>(patience.count())) <= 0) return 0;
  const ssize_t count = ::read(fd_, bytes.data(), bytes.size());
  return count > 0 ? static_cast<std::size_t>(count) : 0;
}

std::size_t PseudoTerminal::write(std::span<const std::byte> bytes) {
  const ssize_t count = ::write(fd_, bytes.data(), bytes.size());
  return count > 0 ? static_cast<std::size_t>(count) : 0;
}

}  // namespace gradcore::board
