// SPDX-License-Identifier: Apache-2.0
// A step whose first instructions are carried out at the end of the step before it, so that what
// they wait for is hidden behind the rest of that step (software pipelining).
#pragma once

#include <map>

#include "sw/nn/step.h"

namespace gradcore::nn {

// Moves the first `count` instructions behind the others, where they are those of the next step:
// what they address in DRAM through a register lies the register's bytes of a step further.
// Matrices that both parts touch then live from turn to turn. Returns what must be carried out
// before the first turn.
compiler::Emitter do_ahead(Step& step, std::size_t count,
                           const std::map<unsigned, std::uint32_t>& step_bytes);

}  // namespace gradcore::nn
