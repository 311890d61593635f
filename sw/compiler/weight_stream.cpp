// SPDX-License-Identifier: Apache-2.0
#include "sw/compiler/weight_stream.h"

#include <fmt/format.h>

#include <algorithm>

namespace gradcore::compiler {

std::vector<WeightStream::Block> WeightStream::blocks() const {
  std::vector<Block> out;
  for (std::size_t l = places_.layers.size(); l-- > 0;) {
    const LayerPlace& layer = places_.layers[l];
    if (!layer.is_streamed) continue;
    for (std::uint32_t b = 0; b < places_.blocks(layer); ++b) out.emplace_back(l, b);
  }
  return out;
}

std::size_t WeightStream::slot_of(const Block& block) const {
  const std::vector<Block> all = blocks();
  const auto at = std::find(all.begin(), all.end(), block) - all.begin();
  return static_cast<std::size_t>(at) % places_.slots.size();
}

Parameter WeightStream::slot_for(const Block& block) const {
  const LayerPlace& layer = places_.layers[block.first];
  Parameter out = places_.slots[slot_of(block)];
  const auto cut = [&](View& view) {
    view = view.block(places_.n, 0, 0, layer.inputs, places_.columns(layer, block.second));
  };
  cut(out.master);
  for (unsigned s = 0; s < states(); ++s) cut(out.state[s]);
  return out;
}

UpdatePart WeightStream::in_slot(const UpdatePart& part, std::size_t layer,
                                 std::uint32_t block) const {
  const Parameter slot = slot_for({layer, block});
  UpdatePart out = part;
  out.master = slot.master;
  out.state = slot.state;
  return out;
}

void WeightStream::transfer(Emitter& out, const Block& block, Direction direction,
                            bool with_master) const {
  const std::size_t l = block.first;
  const std::uint32_t b = block.second;
  const LayerPlace& layer = places_.layers[l];
  const Parameter slot = slot_for(block);
  const auto one = [&](const char* what, const View& view, std::uint64_t home) {
    const std::string note = fmt::format("layer {} block {}: {}", l + 1, b + 1, what);
    const std::uint64_t from = home + std::uint64_t{4} * b * layer.block;
    const std::uint32_t pitch = 4 * layer.outputs;
    if (direction == Direction::kLoad) {
      out.load(note, view, from, pitch, isa::Format::kFp32);
    } else {
      out.store(note, view, from, pitch, isa::Format::kFp32);
    }
  };
  for (unsigned s = 0; s < states(); ++s) one("state", slot.state[s], homes_[l].state[s]);
  if (with_master) one("weights", slot.master, homes_[l].master);
}

void WeightStream::update_done(Emitter& out, std::size_t layer, std::uint32_t block) const {
  const std::vector<Block> all = blocks();
  const std::size_t slots = places_.slots.size();
  transfer(out, {layer, block}, Direction::kStore);
  const auto at = static_cast<std::size_t>(std::find(all.begin(), all.end(), Block{layer, block}) -
                                           all.begin());
  transfer(out, all[at + slots < all.size() ? at + slots : at % slots], Direction::kLoad);
}

void WeightStream::fill_slots(Emitter& out) const {
  const std::vector<Block> all = blocks();
  for (std::size_t s = 0; s < places_.slots.size(); ++s) transfer(out, all[s], Direction::kLoad);
}

void WeightStream::clear_states(Emitter& out) const {
  if (places_.slots.empty()) return;
  for (const Parameter& slot : places_.slots) {
    for (unsigned s = 0; s < states(); ++s) {
      out.vector("state",
                 {.rows = slot.state[s].rows, .cols = slot.state[s].cols, .d = slot.state[s]});
    }
  }
  out.plain(isa::Opcode::kSync);
  for (const Block& block : blocks()) transfer(out, block, Direction::kStore, false);
}

}  // namespace gradcore::compiler
