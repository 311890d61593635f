// SPDX-License-Identifier: Apache-2.0
#include "sw/runtime/chip_device.h"

#include <fmt/format.h>

#include <stdexcept>

namespace gradcore::runtime {
namespace {

namespace reg = isa::reg;

constexpr unsigned kWindowAlignment = 16;

std::uint32_t bit(reg::Field field) { return field.mask(); }

}  // namespace

ChipDevice::ChipDevice(std::unique_ptr<ChipPort> port)
    : Device(port->dram_bytes()), port_(std::move(port)) {
  const auto identity = static_cast<std::uint32_t>(port_->read(reg::kIdentity));
  if (identity != reg::kResetIdentity) {
    throw std::runtime_error(
        fmt::format("there is no GradCore chip: identity {:08x}, expected {:08x}", identity,
                    reg::kResetIdentity));
  }
  const auto description = static_cast<std::uint32_t>(port_->read(reg::kDescription));
  if (description != reg::kDescriptionHash) {
    throw std::runtime_error(fmt::format(
        "the chip was made from other descriptions of instructions and registers ({:08x}) than "
        "this software ({:08x}): build both from the same sources",
        description, reg::kDescriptionHash));
  }
  const auto build = static_cast<std::uint32_t>(port_->read(reg::kBuild));
  hardware_.n = reg::build::kN.of(build);
  hardware_.f = reg::build::kF.of(build);
  hardware_.operand_kib = static_cast<std::uint32_t>(port_->read(reg::kOperandKib));
  hardware_.accumulator_kib = static_cast<std::uint32_t>(port_->read(reg::kAccumulatorKib));
  const auto entries = static_cast<std::uint32_t>(port_->read(reg::kListEntries));
  if (entries != hardware_.list_entries()) {
    throw std::runtime_error(fmt::format("the chip's list memory has {} entries, expected {}",
                                         entries, hardware_.list_entries()));
  }
  reset();
  const std::uint64_t all = dram_bytes() / kWindowAlignment * kWindowAlignment;
  set_windows({0, all}, {0, all});
}

void ChipDevice::check(std::uint64_t address, std::size_t bytes) const {
  if (!Window{0, dram_bytes()}.holds(address, bytes)) {
    throw std::out_of_range(fmt::format("{} bytes at {:#x} lie outside DRAM, which has {:#x}",
                                        bytes, address, dram_bytes()));
  }
}

void ChipDevice::write(std::uint64_t address, std::span<const std::byte> bytes) {
  check(address, bytes.size());
  port_->write_dram(address, bytes);
}

void ChipDevice::read(std::uint64_t address, std::span<std::byte> bytes) {
  check(address, bytes.size());
  port_->read_dram(address, bytes);
}

void ChipDevice::set_windows(const Window& read, const Window& write) {
  for (const std::uint64_t edge : {read.base, read.size, write.base, write.size}) {
    if (edge % kWindowAlignment != 0) {
      throw std::invalid_argument(fmt::format(
          "a window's base and size must be multiples of {}, not {:#x}", kWindowAlignment, edge));
    }
  }
  port_->write(reg::kReadBase, read.base);
  port_->write(reg::kReadSize, read.size);
  port_->write(reg::kWriteBase, write.base);
  port_->write(reg::kWriteSize, write.size);
}

void ChipDevice::launch(std::uint64_t address) {
  if (runs_) throw std::logic_error("a program runs already");
  port_->write(reg::kInterruptStatus, ~0u);
  port_->write(reg::kInterruptEnable,
               bit(reg::interrupt_enable::kDone) | bit(reg::interrupt_enable::kError));
  port_->write(reg::kProgramAddress, address);
  port_->write(reg::kControl, bit(reg::control::kStart));
  runs_ = true;
}

Status ChipDevice::wait(std::uint64_t limit) {
  if (!runs_) return last_;
  Status status;
  if (!port_->wait_for_interrupt(limit)) {
    status.state = State::kRunning;
    return status;
  }
  const auto flags = static_cast<std::uint32_t>(port_->read(reg::kStatus));
  const auto error = static_cast<std::uint32_t>(port_->read(reg::kError));
  status.state = reg::status::kError.of(flags) != 0 ? State::kFailed : State::kDone;
  if (status.state == State::kFailed) {
    status.error = static_cast<isa::Error>(reg::error::kCause.of(error));
    status.operand = reg::error::kOperand.of(error);
    status.position = static_cast<std::uint32_t>(port_->read(reg::kErrorPosition));
    status.index = static_cast<std::uint32_t>(port_->read(reg::kErrorIndex));
  }
  status.address = port_->read(reg::kErrorAddress);
  status.instructions = port_->read(reg::kInstructions);
  runs_ = false;
  last_ = status;
  add_counters();
  return status;
}

void ChipDevice::add_counters() {
  counters_.has_clock = true;
  counters_.instructions += last_.instructions;
  for (const reg::Counter& counter : reg::kCounters) {
    const std::uint64_t value = port_->read(counter.at);
    if (counter.name == "cycles") counters_.cycles += value;
    if (counter.name == "read_beats") counters_.read_beats += value;
    if (counter.name == "write_beats") counters_.write_beats += value;
    for (std::size_t u = 0; u < kCountedUnitNames.size(); ++u) {
      const std::string_view unit = kCountedUnitNames[u];
      if (!counter.name.starts_with(unit)) continue;
      const std::string_view what = counter.name.substr(unit.size() + 1);
      UnitCounters& of = counters_.units[u];
      if (what == "busy") of.busy += value;
      if (what == "token") of.token += value;
      if (what == "memory") of.memory += value;
      if (what == "idle") of.idle += value;
      if (what == "starved") of.starved += value;
    }
  }
}

Counters ChipDevice::counters() const {
  Counters out = counters_;
  out.has_clock = true;
  return out;
}

void ChipDevice::reset() {
  port_->write(reg::kControl, bit(reg::control::kSoftReset));
  constexpr unsigned kPatience = 1'000'000;  // reads of the status
  for (unsigned i = 0;
       reg::status::kResetting.of(static_cast<std::uint32_t>(port_->read(reg::kStatus))) != 0;
       ++i) {
    if (i == kPatience) throw std::runtime_error("the chip does not end its reset: DRAM is silent");
  }
  runs_ = false;
  last_ = {};
  counters_ = {};
}

}  // namespace gradcore::runtime
