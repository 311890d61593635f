// SPDX-License-Identifier: Apache-2.0
// A small functional core and its memory, for the tests of this folder.
#pragma once

#include <cstdint>
#include <vector>

#include "sw/model/functional_core.h"
#include "tb/harness/random_patterns.h"

namespace gradcore::model {

// 64 tiles in each half.
inline device::Hardware small_hardware(unsigned n, unsigned f = 40) {
  return {.n = n, .f = f, .operand_kib = n * n / 8, .accumulator_kib = n * n / 4};
}

// All of the half that begins at `base`, as binary32.
inline std::vector<std::uint32_t> image(FunctionalCore& core, std::uint32_t base) {
  const device::Hardware& hw = core.hardware();
  const bool upper = base >= device::kAccumulatorBase;
  const std::uint32_t bytes = 1024 * (upper ? hw.accumulator_kib : hw.operand_kib);
  std::vector<std::uint32_t> out, line(hw.n);
  for (std::uint32_t at = 0; at < bytes; at += (upper ? 4 : 2) * hw.n) {
    core.read_line(base + at, line);
    out.insert(out.end(), line.begin(), line.end());
  }
  return out;
}

// Finite values of moderate size everywhere.
inline void fill(FunctionalCore& core, harness::RandomPatterns& random) {
  const device::Hardware& hw = core.hardware();
  std::vector<std::uint32_t> line(hw.n);
  const auto fill_half = [&](std::uint32_t base, std::uint32_t bytes, std::uint32_t line_bytes) {
    for (std::uint32_t at = 0; at < bytes; at += line_bytes) {
      for (auto& v : line) {
        const std::uint32_t exponent = 117u + random.below(20);
        v = (random.bits32() & 0x807F'FFFFu) | exponent << 23;
      }
      core.write_line(base + at, line, ~0u);
    }
  };
  fill_half(0, 1024 * hw.operand_kib, 2 * hw.n);
  fill_half(device::kAccumulatorBase, 1024 * hw.accumulator_kib, 4 * hw.n);
}

// N = 4: tiles of 32 and 64 bytes, memories of 2048 and 4096; every matrix 2 x 2 tiles, 2 batches.
inline device::GemmCommand good_command() {
  return {.m = 8,
          .k = 8,
          .n = 8,
          .batch = 2,
          .x = {.address = 0, .row_stride = 64, .batch_stride = 128},
          .w = {.address = 256, .row_stride = 64, .batch_stride = 128},
          .y = {.address = device::kAccumulatorBase, .row_stride = 128, .batch_stride = 256},
          .id = 77};
}

}  // namespace gradcore::model
