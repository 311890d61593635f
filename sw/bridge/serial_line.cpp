// SPDX-License-Identifier: Apache-2.0
#include "sw/bridge/serial_line.h"

#include <fmt/format.h>
#include <sys/file.h>
#include <termios.h>

#include <asio/io_context.hpp>
#include <asio/read.hpp>
#include <asio/serial_port.hpp>
#include <asio/write.hpp>
#include <optional>

namespace gradcore::bridge {
namespace {

using std::chrono::seconds;

[[noreturn]] void fail_to_open(const std::string& path, const asio::error_code& error) {
  if (error == asio::error::access_denied || error.value() == EACCES) {
    throw LineError(fmt::format(
        "no permission for the serial port {}: its group, often dialout, has it", path));
  }
  if (error.value() == ENOENT) throw LineError(fmt::format("there is no serial port {}", path));
  if (error.value() == ENOTTY || error.value() == EINVAL) {
    throw LineError(fmt::format("{} is no serial port", path));
  }
  if (error.value() == EBUSY) {
    throw LineError(fmt::format("another program uses the serial port {}", path));
  }
  throw LineError(fmt::format("cannot open the serial port {}: {}", path, error.message()));
}

}  // namespace

struct SerialLine::Port {
  asio::io_context context;
  asio::serial_port port{context};

  // Runs what was begun until it has ended, or cancels it. Whether it ended by itself.
  bool finish(Duration patience) {
    context.restart();
    context.run_for(patience);
    if (context.stopped()) return true;
    port.cancel();
    context.run();
    return false;
  }
};

SerialLine::SerialLine(const std::string& path, unsigned baud)
    : path_(path), baud_(baud), port_(std::make_unique<Port>()) {
  asio::serial_port& port = port_->port;
  asio::error_code error;
  if (port.open(path, error)) fail_to_open(path, error);
  if (flock(port.native_handle(), LOCK_EX | LOCK_NB) != 0) {
    fail_to_open(path, asio::error_code(EBUSY, asio::system_category()));
  }
  using Base = asio::serial_port_base;
  if (port.set_option(Base::character_size(8), error) ||
      port.set_option(Base::parity(Base::parity::none), error) ||
      port.set_option(Base::stop_bits(Base::stop_bits::one), error) ||
      port.set_option(Base::flow_control(Base::flow_control::none), error)) {
    fail_to_open(path, error);
  }
  if (port.set_option(Base::baud_rate(baud), error)) {
    throw LineError(fmt::format("the serial port {} cannot do {} baud", path, baud));
  }
}

SerialLine::~SerialLine() = default;

void SerialLine::write(std::span<const std::byte> bytes) {
  // Far more than the line takes; a port that takes nothing for so long is dead.
  const Duration patience = 4 * time_of(bytes.size()) + seconds(10);
  asio::error_code result;
  asio::async_write(port_->port, asio::buffer(bytes.data(), bytes.size()),
                    [&result](const asio::error_code& error, std::size_t) { result = error; });
  if (!port_->finish(patience)) {
    throw LineError(fmt::format("the serial port {} takes no more bytes", path_));
  }
  if (result) throw LineError(fmt::format("the serial port {}: {}", path_, result.message()));
}

std::size_t SerialLine::read(std::span<std::byte> bytes, Duration patience) {
  asio::error_code result;
  std::size_t count = 0;
  port_->port.async_read_some(asio::buffer(bytes.data(), bytes.size()),
                              [&](const asio::error_code& error, std::size_t size) {
                                result = error;
                                count = size;
                              });
  port_->finish(patience);
  if (result && result != asio::error::operation_aborted) {
    throw LineError(fmt::format("the serial port {} is gone: {}", path_, result.message()));
  }
  return count;
}

Line::Duration SerialLine::time_of(std::size_t bytes) const {
  constexpr std::uint64_t kBits = 10, kMicro = 1'000'000;
  return Duration(static_cast<Duration::rep>(bytes * kBits * kMicro / baud_));
}

}  // namespace gradcore::bridge
