// SPDX-License-Identifier: Apache-2.0
#include "tb/harness/random_instruction.h"

#include <algorithm>
#include <array>
#include <utility>

namespace gradcore::harness {

using isa::Field;
using isa::Instruction;
using isa::Opcode;
using isa::Operand;

namespace {

std::int64_t difference(std::uint32_t a, std::uint32_t b) {
  return static_cast<std::int32_t>(a - b);
}

template <typename T>
const T& any_of(const std::vector<T>& list, RandomPatterns& random) {
  return list[random.below(static_cast<std::uint32_t>(list.size()))];
}

}  // namespace

Instruction InstructionDrawer::draw(std::span<const Registers> times) {
  constexpr unsigned kAttempts = 48;
  times_ = times;
  for (unsigned attempt = 0; attempt < kAttempts; ++attempt) {
    failed_ = false;
    max_tiles_ = attempt < kAttempts / 2 ? space_.max_tiles : 1;
    Instruction out;
    zone_ = random_.below(space_.zones);
    const std::array<std::uint32_t, 4>& w = space_.weights;
    const std::uint32_t which = random_.below(w[0] + w[1] + w[2] + w[3]);
    if (which < w[0]) {
      out = draw_gemm();
    } else if (which < w[0] + w[1]) {
      out = random_.one_in(4) ? draw_listed() : draw_vector();
    } else {
      out = draw_transfer(which >= w[0] + w[1] + w[2]);
    }
    if (failed_ || !is_legal(out)) continue;
    return out;
  }
  return draw_simple();
}

bool InstructionDrawer::is_legal(const Instruction& instruction) const {
  return std::all_of(times_.begin(), times_.end(), [&](const Registers& registers) {
    const Instruction resolved = resolve(instruction, registers);
    const Access access = access_of(resolved, space_.arena);
    if (!access.tiles.inside) return false;
    if (access.unit == isa::Unit::kVector) return lines_are_independent(resolved, space_.arena);
    if (access.dram.rows == 0) return true;
    const DramArea& area = access.unit == isa::Unit::kStore ? space_.writable : space_.readable;
    const bool fp32 = resolved.get(isa::load::kFormat) == static_cast<unsigned>(isa::Format::kFp32);
    if (access.dram.first % (fp32 ? 4 : 2) != 0) return false;
    return access.dram.first >= area.begin && access.dram.end() <= area.end;
  });
}

// One element, whole tiles, whole tiles and a little more or less, or anything between.
std::uint32_t InstructionDrawer::size() {
  const std::uint32_t n = space_.arena.n;
  const std::uint32_t whole = n * (1 + random_.below(max_tiles_));
  switch (random_.below(8)) {
    case 0:
      return 1;
    case 1:
      return n;
    case 2:
      return whole;
    case 3:
      return whole - 1;
    case 4:
      return std::min(whole + 1, n * max_tiles_);
    default:
      return 1 + random_.below(n * max_tiles_);
  }
}

std::uint32_t InstructionDrawer::constant() {
  constexpr std::array<std::uint32_t, 5> kPlain = {0x3F80'0000, 0xBF80'0000, 0, 0x8000'0000,
                                                   0x3F00'0000};
  if (!space_.ordinary || random_.one_in(8)) return random_.fp32();
  const std::uint32_t bits = random_.bits32();
  if (random_.one_in(2)) return kPlain[bits % kPlain.size()];
  return (bits & 0x807F'FFFFu) | (124 + random_.below(6)) << 23;
}

// A result, the newest one as often as not.
const InstructionDrawer::Matrix* InstructionDrawer::known() {
  const std::vector<Matrix>& matrices = matrices_[zone_];
  if (matrices.empty()) return nullptr;
  return random_.one_in(2) ? &matrices.back() : &any_of(matrices, random_);
}

// `extent` granules among `count` from `begin` on, wherever the base leads.
InstructionDrawer::Place InstructionDrawer::place(std::uint64_t begin, std::uint64_t count,
                                                  std::uint32_t granule, std::uint64_t extent) {
  std::uint32_t base = random_.one_in(3) ? 0 : 1 + random_.below(isa::kRegisters - 2);
  for (unsigned attempt = 0; attempt < 2; ++attempt, base = 0) {
    std::int64_t low = 0;
    std::int64_t high = 0;
    bool fits = true;
    for (const Registers& registers : times_) {
      const std::int64_t moved = difference(registers[base], times_.front()[base]);
      fits &= moved % granule == 0;
      low = std::min(low, moved / granule);
      high = std::max(high, moved / granule);
    }
    const std::int64_t room =
        static_cast<std::int64_t>(count) - static_cast<std::int64_t>(extent) - (high - low) + 1;
    if (!fits || room <= 0) continue;
    const std::int64_t start = random_.below(static_cast<std::uint32_t>(room)) - low;
    const auto first =
        static_cast<std::uint32_t>(begin + static_cast<std::uint64_t>(start) * granule);
    return {first - times_.front()[base], base, first};
  }
  failed_ = true;
  return {};
}

InstructionDrawer::Place InstructionDrawer::place_tiles(bool accumulator, std::uint64_t extent) {
  const TileArena& arena = space_.arena;
  const std::uint32_t bytes = arena.tile_bytes(accumulator);
  std::uint64_t first = arena.first(accumulator);
  std::uint64_t count = arena.count(accumulator);
  if (extent <= count / space_.zones && !random_.one_in(16)) {
    count /= space_.zones;
    first += zone_ * count;
  }
  return place(first * bytes + (accumulator ? device::kAccumulatorBase : 0), count, bytes, extent);
}

// Of rows x cols tiles. Where there is one row only it may be anything.
std::uint32_t InstructionDrawer::row_stride(std::uint32_t rows, std::uint32_t cols,
                                            bool is_result) {
  if (rows == 1) return random_.one_in(2) ? cols : random_.bits32() & 0xFFFFu;
  if (!is_result && random_.one_in(4)) return random_.below(cols);
  return random_.one_in(2) ? cols : cols + random_.below(3);
}

InstructionDrawer::Matrix InstructionDrawer::matrix(bool accumulator, std::uint32_t rows,
                                                    std::uint32_t cols, bool is_result) {
  const std::uint32_t row_tiles = space_.arena.tiles(rows);
  const std::uint32_t col_tiles = space_.arena.tiles(cols);
  Matrix out;
  out.rows = rows;
  out.cols = cols;
  out.stride = row_stride(row_tiles, col_tiles, is_result);
  out.place = place_tiles(accumulator, std::uint64_t{row_tiles - 1} * out.stride + col_tiles);
  return out;
}

// The same matrix, at another time.
InstructionDrawer::Matrix InstructionDrawer::again(const Matrix& known) {
  Matrix out = known;
  out.place.offset = known.place.first - times_.front()[known.place.base];
  return out;
}

void InstructionDrawer::set_bytes(Instruction& i, const MatrixFields& fields,
                                  const Matrix& matrix) {
  const bool accumulator = matrix.place.first >= device::kAccumulatorBase;
  i.set(fields.address, matrix.place.offset).set(fields.base, matrix.place.base);
  i.set(fields.stride, matrix.stride * space_.arena.tile_bytes(accumulator));
}

void InstructionDrawer::set_tiles(Instruction& i, const MatrixFields& fields,
                                  const Matrix& matrix) {
  i.set(fields.address, matrix.place.offset).set(fields.base, matrix.place.base);
  i.set(fields.stride, matrix.stride & fields.stride.mask());
}

void InstructionDrawer::set_batched(Instruction& i, const MatrixFields& fields, Field batch_stride,
                                    bool accumulator, bool transposed, std::uint32_t rows,
                                    std::uint32_t cols) {
  if (transposed) std::swap(rows, cols);
  const std::uint32_t batch = i.get(isa::gemm::kBatch);
  Matrix out;
  out.rows = rows;
  out.cols = cols;
  const std::uint32_t row_tiles = space_.arena.tiles(rows);
  const std::uint32_t col_tiles = space_.arena.tiles(cols);
  out.stride = row_stride(row_tiles, col_tiles, accumulator);
  const std::uint32_t span = (row_tiles - 1) * out.stride + col_tiles;
  std::uint32_t step = random_.bits32() & 0xFFFFu;  // means nothing without a batch
  if (batch > 1) step = random_.one_in(4) ? random_.below(span + 2) : span;
  out.place = place_tiles(accumulator, span + std::uint64_t{batch - 1} * (batch > 1 ? step : 0));
  set_bytes(i, fields, out);
  i.set(batch_stride, step * space_.arena.tile_bytes(accumulator));
  if (accumulator && !failed_) matrices_[zone_].push_back(out);
}

Instruction InstructionDrawer::draw_gemm() {
  namespace field = isa::gemm;
  Instruction i(Opcode::kGemm);
  const std::uint32_t m = size();
  const std::uint32_t k = size();
  const std::uint32_t n = size();
  i.set(field::kM, m).set(field::kK, k).set(field::kN, n);
  i.set(field::kBatch, random_.one_in(4) ? 2 + random_.below(2) : 1);
  for (const Field flag : {field::kTransX, field::kTransW, field::kTransY, field::kAccumulate}) {
    i.set(flag, random_.one_in(2));
  }
  set_batched(i, {field::kX, field::kXBase, field::kXRows}, field::kXBatch, false,
              i.get(field::kTransX) != 0, m, k);
  set_batched(i, {field::kW, field::kWBase, field::kWRows}, field::kWBatch, false,
              i.get(field::kTransW) != 0, k, n);
  set_batched(i, {field::kY, field::kYBase, field::kYRows}, field::kYBatch, true,
              i.get(field::kTransY) != 0, m, n);
  return i;
}

// D or E: in place of a source that allows it, or somewhere.
void InstructionDrawer::set_result(Instruction& i, const MatrixFields& fields, bool reduced,
                                   std::span<const Matrix> in_place) {
  const std::uint32_t rows = i.get(isa::vector::kRows);
  const std::uint32_t cols = reduced ? 1 : i.get(isa::vector::kCols);
  if (!reduced && !in_place.empty() && random_.one_in(3)) {
    set_tiles(i, fields, in_place[random_.below(static_cast<std::uint32_t>(in_place.size()))]);
    return;
  }
  const Matrix out = matrix(accumulator(), rows, cols, true);
  set_tiles(i, fields, out);
  if (!failed_) matrices_[zone_].push_back(out);
}

Instruction InstructionDrawer::draw_vector() {
  namespace field = isa::vector;
  struct SourceFields {
    MatrixFields matrix;
    Field kind, trans;
  };
  static constexpr std::array<SourceFields, 3> kSources = {{
      {{field::kA, field::kABase, field::kARows}, field::kAIs, field::kTransA},
      {{field::kB, field::kBBase, field::kBRows}, field::kBIs, field::kTransB},
      {{field::kC, field::kCBase, field::kCRows}, field::kCIs, field::kTransC},
  }};
  static constexpr MatrixFields kD = {field::kD, field::kDBase, field::kDRows};
  static constexpr MatrixFields kE = {field::kE, field::kEBase, field::kERows};

  Instruction i(Opcode::kVector);
  const Matrix* const reused = random_.one_in(3) ? known() : nullptr;
  const std::uint32_t rows = reused != nullptr ? reused->rows : size();
  const std::uint32_t cols = reused != nullptr ? reused->cols : size();
  i.set(field::kRows, rows).set(field::kCols, cols);
  const std::uint32_t combine = random_.below(std::size(isa::kCombineValues));
  i.set(field::kCombine, combine);
  if (random_.one_in(2)) i.set(field::kApply, random_.below(std::size(isa::kApplyValues)));
  if (random_.one_in(2)) i.set(field::kReduce, random_.below(std::size(isa::kReduceValues)));
  i.set(field::kStochastic, random_.one_in(3));
  i.set(field::kSeed, random_.bits32()).set(field::kStream, random_.bits32() & 0xFFFFu);
  i.set(field::kBConstant, constant()).set(field::kCConstant, constant());
  if (combine == static_cast<unsigned>(isa::Combine::kDropout)) {
    i.set(field::kCConstant, random_.bits32() << random_.below(2) * 31);
  }

  std::vector<Matrix> in_place;
  for (std::size_t s = 0; s < kSources.size(); ++s) {
    const SourceFields& fields = kSources[s];
    const bool transposed = random_.one_in(3);
    // Mostly matrices.
    const auto kind = static_cast<Operand>(random_.one_in(2) ? 0 : random_.below(4));
    i.set(fields.kind, kind).set(fields.trans, transposed);
    std::uint32_t stored_rows = kind == Operand::kRow ? 1 : rows;
    std::uint32_t stored_cols = kind == Operand::kColumn ? 1 : cols;
    if (transposed) std::swap(stored_rows, stored_cols);
    if (s == 0 && reused != nullptr && kind == Operand::kMatrix && !transposed) {
      const Matrix source = again(*reused);
      set_tiles(i, fields.matrix, source);
      in_place.push_back(source);
      continue;
    }
    if (kind == Operand::kConstant && random_.one_in(2)) {
      // Nobody looks.
      i.set(fields.matrix.address, random_.bits32()).set(fields.matrix.base, random_.below(16));
      continue;
    }
    const Matrix source = matrix(accumulator(), stored_rows, stored_cols, false);
    set_tiles(i, fields.matrix, source);
    const bool is_whole =
        space_.arena.tiles(rows) == 1 || source.stride >= space_.arena.tiles(cols);
    if (kind == Operand::kMatrix && !transposed && is_whole) in_place.push_back(source);
  }

  const bool reduces = i.get(field::kReduce) != 0;
  const bool write_e = reduces || random_.one_in(4);
  const bool write_d = !write_e || !random_.one_in(4);
  i.set(field::kWriteD, write_d).set(field::kWriteE, write_e);
  if (write_d && random_.one_in(4)) {
    i.set(field::kTransD, true);
    set_tiles(i, kD, matrix(accumulator(), cols, rows, true));
  } else if (write_d) {
    set_result(i, kD, false, in_place);
  }
  if (write_e) set_result(i, kE, reduces, in_place);
  return i;
}

Instruction InstructionDrawer::draw_transfer(bool store) {
  namespace field = isa::load;  // a store's are the same
  static constexpr MatrixFields kMemory = {field::kMem, field::kMemBase, field::kMemRows};
  Instruction i(store ? Opcode::kStore : Opcode::kLoad);
  if (!store && random_.one_in(6)) return draw_to_list();
  if (!store && !stored_.empty() && random_.one_in(3)) {  // what was stored
    const DramMatrix& from = any_of(stored_, random_);
    i.set(field::kRows, from.rows).set(field::kCols, from.cols).set(field::kFormat, from.format);
    i.set(field::kDram, from.place.first - times_.front()[from.place.base]);
    i.set(field::kDramBase, from.place.base).set(field::kPitch, from.pitch);
    const Matrix to = matrix(accumulator(), from.rows, from.cols, true);
    set_bytes(i, kMemory, to);
    return i;
  }
  const Matrix* const reused = store && random_.one_in(2) ? known() : nullptr;
  DramMatrix dram;
  dram.rows = reused != nullptr ? reused->rows : size();
  dram.cols = reused != nullptr ? reused->cols : size();
  dram.format = random_.one_in(2) ? isa::Format::kBf16 : isa::Format::kFp32;
  const bool indexed = dram.rows <= kListTile && random_.one_in(3);
  if (indexed) set_index(i, dram.rows);
  if (reused == nullptr && random_.one_in(4)) set_steps(i, dram.rows);
  const std::uint32_t last_row =
      i.get(field::kRowFirst) + (dram.rows - 1) * std::max(i.get(field::kRowStep), 1u);
  const Matrix memory =
      reused != nullptr ? again(*reused) : matrix(accumulator(), last_row + 1, dram.cols, !store);
  i.set(field::kRows, dram.rows).set(field::kCols, dram.cols).set(field::kFormat, dram.format);
  set_bytes(i, kMemory, memory);

  const std::uint32_t element = dram.format == isa::Format::kFp32 ? 4 : 2;
  std::uint32_t pitch = dram.cols + (random_.one_in(2) ? random_.below(9) : 0);  // in elements
  if (!store && !indexed && random_.one_in(6)) pitch = random_.below(dram.cols);
  if (dram.rows == 1 && !indexed) pitch = random_.bits32() / element;
  dram.pitch = pitch * element;
  DramArea area = store ? space_.writable : space_.readable;
  const std::uint64_t extent = indexed ? std::uint64_t{i.get(field::kLimit)} * pitch
                                       : std::uint64_t{dram.rows - 1} * pitch + dram.cols;
  if (space_.hot.size() >= (extent + 1) * element && random_.one_in(2)) area = space_.hot;
  const std::uint64_t begin = (area.begin + element - 1) / element * element;
  dram.place = place(begin, area.end > begin ? (area.end - begin) / element : 0, element, extent);
  i.set(field::kDram, dram.place.offset).set(field::kDramBase, dram.place.base);
  i.set(field::kPitch, dram.pitch);
  if (!failed_) {
    if (store && !indexed) stored_.push_back(dram);
    if (!store) matrices_[zone_].push_back(memory);
  }
  return i;
}

// One element, which fits anywhere.
Instruction InstructionDrawer::draw_simple() {
  const std::uint32_t tile = space_.arena.first(false) * space_.arena.tile_bytes(false);
  if (space_.weights[1] == 0) {
    namespace field = isa::load;
    Instruction i(Opcode::kLoad);
    i.set(field::kRows, 1).set(field::kCols, 1).set(field::kMem, tile);
    return i.set(field::kDram, (space_.readable.begin + 3) / 4 * 4);
  }
  namespace field = isa::vector;
  Instruction i(Opcode::kVector);
  i.set(field::kRows, 1).set(field::kCols, 1).set(field::kWriteD, 1).set(field::kD, tile);
  return i.set(field::kAIs, Operand::kConstant).set(field::kBIs, Operand::kConstant);
}

}  // namespace gradcore::harness
