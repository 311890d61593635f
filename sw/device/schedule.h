// SPDX-License-Identifier: Apache-2.0
// How long the matrix unit works on a GEMM, and which operand should be the stationary one.
//
// The unit holds one tile of W (up to n of K by up to n columns of W) while the M rows of X stream
// past it, one per cycle; meanwhile the next tile is loaded, one column per cycle. So a tile costs
// max(M, columns of the next tile) cycles: wide tiles under short streams are what wastes time.
#pragma once

#include <cstdint>
#include <span>

#include "sw/device/gemm_command.h"

namespace gradcore::device {

// `batch` products of an m x k by a k x n matrix.
struct GemmShape {
  std::uint32_t m = 0, k = 0, n = 0;
  std::uint32_t batch = 1;
  bool operator==(const GemmShape&) const = default;
};

enum class Orientation : std::uint8_t {
  kDirect,     // Y = X W, W is stationary
  kExchanged,  // Y^T = W^T X^T, X is stationary
};

// The shape that the matrix unit sees: exchanged, M and N change places.
GemmShape oriented(const GemmShape& shape, Orientation orientation);
// The command that computes the same bits in the other orientation: X and W change places, all
// transpose flags are toggled. kDirect leaves the command as it is.
GemmCommand oriented(const GemmCommand& command, Orientation orientation);

std::uint64_t macs(const GemmShape& shape);
// Cycles of an n x n array that is never idle and never masked: macs / n^2.
double ideal_cycles(const GemmShape& shape, unsigned n);
// Stationary tiles that the command goes through on an n x n array.
std::uint64_t tiles(const GemmShape& shape, Orientation orientation, unsigned n);
// Cycles of the command in the middle of many like it: per tile max(M, columns of the tile).
std::uint64_t cycles(const GemmShape& shape, Orientation orientation, unsigned n);
// The one with fewer cycles; of equals, kDirect.
Orientation best_orientation(const GemmShape& shape, unsigned n);

struct ScheduledGemm {
  GemmShape shape;
  Orientation orientation = Orientation::kDirect;
};

// From the first load to the last result of GEMMs that follow each other with no gap and wait for
// no result: the first column of the first tile (1 cycle; the stream follows the other columns),
// for each tile max(rows that stream past it, columns of the next tile), the last stream, and the
// way of the last row through the array (n - 1 rows, then the other columns of the last tile).
// An implementation adds the registers of its pipeline. 0 for an empty list.
std::uint64_t practical_limit(std::span<const ScheduledGemm> gemms, unsigned n);

}  // namespace gradcore::device
