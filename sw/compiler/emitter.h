// SPDX-License-Identifier: Apache-2.0
// Instructions from views, each with a note for the listing.
#pragma once

#include <bit>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "sw/compiler/view.h"
#include "sw/isa/assembler.h"

namespace gradcore::compiler {

// A source of a vector instruction.
struct Source {
  isa::Operand is = isa::Operand::kConstant;
  View view;
  std::uint32_t bits = 0;  // of a constant
};
inline Source matrix(const View& view) { return {isa::Operand::kMatrix, view, 0}; }
inline Source row(const View& view) { return {isa::Operand::kRow, view, 0}; }
inline Source column(const View& view) { return {isa::Operand::kColumn, view, 0}; }
inline Source constant(float value) {
  return {isa::Operand::kConstant, {}, std::bit_cast<std::uint32_t>(value)};
}

// D = apply(combine(a * b, c)); E the reduction of its rows, or a copy.
struct VectorOperation {
  std::uint32_t rows = 0, cols = 0;
  Source a = {};
  Source b = constant(1);
  isa::Combine combine = isa::Combine::kProduct;
  Source c = {};
  isa::Apply apply = isa::Apply::kIdentity;
  isa::Reduce reduce = isa::Reduce::kNone;
  std::optional<View> d = {}, e = {};
  // Which random numbers; of dropout only. The number in a register goes by exclusive or into the
  // seed.
  std::uint32_t stream = 0, seed = 0;
  unsigned seed_base = 0;
};

// Several products in one instruction: from one matrix to the next so many tiles.
struct GemmBatch {
  std::uint32_t count = 1;
  std::uint32_t x_tiles = 0, w_tiles = 0, y_tiles = 0;
};

// Which rows of a matrix in local memory a transfer moves, and which rows of DRAM.
struct RowChoice {
  std::uint32_t count = 0;            // 0: all rows of the matrix
  std::uint32_t first = 0, step = 1;  // in local memory
  // Entry of list memory with the number of the first row in DRAM, of which there are `limit`.
  std::optional<std::uint32_t> list_at = {};
  std::uint32_t limit = 0;
};

// Entries of list memory: from which row of a to which row of D.
struct ListedRows {
  std::uint32_t list_at = 0, count = 0;
};

class Emitter {
 public:
  explicit Emitter(unsigned n) : n_(n) {}

  // y (+)= x w, sizes from y and x; the views are those of the first product of a batch.
  void gemm(const std::string& note, const View& x, const View& w, const View& y, bool accumulate,
            const GemmBatch& batch = {});
  void vector(const std::string& note, const VectorOperation& operation);
  // For each entry in turn row T of d = apply(combine(row S of a * b, row T of c)); a, d and c, if
  // it is a matrix, with all their rows.
  void listed(const std::string& note, const VectorOperation& operation, const ListedRows& rows);
  // The whole matrix from (to) DRAM, rows `pitch` bytes apart, from a register's address on; or the
  // rows that are chosen.
  void load(const std::string& note, const View& to, std::uint64_t dram, std::uint32_t pitch,
            isa::Format format, unsigned base = 0, const RowChoice& rows = {});
  void store(const std::string& note, const View& from, std::uint64_t dram, std::uint32_t pitch,
             isa::Format format, unsigned base = 0, const RowChoice& rows = {});
  // So many words from DRAM to list memory.
  void load_list(const std::string& note, std::uint32_t list_at, std::uint32_t count,
                 std::uint64_t dram, unsigned base = 0);
  void set(const std::string& note, unsigned to, std::uint32_t value);
  // to = from + value
  void add(const std::string& note, unsigned to, unsigned from, std::uint32_t value);
  void loop(std::uint32_t count, const std::string& note);
  void plain(isa::Opcode opcode, const std::string& note = "");  // end, sync, halt

  void append(const Emitter& other);
  unsigned n() const { return n_; }
  isa::Program& program() { return out_.program; }
  const isa::Program& program() const { return out_.program; }
  // With the notes as source lines.
  isa::Assembly& assembly() { return out_; }
  const isa::Assembly& assembly() const { return out_; }

 private:
  void transfer(const std::string& note, isa::Opcode opcode, const View& local, std::uint64_t dram,
                std::uint32_t pitch, isa::Format format, unsigned base, const RowChoice& rows);
  void push(const isa::Instruction& instruction, const std::string& note) {
    out_.program.push_back(instruction);
    out_.source.push_back(note);
  }

  unsigned n_;
  isa::Assembly out_;
};

}  // namespace gradcore::compiler
