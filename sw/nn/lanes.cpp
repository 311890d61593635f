// SPDX-License-Identifier: Apache-2.0
#include "sw/nn/lanes.h"

#include <fmt/format.h>

#include <algorithm>

#include "sw/compiler/network.h"

namespace gradcore::nn {

View Lanes::take(TileSide side, std::uint32_t rows, std::uint32_t cols) {
  const std::uint32_t across = compiler::tiles(cols, hardware_.n);
  const std::uint32_t down = compiler::tiles(rows, hardware_.n);
  View out{.accumulator = true, .rows = rows, .cols = cols};
  const auto parity = static_cast<std::uint32_t>(side);
  if (across == 1) {
    out.stride = 2;
    out.first = next_[parity];
    next_[parity] += 2 * down;
  } else {
    out.stride = (across + 1) / 2 * 2;
    out.first = (std::max(next_[0], next_[1]) + 1) / 2 * 2 + parity;
    next_[0] = out.first - parity + down * out.stride + 2 * parity;
    next_[1] = next_[0] + 1;
  }
  const std::uint32_t tiles = hardware_.accumulator_kib * 1024 / hardware_.accumulator_tile_bytes();
  if (used() > tiles + 1) {
    throw compiler::CompileError(
        fmt::format("an embedding pass needs {} tiles or more of accumulator memory, which has {}",
                    used(), tiles));
  }
  return out;
}

}  // namespace gradcore::nn
