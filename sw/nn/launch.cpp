// SPDX-License-Identifier: Apache-2.0
#include "sw/nn/launch.h"

#include <stdexcept>

#include "sw/compiler/run.h"

namespace gradcore::nn {
namespace {

// Of wait(), in cycles or, without a clock, instructions: short enough to be interrupted.
constexpr std::uint64_t kWait = 1'000;

void check(const Region& region, std::uint64_t offset, std::uint64_t bytes) {
  if (offset + bytes > region.bytes) {
    throw std::logic_error("a region of DRAM ends before the numbers do: " + region.name);
  }
}

}  // namespace

void put_program(runtime::Device& device, const compiler::ChipProgram& program) {
  const std::string bytes = isa::to_bytes(program.assembly.program);
  device.write(program.address, std::as_bytes(std::span(bytes)));
}

void change_program(runtime::Device& device, const compiler::ChipProgram& program,
                    std::size_t number, const isa::Field& field, std::uint32_t value) {
  isa::Instruction i = program.assembly.program.at(number);
  i.set(field, value);
  const std::string bytes = isa::to_bytes({i});
  device.write(program.address + number * isa::kInstructionBytes, std::as_bytes(std::span(bytes)));
}

void run_program(runtime::Device& device, const compiler::ChipProgram& program,
                 const std::function<void()>& observer) {
  if (observer) observer();
  device.launch(program.address);
  while (true) {
    const runtime::Status status = device.wait(kWait);
    if (status.state == runtime::State::kDone) return;
    if (status.state == runtime::State::kFailed) {
      throw compiler::ChipError(runtime::describe(status, program.assembly, program.address));
    }
    if (observer) observer();
  }
}

void write_floats(runtime::Device& device, const Region& region, std::uint64_t offset,
                  std::span<const float> values) {
  check(region, offset, values.size_bytes());
  device.write(region.address + offset, std::as_bytes(values));
}

std::vector<float> read_floats(runtime::Device& device, const Region& region, std::uint64_t offset,
                               std::size_t count) {
  check(region, offset, count * sizeof(float));
  std::vector<float> out(count);
  device.read(region.address + offset, std::as_writable_bytes(std::span(out)));
  return out;
}

}  // namespace gradcore::nn
