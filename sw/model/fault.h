// SPDX-License-Identifier: Apache-2.0
// Why an instruction is refused, and for which of its matrices.
#pragma once

#include <cstdint>

#include "sw/isa/isa.h"

namespace gradcore::model {

// `operand` counts an instruction's matrices from 1 in the order in which it names them (vector: a
// to e; load and store: local memory, DRAM), its list behind them; 0 is none of them.
struct Fault {
  isa::Error error = isa::Error::kNone;
  unsigned operand = 0;
  // Of the error `index`: which entry of the instruction's list, and what it holds.
  std::uint32_t position = 0, index = 0;
  bool operator==(const Fault&) const = default;
};

}  // namespace gradcore::model
