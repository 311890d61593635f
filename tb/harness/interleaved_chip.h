// SPDX-License-Identifier: Apache-2.0
// The functional chip with units that run ahead of each other at random: what it does is something
// that hardware might do. A program whose results it does not repeat leans on timing.
//
// Queues, tokens and syncs are as on the chip. An instruction is carried out at one moment, by the
// functional model; but in the vector unit one that is `free` may be carried out before the one
// that it follows, one that may `follow` takes turns with it by rows of tiles, and the rows of any
// may be carried out backwards (where no random numbers forbid to take them apart).
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <span>
#include <vector>

#include "sw/isa/instruction.h"
#include "sw/model/functional_chip.h"
#include "tb/harness/program_trace.h"
#include "tb/harness/random_patterns.h"

namespace gradcore::harness {

class InterleavedChip {
 public:
  static constexpr std::size_t kQueue = 8;  // instructions that wait for a unit

  InterleavedChip(const device::Hardware& hardware, std::size_t dram_bytes);

  std::span<std::byte> dram() { return dram_; }
  model::LocalMemory& local() { return local_; }
  void set_windows(const model::Window& read, const model::Window& write);

  // As the functional chip does, in an order of `random`. kTimeout where nothing can go on, which
  // a program that the functional chip carries out never comes to.
  model::ChipStatus run(std::uint64_t address, RandomPatterns& random);

  // Of one token at one time, in the last run. In program order there are never more than 255, but
  // takers may still wait in their queue when more have been given.
  std::uint32_t most_tokens() const { return most_tokens_; }

 private:
  struct Queued {
    isa::Instruction instruction;  // bases added
    std::uint64_t address = 0;
    std::uint64_t number = 0;  // instructions before it
  };
  enum Actor : unsigned { kMatrix, kVector, kLoad, kStore, kIssue, kActors };
  struct Loop {
    std::uint64_t start = 0;
    std::uint32_t left = 0;
  };

  void reset(std::uint64_t address);
  bool fetch();
  bool can_act(unsigned actor) const;
  void act(unsigned actor, RandomPatterns& random);
  void issue();
  isa::Error control(const isa::Instruction& instruction);
  model::Fault check(const isa::Instruction& i);
  bool can_take(std::uint32_t tokens) const;
  void take(std::uint32_t tokens);
  void give(std::uint32_t tokens);
  void vector_turn(RandomPatterns& random);
  void execute(const Queued& queued, RandomPatterns& random);

  device::Hardware hardware_;
  model::LocalMemory local_;
  std::vector<std::byte> dram_;
  model::Window read_, write_;

  std::array<std::deque<Queued>, kIssue> queues_;
  std::array<std::uint32_t, isa::kTokens> tokens_{}, promised_{};  // now, and in program order
  std::uint32_t most_tokens_ = 0;
  Registers registers_{};
  std::vector<Loop> loops_;
  std::uint64_t next_ = 0;
  isa::Instruction instruction_;  // at next_
  bool fetched_ = false, stopped_ = false;
  model::ChipStatus status_;
};

}  // namespace gradcore::harness
