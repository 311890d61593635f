// SPDX-License-Identifier: Apache-2.0
// What InstructionDrawer draws that has to do with lists, and with rows in steps.
#include <algorithm>
#include <array>

#include "tb/harness/random_instruction.h"

namespace gradcore::harness {

using isa::Instruction;
using isa::Opcode;
using isa::Operand;

std::vector<std::uint32_t> ListWords::draw(unsigned n, RandomPatterns& random) {
  constexpr std::uint32_t kNone = 0xFFFF'FFFFu;
  std::vector<std::uint32_t> out(kEntries);
  for (std::uint32_t i = 0; i < kEntries; ++i) {
    const bool is_pair = i / kListTile % 2 == 1;
    // Targets that come again soon, and such that do not.
    const std::uint32_t most = random.one_in(2) ? 2 : targets(n);
    out[i] = is_pair ? random.below(sources(n)) | random.below(most) << 16 : random.below(kRows);
    if (is_pair && random.one_in(4)) out[i] |= 1u << 31;
    if (random.one_in(6)) out[i] = kNone;
  }
  return out;
}

// Some words from a tile of the list in DRAM to one of the same kind in list memory.
Instruction InstructionDrawer::draw_to_list() {
  namespace field = isa::load;
  constexpr std::uint32_t kSame = 2;  // tiles from one to the next of the same kind
  Instruction i(Opcode::kLoad);
  const std::uint32_t kind = random_.below(kSame);
  const auto any_tile = [&] { return kind + kSame * random_.below(ListWords::kTiles / kSame); };
  const std::uint32_t cols = 1 + random_.below(random_.one_in(2) ? 6 : 40);
  const std::uint32_t rows = 1 + random_.below(std::min(kListTile / cols, 12u));
  const std::uint32_t gap = rows == 1 ? 0 : random_.below((kListTile - rows * cols) / rows + 1);
  const Place from = place(space_.lists.begin + std::uint64_t{4} * any_tile() * kListTile,
                           kListTile, 4, std::uint64_t{rows - 1} * (cols + gap) + cols);
  i.set(field::kToList, true).set(field::kRows, rows).set(field::kCols, cols);
  i.set(field::kPitch, 4 * (cols + gap)).set(field::kDram, from.offset);
  i.set(field::kDramBase, from.base);
  const std::uint32_t room = kListTile - rows * cols;
  i.set(field::kListAt, any_tile() * kListTile + 4 * random_.below(room / 4 + 1));
  // Nobody looks.
  i.set(field::kMem, random_.bits32()).set(field::kMemRows, random_.bits32());
  return i.set(field::kLimit, random_.bits32()).set(field::kRowFirst, random_.below(1u << 16));
}

void InstructionDrawer::set_index(Instruction& i, std::uint32_t rows) {
  namespace field = isa::load;
  const std::uint32_t tile = 2 * random_.below(ListWords::kTiles / 2);
  i.set(field::kIndexed, true).set(field::kLimit, ListWords::kRows + random_.below(4));
  i.set(field::kListAt, tile * kListTile + 4 * random_.below((kListTile - rows) / 4 + 1));
}

// One row of every tile, or anything.
void InstructionDrawer::set_steps(Instruction& i, std::uint32_t rows) {
  namespace field = isa::load;
  const unsigned n = space_.arena.n;
  std::uint32_t step = random_.one_in(2) ? n : random_.below(2 * n + 1);
  if (rows > 2 * n) step = std::min(step, 2u);
  i.set(field::kRowFirst, random_.below(2 * n)).set(field::kRowStep, step);
}

Instruction InstructionDrawer::draw_listed() {
  namespace field = isa::vector;
  const unsigned n = space_.arena.n;
  Instruction i(Opcode::kVector);
  const std::uint32_t entries = 1 + random_.below(random_.one_in(3) ? kListTile : 12);
  const std::uint32_t cols = size();
  const std::uint32_t sources = ListWords::sources(n) + random_.below(3);
  const std::uint32_t targets = ListWords::targets(n) + random_.below(n);
  const std::uint32_t tile = 1 + 2 * random_.below(ListWords::kTiles / 2);
  const std::uint32_t at = tile * kListTile + 4 * random_.below((kListTile - entries) / 4 + 1);
  i.set(field::kListed, true).set(field::kListFours, at / 4).set(field::kRows, entries);
  i.set(field::kCols, cols).set(field::kERows, sources).set(field::kStream, targets);
  i.set(field::kBConstant, constant()).set(field::kCConstant, constant());
  const std::uint32_t how = random_.below(static_cast<std::uint32_t>(isa::Combine::kDropout));
  i.set(field::kCombine, random_.one_in(2) ? static_cast<std::uint32_t>(isa::Combine::kAdd) : how);
  if (random_.one_in(3)) i.set(field::kApply, random_.below(std::size(isa::kApplyValues)));

  set_tiles(i, {field::kA, field::kABase, field::kARows},
            matrix(accumulator(), sources, cols, false));
  i.set(field::kBIs, random_.one_in(2) ? Operand::kRow : Operand::kConstant);
  set_tiles(i, {field::kB, field::kBBase, field::kBRows}, matrix(accumulator(), 1, cols, false));
  const Matrix d = matrix(accumulator(), targets, cols, true);
  constexpr std::array<Operand, 3> kKinds = {Operand::kMatrix, Operand::kRow, Operand::kConstant};
  const Operand c_is = random_.one_in(2) ? Operand::kMatrix : kKinds[random_.below(3)];
  i.set(field::kCIs, c_is).set(field::kWriteD, true);
  const bool in_place = c_is == Operand::kMatrix && !random_.one_in(4);
  set_tiles(i, {field::kC, field::kCBase, field::kCRows},
            in_place ? d : matrix(accumulator(), c_is == Operand::kRow ? 1 : targets, cols, false));
  set_tiles(i, {field::kD, field::kDBase, field::kDRows}, d);
  if (!failed_) matrices_[zone_].push_back(d);
  // Nobody looks.
  i.set(field::kE, random_.bits32()).set(field::kEBase, random_.below(16));
  return i.set(field::kSeed, random_.bits32());
}

}  // namespace gradcore::harness
