// SPDX-License-Identifier: Apache-2.0
#include <utility>

#include "tb/harness/random_program.h"

namespace gradcore::harness {

ProgramSpace with_random_windows(const ProgramSpace& space, RandomPatterns& random) {
  ProgramSpace out = space;
  // The registers of the chip take multiples of 16.
  const std::uint64_t all = space.dram_bytes / 16 * 16;
  const auto some = [&random](std::uint64_t most) {
    return std::uint64_t{random.below(static_cast<std::uint32_t>(most / 16) + 1)} * 16;
  };
  const std::uint64_t half = all / 32 * 16;
  out.read = out.write = {0, all};
  switch (random.below(4)) {
    case 0:
      break;
    case 1:  // what is read cannot be written
      out.read = {0, half};
      out.write = {half, all - half};
      if (random.one_in(2)) std::swap(out.read, out.write);
      break;
    default:
      for (model::Window* const window : {&out.read, &out.write}) {
        window->base = some(half);
        window->size = half - some(all / 16);
      }
      break;
  }
  return out;
}

}  // namespace gradcore::harness
