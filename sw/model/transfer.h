// SPDX-License-Identifier: Apache-2.0
// The instructions load and store without a clock.
//
// Numbers that keep their format keep their bits; bfloat16 to binary32 is exact, the other way
// rounds to nearest even; a NaN that changes its format becomes the canonical one. Words that go to
// list memory are no numbers, and stay as they are.
#pragma once

#include <cstddef>
#include <span>

#include "sw/isa/instruction.h"
#include "sw/model/fault.h"
#include "sw/model/local_memory.h"

namespace gradcore::model {

// Bytes [base, base + size) of DRAM.
struct Window {
  std::uint64_t base = 0, size = 0;
  bool holds(std::uint64_t address, std::uint64_t bytes) const {
    return address >= base && bytes <= size && address - base <= size - bytes;
  }
};

// What is refused before anything moves, in the order of isa::Error. `window` is the one that the
// instruction's direction has.
Fault check_transfer(const LocalMemory& memory, unsigned n, const isa::Instruction& instruction,
                     const Window& window);

// Carries out an instruction that check_transfer() accepts. kIndex, and nothing moves, where an
// entry of its list is no row; kBus likewise where DRAM ends before the matrix does.
Fault execute_transfer(LocalMemory& memory, unsigned n, const isa::Instruction& instruction,
                       std::span<std::byte> dram);

}  // namespace gradcore::model
