// SPDX-License-Identifier: Apache-2.0
// What stays in local memory from launch to launch: its way there, and back to DRAM.
#pragma once

#include "sw/nn/compile.h"

namespace gradcore::nn {

// Programs without loops, on matrices in a memory without bounds, that end in a halt. `compiled`
// has the places in DRAM.
compiler::Emitter initialise_residents(const Model& model, const Compiled& compiled);
compiler::Emitter save_residents(const Model& model, const Compiled& compiled);

}  // namespace gradcore::nn
