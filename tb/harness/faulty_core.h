// SPDX-License-Identifier: Apache-2.0
// A core with one broken PE, on which the harness proves that it finds such things
// (GRADCORE_FAULT in rtl/matrix/systolic_array.sv, built by tb/verilated/CMakeLists.txt).
#pragma once

#include <memory>

#include "tb/harness/core_model.h"

namespace gradcore::harness {

inline constexpr device::Hardware kFaultyHardware{
    .n = 4, .f = 40, .operand_kib = 64, .accumulator_kib = 64};
// Where bit 27 of the product's magnitude is inverted.
inline constexpr unsigned kFaultyRow = 2, kFaultyColumn = 1;

std::unique_ptr<CoreModel> make_faulty_core();
std::unique_ptr<CoreModel> make_faulty_core_trace();

}  // namespace gradcore::harness
