// SPDX-License-Identifier: Apache-2.0
// Operands as the systolic array receives them: the model's aligned vectors, packed as aligned_t.
#pragma once

#include <span>

#include "sw/model/dot.h"
#include "tb/harness/unit_bench.h"

namespace gradcore::harness {

using AlignedLanes = model::AlignedVector<kLanes>;

// At most kLanes values; the lanes beyond are +0.
inline AlignedLanes align(std::span<const std::uint16_t> values) {
  return model::align_vector<kLanes>(values);
}

// Lane `i` as aligned_t of rtl/pkg/gradcore_pkg.sv.
inline std::uint32_t pack_lane(const AlignedLanes& lanes, unsigned i) {
  const std::uint16_t bits = lanes.bits[i];
  return (model::bf16_is_nan(bits) ? 1u << 17 : 0u) |
         (model::bf16_is_infinite(bits) ? 1u << 16 : 0u) |
         (model::bf16_is_zero(bits) ? 1u << 15 : 0u) | (lanes.sign[i] << 14) |
         (lanes.distance[i] << 8) | lanes.significand[i];
}

}  // namespace gradcore::harness
