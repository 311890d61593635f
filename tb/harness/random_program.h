// SPDX-License-Identifier: Apache-2.0
// Random programs for the chip: legal, with data, and with the same results however its units run
// ahead of each other.
//
// A program fills the part of local memory that it uses from DRAM, works on it, and stores all of
// it to DRAM at the end: comparing DRAM compares everything. In between stand gemms, vector
// instructions, loads and stores of every form, in loops and through registers that step, some by
// lists that are loaded before and in between. Values are ordinary numbers in half of the programs,
// so that results do not all end as NaN.
//
// What is relied on: units are in order, and give their tokens in order, when all is written; the
// vector unit keeps order with its own instructions as `order` says, the other units always.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "sw/device/device.h"
#include "sw/isa/instruction.h"
#include "sw/model/transfer.h"
#include "tb/harness/program_access.h"
#include "tb/harness/random_patterns.h"

namespace gradcore::harness {

// Where programs run. Windows may be larger than DRAM; programs stay in both.
struct ProgramSpace {
  device::Hardware hardware;
  std::size_t dram_bytes = 0;
  model::Window read, write;
};

// The same DRAM with windows like those a host might set: all, halves, or anything that is large
// enough, apart or overlapping.
ProgramSpace with_random_windows(const ProgramSpace& space, RandomPatterns& random);

struct ProgramOptions {
  unsigned instructions = 20;   // for the units, those in loops counted once
  unsigned steps = 96;          // at most, loops unrolled
  std::uint32_t max_tiles = 3;  // of a matrix, in each direction
  // How often a unit gets an instruction: matrix, vector, load, store; all 0: as the seed says.
  // Local memory is filled and dumped by loads and stores in any case.
  std::array<std::uint32_t, 4> weights{};
  // To make a failing program smaller: unrolled, without loops and registers; and without some of
  // its instructions (of the unrolled ones, then), numbered from 0.
  bool unrolled = false;
  std::vector<bool> dropped{};
};

struct RandomProgram {
  ProgramSpace space;
  std::uint64_t seed = 0;
  isa::Program program;
  std::uint64_t address = 0;                   // of the program in DRAM
  std::uint64_t code_begin = 0, code_end = 0;  // bytes kept for it, which nothing else is stored to
  std::vector<std::byte> dram;                 // before the program starts, itself included
  TileArena arena;  // of local memory; all of it is written before it is read
  // Where the arena is stored to at the end, operand memory as bfloat16: a row of each tile after
  // another, then the next row of each.
  std::uint64_t operand_dump = 0, accumulator_dump = 0;
  bool dumps_local = true;  // false where DRAM or the window are too small to store it all
  std::size_t choices = 0;  // how many instructions could have been dropped

  // The seed and the program as text, as it can be assembled again.
  std::string describe() const;
};

// Throws std::invalid_argument where the windows are too small: 24 KiB of each do for any program
// with the options above, up to 768 N^2 bytes more of the one for writing let it dump all.
RandomProgram random_program(const ProgramSpace& space, const ProgramOptions& options,
                             std::uint64_t seed);

// A program in which as many of one token wait to be taken as the instruction set allows, in loops
// of tiny instructions. The unit that takes them is held up, so that, for a while, more of them
// have been given and not yet taken than 255: as many more as takers wait in its queue.
RandomProgram token_flood(const ProgramSpace& space, std::uint64_t seed);

// Puts a program that was changed into its DRAM again: at its address, or where that leaves what is
// kept for code, at the end of that. False if it does not fit.
bool store_program(RandomProgram& program);

}  // namespace gradcore::harness
