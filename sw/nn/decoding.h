// SPDX-License-Identifier: Apache-2.0
// A program of the chip that takes a text on by tokens: each goes through the model as a single
// row, and attention finds keys and values of those before it in DRAM.
//
// The logits are those that `evaluate` makes for the same place of the same tokens, with one
// exception. Where attention adds up N values at a time, the products of these are aligned to the
// largest (sw/model/README.md), and `evaluate` has values of later tokens among them, with weights
// of 0, where the cache has zeros. If they are so large that something is cut off only with them
// there, the sums differ by less than N 2^(E+2-F), E being that of `evaluate`.
#pragma once

#include <cstdint>
#include <vector>

#include "sw/nn/compile.h"

namespace gradcore::nn {

struct CompiledDecoding {
  compiler::ChipProgram program;
  std::size_t loop = 0;  // the instruction that says how many tokens a launch has

  // Tables with a row for each place of the sequence.
  Region tokens;             // numbers
  Region logits;             // places x outputs
  Region mask;               // places x places
  std::vector<Region> kept;  // keys and values of each attention, bfloat16
  // Instructions that set a register to where this place's row of a table is, and the bytes of a
  // row of it.
  struct Pointer {
    std::size_t number = 0;
    std::uint32_t row_bytes = 0;
  };
  std::vector<Pointer> pointers;

  std::uint32_t places = 0, outputs = 0;
  std::uint64_t dram_base = 0, dram_end = 0;
};

// Of a model of text that was compiled: the program works with the parameters that its `initialise`
// loads. Takes DRAM from `dram_base`, a multiple of 64, on. Throws compiler::CompileError when the
// model is none of text or something does not fit.
CompiledDecoding compile_decoding(Model& model, std::uint64_t dram_base,
                                  std::uint64_t dram_bytes = std::uint64_t{1} << 32);

}  // namespace gradcore::nn
