// SPDX-License-Identifier: Apache-2.0
// What to do with a random program that fails.
#pragma once

#include <cstddef>
#include <functional>
#include <span>
#include <string>

#include "tb/harness/random_program.h"

namespace gradcore::harness {

// The smallest program found for which `fails` still holds, starting from one for which it does;
// made anew from the same seed with fewer instructions.
RandomProgram shrink(const RandomProgram& program, ProgramOptions options,
                     const std::function<bool(const RandomProgram&)>& fails);

// The first byte of DRAM that is not as expected and, where it belongs to what the program dumps,
// the element of local memory; empty if there is none.
std::string first_difference(const RandomProgram& program, std::span<const std::byte> expected,
                             std::span<const std::byte> actual);

}  // namespace gradcore::harness
