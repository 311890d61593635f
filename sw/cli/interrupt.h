// SPDX-License-Identifier: Apache-2.0
// Ctrl-C as an exception, so that long work unwinds and leaves no half-written files.
#pragma once

#include <cstdint>
#include <exception>
#include <memory>
#include <span>

#include "sw/device/device.h"

namespace gradcore::cli {

class Interrupted : public std::exception {
 public:
  explicit Interrupted(int signal) : signal_(signal) {}
  const char* what() const noexcept override { return "interrupted"; }
  // As shells report it: 130 for Ctrl-C.
  int exit_code() const { return 128 + signal_; }

 private:
  int signal_;
};

// While one exists, the first SIGINT, SIGTERM or SIGHUP is noted; the second one ends the process
// as usual.
class InterruptGuard {
 public:
  InterruptGuard();
  ~InterruptGuard();
  InterruptGuard(const InterruptGuard&) = delete;
  InterruptGuard& operator=(const InterruptGuard&) = delete;

  // Throws Interrupted after a signal. May be called from any thread.
  static void check();

 private:
  struct SavedHandlers;
  std::unique_ptr<SavedHandlers> saved_;
};

// Passes everything on to another device and looks for signals on the way, so that whatever uses
// it can be interrupted between two commands.
class InterruptibleDevice final : public device::Device {
 public:
  explicit InterruptibleDevice(std::unique_ptr<device::Device> device)
      : device_(std::move(device)) {}

  const device::Hardware& hardware() const override { return device_->hardware(); }
  void write_line(std::uint32_t address, std::span<const std::uint32_t> values,
                  std::uint32_t lane_mask) override {
    device_->write_line(address, values, lane_mask);
  }
  void read_line(std::uint32_t address, std::span<std::uint32_t> values) override {
    device_->read_line(address, values);
  }
  void submit(const device::GemmCommand& command) override {
    InterruptGuard::check();
    device_->submit(command);
  }
  device::Completion wait() override {
    InterruptGuard::check();
    return device_->wait();
  }
  device::Counters counters() const override { return device_->counters(); }

 private:
  std::unique_ptr<device::Device> device_;
};

}  // namespace gradcore::cli
