// SPDX-License-Identifier: Apache-2.0
#include "sw/compiler/emitter.h"

#include <stdexcept>

namespace gradcore::compiler {
namespace {

using isa::Field;
using isa::Instruction;
using isa::Opcode;

void check(bool fits, const std::string& note) {
  if (!fits) throw std::logic_error("the matrices do not fit each other: " + note);
}

}  // namespace

void Emitter::gemm(const std::string& note, const View& x, const View& w, const View& y,
                   bool accumulate, const GemmBatch& batch) {
  namespace f = isa::gemm;
  check(!x.accumulator && !w.accumulator && y.accumulator && x.seen_rows() == y.seen_rows() &&
            x.seen_cols() == w.seen_rows() && w.seen_cols() == y.seen_cols(),
        note);
  Instruction i(Opcode::kGemm);
  i.set(f::kM, y.seen_rows()).set(f::kK, x.seen_cols()).set(f::kN, y.seen_cols());
  i.set(f::kBatch, batch.count).set(f::kAccumulate, accumulate);
  i.set(f::kTransX, x.transposed).set(f::kTransW, w.transposed).set(f::kTransY, y.transposed);
  const auto place = [&](const View& view, Field address, Field rows, Field base, Field next,
                         std::uint32_t tiles) {
    i.set(address, view.address(n_)).set(rows, view.stride * view.tile_bytes(n_));
    i.set(base, view.base).set(next, tiles * view.tile_bytes(n_));
  };
  place(x, f::kX, f::kXRows, f::kXBase, f::kXBatch, batch.x_tiles);
  place(w, f::kW, f::kWRows, f::kWBase, f::kWBatch, batch.w_tiles);
  place(y, f::kY, f::kYRows, f::kYBase, f::kYBatch, batch.y_tiles);
  push(i, note);
}

void Emitter::vector(const std::string& note, const VectorOperation& o) {
  namespace f = isa::vector;
  Instruction i(Opcode::kVector);
  i.set(f::kRows, o.rows).set(f::kCols, o.cols);
  i.set(f::kCombine, o.combine).set(f::kApply, o.apply).set(f::kReduce, o.reduce);
  const auto source = [&](const Source& s, Field is, Field address, Field rows, Field base,
                          Field trans) {
    i.set(is, s.is);
    if (s.is == isa::Operand::kConstant) return;
    check(s.view.seen_rows() >= (s.is == isa::Operand::kRow ? 1 : o.rows) &&
              s.view.seen_cols() >= (s.is == isa::Operand::kColumn ? 1 : o.cols),
          note);
    i.set(address, s.view.address(n_)).set(rows, s.view.stride).set(base, s.view.base);
    i.set(trans, s.view.transposed);
  };
  source(o.a, f::kAIs, f::kA, f::kARows, f::kABase, f::kTransA);
  source(o.b, f::kBIs, f::kB, f::kBRows, f::kBBase, f::kTransB);
  i.set(f::kBConstant, o.b.bits);
  i.set(f::kStream, o.stream).set(f::kSeed, o.seed);
  if (o.combine == isa::Combine::kDropout) i.set(f::kCBase, o.seed_base);
  if (o.combine != isa::Combine::kProduct) {
    source(o.c, f::kCIs, f::kC, f::kCRows, f::kCBase, f::kTransC);
    i.set(f::kCConstant, o.c.bits);
  }
  const auto target = [&](const std::optional<View>& view, Field flag, Field address, Field rows,
                          Field base, std::uint32_t cols) {
    if (!view) return;
    check(view->seen_rows() >= o.rows && view->seen_cols() >= cols, note);
    i.set(flag, true).set(address, view->address(n_)).set(rows, view->stride);
    i.set(base, view->base);
  };
  target(o.d, f::kWriteD, f::kD, f::kDRows, f::kDBase, o.cols);
  check(!o.e || !o.e->transposed, note);
  if (o.d) i.set(f::kTransD, o.d->transposed);
  target(o.e, f::kWriteE, f::kE, f::kERows, f::kEBase, o.reduce == isa::Reduce::kNone ? o.cols : 1);
  push(i, note);
}

void Emitter::transfer(const std::string& note, Opcode opcode, const View& local,
                       std::uint64_t dram, std::uint32_t pitch, isa::Format format, unsigned base,
                       const RowChoice& rows) {
  namespace f = isa::load;  // a store's fields are the same
  check(!local.transposed, note);
  Instruction i(opcode);
  const std::uint32_t count = rows.count > 0 ? rows.count : local.rows;
  check(rows.first + (count - 1) * rows.step < local.rows, note);
  i.set(f::kFormat, format).set(f::kRows, count).set(f::kCols, local.cols);
  i.set(f::kRowFirst, rows.first).set(f::kRowStep, rows.step == 1 ? 0 : rows.step);
  if (rows.list_at) {
    i.set(f::kIndexed, true).set(f::kListAt, *rows.list_at).set(f::kLimit, rows.limit);
  }
  i.set(f::kMem, local.address(n_)).set(f::kMemRows, local.stride * local.tile_bytes(n_));
  i.set(f::kMemBase, local.base);
  i.set(f::kDram, static_cast<std::uint32_t>(dram)).set(f::kDramBase, base);
  i.set(f::kDramHigh, static_cast<std::uint32_t>(dram >> 32)).set(f::kPitch, pitch);
  push(i, note);
}

void Emitter::load(const std::string& note, const View& to, std::uint64_t dram, std::uint32_t pitch,
                   isa::Format format, unsigned base, const RowChoice& rows) {
  transfer(note, Opcode::kLoad, to, dram, pitch, format, base, rows);
}

void Emitter::store(const std::string& note, const View& from, std::uint64_t dram,
                    std::uint32_t pitch, isa::Format format, unsigned base, const RowChoice& rows) {
  transfer(note, Opcode::kStore, from, dram, pitch, format, base, rows);
}

void Emitter::load_list(const std::string& note, std::uint32_t list_at, std::uint32_t count,
                        std::uint64_t dram, unsigned base) {
  namespace f = isa::load;
  Instruction i(Opcode::kLoad);
  i.set(f::kFormat, isa::Format::kFp32).set(f::kToList, true).set(f::kListAt, list_at);
  i.set(f::kRows, 1u).set(f::kCols, count).set(f::kPitch, 4 * count);
  i.set(f::kDram, static_cast<std::uint32_t>(dram)).set(f::kDramBase, base);
  i.set(f::kDramHigh, static_cast<std::uint32_t>(dram >> 32));
  push(i, note);
}

void Emitter::listed(const std::string& note, const VectorOperation& operation,
                     const ListedRows& rows) {
  namespace f = isa::vector;
  check(operation.a.is == isa::Operand::kMatrix && !operation.a.view.transposed && operation.d &&
            !operation.d->transposed && !operation.e,
        note);
  VectorOperation o = operation;
  o.rows = 1;  // every row is of some matrix; how many there are is set below
  vector(note, o);
  Instruction& i = out_.program.back();
  constexpr std::uint32_t kGroup = 4;
  i.set(f::kListed, true).set(f::kListFours, rows.list_at / kGroup).set(f::kRows, rows.count);
  i.set(f::kERows, operation.a.view.rows).set(f::kStream, operation.d->rows);
}

void Emitter::set(const std::string& note, unsigned to, std::uint32_t value) {
  Instruction i(Opcode::kSet);
  i.set(isa::set::kRd, to).set(isa::set::kValue, value);
  push(i, note);
}

void Emitter::add(const std::string& note, unsigned to, unsigned from, std::uint32_t value) {
  Instruction i(Opcode::kAdd);
  i.set(isa::add::kRd, to).set(isa::add::kRs, from).set(isa::add::kValue, value);
  push(i, note);
}

void Emitter::loop(std::uint32_t count, const std::string& note) {
  Instruction i(Opcode::kLoop);
  i.set(isa::loop::kCount, count);
  push(i, note);
}

void Emitter::plain(Opcode opcode, const std::string& note) { push(Instruction(opcode), note); }

void Emitter::append(const Emitter& other) {
  const isa::Assembly& more = other.assembly();
  out_.program.insert(out_.program.end(), more.program.begin(), more.program.end());
  out_.source.insert(out_.source.end(), more.source.begin(), more.source.end());
}

}  // namespace gradcore::compiler
