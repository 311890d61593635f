// SPDX-License-Identifier: Apache-2.0
#include "sw/compiler/accesses.h"

#include <algorithm>
#include <utility>

#include "sw/compiler/view.h"

namespace gradcore::compiler {
namespace {

using isa::Field;
using isa::Instruction;

// A block of tiles: `rows` rows of `cols` tiles, rows `step` tiles apart.
void add_block(std::vector<std::uint32_t>& to, std::uint32_t first, std::uint32_t rows,
               std::uint32_t cols, std::uint32_t step) {
  for (std::uint32_t r = 0; r < rows; ++r) {
    for (std::uint32_t c = 0; c < cols; ++c) to.push_back(first + r * step + c);
  }
}

Accesses gemm_accesses(const Instruction& i, const TileNumbers& numbers) {
  namespace f = isa::gemm;
  const unsigned n = numbers.n();
  RowAccess out;
  const auto add = [&](std::vector<std::uint32_t>& to, Field address, Field rows, Field batch,
                       std::uint32_t height, std::uint32_t width, bool transposed) {
    if (transposed) std::swap(height, width);
    const std::uint32_t bytes = numbers.bytes(i.get(address));
    for (std::uint32_t b = 0; b < i.get(f::kBatch); ++b) {
      add_block(to, numbers.of(i.get(address)) + b * (i.get(batch) / bytes), tiles(height, n),
                tiles(width, n), i.get(rows) / bytes);
    }
  };
  const std::uint32_t m = i.get(f::kM);
  const std::uint32_t k = i.get(f::kK);
  const std::uint32_t cols = i.get(f::kN);
  add(out.reads, f::kX, f::kXRows, f::kXBatch, m, k, i.get(f::kTransX) != 0);
  add(out.reads, f::kW, f::kWRows, f::kWBatch, k, cols, i.get(f::kTransW) != 0);
  add(out.writes, f::kY, f::kYRows, f::kYBatch, m, cols, i.get(f::kTransY) != 0);
  if (i.get(f::kAccumulate) != 0) {
    add(out.reads, f::kY, f::kYRows, f::kYBatch, m, cols, i.get(f::kTransY) != 0);
  }
  return {out};
}

// `count` entries of list memory.
void add_list(std::vector<std::uint32_t>& to, const TileNumbers& numbers, std::uint64_t first,
              std::uint64_t count) {
  if (count == 0) return;
  const std::uint32_t last = numbers.of_entry(first + count - 1);
  for (std::uint32_t tile = numbers.of_entry(first); tile <= last; ++tile) to.push_back(tile);
}

// The parts of DRAM that a transfer may touch.
void add_dram(RowAccess& to, const Instruction& i, const TileNumbers& numbers, bool is_load) {
  namespace f = isa::load;
  const std::uint64_t from = std::uint64_t{i.get(f::kDramHigh)} << 32 | i.get(f::kDram);
  const std::uint64_t row =
      std::uint64_t{i.get(f::kCols)} *
      (i.get(f::kFormat) == static_cast<std::uint32_t>(isa::Format::kFp32) ? 4 : 2);
  const std::uint64_t rows = i.get(f::kIndexed) != 0 ? i.get(f::kLimit) : i.get(f::kRows);
  const std::uint64_t bytes = rows == 0 ? 0 : (rows - 1) * i.get(f::kPitch) + row;
  for (const std::uint32_t part : numbers.of_dram(from, from + bytes)) {
    (is_load ? to.reads : to.writes).push_back(part);
  }
}

Accesses transfer_accesses(const Instruction& i, const TileNumbers& numbers, bool is_load) {
  namespace f = isa::load;  // a store's fields are the same
  RowAccess out;
  const std::uint32_t rows = i.get(f::kRows);
  if (i.get(f::kToList) != 0) {
    add_list(out.writes, numbers, i.get(f::kListAt), std::uint64_t{rows} * i.get(f::kCols));
    add_dram(out, i, numbers, is_load);
    return {out};
  }
  add_dram(out, i, numbers, is_load);
  if (i.get(f::kIndexed) != 0) add_list(out.reads, numbers, i.get(f::kListAt), rows);
  std::vector<std::uint32_t>& matrix = is_load ? out.writes : out.reads;
  const std::uint32_t first = numbers.of(i.get(f::kMem));
  const std::uint32_t stride = i.get(f::kMemRows) / numbers.bytes(i.get(f::kMem));
  const std::uint32_t step = std::max(i.get(f::kRowStep), 1u);
  std::int64_t before = -1;
  for (std::uint32_t r = 0; r < rows; ++r) {
    const std::uint32_t row_tile = (i.get(f::kRowFirst) + r * step) / numbers.n();
    if (row_tile == before) continue;
    before = row_tile;
    add_block(matrix, first + row_tile * stride, 1, tiles(i.get(f::kCols), numbers.n()), 0);
  }
  return {out};
}

// All rows of a and c that there are, and of d.
Accesses listed_accesses(const Instruction& i, const TileNumbers& numbers) {
  namespace f = isa::vector;
  const std::uint32_t cols = tiles(i.get(f::kCols), numbers.n());
  const auto combine = static_cast<isa::Combine>(i.get(f::kCombine));
  const std::uint32_t targets = tiles(i.get(f::kStream), numbers.n());
  RowAccess out;
  add_list(out.reads, numbers, 4 * i.get(f::kListFours), i.get(f::kRows));
  add_block(out.reads, numbers.of(i.get(f::kA)), tiles(i.get(f::kERows), numbers.n()), cols,
            i.get(f::kARows));
  if (static_cast<isa::Operand>(i.get(f::kBIs)) == isa::Operand::kRow) {
    add_block(out.reads, numbers.of(i.get(f::kB)), 1, cols, 0);
  }
  const auto c_is = static_cast<isa::Operand>(i.get(f::kCIs));
  if (combine != isa::Combine::kProduct && c_is != isa::Operand::kConstant) {
    const bool is_matrix = c_is == isa::Operand::kMatrix;
    add_block(out.reads, numbers.of(i.get(f::kC)), is_matrix ? targets : 1, cols, i.get(f::kCRows));
  }
  add_block(out.writes, numbers.of(i.get(f::kD)), targets, cols, i.get(f::kDRows));
  return {out};
}

Accesses vector_accesses(const Instruction& i, const TileNumbers& numbers) {
  namespace f = isa::vector;
  if (i.get(f::kListed) != 0) return listed_accesses(i, numbers);
  const std::uint32_t rows = tiles(i.get(f::kRows), numbers.n());
  const std::uint32_t cols = tiles(i.get(f::kCols), numbers.n());
  const auto combine = static_cast<isa::Combine>(i.get(f::kCombine));
  const bool uses_c = combine != isa::Combine::kProduct && combine != isa::Combine::kDropout;
  const bool reduces = i.get(f::kReduce) != 0;
  Accesses out(rows);
  const auto source = [&](Field is, Field address, Field step, Field trans) {
    const auto kind = static_cast<isa::Operand>(i.get(is));
    if (kind == isa::Operand::kConstant) return;
    const std::uint32_t first = numbers.of(i.get(address));
    for (std::uint32_t r = 0; r < rows; ++r) {
      for (std::uint32_t c = 0; c < (kind == isa::Operand::kColumn ? 1 : cols); ++c) {
        const std::uint32_t row = kind == isa::Operand::kRow ? 0 : r;
        const bool transposed = i.get(trans) != 0;
        out[r].reads.push_back(first + (transposed ? c : row) * i.get(step) +
                               (transposed ? row : c));
      }
    }
  };
  source(f::kAIs, f::kA, f::kARows, f::kTransA);
  source(f::kBIs, f::kB, f::kBRows, f::kTransB);
  if (uses_c) source(f::kCIs, f::kC, f::kCRows, f::kTransC);
  for (std::uint32_t r = 0; r < rows; ++r) {
    if (i.get(f::kWriteD) != 0) {
      const std::uint32_t first = numbers.of(i.get(f::kD));
      const std::uint32_t step = i.get(f::kDRows);
      if (i.get(f::kTransD) != 0) {
        add_block(out[r].writes, first + r, cols, 1, step);
      } else {
        add_block(out[r].writes, first + r * step, 1, cols, 0);
      }
    }
    if (i.get(f::kWriteE) != 0) {
      add_block(out[r].writes, numbers.of(i.get(f::kE)) + r * i.get(f::kERows), 1,
                reduces ? 1 : cols, 0);
    }
  }
  return out;
}

}  // namespace

std::vector<std::uint32_t> TileNumbers::of_dram(std::uint64_t from, std::uint64_t to) const {
  std::vector<std::uint32_t> out;
  auto part = std::upper_bound(
      dram_.begin(), dram_.end(), from,
      [](std::uint64_t address, const DramPart& p) { return address < p.address + p.bytes; });
  for (; part != dram_.end() && part->address < to; ++part) {
    out.push_back(first_part() + static_cast<std::uint32_t>(part - dram_.begin()));
  }
  return out;
}

Instruction resolved(const Instruction& instruction, const Registers& registers) {
  Instruction out = instruction;
  for (const isa::FieldInfo& field : instruction.info()->fields) {
    if (field.kind != isa::Kind::kAddress) continue;
    out.set(field.field, instruction.get(field.field) + registers[instruction.get(field.base)]);
    out.set(field.base, 0u);
  }
  return out;
}

Accesses accesses(const Instruction& instruction, const TileNumbers& tiles) {
  switch (instruction.info()->unit) {
    case isa::Unit::kMatrix:
      return gemm_accesses(instruction, tiles);
    case isa::Unit::kVector:
      return vector_accesses(instruction, tiles);
    case isa::Unit::kLoad:
      return transfer_accesses(instruction, tiles, true);
    case isa::Unit::kStore:
      return transfer_accesses(instruction, tiles, false);
    case isa::Unit::kControl:
      break;
  }
  return {};
}

void update(const Instruction& i, Registers& registers) {
  if (i.opcode() == static_cast<unsigned>(isa::Opcode::kSet)) {
    registers[i.get(isa::set::kRd)] = i.get(isa::set::kValue);
  } else if (i.opcode() == static_cast<unsigned>(isa::Opcode::kAdd)) {
    registers[i.get(isa::add::kRd)] = registers[i.get(isa::add::kRs)] + i.get(isa::add::kValue);
  }
}

}  // namespace gradcore::compiler
