// SPDX-License-Identifier: Apache-2.0
// Golden vectors: random operands, the device's result, the reference's result.
#pragma once

#include <cstdint>
#include <vector>

#include "sw/cli/comparison.h"
#include "sw/config/config.h"
#include "sw/device/device.h"
#include "sw/device/matmul.h"
#include "sw/model/gemm_double.h"

namespace gradcore::cli {

// Bits of binary32 values, row-major as they lie in memory (transposed where the vector says so).
struct GoldenData {
  std::vector<std::uint32_t> a, b;
  std::vector<std::uint32_t> c;  // empty unless the vector accumulates
};

// A function of (vector, seed, index) alone.
GoldenData golden_data(const config::GoldenVector& vector, std::uint64_t seed, std::uint64_t index);

struct GoldenResult {
  Comparison comparison;        // device against model, bit by bit
  model::BoundReport bound;     // device against the exact product
  device::MatmulReport report;  // cycles
  double ideal_cycles = 0;

  bool passed() const { return comparison.different == 0 && bound.holds(); }
};

GoldenResult check_golden(device::Device& device, const config::GoldenVector& vector,
                          const GoldenData& data);

}  // namespace gradcore::cli
