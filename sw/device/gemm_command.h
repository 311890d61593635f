// SPDX-License-Identifier: Apache-2.0
// The one command of the matrix unit, as software sees it.
#pragma once

#include <cstdint>

namespace gradcore::device {

// Local memory is one 32-bit byte address space with two halves:
//   0x0000'0000  operand memory,     bfloat16, lines of 2N bytes, tiles of 2N*N bytes
//   0x8000'0000  accumulator memory, binary32, lines of 4N bytes, tiles of 4N*N bytes
// A matrix is a grid of N x N tiles; line r of a tile holds the N elements of its row r.
inline constexpr std::uint32_t kAccumulatorBase = 0x8000'0000u;

// Where a matrix lies. Element (r, c) is element (r % N, c % N) of the tile at
//   address + (r / N) * row_stride + (c / N) * tile_bytes + batch_index * batch_stride.
// All three values are bytes and multiples of the tile size of their memory.
struct MatrixRef {
  std::uint32_t address = 0;
  std::uint32_t row_stride = 0;    // from one row of tiles to the next
  std::uint32_t batch_stride = 0;  // from one matrix of the batch to the next; 0 shares it
};

// For every b < batch, in order:  Y[b] = op(X[b]) * op(W[b])  or, accumulating,  Y[b] += ...
// op(X) is M x K, op(W) is K x N, Y is M x N. A transpose flag says that the matrix in memory is
// the transpose (K x M, N x K, N x M); no data is moved to honour it. W is the stationary operand.
// X and W lie in operand memory, Y in accumulator memory. Exchanging X with W and all flags
// (Y^T = op(W)^T op(X)^T) changes the cycles, never the bits of the result.
struct GemmCommand {
  std::uint32_t m = 0, k = 0, n = 0;
  std::uint32_t batch = 1;
  bool trans_x = false, trans_w = false, trans_y = false;
  bool accumulate = false;
  MatrixRef x, w, y;
  std::uint32_t id = 0;  // returned with the completion
};

// Why a command was refused. A refused command has no effect.
enum class GemmError : std::uint8_t {
  kNone = 0,
  kZeroSize = 1,    // m, k, n or batch is 0
  kMisaligned = 2,  // an address or stride is no multiple of its tile
  kOutOfRange = 3,  // part of a matrix lies outside its memory, or in the wrong one
  kOverlap = 4,     // rows of result tiles overlap (row_stride shorter than a row)
  kReserved = 5,    // a reserved bit is set
};
enum class GemmOperand : std::uint8_t { kNone = 0, kX = 1, kW = 2, kY = 3 };

// Errors are checked in the order of GemmError, and for each error in the order X, W, Y.
struct Completion {
  std::uint32_t id = 0;
  GemmError error = GemmError::kNone;
  GemmOperand operand = GemmOperand::kNone;  // which matrix, for kMisaligned..kOverlap
};

}  // namespace gradcore::device
