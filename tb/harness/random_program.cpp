// SPDX-License-Identifier: Apache-2.0
#include "tb/harness/random_program.h"

#include <algorithm>
#include <array>
#include <stdexcept>
#include <utility>

#include "sw/isa/assembler.h"
#include "tb/harness/program_skeleton.h"
#include "tb/harness/program_trace.h"
#include "tb/harness/random_instruction.h"
#include "tb/harness/token_plan.h"

namespace gradcore::harness {
namespace {

using isa::Instruction;
using isa::Opcode;
using isa::Operand;
using isa::Program;

std::uint64_t align_up(std::uint64_t x, std::uint64_t to) { return (x + to - 1) / to * to; }

DramArea inside(const model::Window& window, std::uint64_t dram_bytes) {
  const std::uint64_t begin = std::min(window.base, dram_bytes);
  return {begin, begin + std::min(window.size, dram_bytes - begin)};
}

// Everything but the program itself.
struct Layout {
  TileArena arena;
  DramArea readable, writable, hot, dump, code, lists;
  bool dumps_local = true;
};

class Builder {
 public:
  Builder(const ProgramSpace& space, const ProgramOptions& options, std::uint64_t seed)
      : space_(space), options_(options), random_(seed) {
    out_.space = space;
    out_.seed = seed;
    mood_ = random_.below(10);
  }

  RandomProgram build() {
    choose_arena();
    const Program skeleton = program_skeleton(layout_.arena, options_, random_);
    // With a sync before each instruction, or unrolled with some syncs.
    constexpr std::size_t kAround = 6;  // fills, dumps, halt
    const std::size_t rolled = 2 * (skeleton.size() + kAround);
    const std::size_t unrolled = (trace(skeleton).size() + kAround) * 5 / 4;
    lay_out(std::max(rolled, unrolled) * isa::kInstructionBytes);
    Program program = fills();
    const std::size_t first = program.size();
    program.insert(program.end(), skeleton.begin(), skeleton.end());
    draw(program);
    program = without_dropped(program, first);
    if (layout_.dumps_local) dump(program);
    program.emplace_back(Opcode::kHalt);
    choose_orders(program);
    return finished(with_order(std::move(program), layout_.arena, random_));
  }

  RandomProgram build_flood() {
    choose_arena();
    constexpr std::size_t kLength = 64;
    lay_out(kLength * isa::kInstructionBytes);
    Program program = fills();
    flood(program);
    program.emplace_back(Opcode::kSync);
    if (layout_.dumps_local) dump(program);
    program.emplace_back(Opcode::kHalt);
    return finished(std::move(program));
  }

 private:
  RandomProgram finished(Program program) {
    out_.program = std::move(program);
    out_.arena = layout_.arena;
    out_.dumps_local = layout_.dumps_local;
    fill_dram();
    place();
    return std::move(out_);
  }

  // One element for a unit to work on, where no other unit does.
  Instruction tiny(isa::Unit unit, bool again) const {
    const TileArena& arena = layout_.arena;
    const auto tile = [&arena](bool accumulator, std::uint32_t i) {
      return (arena.first(accumulator) + i) * arena.tile_bytes(accumulator) +
             (accumulator ? device::kAccumulatorBase : 0);
    };
    switch (unit) {
      case isa::Unit::kMatrix: {
        Instruction i(Opcode::kGemm);
        namespace field = isa::gemm;
        i.set(field::kM, 1).set(field::kK, 1).set(field::kN, 1).set(field::kBatch, 1);
        i.set(field::kX, tile(false, 0))
            .set(field::kW, tile(false, 1))
            .set(field::kY, tile(true, 0));
        return i.set(field::kAccumulate, again);
      }
      case isa::Unit::kVector: {
        Instruction i(Opcode::kVector);
        namespace field = isa::vector;
        i.set(field::kRows, 1).set(field::kCols, 1).set(field::kWriteD, 1);
        i.set(field::kA, tile(true, 1)).set(field::kD, tile(true, 1));
        i.set(field::kBIs, Operand::kConstant).set(field::kBConstant, again ? -1.0f : 2.0f);
        return i;
      }
      default: {
        const bool store = unit == isa::Unit::kStore;
        Instruction i(store ? Opcode::kStore : Opcode::kLoad);
        namespace field = isa::load;
        i.set(field::kRows, 1).set(field::kCols, 1).set(field::kMem, tile(store, store ? 3 : 2));
        return i.set(field::kDram,
                     store ? align_up(layout_.writable.begin, 4) : layout_.code.begin);
      }
    }
  }

  void flood(Program& program) {
    std::array<isa::Unit, 4> units = {isa::Unit::kMatrix, isa::Unit::kVector, isa::Unit::kLoad,
                                      isa::Unit::kStore};
    for (std::uint32_t i = 3; i > 0; --i) std::swap(units[i], units[random_.below(i + 1)]);
    const auto [giver, taker, holder, idle] = units;
    const std::uint32_t token = 1u << random_.below(isa::kTokens);
    const std::uint32_t hold = (token << 3 | token >> 13) & 0xFFFFu;
    const auto several = [&](std::uint32_t count, isa::Unit unit, std::uint32_t take,
                             std::uint32_t give) {
      Instruction loop(Opcode::kLoop);
      program.push_back(loop.set(isa::loop::kCount, count));
      Instruction i = tiny(unit, random_.one_in(2));
      program.push_back(i.set(isa::gemm::kTake, take).set(isa::gemm::kGive, give));
      program.emplace_back(Opcode::kEnd);
    };
    program.emplace_back(Opcode::kSync);
    const std::uint32_t waiting = 1 + random_.below(12);
    several(isa::kMaxTokens, giver, 0, token);
    several(1 + random_.below(20), holder, 0, 0);
    several(1, holder, 0, hold);
    several(1, taker, hold, 0);
    several(waiting, taker, token, 0);
    several(waiting, giver, 0, token);
    several(1 + random_.below(4), idle, 0, 0);
    several(isa::kMaxTokens, taker, token, 0);
  }

  void choose_arena() {
    TileArena& arena = layout_.arena;
    const device::Hardware& hardware = space_.hardware;
    arena.n = hardware.n;
    const auto choose = [&](std::uint32_t kib, std::uint32_t tile_bytes, std::uint32_t& first,
                            std::uint32_t& count) {
      const std::uint32_t all = kib * 1024 / tile_bytes;
      const std::uint32_t most = std::min(all, TileArena::kMaxTiles);
      count = std::min(most, random_.one_in(3) ? 9 + random_.below(8) : 32 + random_.below(97));
      first = random_.below(all - count + 1);
      if (random_.one_in(4)) first = all - count;
    };
    choose(hardware.operand_kib, hardware.operand_tile_bytes(), arena.operand_first,
           arena.operand_count);
    choose(hardware.accumulator_kib, hardware.accumulator_tile_bytes(), arena.accumulator_first,
           arena.accumulator_count);
    layout_.readable = inside(space_.read, space_.dram_bytes);
    layout_.writable = inside(space_.write, space_.dram_bytes);
  }

  // Lists and code behind them go to the start, the end or anywhere in the read window; the larger
  // rest of the write window is for stores, part of it for the dump.
  void lay_out(std::uint64_t code_bytes) {
    Layout& l = layout_;
    const std::uint64_t first = align_up(l.readable.begin, isa::kInstructionBytes);
    const std::uint64_t last = l.readable.end / isa::kInstructionBytes * isa::kInstructionBytes;
    constexpr std::uint64_t kListBytes = 4 * ListWords::kEntries;
    const std::uint64_t kept = kListBytes + code_bytes;
    if (first + kept + 2048 > last) throw std::invalid_argument("the read window is too small");
    const auto room = static_cast<std::uint32_t>((last - first - kept) / isa::kInstructionBytes);
    const std::array<std::uint32_t, 3> starts = {0, room, random_.below(room + 1)};
    l.lists.begin = first + std::uint64_t{starts[random_.below(3)]} * isa::kInstructionBytes;
    l.lists.end = l.lists.begin + kListBytes;
    l.code = {l.lists.end, l.lists.end + code_bytes};

    const DramArea before{l.writable.begin, std::min(l.writable.end, l.lists.begin)};
    const DramArea behind{std::max(l.writable.begin, l.code.end), l.writable.end};
    l.writable = before.size() > behind.size() ? before : behind;
    constexpr std::uint64_t kLeast = 1024;  // for stores
    if (l.writable.size() < kLeast) throw std::invalid_argument("the write window is too small");
    const std::uint64_t dump_bytes =
        align_up(std::uint64_t{l.arena.operand_count} * l.arena.tile_bytes(false) +
                     std::uint64_t{l.arena.accumulator_count} * l.arena.tile_bytes(true) + 8,
                 8);
    l.dumps_local = l.writable.size() >= dump_bytes + kLeast;
    if (l.dumps_local) {
      l.dump = {l.writable.end - dump_bytes, l.writable.end};
      l.writable.end = l.dump.begin;
    }
    l.hot = {std::max(l.writable.begin, l.readable.begin),
             std::min(l.writable.end, l.readable.end)};
    const std::uint64_t hot_bytes = 256 * l.arena.n;
    if (l.hot.size() > hot_bytes) {
      l.hot.begin += random_.below(static_cast<std::uint32_t>(l.hot.size() - hot_bytes));
      l.hot.end = l.hot.begin + hot_bytes;
    }
  }

  // All tiles of the arena as one row of tiles, from DRAM or to it.
  Instruction transfer_all(Opcode opcode, bool accumulator, std::uint64_t dram, bool fp32,
                           std::uint32_t pitch) const {
    namespace field = isa::load;
    const TileArena& arena = layout_.arena;
    Instruction i(opcode);
    i.set(field::kRows, arena.n).set(field::kCols, arena.n * arena.count(accumulator));
    i.set(field::kMem, arena.first(accumulator) * arena.tile_bytes(accumulator) +
                           (accumulator ? device::kAccumulatorBase : 0));
    i.set(field::kDram, dram).set(field::kPitch, pitch);
    return i.set(field::kFormat, fp32 ? isa::Format::kFp32 : isa::Format::kBf16);
  }

  Program fills() {
    Program out;
    for (const bool accumulator : {false, true}) {
      const bool fp32 = random_.one_in(2);
      const std::uint32_t element = fp32 ? 4 : 2;
      const std::uint32_t row = layout_.arena.n * layout_.arena.count(accumulator) * element;
      const std::uint64_t begin = align_up(layout_.readable.begin, element);
      const std::uint64_t room = layout_.readable.end - begin;
      if (room < row) throw std::invalid_argument("the read window is too small");
      // Rows may overlap.
      const std::uint64_t most = (room - row) / (layout_.arena.n - 1) / element * element;
      const auto pitch = static_cast<std::uint32_t>(std::min<std::uint64_t>(row, most));
      const std::uint64_t extent = std::uint64_t{layout_.arena.n - 1} * pitch + row;
      const auto slack = static_cast<std::uint32_t>((room - extent) / element + 1);
      const std::uint64_t at = begin + std::uint64_t{random_.below(slack)} * element;
      out.push_back(transfer_all(Opcode::kLoad, accumulator, at, fp32, pitch));
    }
    Instruction list(Opcode::kLoad);
    list.set(isa::load::kToList, true).set(isa::load::kRows, ListWords::kTiles);
    list.set(isa::load::kCols, kListTile).set(isa::load::kPitch, 4 * kListTile);
    out.push_back(list.set(isa::load::kDram, layout_.lists.begin));
    return out;
  }

  void dump(Program& program) {
    std::uint64_t at = align_up(layout_.dump.begin, 4);
    for (const bool accumulator : {false, true}) {
      (accumulator ? out_.accumulator_dump : out_.operand_dump) = at;
      const std::uint32_t row =
          layout_.arena.n * layout_.arena.count(accumulator) * (accumulator ? 4 : 2);
      program.push_back(transfer_all(Opcode::kStore, accumulator, at, accumulator, row));
      at = align_up(at + std::uint64_t{row} * layout_.arena.n, 4);
    }
  }

  std::array<std::uint32_t, 4> weights() {
    constexpr std::array<std::uint32_t, 4> kBySeed{};
    if (options_.weights != kBySeed) return options_.weights;
    return {1, 1 + random_.below(3), 1, 1};
  }

  void draw(Program& program) {
    const DrawingSpace drawing{.arena = layout_.arena,
                               .lists = layout_.lists,
                               .readable = layout_.readable,
                               .writable = layout_.writable,
                               .hot = layout_.hot,
                               .max_tiles = options_.max_tiles - random_.below(options_.max_tiles),
                               .zones = 1 + random_.below(6),
                               .weights = weights(),
                               .ordinary = mood_ < 5};
    InstructionDrawer drawer(drawing, random_);
    std::vector<std::vector<Registers>> times(program.size());
    for (const Step& step : trace(program)) times[step.index].push_back(step.registers);
    for (std::size_t i = 0; i < program.size(); ++i) {
      if (program[i].opcode() == 0) program[i] = drawer.draw(times[i]);
    }
  }

  Program without_dropped(const Program& program, std::size_t first) {
    Program all;
    if (options_.unrolled) {
      for (const Step& step : trace(program)) all.push_back(step.instruction);
    } else {
      all = program;
    }
    Program out(all.begin(), all.begin() + static_cast<std::ptrdiff_t>(first));
    for (std::size_t i = first; i < all.size(); ++i) {
      const bool is_choice = all[i].info()->unit != isa::Unit::kControl;
      const std::size_t number = out_.choices;
      if (is_choice) ++out_.choices;
      const bool drop = is_choice && number < options_.dropped.size() && options_.dropped[number];
      if (!drop) out.push_back(all[i]);
    }
    return out;
  }

  void choose_orders(Program& program) {
    const std::vector<unsigned> orders = vector_orders(program, layout_.arena);
    for (std::size_t i = 0; i < program.size(); ++i) {
      const auto order = static_cast<isa::Order>(random_.below(std::size(isa::kOrderValues)));
      if (((orders[i] >> static_cast<unsigned>(order)) & 1u) == 0) continue;
      program[i].set(isa::vector::kOrder, order);
    }
  }

  // Numbers that are ordinary in either format, blocks of any bits, or both.
  void fill_dram() {
    out_.dram.resize(space_.dram_bytes);
    constexpr std::size_t kBlock = 64;
    const std::uint32_t odd_blocks = mood_ < 5 ? 0 : mood_ < 8 ? 4 : 128;  // of 256
    for (std::size_t at = 0; at < out_.dram.size(); at += kBlock) {
      const std::size_t end = std::min(at + kBlock, out_.dram.size());
      const bool odd = odd_blocks != 0 && random_.below(256) < odd_blocks;
      for (std::size_t i = at; i < end; i += 8) {
        std::uint64_t bits = odd ? 0 : random_.bits();
        if (odd) {
          bits = std::uint64_t{random_.fp32()} << 32;
          bits |= random_.fp32();
        } else {  // exponents of 124 to 131 in each quarter
          bits = (bits & 0x83FF'83FF'83FF'83FFu) + 0x3E00'3E00'3E00'3E00u;
        }
        for (std::size_t k = i; k < std::min(i + 8, end); ++k) {
          out_.dram[k] = static_cast<std::byte>(bits >> (8 * (k - i)));
        }
      }
    }
    std::uint64_t at = layout_.lists.begin;
    for (const std::uint32_t word : ListWords::draw(layout_.arena.n, random_)) {
      for (unsigned k = 0; k < 4; ++k) out_.dram[at++] = static_cast<std::byte>(word >> (8 * k));
    }
  }

  void place() {
    out_.code_begin = layout_.code.begin;
    out_.code_end = layout_.code.end;
    // At the very end as often as not: then the last instruction may be the window's last.
    const auto room = static_cast<std::uint32_t>(layout_.code.size() / isa::kInstructionBytes);
    out_.address = random_.one_in(2) ? layout_.code.end
                                     : layout_.code.begin + std::uint64_t{random_.below(room)} *
                                                                isa::kInstructionBytes;
    if (!store_program(out_)) throw std::length_error("the unrolled program is too long");
  }

  ProgramSpace space_;
  ProgramOptions options_;
  RandomPatterns random_;
  std::uint32_t mood_ = 0;
  Layout layout_;
  RandomProgram out_;
};

}  // namespace

RandomProgram random_program(const ProgramSpace& space, const ProgramOptions& options,
                             std::uint64_t seed) {
  return Builder(space, options, seed).build();
}

RandomProgram token_flood(const ProgramSpace& space, std::uint64_t seed) {
  return Builder(space, {}, seed).build_flood();
}

bool store_program(RandomProgram& program) {
  const std::uint64_t bytes = program.program.size() * isa::kInstructionBytes;
  if (bytes > program.code_end - program.code_begin) return false;
  program.address = std::min(program.address, program.code_end - bytes);
  std::size_t at = program.address;
  for (const Instruction& instruction : program.program) {
    for (const std::uint32_t word : instruction.words()) {
      for (unsigned k = 0; k < 4; ++k) program.dram[at++] = static_cast<std::byte>(word >> 8 * k);
    }
  }
  return true;
}

std::string RandomProgram::describe() const {
  return "# seed " + std::to_string(seed) + ", at " + std::to_string(address) + "\n" +
         isa::disassemble(program);
}

}  // namespace gradcore::harness
