// SPDX-License-Identifier: Apache-2.0
// The order of reductions, as sw/model/vector_unit.h states it.
#pragma once

#include <vector>

#include "sw/model/vector.h"

namespace gradcore::harness {

inline std::uint32_t reduce_pair(bool max, std::uint32_t a, std::uint32_t b) {
  return max ? model::fp32_max(a, b) : model::fp32_add(a, b);
}

// Of a power of two of lanes.
inline std::uint32_t reduce_lanes(bool max, std::vector<std::uint32_t> lanes) {
  while (lanes.size() > 1) {
    const std::size_t half = lanes.size() / 2;
    for (std::size_t i = 0; i < half; ++i) lanes[i] = reduce_pair(max, lanes[i], lanes[i + half]);
    lanes.resize(half);
  }
  return lanes[0];
}

}  // namespace gradcore::harness
