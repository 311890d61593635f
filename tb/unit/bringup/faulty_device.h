// SPDX-License-Identifier: Apache-2.0
// A device with one fault, over the functional model: what the bring-up has to find.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <utility>

#include "sw/bringup/board.h"
#include "sw/bringup/failure.h"
#include "sw/isa/instruction.h"
#include "sw/runtime/model_device.h"

namespace gradcore::bringup {

// A bit that never changes.
struct StuckBit {
  std::uint64_t index = 0;  // of a byte of DRAM, or an element of a memory
  unsigned bit = 0;
  bool value = false;

  template <typename T>
  void apply(T& word) const {
    const T mask = static_cast<T>(T{1} << bit);
    word = static_cast<T>(value ? word | mask : word & static_cast<T>(~mask));
  }
};

struct Fault {
  std::optional<StuckBit> dram{}, operand{}, accumulator{}, list{};
  std::uint64_t lost_address = 0;                     // a bit of DRAM's address that is always 0
  std::optional<std::pair<unsigned, unsigned>> pe{};  // row and column: its product is 0
  std::optional<isa::Apply> function{};               // its results have their lowest bit inverted
  bool loses_errors = false;                          // what is refused ends like the rest
  bool counts = false;                                // has a clock
  bool miscounts = false;                             // cycles of the vector unit are missing
  bool drops_bytes = false;                           // a store leaves out its last row
};

class FaultyDevice final : public runtime::Device {
 public:
  FaultyDevice(const runtime::Hardware& hardware, std::uint64_t dram_bytes, Fault fault)
      : Device(dram_bytes), inner_(hardware, dram_bytes), fault_(fault) {}

  const runtime::Hardware& hardware() const override { return inner_.hardware(); }
  void write(std::uint64_t address, std::span<const std::byte> bytes) override;
  void read(std::uint64_t address, std::span<std::byte> bytes) override;
  void set_windows(const runtime::Window& read, const runtime::Window& write) override {
    inner_.set_windows(read, write);
  }
  void launch(std::uint64_t address) override { inner_.launch(address); }
  runtime::Status wait(std::uint64_t limit) override;
  runtime::Counters counters() const override;
  void reset() override { inner_.reset(); }

 private:
  runtime::Status step();
  runtime::Status gemm(const isa::Instruction& instruction);
  void damage_result(const isa::Instruction& instruction);
  void stick();

  runtime::ModelDevice inner_;
  Fault fault_;
};

inline void FaultyDevice::write(std::uint64_t address, std::span<const std::byte> bytes) {
  for (std::size_t i = 0; fault_.lost_address != 0 && i < bytes.size(); ++i) {
    inner_.write((address + i) & ~fault_.lost_address, bytes.subspan(i, 1));
  }
  if (fault_.lost_address == 0) inner_.write(address, bytes);
  stick();
}

inline void FaultyDevice::read(std::uint64_t address, std::span<std::byte> bytes) {
  for (std::size_t i = 0; fault_.lost_address != 0 && i < bytes.size(); ++i) {
    inner_.read((address + i) & ~fault_.lost_address, bytes.subspan(i, 1));
  }
  if (fault_.lost_address == 0) inner_.read(address, bytes);
}

inline void FaultyDevice::stick() {
  model::FunctionalChip& chip = inner_.chip();
  if (fault_.dram) fault_.dram->apply(chip.dram()[fault_.dram->index]);
  if (fault_.operand) fault_.operand->apply(chip.local().operands()[fault_.operand->index]);
  if (fault_.accumulator) {
    fault_.accumulator->apply(chip.local().accumulators()[fault_.accumulator->index]);
  }
  if (fault_.list) fault_.list->apply(chip.local().list()[fault_.list->index]);
}

inline runtime::Status FaultyDevice::wait(std::uint64_t limit) {
  runtime::Status status;
  for (std::uint64_t i = 0; i < limit; ++i) {
    status = step();
    stick();
    if (status.state != runtime::State::kRunning) break;
  }
  if (fault_.loses_errors && status.state == runtime::State::kFailed) {
    status.state = runtime::State::kDone;
    status.error = isa::Error::kNone;
  }
  return status;
}

// The next instruction, with whatever the fault makes of it.
inline runtime::Status FaultyDevice::step() {
  const std::uint64_t at = inner_.chip().status().address;
  if (at % isa::kInstructionBytes != 0 || at + isa::kInstructionBytes > dram_bytes()) {
    return inner_.wait(1);
  }
  std::string bytes(isa::kInstructionBytes, '\0');
  inner_.read(at, std::as_writable_bytes(std::span(bytes)));
  isa::Instruction instruction = isa::from_bytes(bytes, "DRAM").front();
  const auto opcode = static_cast<isa::Opcode>(instruction.opcode());
  if (opcode == isa::Opcode::kGemm && fault_.pe) return gemm(instruction);
  const bool is_short =
      opcode == isa::Opcode::kStore && fault_.drops_bytes && instruction.get(isa::store::kRows) > 1;
  if (is_short) {
    instruction.set(isa::store::kRows, instruction.get(isa::store::kRows) - 1);
    const std::string shorter = isa::to_bytes({instruction});
    inner_.write(at, std::as_bytes(std::span(shorter)));
  }
  const runtime::Status status = inner_.wait(1);
  if (is_short) inner_.write(at, std::as_bytes(std::span(bytes)));
  if (opcode == isa::Opcode::kVector && fault_.function &&
      static_cast<isa::Apply>(instruction.get(isa::vector::kApply)) == *fault_.function) {
    damage_result(instruction);
  }
  return status;
}

// The PE multiplies by 0: its elements of W are, while the instruction is carried out. Only for
// addresses without a register.
inline runtime::Status FaultyDevice::gemm(const isa::Instruction& i) {
  namespace field = isa::gemm;
  model::LocalMemory& local = inner_.chip().local();
  const unsigned n = hardware().n;
  const std::vector<std::uint16_t> kept = local.operands();
  for (std::uint32_t b = 0; b < i.get(field::kBatch); ++b) {
    const model::TileMatrix w = {i.get(field::kW) + b * i.get(field::kWBatch),
                                 i.get(field::kWRows) / hardware().operand_tile_bytes(),
                                 i.get(field::kTransW) != 0};
    for (std::uint32_t r = fault_.pe->first; r < i.get(field::kK); r += n) {
      for (std::uint32_t c = fault_.pe->second; c < i.get(field::kN); c += n) {
        local.write(w, r, c, 0);
      }
    }
  }
  const runtime::Status status = inner_.wait(1);
  local.operands() = kept;
  return status;
}

inline void FaultyDevice::damage_result(const isa::Instruction& i) {
  model::LocalMemory& local = inner_.chip().local();
  const model::TileMatrix d = {i.get(isa::vector::kD), i.get(isa::vector::kDRows), false};
  for (std::uint32_t r = 0; r < i.get(isa::vector::kRows); ++r) {
    for (std::uint32_t c = 0; c < i.get(isa::vector::kCols); ++c) {
      local.write(d, r, c, local.read(d, r, c) ^ 1u);
    }
  }
}

// A clock by which an instruction takes a thousand cycles.
inline runtime::Counters FaultyDevice::counters() const {
  runtime::Counters out = inner_.counters();
  if (!fault_.counts) return out;
  out.has_clock = true;
  constexpr std::uint64_t kCycles = 1000;
  out.cycles = kCycles * out.instructions;
  for (runtime::UnitCounters& unit : out.units) {
    unit.busy = out.cycles / 2;
    unit.idle = out.cycles - unit.busy;
  }
  if (fault_.miscounts) out.units[1].idle -= out.instructions;
  return out;
}

// A board that is nothing but this device.
class DeviceBoard final : public Board {
 public:
  DeviceBoard(const runtime::Hardware& hardware, std::uint64_t dram_bytes, const Fault& fault = {})
      : device_(hardware, dram_bytes, fault) {}

  std::string name() const override { return "model"; }
  runtime::ChipPort& port() override { throw NotThere("a device without registers"); }
  bridge::LinkCounts counts() override { return {}; }
  void reset() override { device_.reset(); }
  runtime::Device& device() override { return device_; }

 private:
  FaultyDevice device_;
};

}  // namespace gradcore::bringup
