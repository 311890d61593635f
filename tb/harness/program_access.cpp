// SPDX-License-Identifier: Apache-2.0
#include "tb/harness/program_access.h"

#include <algorithm>
#include <array>
#include <utility>

namespace gradcore::harness {
namespace {

using isa::Field;
using isa::Instruction;
using isa::Operand;

bool is_accumulator(std::uint32_t address) { return address >= device::kAccumulatorBase; }

// Adds `count` tiles, `step` tiles apart, to a set. False where one lies outside the arena.
bool add_tiles(TileSet& set, const TileArena& arena, std::uint32_t address, std::uint64_t first,
               std::uint64_t step, std::uint64_t count) {
  const bool accumulator = is_accumulator(address);
  if (address % arena.tile_bytes(accumulator) != 0) return false;
  const std::uint64_t tile =
      address % device::kAccumulatorBase / arena.tile_bytes(accumulator) + first;
  const std::uint64_t begin = arena.first(accumulator);
  const std::uint64_t room = arena.count(accumulator);
  if (tile < begin || tile - begin >= room || count > room) return false;
  if (count > 1 && step >= room) return false;
  if (tile - begin + (count - 1) * step >= room) return false;
  for (std::uint64_t i = 0; i < count; ++i) {
    set.set((accumulator ? TileArena::kMaxTiles : 0) + tile - begin + i * step);
  }
  return true;
}

// The matrices of a batch of a GEMM.
struct GemmMatrix {
  device::MatrixRef ref;
  std::uint32_t rows = 0, cols = 0;  // tiles as stored
};

GemmMatrix gemm_matrix(const TileArena& arena, const device::MatrixRef& ref, std::uint32_t rows,
                       std::uint32_t cols, bool transposed) {
  GemmMatrix out{ref, arena.tiles(rows), arena.tiles(cols)};
  if (transposed) std::swap(out.rows, out.cols);
  return out;
}

bool add_matrix(TileSet& set, const TileArena& arena, const GemmMatrix& matrix,
                std::uint32_t batch) {
  const std::uint32_t tile = arena.tile_bytes(is_accumulator(matrix.ref.address));
  if (matrix.rows > arena.kMaxTiles || batch > arena.kMaxTiles) {
    return false;  // a stride of 0 may have any number of rows: no program here has so many
  }
  for (std::uint64_t b = 0; b < batch; ++b) {
    for (std::uint64_t r = 0; r < matrix.rows; ++r) {
      const std::uint64_t first =
          b * (matrix.ref.batch_stride / tile) + r * (matrix.ref.row_stride / tile);
      if (!add_tiles(set, arena, matrix.ref.address, first, 1, matrix.cols)) return false;
    }
  }
  return true;
}

TileAccess gemm_tiles(const Instruction& i, const TileArena& arena) {
  const device::GemmCommand c = gemm_command(i);
  TileAccess out;
  const GemmMatrix y = gemm_matrix(arena, c.y, c.m, c.n, c.trans_y);
  out.inside =
      add_matrix(out.reads, arena, gemm_matrix(arena, c.x, c.m, c.k, c.trans_x), c.batch) &&
      add_matrix(out.reads, arena, gemm_matrix(arena, c.w, c.k, c.n, c.trans_w), c.batch) &&
      add_matrix(out.writes, arena, y, c.batch);
  if (c.accumulate) out.reads |= out.writes;
  return out;
}

// Entries of list memory. False where there are no such ones.
bool add_entries(TileSet& set, std::uint64_t first, std::uint64_t count) {
  if (count == 0 || first + count > kListTile * kListTiles) return false;
  for (std::uint64_t tile = first / kListTile; tile <= (first + count - 1) / kListTile; ++tile) {
    set.set(2 * TileArena::kMaxTiles + tile);
  }
  return true;
}

// The rows of a transfer in local memory.
bool add_rows(TileSet& set, const TileArena& arena, const Instruction& i) {
  namespace field = isa::load;
  const std::uint32_t tile = arena.tile_bytes(is_accumulator(i.get(field::kMem)));
  const std::uint64_t step = std::max(i.get(field::kRowStep), 1u);
  const std::uint64_t first = i.get(field::kRowFirst);
  const std::uint64_t last = first + (std::uint64_t{i.get(field::kRows)} - 1) * step;
  if (last / arena.n >= arena.kMaxTiles) return false;
  for (std::uint64_t row = first; row <= last; row += step) {
    const std::uint64_t at = row / arena.n * (i.get(field::kMemRows) / tile);
    const std::uint32_t cols = arena.tiles(i.get(field::kCols));
    if (!add_tiles(set, arena, i.get(field::kMem), at, 1, cols)) return false;
  }
  return true;
}

Access transfer_access(const Instruction& i, const TileArena& arena) {
  namespace field = isa::load;  // a store's are the same
  const bool store = i.opcode() == static_cast<unsigned>(isa::Opcode::kStore);
  const bool fp32 = i.get(field::kFormat) == static_cast<unsigned>(isa::Format::kFp32);
  const bool indexed = i.get(field::kIndexed) != 0;
  const std::uint32_t rows = i.get(field::kRows);
  Access out;
  out.unit = store ? isa::Unit::kStore : isa::Unit::kLoad;
  TileSet& set = store ? out.tiles.reads : out.tiles.writes;
  if (i.get(field::kToList) != 0) {
    out.tiles.inside =
        add_entries(set, i.get(field::kListAt), std::uint64_t{rows} * i.get(field::kCols));
  } else {
    out.tiles.inside = add_rows(set, arena, i);
  }
  if (indexed) out.tiles.inside &= add_entries(out.tiles.reads, i.get(field::kListAt), rows);
  out.dram = {std::uint64_t{i.get(field::kDramHigh)} << 32 | i.get(field::kDram),
              i.get(field::kPitch), std::uint64_t{i.get(field::kCols)} * (fp32 ? 4 : 2),
              indexed ? i.get(field::kLimit) : rows};
  return out;
}

// A source or destination of a vector instruction.
struct VectorPort {
  Operand kind = Operand::kMatrix;
  bool transposed = false;
  std::uint32_t address = 0, stride = 0;
  bool used = false;
};

struct VectorPorts {
  std::array<VectorPort, 3> sources;
  VectorPort d, e;
  std::uint32_t rows = 0, cols = 0;  // tiles
  bool reduces = false;
};

VectorPorts vector_ports(const Instruction& i, const TileArena& arena) {
  namespace field = isa::vector;
  const auto source = [&i](Field kind, Field trans, Field address, Field rows, bool used) {
    const auto is = static_cast<Operand>(i.get(kind));
    return VectorPort{is, i.get(trans) != 0, i.get(address), i.get(rows),
                      used && is != Operand::kConstant};
  };
  const auto combine = static_cast<isa::Combine>(i.get(field::kCombine));
  const bool uses_c = combine != isa::Combine::kProduct && combine != isa::Combine::kDropout;
  VectorPorts out;
  out.sources = {source(field::kAIs, field::kTransA, field::kA, field::kARows, true),
                 source(field::kBIs, field::kTransB, field::kB, field::kBRows, true),
                 source(field::kCIs, field::kTransC, field::kC, field::kCRows, uses_c)};
  out.rows = arena.tiles(i.get(field::kRows));
  out.cols = arena.tiles(i.get(field::kCols));
  out.reduces = i.get(field::kReduce) != static_cast<unsigned>(isa::Reduce::kNone);
  out.d = {Operand::kMatrix, i.get(field::kTransD) != 0, i.get(field::kD), i.get(field::kDRows),
           i.get(field::kWriteD) != 0};
  out.e = {out.reduces ? Operand::kColumn : Operand::kMatrix, false, i.get(field::kE),
           i.get(field::kERows), i.get(field::kWriteE) != 0};
  return out;
}

// What a port touches for a row of tiles of the result.
bool add_row(TileSet& set, const TileArena& arena, const VectorPort& port, std::uint64_t row,
             std::uint32_t cols) {
  const auto add = [&](std::uint64_t first, std::uint64_t step, std::uint64_t count) {
    return add_tiles(set, arena, port.address, first, step, count);
  };
  const std::uint64_t stride = port.stride;
  switch (port.kind) {
    case Operand::kMatrix:
      return port.transposed ? add(row, stride, cols) : add(row * stride, 1, cols);
    case Operand::kRow:
      return port.transposed ? add(0, stride, cols) : add(0, 1, cols);
    case Operand::kColumn:
      return add(port.transposed ? row : row * stride, 1, 1);
    case Operand::kConstant:
      break;
  }
  return true;
}

// A listed instruction: all rows that its list may name.
struct ListedTiles {
  TileSet a, b, c, d, list;
  bool inside = true;
  bool in_place = false;  // c is d
};

ListedTiles listed_tiles(const Instruction& i, const TileArena& arena) {
  namespace field = isa::vector;
  ListedTiles out;
  const std::uint32_t cols = arena.tiles(i.get(field::kCols));
  const auto add = [&](TileSet& set, Field address, Field stride, std::uint32_t rows) {
    for (std::uint64_t r = 0; r < arena.tiles(rows) && out.inside; ++r) {
      out.inside = add_tiles(set, arena, i.get(address), r * i.get(stride), 1, cols);
    }
  };
  const auto kind = [&i](Field is) { return static_cast<Operand>(i.get(is)); };
  const auto combine = static_cast<isa::Combine>(i.get(field::kCombine));
  const bool uses_c = combine != isa::Combine::kProduct && kind(field::kCIs) != Operand::kConstant;
  const std::uint32_t targets = i.get(field::kStream);
  add(out.a, field::kA, field::kARows, i.get(field::kERows));
  if (kind(field::kBIs) == Operand::kRow) add(out.b, field::kB, field::kBRows, 1);
  if (uses_c) {
    add(out.c, field::kC, field::kCRows, kind(field::kCIs) == Operand::kRow ? 1 : targets);
  }
  add(out.d, field::kD, field::kDRows, targets);
  out.inside &=
      add_entries(out.list, 4 * std::uint64_t{i.get(field::kListFours)}, i.get(field::kRows));
  out.in_place = kind(field::kCIs) == Operand::kMatrix && i.get(field::kC) == i.get(field::kD) &&
                 (arena.tiles(targets) == 1 || i.get(field::kCRows) == i.get(field::kDRows));
  return out;
}

TileSet all_rows(const TileArena& arena, const VectorPort& port, const VectorPorts& ports) {
  TileSet out;
  for (std::uint32_t r = 0; r < ports.rows && port.used; ++r) {
    if (!add_row(out, arena, port, r, ports.cols)) break;
  }
  return out;
}

}  // namespace

device::GemmCommand gemm_command(const Instruction& i) {
  namespace field = isa::gemm;
  const auto matrix = [&i](Field address, Field rows, Field batch) {
    return device::MatrixRef{i.get(address), i.get(rows), i.get(batch)};
  };
  return {.m = i.get(field::kM),
          .k = i.get(field::kK),
          .n = i.get(field::kN),
          .batch = i.get(field::kBatch),
          .trans_x = i.get(field::kTransX) != 0,
          .trans_w = i.get(field::kTransW) != 0,
          .trans_y = i.get(field::kTransY) != 0,
          .accumulate = i.get(field::kAccumulate) != 0,
          .x = matrix(field::kX, field::kXRows, field::kXBatch),
          .w = matrix(field::kW, field::kWRows, field::kWBatch),
          .y = matrix(field::kY, field::kYRows, field::kYBatch)};
}

std::vector<TileAccess> rows_of_tiles(const Instruction& instruction, const TileArena& arena) {
  if (instruction.get(isa::vector::kListed) != 0) {
    const ListedTiles of = listed_tiles(instruction, arena);
    return {{of.a | of.b | of.c | of.list, of.d, of.inside}};
  }
  const VectorPorts ports = vector_ports(instruction, arena);
  std::vector<TileAccess> out(std::min(ports.rows, arena.kMaxTiles));
  for (std::size_t r = 0; r < out.size(); ++r) {
    TileAccess& row = out[r];
    row.inside = ports.rows <= arena.kMaxTiles;
    for (const VectorPort& source : ports.sources) {
      if (source.used) row.inside &= add_row(row.reads, arena, source, r, ports.cols);
    }
    if (ports.d.used) row.inside &= add_row(row.writes, arena, ports.d, r, ports.cols);
    if (ports.e.used) row.inside &= add_row(row.writes, arena, ports.e, r, ports.cols);
  }
  return out;
}

Access access_of(const Instruction& instruction, const TileArena& arena) {
  Access out;
  out.unit = instruction.info()->unit;
  switch (out.unit) {
    case isa::Unit::kMatrix:
      out.tiles = gemm_tiles(instruction, arena);
      break;
    case isa::Unit::kVector:
      for (const TileAccess& row : rows_of_tiles(instruction, arena)) {
        out.tiles.reads |= row.reads;
        out.tiles.writes |= row.writes;
        out.tiles.inside &= row.inside;
      }
      break;
    case isa::Unit::kLoad:
    case isa::Unit::kStore:
      return transfer_access(instruction, arena);
    case isa::Unit::kControl:
      break;
  }
  return out;
}

bool conflict(const TileAccess& one, const TileAccess& other) {
  return (one.writes & (other.reads | other.writes)).any() || (one.reads & other.writes).any();
}

bool conflict(const Access& one, const Access& other) {
  if (conflict(one.tiles, other.tiles)) return true;
  const DramRows& a = one.dram;
  const DramRows& b = other.dram;
  const bool reads_only = one.unit == isa::Unit::kLoad && other.unit == isa::Unit::kLoad;
  if (reads_only || a.rows == 0 || b.rows == 0) return false;
  if (a.end() <= b.first || b.end() <= a.first) return false;
  for (std::uint64_t i = 0; i < a.rows; ++i) {
    const std::uint64_t row = a.first + i * a.pitch;
    for (std::uint64_t j = 0; j < b.rows; ++j) {
      const std::uint64_t at = b.first + j * b.pitch;
      if (row < at + b.bytes && at < row + a.bytes) return true;
    }
  }
  return false;
}

bool lines_are_independent(const Instruction& instruction, const TileArena& arena) {
  if (instruction.get(isa::vector::kListed) != 0) {
    const ListedTiles of = listed_tiles(instruction, arena);
    return (of.d & (of.a | of.b)).none() && (of.in_place || (of.d & of.c).none());
  }
  const VectorPorts ports = vector_ports(instruction, arena);
  const TileSet d = all_rows(arena, ports.d, ports);
  const TileSet e = all_rows(arena, ports.e, ports);
  if ((d & e).any()) return false;
  const auto clashes = [&](const VectorPort& source, const VectorPort& result, const TileSet& set) {
    const bool in_place = source.kind == Operand::kMatrix && !source.transposed &&
                          result.kind == Operand::kMatrix && !result.transposed &&
                          source.address == result.address &&
                          (ports.rows == 1 || source.stride == result.stride);
    return !in_place && (all_rows(arena, source, ports) & set).any();
  };
  return std::none_of(ports.sources.begin(), ports.sources.end(), [&](const VectorPort& source) {
    return clashes(source, ports.d, d) || clashes(source, ports.e, e);
  });
}

bool may_follow(const std::vector<TileAccess>& before, const std::vector<TileAccess>& after) {
  for (std::size_t row = 0; row < after.size(); ++row) {
    for (std::size_t later = row + 1; later < before.size(); ++later) {
      if (conflict(before[later], after[row])) return false;
    }
  }
  return true;
}

}  // namespace gradcore::harness
