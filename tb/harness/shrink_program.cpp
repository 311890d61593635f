// SPDX-License-Identifier: Apache-2.0
#include "tb/harness/shrink_program.h"

#include <algorithm>
#include <cstdint>
#include <sstream>
#include <stdexcept>
#include <utility>
#include <vector>

namespace gradcore::harness {

RandomProgram shrink(const RandomProgram& program, ProgramOptions options,
                     const std::function<bool(const RandomProgram&)>& fails) {
  RandomProgram best = program;
  const auto attempt = [&](const ProgramOptions& with) {
    try {
      RandomProgram smaller = random_program(program.space, with, program.seed);
      if (!fails(smaller)) return false;
      best = std::move(smaller);
    } catch (const std::length_error&) {
      return false;
    }
    options = with;
    return true;
  };
  ProgramOptions unrolled = options;
  unrolled.unrolled = true;
  unrolled.dropped.clear();
  attempt(unrolled);
  options.dropped.resize(best.choices, false);
  // Ever smaller runs of neighbours, as long as something goes.
  for (std::size_t run = std::max<std::size_t>(best.choices / 2, 1); run > 0;) {
    bool smaller = false;
    for (std::size_t first = 0; first < options.dropped.size(); first += run) {
      ProgramOptions with = options;
      const auto begin = with.dropped.begin() + static_cast<std::ptrdiff_t>(first);
      const auto length = static_cast<std::ptrdiff_t>(std::min(run, with.dropped.size() - first));
      if (std::all_of(begin, begin + length, [](bool dropped) { return dropped; })) continue;
      std::fill(begin, begin + length, true);
      smaller |= attempt(with);
    }
    if (!smaller || run > 1) run /= 2;
  }
  return best;
}

std::string first_difference(const RandomProgram& program, std::span<const std::byte> expected,
                             std::span<const std::byte> actual) {
  if (expected.size() != actual.size()) return "the sizes of DRAM differ";
  const auto found = std::mismatch(expected.begin(), expected.end(), actual.begin());
  if (found.first == expected.end()) return "";
  auto at = static_cast<std::uint64_t>(found.first - expected.begin());
  const TileArena& arena = program.arena;
  std::ostringstream out;
  std::uint64_t bytes = 4;
  const auto dumped = [&](bool accumulator) {
    const std::uint64_t begin = accumulator ? program.accumulator_dump : program.operand_dump;
    const std::uint64_t element = accumulator ? 4 : 2;
    const std::uint64_t row = std::uint64_t{arena.n} * arena.count(accumulator);  // elements
    if (!program.dumps_local || at < begin || at >= begin + row * arena.n * element) return false;
    const std::uint64_t number = (at - begin) / element;
    at = begin + number * element;
    bytes = element;
    const std::uint64_t tile = arena.first(accumulator) + number % row / arena.n;
    out << (accumulator ? "accumulator" : "operand") << " memory, tile " << tile << " (0x"
        << std::hex
        << tile * arena.tile_bytes(accumulator) + (accumulator ? device::kAccumulatorBase : 0)
        << std::dec << "), row " << number / row << ", column " << number % arena.n << ": ";
    return true;
  };
  if (!dumped(false) && !dumped(true)) at = at / 4 * 4;
  const auto value = [&](std::span<const std::byte> memory) {
    std::uint32_t bits = 0;
    for (std::uint64_t k = 0; k < bytes && at + k < memory.size(); ++k) {
      bits |= std::to_integer<std::uint32_t>(memory[at + k]) << (8 * k);
    }
    return bits;
  };
  out << std::hex << "DRAM at 0x" << at << ": expected 0x" << value(expected) << ", got 0x"
      << value(actual);
  return out.str();
}

}  // namespace gradcore::harness
