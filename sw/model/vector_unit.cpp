// SPDX-License-Identifier: Apache-2.0
#include "sw/model/vector_unit.h"

#include <algorithm>
#include <array>
#include <bit>

#include "sw/model/vector_lines.h"

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

bool is_listed(const Instruction& i) { return i.get(field::kListed) != 0; }
constexpr unsigned kList = 6;  // the number of the list among the matrices
std::uint32_t list_at(const Instruction& i) { return 4 * i.get(field::kListFours); }
// How many rows there are for a list to name: of a, and of d and c.
std::uint32_t source_rows(const Instruction& i) { return i.get(field::kERows); }
std::uint32_t target_rows(const Instruction& i) { return i.get(field::kStream); }

Port port_a(const Instruction& i) {
  const auto kind = choice<Operand>(i, field::kAIs);
  Port out = source(i, field::kA, field::kARows, field::kTransA, kind, 1);
  if (is_listed(i) && kind != Operand::kRow) out.rows = source_rows(i);
  return out;
}
Port port_b(const Instruction& i) {
  return source(i, field::kB, field::kBRows, field::kTransB, choice<Operand>(i, field::kBIs), 2);
}
Port port_c(const Instruction& i) {
  const auto kind = choice<Operand>(i, field::kCIs);
  Port out = source(i, field::kC, field::kCRows, field::kTransC, kind, 3);
  if (is_listed(i) && kind != Operand::kRow) out.rows = target_rows(i);
  return out;
}
Port port_d(const Instruction& i) {
  return {{i.get(field::kD), i.get(field::kDRows), i.get(field::kTransD) != 0},
          is_listed(i) ? target_rows(i) : i.get(field::kRows),
          i.get(field::kCols),
          4};
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

// What does not go together with a list.
bool has_bad_list(const Instruction& i) {
  const auto b = choice<Operand>(i, field::kBIs);
  const bool is_plain = choice<Operand>(i, field::kAIs) == Operand::kMatrix &&
                        (b == Operand::kRow || b == Operand::kConstant) &&
                        (!uses_c(i) || choice<Operand>(i, field::kCIs) != Operand::kColumn);
  const bool transposes = i.get(field::kTransA) != 0 || i.get(field::kTransB) != 0 ||
                          i.get(field::kTransC) != 0 || i.get(field::kTransD) != 0;
  const bool is_random =
      i.get(field::kStochastic) != 0 || choice<Combine>(i, field::kCombine) == Combine::kDropout;
  const bool has_e =
      i.get(field::kWriteE) != 0 || choice<Reduce>(i, field::kReduce) != Reduce::kNone;
  return !is_plain || transposes || is_random || has_e;
}

bool has_bad_choice(const Instruction& i) {
  const bool writes_nothing = i.get(field::kWriteD) == 0 && i.get(field::kWriteE) == 0;
  const bool reduces = choice<Reduce>(i, field::kReduce) != Reduce::kNone;
  return choice<Combine>(i, field::kCombine) > Combine::kDropout ||
         choice<isa::Apply>(i, field::kApply) > isa::Apply::kRsqrt ||
         choice<Reduce>(i, field::kReduce) > Reduce::kMax ||
         choice<isa::Order>(i, field::kOrder) > isa::Order::kFree || writes_nothing ||
         (reduces && i.get(field::kWriteE) == 0) || (is_listed(i) && has_bad_list(i));
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

// Where the lines of a source or result are.
template <std::size_t kLanes>
class Lines {
 public:
  Lines(LocalMemory& memory, const Port& port, Operand kind, std::uint32_t constant)
      : memory_(memory),
        kind_(kind),
        transposed_(port.matrix.transposed),
        accumulator_(LocalMemory::is_accumulator(port.matrix.address)),
        row_tiles_(port.matrix.row_tiles) {
    line_.fill(constant);
    if (kind == Operand::kConstant) return;
    first_ =
        port.matrix.address % device::kAccumulatorBase / memory.tile_bytes(port.matrix.address);
  }

  // Line `row` of the tiles in this column; lanes beyond the matrix hold anything.
  const Line<kLanes>& read(std::size_t row, std::size_t col_tile) {
    if (kind_ == Operand::kConstant) return line_;
    if (kind_ == Operand::kRow) row = 0;
    if (kind_ == Operand::kColumn) {
      const std::size_t at = index(row, 0);
      line_.fill(accumulator_ ? memory_.accumulators()[at] : bf16_to_fp32(memory_.operands()[at]));
      return line_;
    }
    const std::size_t at = index(row, col_tile);
    const std::size_t step = transposed_ ? kLanes : 1;
    if (accumulator_) {
      const std::uint32_t* const from = memory_.accumulators().data() + at;
      for (std::size_t lane = 0; lane < kLanes; ++lane) line_[lane] = from[lane * step];
    } else {
      const std::uint16_t* const from = memory_.operands().data() + at;
      for (std::size_t lane = 0; lane < kLanes; ++lane)
        line_[lane] = bf16_to_fp32(from[lane * step]);
    }
    return line_;
  }

  // The first `count` lanes; random(lane) for each is only asked for if rounding is stochastic.
  template <typename Random>
  void write(std::size_t row, std::size_t col_tile, std::size_t count, const Line<kLanes>& line,
             bool stochastic, Random random) {
    const std::size_t at = index(row, col_tile);
    const std::size_t step = transposed_ ? kLanes : 1;
    if (accumulator_) {
      std::uint32_t* const to = memory_.accumulators().data() + at;
      for (std::size_t lane = 0; lane < count; ++lane) to[lane * step] = line[lane];
      return;
    }
    std::uint16_t* const to = memory_.operands().data() + at;
    for (std::size_t lane = 0; !stochastic && lane < count; ++lane) {
      to[lane * step] = fp32_to_bf16_rne(line[lane]);
    }
    for (std::size_t lane = 0; stochastic && lane < count; ++lane) {
      to[lane * step] =
          fp32_to_bf16_stochastic(line[lane], static_cast<std::uint16_t>(random(lane)));
    }
  }

 private:
  // Of the line's first element.
  std::size_t index(std::size_t row, std::size_t col_tile) const {
    const std::size_t row_tile = row / kLanes;
    const std::size_t tile =
        transposed_ ? col_tile * row_tiles_ + row_tile : row_tile * row_tiles_ + col_tile;
    const std::size_t inside = row % kLanes * (transposed_ ? 1 : kLanes);
    return (first_ + tile) * kLanes * kLanes + inside;
  }

  LocalMemory& memory_;
  Operand kind_;
  bool transposed_, accumulator_;
  std::size_t row_tiles_, first_ = 0;
  Line<kLanes> line_;
};

template <std::size_t kLanes>
void execute_lines(LocalMemory& memory, const Instruction& i) {
  using Source = Lines<kLanes>;
  const auto how = choice<Combine>(i, field::kCombine);
  const auto function = choice<isa::Apply>(i, field::kApply);
  const auto reduction = choice<Reduce>(i, field::kReduce);
  const bool stochastic = i.get(field::kStochastic) != 0;
  const bool writes_d = i.get(field::kWriteD) != 0;
  const bool copies_to_e = i.get(field::kWriteE) != 0 && reduction == Reduce::kNone;
  const std::uint32_t threshold = i.get(field::kCConstant);
  const std::uint32_t seed = seed_of(i);
  const std::size_t rows = i.get(field::kRows);
  const std::size_t cols = i.get(field::kCols);
  Source a(memory, port_a(i), choice<Operand>(i, field::kAIs), 0);
  Source b(memory, port_b(i), choice<Operand>(i, field::kBIs), i.get(field::kBConstant));
  Source c(memory, port_c(i), uses_c(i) ? choice<Operand>(i, field::kCIs) : Operand::kConstant,
           threshold);
  Source d(memory, port_d(i), Operand::kMatrix, 0);
  Source e(memory, port_e(i), Operand::kMatrix, 0);
  const std::uint32_t identity = reduction == Reduce::kSum ? kNegativeZero : kNegativeInfinity;

  Line<kLanes> reduced{};
  for (std::size_t row_tile = 0; row_tile < rows; row_tile += kLanes) {
    const std::size_t row_end = std::min<std::size_t>(row_tile + kLanes, rows);
    for (std::size_t col = 0; col < cols; col += kLanes) {
      const std::size_t count = std::min<std::size_t>(kLanes, cols - col);
      const std::size_t tile = col / kLanes;
      for (std::size_t row = row_tile; row < row_end; ++row) {
        const auto random = [&](std::size_t lane) {
          return random_word(seed, static_cast<std::uint16_t>(i.get(field::kStream)),
                             static_cast<std::uint32_t>(row * cols + col + lane));
        };
        Line<kLanes> line;
        each_lane(a.read(row, tile), b.read(row, tile), line, fast_mul);
        if (how == Combine::kDropout) {
          for (std::size_t lane = 0; lane < count; ++lane) {
            if (random(lane) < threshold) line[lane] = 0;
          }
        } else {
          combine_lines(how, line, c.read(row, tile));
        }
        apply_line(function, line, count);
        if (writes_d) d.write(row, tile, count, line, stochastic, random);
        if (copies_to_e) e.write(row, tile, count, line, stochastic, random);
        if (reduction == Reduce::kNone) continue;
        for (std::size_t lane = count; lane < kLanes; ++lane) line[lane] = identity;
        const std::uint32_t part = reduce_line(reduction, line);
        std::uint32_t& total = reduced[row - row_tile];
        total = tile == 0                   ? part
                : reduction == Reduce::kSum ? fast_add(total, part)
                                            : fast_max(total, part);
        if (col + kLanes < cols) continue;
        line[0] = total;
        e.write(row, 0, 1, line, false, random);  // to the nearest
      }
    }
  }
}

template <std::size_t kLanes>
Fault execute_list(LocalMemory& memory, const Instruction& i) {
  using Source = Lines<kLanes>;
  const auto how = choice<Combine>(i, field::kCombine);
  const std::size_t cols = i.get(field::kCols);
  Source a(memory, port_a(i), Operand::kMatrix, 0);
  Source b(memory, port_b(i), choice<Operand>(i, field::kBIs), i.get(field::kBConstant));
  Source c(memory, port_c(i), uses_c(i) ? choice<Operand>(i, field::kCIs) : Operand::kConstant,
           i.get(field::kCConstant));
  Source d(memory, port_d(i), Operand::kMatrix, 0);
  const auto nothing_random = [](std::size_t) { return 0u; };
  const Line<kLanes> zeros{};
  for (std::uint32_t position = 0; position < i.get(field::kRows); ++position) {
    const std::uint32_t entry = memory.list()[list_at(i) + position];
    if (entry == kNoRow) continue;
    const std::uint32_t from = entry & 0xFFFFu;
    const std::uint32_t to = (entry & ~kWithoutC) >> 16;
    const bool has_c = (entry & kWithoutC) == 0;
    if (from >= source_rows(i) || to >= target_rows(i)) {
      return {Error::kIndex, kList, position, entry};
    }
    for (std::size_t col = 0; col < cols; col += kLanes) {
      const std::size_t count = std::min<std::size_t>(kLanes, cols - col);
      const std::size_t tile = col / kLanes;
      Line<kLanes> line;
      each_lane(a.read(from, tile), b.read(0, tile), line, fast_mul);
      combine_lines(how, line, has_c ? c.read(to, tile) : zeros);
      apply_line(choice<isa::Apply>(i, field::kApply), line, count);
      d.write(to, tile, count, line, false, nothing_random);
    }
  }
  return {};
}

template <std::size_t kLanes>
Fault execute(LocalMemory& memory, const Instruction& i) {
  if (is_listed(i)) return execute_list<kLanes>(memory, i);
  execute_lines<kLanes>(memory, i);
  return {};
}

}  // namespace

std::uint32_t seed_of(const Instruction& i) {
  return i.get(field::kSeed) ^ (uses_c(i) ? 0 : i.get(field::kC));
}

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
  if (is_listed(i) && (source_rows(i) == 0 || target_rows(i) == 0)) return {Error::kZeroSize, 0};
  const Ports used = ports(i);
  for (std::size_t p = 0; p < used.count; ++p) {
    const std::uint32_t address = used.list[p].matrix.address;
    if (address % memory.tile_bytes(address) != 0) return {Error::kMisaligned, used.list[p].number};
  }
  for (std::size_t p = 0; p < used.count; ++p) {
    if (leaves_memory(memory, n, used.list[p])) return {Error::kOutOfRange, used.list[p].number};
  }
  if (is_listed(i) && list_at(i) + std::uint64_t{i.get(field::kRows)} > memory.list().size()) {
    return {Error::kOutOfRange, kList};
  }
  for (std::size_t p = used.sources; p < used.count; ++p) {
    const Port& port = used.list[p];
    std::uint64_t rows = tiles(port.rows, n);
    std::uint64_t cols = tiles(port.cols, n);
    if (port.matrix.transposed) std::swap(rows, cols);
    if (rows > 1 && port.matrix.row_tiles < cols) {
      return {Error::kOverlap, port.number};
    }
  }
  if (i.has_reserved_bits()) return {Error::kReserved, 0};
  if (has_bad_choice(i)) return {Error::kChoice, 0};
  return {};
}

Fault execute_vector(LocalMemory& memory, unsigned n, const Instruction& i) {
  switch (n) {
    case 4:
      return execute<4>(memory, i);
    case 8:
      return execute<8>(memory, i);
    case 16:
      return execute<16>(memory, i);
    default:
      return execute<32>(memory, i);
  }
}

}  // namespace gradcore::model
