// SPDX-License-Identifier: Apache-2.0
#include "tb/harness/program_skeleton.h"

#include <algorithm>

namespace gradcore::harness {
namespace {

using isa::Instruction;
using isa::Opcode;

constexpr std::uint32_t kUsedRegisters = isa::kRegisters - 1;

class Skeleton {
 public:
  Skeleton(const TileArena& arena, const ProgramOptions& options, RandomPatterns& random)
      : arena_(arena), random_(random), steps_left_(options.steps) {
    for (std::uint32_t r = 1; r < kUsedRegisters; ++r) {
      if (random_.one_in(2)) set(r);
    }
    body(0, options.instructions, 1);
  }

  const isa::Program& program() const { return program_; }

 private:
  std::uint32_t any_register() { return 1 + random_.below(kUsedRegisters - 1); }
  void set(std::uint32_t rd) {
    Instruction i(Opcode::kSet);
    std::uint32_t value = random_.bits32();
    if (random_.one_in(3)) value &= 0x8000'0FC0u;
    program_.push_back(i.set(isa::set::kRd, rd).set(isa::set::kValue, value));
  }
  // A few tiles, or some elements of DRAM.
  void add() {
    Instruction i(Opcode::kAdd);
    const std::uint32_t rd = any_register();
    const std::uint32_t rs = random_.one_in(5) ? random_.below(kUsedRegisters) : rd;
    std::uint32_t value =
        random_.one_in(3) ? 2 * random_.below(40) : arena_.tile_bytes(random_.one_in(2));
    value *= 1 + random_.below(2);
    if (random_.one_in(3)) value = 0u - value;
    i.set(isa::add::kRd, rd).set(isa::add::kRs, rs).set(isa::add::kValue, value);
    program_.push_back(i);
  }

  void body(unsigned depth, unsigned slots, unsigned turns) {
    while (slots > 0) {
      if (depth < isa::kLoopDepth && random_.one_in(5)) {
        const std::uint32_t count = random_.one_in(6) ? 1 : 2 + random_.below(3);
        const unsigned inside = std::min(slots, 1 + random_.below(random_.one_in(8) ? slots : 8));
        if (turns * count * inside > steps_left_) continue;
        Instruction loop(Opcode::kLoop);
        program_.push_back(loop.set(isa::loop::kCount, count));
        body(depth + 1, inside, turns * count);
        for (std::uint32_t adds = random_.below(4); adds > 0; --adds) add();
        program_.emplace_back(Opcode::kEnd);
        slots -= inside;
      } else if (random_.one_in(6)) {
        random_.one_in(3) ? set(any_register()) : add();
      } else {
        program_.emplace_back();
        steps_left_ -= std::min(steps_left_, turns);
        --slots;
      }
    }
  }

  TileArena arena_;
  RandomPatterns& random_;
  unsigned steps_left_;
  isa::Program program_;
};

}  // namespace

isa::Program program_skeleton(const TileArena& arena, const ProgramOptions& options,
                              RandomPatterns& random) {
  return Skeleton(arena, options, random).program();
}

}  // namespace gradcore::harness
