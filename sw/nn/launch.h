// SPDX-License-Identifier: Apache-2.0
// Programs on a device.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include "sw/compiler/compile.h"
#include "sw/runtime/device.h"

namespace gradcore::nn {

using compiler::Region;

// To its place in DRAM.
void put_program(runtime::Device& device, const compiler::ChipProgram& program);
// The same program with another value in a field of instruction `number`.
void change_program(runtime::Device& device, const compiler::ChipProgram& program,
                    std::size_t number, const isa::Field& field, std::uint32_t value);
// Until its end. `observer`, if there is one, is called now and then and may throw to give up.
// Throws compiler::ChipError.
void run_program(runtime::Device& device, const compiler::ChipProgram& program,
                 const std::function<void()>& observer);

// Numbers from a place in a region on. Throws std::logic_error beyond its end.
void write_floats(runtime::Device& device, const Region& region, std::uint64_t offset,
                  std::span<const float> values);
std::vector<float> read_floats(runtime::Device& device, const Region& region, std::uint64_t offset,
                               std::size_t count);

}  // namespace gradcore::nn
