// SPDX-License-Identifier: Apache-2.0
#include "sw/compiler/timing.h"

#include <algorithm>
#include <bit>
#include <cmath>

#include "sw/compiler/view.h"

namespace gradcore::compiler {
namespace {

using isa::Instruction;

constexpr double kMatrixLatency = 37;     // beside 2N, from the last row's entry to its write
constexpr double kVectorLatency = 33;     // from a line's grant to its write
constexpr double kReductionLatency = 42;  // beside 7 log2(N), from a row of tiles to its reductions
constexpr double kDramLatency = 60;
constexpr double kDramBytes = 16;    // a cycle, whatever the simulated DRAM is set to
constexpr double kRowsApart = 8;     // lines of one row under reduction
constexpr double kListLatency = 8;   // until the first entry of a list is there
constexpr double kIndexedRow = 2;    // cycles for a row of an indexed transfer, at least
constexpr double kNamedRows = 0.5;   // of a list, about: the others name no row and take a cycle
constexpr double kListedAtOnce = 4;  // entries that a store looks through in a cycle beforehand

double matrix_cycles(const Instruction& i, unsigned n) {
  namespace f = isa::gemm;
  const std::uint32_t cols = i.get(f::kN);
  double out = 0;
  for (std::uint32_t first = 0; first < cols; first += n) {
    const std::uint32_t each = std::max(i.get(f::kM), std::min(n, cols - first));
    out += static_cast<double>(tiles(i.get(f::kK), n)) * each;
  }
  return out * i.get(f::kBatch);
}

Timing vector_timing(const Instruction& i, unsigned n) {
  namespace f = isa::vector;
  Timing out;
  const auto is_matrix = [&](isa::Field is) { return i.get(is) == 0; };
  const auto combine = static_cast<isa::Combine>(i.get(f::kCombine));
  const bool uses_c = combine != isa::Combine::kProduct && combine != isa::Combine::kDropout;
  const double each = uses_c && is_matrix(f::kBIs) && is_matrix(f::kCIs) ? 2 : 1;
  const std::uint32_t rows = i.get(f::kRows);
  const double cols = tiles(i.get(f::kCols), n);
  if (i.get(f::kListed) != 0) {
    // A row that is b is read anew for each of several tiles, through the port of c.
    const bool turns = i.get(f::kBIs) == static_cast<unsigned>(isa::Operand::kRow) && uses_c &&
                       is_matrix(f::kCIs) && cols > 1;
    out.cycles = rows * cols * (turns ? 2 : 1) + kListLatency;
    out.row = out.cycles;
    out.latency = kVectorLatency;
    return out;
  }
  const bool reduces = i.get(f::kReduce) != 0;
  const auto row_cycles = [&](std::uint32_t height) {
    double lines = height * each;
    if (reduces && cols > 1) lines = std::max(lines, kRowsApart);
    return cols * lines;
  };
  out.row = row_cycles(std::min(rows, n));
  const std::uint32_t whole = rows / n;
  const std::uint32_t rest = rows % n;
  out.cycles = whole * row_cycles(n) + (rest > 0 ? row_cycles(rest) : 0) + 1;
  out.latency = reduces ? kReductionLatency + 7 * (std::bit_width(n) - 1) : kVectorLatency;
  return out;
}

// Rows that do not adjoin, and do not begin where a beat does, cost a beat more each.
Timing transfer_timing(const Instruction& i) {
  namespace f = isa::load;
  const double bytes = (i.get(f::kFormat) == 0 ? 4.0 : 2.0) * i.get(f::kCols);
  const double rows = i.get(f::kRows);
  Timing out;
  out.latency = kDramLatency;
  if (i.get(f::kIndexed) != 0) {
    const bool store = i.opcode() == static_cast<unsigned>(isa::Opcode::kStore);
    const double each = std::max(bytes / kDramBytes, kIndexedRow);
    out.cycles = rows * (kNamedRows * each + (1 - kNamedRows)) + kListLatency +
                 (store ? rows / kListedAtOnce : 0);
    out.dram = rows * kNamedRows * std::max(bytes / kDramBytes, 1.0);
    return out;
  }
  constexpr std::uint32_t kBeat = 16;
  const bool aligned = i.get(f::kDram) % kBeat == 0 && i.get(f::kPitch) % kBeat == 0;
  if (i.get(f::kPitch) == bytes || aligned) {
    out.cycles = rows * std::max(bytes / kDramBytes, 1.0);
    out.dram = out.cycles;
  } else {
    out.dram = rows * std::ceil((bytes + kBeat / 2.0) / kDramBytes);
    out.cycles = out.dram + rows;
  }
  return out;
}

}  // namespace

double dispatch_cycles(const Instruction& i) {
  switch (i.info()->unit) {
    case isa::Unit::kControl:
      return 4;
    case isa::Unit::kVector:
      return 19;
    default:
      return 18;
  }
}

Timing timing_of(const Instruction& i, unsigned n) {
  switch (i.info()->unit) {
    case isa::Unit::kMatrix:
      return {.cycles = matrix_cycles(i, n), .latency = 2 * n + kMatrixLatency};
    case isa::Unit::kVector:
      return vector_timing(i, n);
    case isa::Unit::kControl:
      return {};
    default:
      return transfer_timing(i);
  }
}

}  // namespace gradcore::compiler
