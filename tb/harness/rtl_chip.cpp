// SPDX-License-Identifier: Apache-2.0
#include "tb/harness/rtl_chip.h"

#include <algorithm>
#include <cstring>
#include <stdexcept>
#include <utility>

#include "tb/harness/gtkwave.h"

namespace gradcore::harness {
namespace {

constexpr unsigned kPatience = 10'000;  // cycles for an access to a register

}  // namespace

RtlChip::RtlChip(const ChipSettings& settings)
    : RtlChip(settings, make_chip_model(settings.hardware, settings.traced)) {}

RtlChip::RtlChip(const ChipSettings& settings, std::unique_ptr<ChipModel> model)
    : dram_(settings.dram_bytes), memory_(dram_, settings.memory), model_(std::move(model)) {
  model_->set_reset(true);
  cycle();
  cycle();
  model_->set_reset(false);
}

RtlChip::~RtlChip() {
  try {
    end_recording();
  } catch (const std::exception&) {
    // The waveforms are there, only their view is not.
  }
}

void RtlChip::record(const std::filesystem::path& fst, std::uint64_t from, std::uint64_t cycles) {
  end_recording();
  recording_ = {std::filesystem::absolute(fst), from, from + cycles};
}

void RtlChip::trace() {
  if (!recording_->is_open && cycles_ >= recording_->from) {
    std::filesystem::create_directories(recording_->fst.parent_path());
    model_->open_trace(recording_->fst.string());
    recording_->is_open = true;
    recording_->from = cycles_;
  }
  if (cycles_ >= recording_->to) end_recording();
}

void RtlChip::end_recording() {
  if (!recording_) return;
  const Recording done = *std::exchange(recording_, std::nullopt);
  if (!done.is_open) return;
  model_->close_trace();
  constexpr std::uint64_t kCycle = 10;     // ns
  constexpr std::uint64_t kShown = 1'000;  // cycles, wide enough to read
  const std::uint64_t from = done.from * kCycle;
  const std::uint64_t to = std::min(cycles_, done.from + kShown) * kCycle;
  write_view(done.fst, {.from = from, .to = to, .marker = from});
}

void RtlChip::cycle() {
  if (recording_) trace();
  model_->settle(lite_, memory_.outputs(), outputs_);
  model_->edge();
  memory_.cycle(outputs_.axi);
  if (outputs_.has_events && observer_) observer_(cycles_, outputs_);
  ++cycles_;
}

std::uint32_t RtlChip::read_register(std::uint32_t offset) {
  lite_.ar_valid = lite_.r_ready = true;
  lite_.ar_address = offset;
  for (unsigned i = 0; i < kPatience; ++i) {
    cycle();
    if (outputs_.lite.ar_ready) lite_.ar_valid = false;
    if (!outputs_.lite.r_valid) continue;
    lite_.r_ready = false;
    if (outputs_.lite.r_resp != 0) throw std::runtime_error("the register does not exist");
    return outputs_.lite.r_data;
  }
  throw std::runtime_error("the chip does not answer a read of a register");
}

void RtlChip::write_register(std::uint32_t offset, std::uint32_t value) {
  lite_.aw_valid = lite_.w_valid = lite_.b_ready = true;
  lite_.aw_address = offset;
  lite_.w_data = value;
  for (unsigned i = 0; i < kPatience; ++i) {
    cycle();
    if (outputs_.lite.aw_ready) lite_.aw_valid = false;
    if (outputs_.lite.w_ready) lite_.w_valid = false;
    if (!outputs_.lite.b_valid) continue;
    lite_.b_ready = false;
    if (outputs_.lite.b_resp != 0) throw std::runtime_error("the register does not exist");
    return;
  }
  throw std::runtime_error("the chip does not answer a write to a register");
}

void RtlChip::read_dram(std::uint64_t address, std::span<std::byte> bytes) {
  std::memcpy(bytes.data(), dram_.data() + address, bytes.size());
}

void RtlChip::write_dram(std::uint64_t address, std::span<const std::byte> bytes) {
  std::memcpy(dram_.data() + address, bytes.data(), bytes.size());
}

bool RtlChip::wait_for_interrupt(std::uint64_t cycles) {
  for (std::uint64_t i = 0; i < cycles; ++i) {
    cycle();
    if (outputs_.interrupt) return true;
  }
  return false;
}

std::unique_ptr<runtime::ChipDevice> make_rtl_chip(const ChipSettings& settings, RtlChip** chip) {
  auto port = std::make_unique<RtlChip>(settings);
  if (chip != nullptr) *chip = port.get();
  return std::make_unique<runtime::ChipDevice>(std::move(port));
}

}  // namespace gradcore::harness
