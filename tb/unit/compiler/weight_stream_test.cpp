// SPDX-License-Identifier: Apache-2.0
#include "sw/compiler/weight_stream.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <optional>

namespace gradcore::compiler {
namespace {

constexpr std::uint64_t kMaster = 0x10'0000, kState = 0x20'0000;

// 784 x 128 in 8 blocks, and 128 x 10 in one.
class WeightStreams : public testing::Test {
 protected:
  WeightStreams() : network_(load_network(GRADCORE_SOURCE_DIR "/sw/configs/mlp.yaml")) {
    network_.weights = WeightPlace::kDram;
    places_.emplace(network_, 0);
    homes_ = {{kMaster, {kState, 0}}, {kMaster + 0x8'0000, {kState + 0x8'0000, 0}}};
    stream_.emplace(network_, *places_, homes_);
  }
  static std::uint64_t dram(const isa::Instruction& i) { return i.get(isa::load::kDram); }

  Network network_;
  std::optional<Places> places_;
  std::vector<WeightHome> homes_;
  std::optional<WeightStream> stream_;
};

// From the last layer down, as gradients come; three blocks ahead, and at the end into the next
// step, each in the slot that it always has.
TEST_F(WeightStreams, BlocksTakeTurns) {
  ASSERT_EQ(places_->slots.size(), 3u);
  Emitter first(16);
  stream_->fill_slots(first);
  std::vector<isa::Instruction> loads = first.program();
  std::map<std::uint64_t, std::uint64_t> place;  // in local memory, by address in DRAM
  const auto check = [&](const isa::Instruction& load, const isa::Instruction& store) {
    const auto at = place.emplace(dram(load), load.get(isa::load::kMem)).first;
    EXPECT_EQ(at->second, load.get(isa::load::kMem));
    EXPECT_EQ(store.get(isa::store::kMem), load.get(isa::load::kMem));
  };
  ASSERT_EQ(loads.size(), 6u);
  EXPECT_EQ(dram(loads[0]), kState + 0x8'0000) << "the last layer";
  EXPECT_EQ(dram(loads[2]), kState) << "the first block of the first layer";
  EXPECT_EQ(dram(loads[5]), kMaster + 64) << "the second one, 16 columns further";
  std::map<std::uint64_t, std::size_t> loaded;
  for (const auto& [layer, block] : std::vector<std::pair<std::size_t, std::uint32_t>>{
           {1, 0}, {0, 0}, {0, 1}, {0, 2}, {0, 3}, {0, 4}, {0, 5}, {0, 6}, {0, 7}}) {
    Emitter out(16);
    stream_->update_done(out, layer, block);
    ASSERT_EQ(out.program().size(), 4u);
    const isa::Instruction& store = out.program()[1];
    EXPECT_EQ(store.opcode(), static_cast<unsigned>(isa::Opcode::kStore));
    EXPECT_EQ(dram(store), homes_[layer].master + 64 * block);
    const isa::Instruction& load = out.program()[3];
    EXPECT_EQ(load.opcode(), static_cast<unsigned>(isa::Opcode::kLoad));
    check(load, store);
    ++loaded[dram(load)];
  }
  EXPECT_EQ(loaded.size(), 9u) << "every block is loaded once a step";
}

TEST_F(WeightStreams, AnUpdateWorksInItsSlot) {
  const UpdatePart part = stream_->in_slot({.note = "",
                                            .rows = 128,
                                            .cols = 10,
                                            .master = {},
                                            .state = {},
                                            .gradient = {},
                                            .copy = std::nullopt},
                                           1, 0);
  EXPECT_EQ(part.master.first, places_->slots[0].master.first);
  EXPECT_EQ(part.master.rows, 128u);
  EXPECT_EQ(part.master.cols, 10u);
  EXPECT_EQ(part.state[0].first, places_->slots[0].state[0].first);
}

TEST_F(WeightStreams, StatesBeginWithZero) {
  Emitter out(16);
  stream_->clear_states(out);
  std::size_t bytes = 0;
  for (const isa::Instruction& i : out.program()) {
    if (i.opcode() != static_cast<unsigned>(isa::Opcode::kStore)) continue;
    EXPECT_GE(dram(i), kState);
    bytes += std::size_t{4} * i.get(isa::store::kRows) * i.get(isa::store::kCols);
  }
  EXPECT_EQ(bytes, 4u * (784 * 128 + 128 * 10));
}

}  // namespace
}  // namespace gradcore::compiler
