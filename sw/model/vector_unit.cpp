// SPDX-License-Identifier: Apache-2.0
#include "sw/model/vector_unit.h"

#include <algorithm>
#include <array>
#include <bit>

#include "sw/model/vector.h"

namespace gradcore::model {
namespace {

namespace field = isa::vector;
using isa::Combine;
using isa::Error;
using isa::Instruction;
using isa::Operand;
using isa::Reduce;

constexpr std::uint32_t kNegativeZero = kFp32Sign;
constexpr std::uint32_t kNegativeInfinity = kFp32Sign | kFp32Infinity;
constexpr unsigned kMaxLanes = 32;

// A source or destination as the instruction names it.
struct Port {
  TileMatrix matrix;
  std::uint64_t rows = 0, cols = 0;  // of the matrix as seen through its transpose flag
  unsigned number = 0;               // among the instruction's matrices, a is 1
};

template <typename T>
T choice(const Instruction& instruction, isa::Field at) {
  return static_cast<T>(instruction.get(at));
}

Port source(const Instruction& i, isa::Field address, isa::Field rows, isa::Field trans,
            Operand kind, unsigned number) {
  Port out{{i.get(address), i.get(rows), i.get(trans) != 0},
           i.get(field::kRows),
           i.get(field::kCols),
           number};
  if (kind == Operand::kRow) out.rows = 1;
  if (kind == Operand::kColumn) out.cols = 1;
  return out;
}

Port port_a(const Instruction& i) {
  return source(i, field::kA, field::kARows, field::kTransA, choice<Operand>(i, field::kAIs), 1);
}
Port port_b(const Instruction& i) {
  return source(i, field::kB, field::kBRows, field::kTransB, choice<Operand>(i, field::kBIs), 2);
}
Port port_c(const Instruction& i) {
  return source(i, field::kC, field::kCRows, field::kTransC, choice<Operand>(i, field::kCIs), 3);
}
Port port_d(const Instruction& i) {
  return {
      {i.get(field::kD), i.get(field::kDRows), false}, i.get(field::kRows), i.get(field::kCols), 4};
}
Port port_e(const Instruction& i) {
  const bool reduces = choice<Reduce>(i, field::kReduce) != Reduce::kNone;
  return {{i.get(field::kE), i.get(field::kERows), false},
          i.get(field::kRows),
          reduces ? 1 : i.get(field::kCols),
          5};
}

// The ports that take part.
struct Ports {
  std::array<Port, 5> list;
  std::size_t sources = 0, count = 0;
};

bool uses_c(const Instruction& i) {
  const auto combine = choice<Combine>(i, field::kCombine);
  return combine != Combine::kProduct && combine != Combine::kDropout;
}

Ports ports(const Instruction& i) {
  Ports out;
  const auto add = [&out](const Port& port) { out.list[out.count++] = port; };
  if (choice<Operand>(i, field::kAIs) != Operand::kConstant) add(port_a(i));
  if (choice<Operand>(i, field::kBIs) != Operand::kConstant) add(port_b(i));
  if (uses_c(i) && choice<Operand>(i, field::kCIs) != Operand::kConstant) add(port_c(i));
  out.sources = out.count;
  if (i.get(field::kWriteD) != 0) add(port_d(i));
  if (i.get(field::kWriteE) != 0) add(port_e(i));
  return out;
}

bool has_bad_choice(const Instruction& i) {
  const bool writes_nothing = i.get(field::kWriteD) == 0 && i.get(field::kWriteE) == 0;
  const bool reduces = choice<Reduce>(i, field::kReduce) != Reduce::kNone;
  return choice<Combine>(i, field::kCombine) > Combine::kDropout ||
         choice<isa::Apply>(i, field::kApply) > isa::Apply::kRsqrt ||
         choice<Reduce>(i, field::kReduce) > Reduce::kMax ||
         choice<isa::Order>(i, field::kOrder) > isa::Order::kFree || writes_nothing ||
         (reduces && i.get(field::kWriteE) == 0);
}

std::uint64_t tiles(std::uint64_t size, unsigned n) { return (size + n - 1) / n; }

bool leaves_memory(const LocalMemory& memory, unsigned n, const Port& port) {
  std::uint64_t rows = tiles(port.rows, n);
  std::uint64_t cols = tiles(port.cols, n);
  if (port.matrix.transposed) std::swap(rows, cols);
  const std::uint64_t tile_bytes = memory.tile_bytes(port.matrix.address);
  const std::uint64_t first = port.matrix.address % device::kAccumulatorBase / tile_bytes;
  // All below 2^64: at most 2^28 rows of 2^16 tiles.
  return first + (rows - 1) * port.matrix.row_tiles + cols >
         memory.bytes(port.matrix.address) / tile_bytes;
}

std::uint32_t reduce(Reduce how, std::uint32_t a, std::uint32_t b) {
  return how == Reduce::kSum ? fp32_add(a, b) : fp32_max(a, b);
}

}  // namespace

std::uint32_t speck32(const std::array<std::uint16_t, 4>& key, std::uint32_t block,
                      unsigned rounds) {
  std::uint16_t round_key = key[0];
  std::array<std::uint16_t, 3> rest = {key[1], key[2], key[3]};
  auto x = static_cast<std::uint16_t>(block >> 16);
  auto y = static_cast<std::uint16_t>(block);
  for (unsigned round = 0; round < rounds; ++round) {
    x = static_cast<std::uint16_t>((std::rotr(x, 7) + y) ^ round_key);
    y = static_cast<std::uint16_t>(std::rotl(y, 2) ^ x);
    std::uint16_t& next = rest[round % 3];
    next = static_cast<std::uint16_t>((round_key + std::rotr(next, 7)) ^ round);
    round_key = static_cast<std::uint16_t>(std::rotl(round_key, 2) ^ next);
  }
  return std::uint32_t{x} << 16 | y;
}

std::uint32_t random_word(std::uint32_t seed, std::uint16_t stream, std::uint32_t element) {
  constexpr unsigned kRounds = 10;
  return speck32(
      {static_cast<std::uint16_t>(seed), static_cast<std::uint16_t>(seed >> 16), stream, 0},
      element, kRounds);
}

Fault check_vector(const LocalMemory& memory, unsigned n, const Instruction& i) {
  if (i.get(field::kRows) == 0 || i.get(field::kCols) == 0) return {Error::kZeroSize, 0};
  const Ports used = ports(i);
  for (std::size_t p = 0; p < used.count; ++p) {
    const std::uint32_t address = used.list[p].matrix.address;
    if (address % memory.tile_bytes(address) != 0) return {Error::kMisaligned, used.list[p].number};
  }
  for (std::size_t p = 0; p < used.count; ++p) {
    if (leaves_memory(memory, n, used.list[p])) return {Error::kOutOfRange, used.list[p].number};
  }
  for (std::size_t p = used.sources; p < used.count; ++p) {
    const Port& port = used.list[p];
    if (tiles(port.rows, n) > 1 && port.matrix.row_tiles < tiles(port.cols, n)) {
      return {Error::kOverlap, port.number};
    }
  }
  if (i.has_reserved_bits()) return {Error::kReserved, 0};
  if (has_bad_choice(i)) return {Error::kChoice, 0};
  return {};
}

void execute_vector(LocalMemory& memory, unsigned n, const Instruction& i) {
  const Port a = port_a(i);
  const Port b = port_b(i);
  const Port c = port_c(i);
  const Port d = port_d(i);
  const Port e = port_e(i);
  const auto how = choice<Combine>(i, field::kCombine);
  const auto function = choice<isa::Apply>(i, field::kApply);
  const auto reduction = choice<Reduce>(i, field::kReduce);
  const bool stochastic = i.get(field::kStochastic) != 0;
  const std::uint32_t seed = i.get(field::kSeed);
  const auto stream = static_cast<std::uint16_t>(i.get(field::kStream));
  const std::size_t rows = i.get(field::kRows);
  const std::size_t cols = i.get(field::kCols);
  const std::uint32_t identity = reduction == Reduce::kSum ? kNegativeZero : kNegativeInfinity;

  const auto fetch = [&](const Port& port, Operand kind, std::uint32_t constant, std::size_t row,
                         std::size_t col) {
    if (kind == Operand::kConstant) return constant;
    return memory.read(port.matrix, kind == Operand::kRow ? 0 : row,
                       kind == Operand::kColumn ? 0 : col);
  };
  const auto element = [&](std::size_t row, std::size_t col) {
    const std::uint32_t x = fetch(a, choice<Operand>(i, field::kAIs), 0, row, col);
    const std::uint32_t y =
        fetch(b, choice<Operand>(i, field::kBIs), i.get(field::kBConstant), row, col);
    const std::uint32_t p = fp32_mul(x, y);
    std::uint32_t z = 0;
    if (how == Combine::kDropout) {
      const auto number = static_cast<std::uint32_t>(row * cols + col);
      return apply(function, random_word(seed, stream, number) < i.get(field::kCConstant) ? 0u : p);
    }
    if (uses_c(i))
      z = fetch(c, choice<Operand>(i, field::kCIs), i.get(field::kCConstant), row, col);
    return apply(function, combine(how, p, z));
  };
  const auto put = [&](const Port& port, std::size_t row, std::size_t col, std::uint32_t value) {
    const auto number = static_cast<std::uint32_t>(row * cols + col);
    const auto random = static_cast<std::uint16_t>(random_word(seed, stream, number));
    memory.write(port.matrix, row, col, value,
                 stochastic ? fp32_to_bf16_stochastic(value, random) : fp32_to_bf16_rne(value));
  };

  std::vector<std::uint32_t> reduced(n);
  for (std::size_t row_tile = 0; row_tile < rows; row_tile += n) {
    const std::size_t row_end = std::min(row_tile + n, rows);
    for (std::size_t col_tile = 0; col_tile < cols; col_tile += n) {
      const std::size_t count = std::min<std::size_t>(n, cols - col_tile);
      for (std::size_t row = row_tile; row < row_end; ++row) {
        std::array<std::uint32_t, kMaxLanes> line;
        line.fill(identity);
        for (std::size_t lane = 0; lane < count; ++lane) line[lane] = element(row, col_tile + lane);
        for (std::size_t lane = 0; lane < count; ++lane) {
          if (i.get(field::kWriteD) != 0) put(d, row, col_tile + lane, line[lane]);
          if (i.get(field::kWriteE) != 0 && reduction == Reduce::kNone) {
            put(e, row, col_tile + lane, line[lane]);
          }
        }
        if (reduction == Reduce::kNone) continue;
        for (unsigned half = n / 2; half > 0; half /= 2) {
          for (unsigned lane = 0; lane < half; ++lane) {
            line[lane] = reduce(reduction, line[lane], line[lane + half]);
          }
        }
        std::uint32_t& total = reduced[row - row_tile];
        total = col_tile == 0 ? line[0] : reduce(reduction, total, line[0]);
        if (col_tile + n >= cols) memory.write(e.matrix, row, 0, total);
      }
    }
  }
}

}  // namespace gradcore::model
