// SPDX-License-Identifier: Apache-2.0
// How much of a memory to test: all of a small one on a board, less where the line is slow (a board
// in simulation carries some KiB a second).
#pragma once

#include <algorithm>
#include <bit>
#include <chrono>
#include <cstdint>
#include <vector>

#include "sw/bringup/step.h"

namespace gradcore::bringup {

// Bytes, a power of two from 2 KiB to 256 KiB: what is carried over the line `passes` times within
// some ten seconds.
inline std::uint64_t memory_budget(runtime::Device& device, const Settings& settings,
                                   unsigned passes) {
  if (settings.window_bytes != 0) return settings.window_bytes;
  using Clock = std::chrono::steady_clock;
  constexpr double kSeconds = 10;
  constexpr std::uint64_t kLeast = 2048, kMost = 256 << 10;
  std::vector<std::byte> probe(kLeast);
  const Clock::time_point start = Clock::now();
  device.read(0, probe);
  const double seconds = std::chrono::duration<double>(Clock::now() - start).count();
  const double bytes = kSeconds * static_cast<double>(kLeast) / std::max(seconds, 1e-6) / passes;
  if (bytes >= static_cast<double>(kMost)) return kMost;
  return std::max(kLeast, std::bit_floor(static_cast<std::uint64_t>(bytes)));
}

}  // namespace gradcore::bringup
