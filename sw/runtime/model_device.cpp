// SPDX-License-Identifier: Apache-2.0
#include "sw/runtime/model_device.h"

#include <algorithm>
#include <stdexcept>

namespace gradcore::runtime {

ModelDevice::ModelDevice(const Hardware& hardware, std::uint64_t dram_bytes)
    : Device(dram_bytes), hardware_(hardware), chip_(hardware, dram_bytes) {}

std::span<std::byte> ModelDevice::part(std::uint64_t address, std::size_t bytes) {
  if (!Window{0, dram_bytes()}.holds(address, bytes)) {
    throw std::out_of_range("an access of the host leaves DRAM");
  }
  return chip_.dram().subspan(address, bytes);
}

void ModelDevice::write(std::uint64_t address, std::span<const std::byte> bytes) {
  std::copy(bytes.begin(), bytes.end(), part(address, bytes.size()).begin());
}

void ModelDevice::read(std::uint64_t address, std::span<std::byte> bytes) {
  const std::span<std::byte> from = part(address, bytes.size());
  std::copy(from.begin(), from.end(), bytes.begin());
}

void ModelDevice::set_windows(const Window& read, const Window& write) {
  chip_.set_windows(read, write);
}

void ModelDevice::launch(std::uint64_t address) {
  if (runs_) throw std::logic_error("a program runs already");
  chip_.start(address);
  runs_ = true;
  last_ = {.state = State::kRunning, .address = address};
}

Status ModelDevice::wait(std::uint64_t limit) {
  if (!runs_) return last_;
  const bool has_ended = chip_.advance(limit);
  const model::ChipStatus& status = chip_.status();
  last_ = {.state = !has_ended                          ? State::kRunning
                    : status.error == isa::Error::kNone ? State::kDone
                                                        : State::kFailed,
           .error = status.error,
           .operand = status.operand,
           .address = status.address,
           .instructions = status.instructions,
           .position = status.position,
           .index = status.index};
  if (has_ended) {
    runs_ = false;
    instructions_ += status.instructions;
  }
  return last_;
}

Counters ModelDevice::counters() const {
  Counters out;
  out.instructions = instructions_ + (runs_ ? chip_.status().instructions : 0);
  return out;
}

void ModelDevice::reset() {
  runs_ = false;
  last_ = {};
  instructions_ = 0;
}

}  // namespace gradcore::runtime
