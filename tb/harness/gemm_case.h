// SPDX-License-Identifier: Apache-2.0
// One GEMM command with everything it needs, carried out by a device and by the functional model,
// and compared: completion, result, and that nothing else was written.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "sw/device/device.h"
#include "tb/harness/random_patterns.h"

namespace gradcore::harness {

// How operand values are drawn.
enum class Values {
  kNormal,    // around 1, both signs
  kAny,       // any bit pattern that is likely to hurt, specials now and then
  kSpecials,  // every few an infinity, a NaN or a zero
};

struct GemmCase {
  device::GemmCommand command;
  Values values = Values::kNormal;
  std::uint64_t seed = 1;

  std::string describe(const device::Hardware& hardware) const;
};

// A command of this size whose matrices lie packed one after another, or, with `scatter`, at
// random tiles with random gaps between their rows of tiles.
device::GemmCommand place_gemm(const device::Hardware& hardware, std::uint32_t m, std::uint32_t k,
                               std::uint32_t n, std::uint32_t batch, unsigned flags,
                               RandomPatterns* scatter = nullptr);

// Number of tiles of accumulator memory that the result occupies, gaps included.
std::uint64_t result_tiles(const device::Hardware& hardware, const device::GemmCommand& command);

// Fills operands and result (C, or noise that must survive beside it) alike in both devices.
void load_case(const GemmCase& test, device::Device& first, device::Device& second);
// The same for one.
void load_case(const GemmCase& test, device::Device& device);

// Differences in the tiles of the result and one tile on either side; empty if there are none.
std::vector<std::string> compare_results(const GemmCase& test, device::Device& actual,
                                         device::Device& expected);

}  // namespace gradcore::harness
