// SPDX-License-Identifier: Apache-2.0
// Weights and the optimizer's state that live in DRAM and visit local memory for their update.
//
// There are a few slots, each with room for a block of weights and its state. Blocks use them in
// turn, always the same ones: a slot that is done with a block stores it and loads the one it has
// next, which may be of the next step. So loads run ahead by as many blocks as there are slots.
//
// A block must have been stored when the next step loads it. Tokens know of local memory only, but
// that is enough: the load waits for the last store from its slot, which is of this block or of one
// behind it, and stores are done in order, once DRAM has answered.
#pragma once

#include <array>
#include <cstdint>
#include <utility>
#include <vector>

#include "sw/compiler/emitter.h"
#include "sw/compiler/places.h"
#include "sw/compiler/update.h"

namespace gradcore::compiler {

// Where a layer's weights and their state lie in DRAM, row by row.
struct WeightHome {
  std::uint64_t master = 0;
  std::array<std::uint64_t, 2> state = {0, 0};
};

class WeightStream {
 public:
  // `homes` for every layer; those of resident ones are not used. All must outlive this object.
  WeightStream(const Network& network, const Places& places, const std::vector<WeightHome>& homes)
      : network_(network), places_(places), homes_(homes) {}

  // The part with its matrices in the slot of its block.
  UpdatePart in_slot(const UpdatePart& part, std::size_t layer, std::uint32_t block) const;
  // Behind the block's update.
  void update_done(Emitter& out, std::size_t layer, std::uint32_t block) const;
  // Before the first step.
  void fill_slots(Emitter& out) const;
  // State 0 for every block.
  void clear_states(Emitter& out) const;

 private:
  enum class Direction : std::uint8_t { kLoad, kStore };
  using Block = std::pair<std::size_t, std::uint32_t>;  // layer, number

  std::vector<Block> blocks() const;  // in the order of their updates
  std::size_t slot_of(const Block& block) const;
  Parameter slot_for(const Block& block) const;  // as large as the block
  void transfer(Emitter& out, const Block& block, Direction direction,
                bool with_master = true) const;
  unsigned states() const { return network_.optimizer.method == Method::kAdamW ? 2 : 1; }

  const Network& network_;
  const Places& places_;
  const std::vector<WeightHome>& homes_;
};

}  // namespace gradcore::compiler
