// SPDX-License-Identifier: Apache-2.0
// Draws single instructions that are legal wherever their loops and registers lead them.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include "sw/isa/instruction.h"
#include "tb/harness/program_access.h"
#include "tb/harness/program_trace.h"
#include "tb/harness/random_patterns.h"

namespace gradcore::harness {

// Bytes [begin, end) of DRAM.
struct DramArea {
  std::uint64_t begin = 0, end = 0;
  std::uint64_t size() const { return end > begin ? end - begin : 0; }
};

// Words for list memory in random programs: as many as these tiles of it. Those of even ones are
// numbers of rows below kRows, or none, for transfers; those of odd ones are pairs for vector
// instructions. List memory holds the same kinds in the same tiles, whatever loads come and go.
struct ListWords {
  static constexpr std::uint32_t kTiles = 4;
  static constexpr std::uint32_t kEntries = kTiles * kListTile;
  static constexpr std::uint32_t kRows = 6;
  static constexpr std::uint32_t sources(unsigned n) { return 2 * n - 1; }
  static constexpr std::uint32_t targets(unsigned n) { return n + 1; }
  static std::vector<std::uint32_t> draw(unsigned n, RandomPatterns& random);
};

struct DrawingSpace {
  TileArena arena;
  DramArea lists;  // where they lie
  DramArea readable, writable;
  DramArea hot;                 // what both loads and stores like to use; may be empty
  std::uint32_t max_tiles = 3;  // of a matrix, in each direction
  // Into so many zones the arena is split. Most instructions stay in one, so that the more zones
  // there are the more units find something to do at the same time.
  std::uint32_t zones = 1;
  // How often a unit gets an instruction: matrix, vector, load, store.
  std::array<std::uint32_t, 4> weights = {1, 3, 1, 1};
  bool ordinary = true;  // constants are mostly ordinary numbers
};

class InstructionDrawer {
 public:
  InstructionDrawer(const DrawingSpace& space, RandomPatterns& random)
      : space_(space), random_(random), matrices_(space.zones) {}

  // An instruction for a place in a program that is reached with these registers, time after time.
  // It has no tokens, and in the vector unit the order drain.
  isa::Instruction draw(std::span<const Registers> times);

 private:
  // How to write an address, and where it leads the first time.
  struct Place {
    std::uint32_t offset = 0, base = 0, first = 0;
  };
  // The fields of a matrix in local memory; their like in a batch.
  struct MatrixFields {
    isa::Field address, base, stride;
  };
  struct Matrix {
    Place place;
    std::uint32_t stride = 0;          // tiles from one row of tiles to the next
    std::uint32_t rows = 0, cols = 0;  // elements as stored
  };
  struct DramMatrix {
    Place place;
    isa::Format format = isa::Format::kFp32;
    std::uint32_t rows = 0, cols = 0, pitch = 0;
  };

  isa::Instruction draw_gemm();
  isa::Instruction draw_vector();
  isa::Instruction draw_transfer(bool store);
  isa::Instruction draw_simple();
  // random_list.cpp
  isa::Instruction draw_to_list();
  isa::Instruction draw_listed();
  void set_index(isa::Instruction& i, std::uint32_t rows);
  void set_steps(isa::Instruction& i, std::uint32_t rows);
  bool is_legal(const isa::Instruction& instruction) const;

  // Parts of them.
  std::uint32_t size();
  std::uint32_t constant();
  bool accumulator() { return random_.one_in(2); }
  const Matrix* known();
  Place place(std::uint64_t begin, std::uint64_t count, std::uint32_t granule,
              std::uint64_t extent);
  Place place_tiles(bool accumulator, std::uint64_t extent);
  Matrix matrix(bool accumulator, std::uint32_t rows, std::uint32_t cols, bool is_result);
  Matrix again(const Matrix& known);
  std::uint32_t row_stride(std::uint32_t rows, std::uint32_t cols, bool is_result);
  void set_bytes(isa::Instruction& i, const MatrixFields& fields, const Matrix& matrix);
  void set_tiles(isa::Instruction& i, const MatrixFields& fields, const Matrix& matrix);
  void set_batched(isa::Instruction& i, const MatrixFields& fields, isa::Field batch_stride,
                   bool accumulator, bool transposed, std::uint32_t rows, std::uint32_t cols);
  void set_result(isa::Instruction& i, const MatrixFields& fields, bool reduced,
                  std::span<const Matrix> in_place);

  DrawingSpace space_;
  RandomPatterns& random_;
  std::span<const Registers> times_;
  std::uint32_t max_tiles_ = 3;
  bool failed_ = false;  // something did not fit
  std::uint32_t zone_ = 0;
  std::vector<std::vector<Matrix>> matrices_;  // that were results, by zone
  std::vector<DramMatrix> stored_;             // in DRAM
};

}  // namespace gradcore::harness
