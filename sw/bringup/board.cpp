// SPDX-License-Identifier: Apache-2.0
#include "sw/bringup/board.h"

#include <utility>

#include "sw/runtime/chip_device.h"

namespace gradcore::bringup {
namespace {

// A ChipDevice owns its port; the board's must outlive many devices.
class PortReference final : public runtime::ChipPort {
 public:
  explicit PortReference(runtime::ChipPort& port) : port_(port) {}

  std::uint32_t read_register(std::uint32_t offset) override { return port_.read_register(offset); }
  void write_register(std::uint32_t offset, std::uint32_t value) override {
    port_.write_register(offset, value);
  }
  std::uint64_t dram_bytes() const override { return port_.dram_bytes(); }
  void read_dram(std::uint64_t address, std::span<std::byte> bytes) override {
    port_.read_dram(address, bytes);
  }
  void write_dram(std::uint64_t address, std::span<const std::byte> bytes) override {
    port_.write_dram(address, bytes);
  }
  bool wait_for_interrupt(std::uint64_t cycles) override {
    return port_.wait_for_interrupt(cycles);
  }

 private:
  runtime::ChipPort& port_;
};

}  // namespace

runtime::ModelDevice& Board::model() {
  if (!model_) {
    const runtime::Device& chip = device();
    model_ = std::make_unique<runtime::ModelDevice>(chip.hardware(), chip.dram_bytes());
  }
  return *model_;
}

SerialBoard::SerialBoard(std::string name, OpenLine open, const bridge::LinkSettings& settings,
                         std::function<void()> observer)
    : name_(std::move(name)),
      open_(std::move(open)),
      settings_(settings),
      observer_(std::move(observer)) {}

bridge::SerialChip& SerialBoard::chip() {
  if (!chip_) {
    chip_ = std::make_unique<bridge::SerialChip>(open_(), settings_);
    chip_->set_observer(observer_);
  }
  return *chip_;
}

void SerialBoard::reset() {
  device_.reset();
  if (!chip_) throw bridge::LinkError("there is no session with the board");
  chip_->reset();
}

runtime::Device& SerialBoard::device() {
  if (!device_) {
    device_ = std::make_unique<runtime::ChipDevice>(std::make_unique<PortReference>(port()));
  }
  return *device_;
}

}  // namespace gradcore::bringup
