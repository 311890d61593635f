// SPDX-License-Identifier: Apache-2.0
// Checks of option values that CLI11 lacks.
#pragma once

#include <CLI/CLI.hpp>
#include <cstdint>
#include <limits>

namespace gradcore::cli {

// Decimal digits, and a value within the limits. (CLI11 2.1 takes -1 for 2^64 - 1, whatever is
// too large for the largest number, and 010 for 8.)
CLI::Validator whole_number(std::uint64_t lowest,
                            std::uint64_t highest = std::numeric_limits<std::uint64_t>::max());

// 4, 8, 16 or 32.
CLI::Validator array_size();

}  // namespace gradcore::cli
