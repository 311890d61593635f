// SPDX-License-Identifier: Apache-2.0
// Step `soak`: random products and training steps until the time is over.
#include <fmt/format.h>

#include <chrono>

#include "sw/bringup/checks.h"
#include "sw/bringup/failure.h"
#include "sw/train/random.h"

namespace gradcore::bringup {

std::string check_soak(Board& board, const Settings& settings) {
  using Clock = std::chrono::steady_clock;
  constexpr unsigned kStepsEvery = 4;  // of that many pieces of work one trains
  const unsigned n = board.device().hardware().n;
  const auto end = Clock::now() + std::chrono::duration<double>(settings.soak_seconds);
  std::uint64_t layers = 0, networks = 0;
  for (std::uint64_t i = 0; i == 0 || Clock::now() < end; ++i) {
    settings.observer();
    const std::uint64_t seed = settings.seed + 1 + i;
    const auto size = [&](std::uint64_t index) {
      return 1 + static_cast<std::uint32_t>(train::random_bits(seed, 40, index) % (3 * n));
    };
    try {
      if (i % kStepsEvery == kStepsEvery - 1) {
        check_small_network(board, settings, seed, 3);
        ++networks;
      } else {
        check_layer(board, {size(0), size(1), size(2)}, seed);
        ++layers;
      }
    } catch (const Failure& failure) {
      throw Failure(fmt::format("after {} layers and {} networks without an error: {}", layers,
                                networks, failure.what()),
                    failure.hint());
    }
  }
  return fmt::format("{} layers (three products each) and {} networks of 3 steps, no error", layers,
                     networks);
}

}  // namespace gradcore::bringup
