// SPDX-License-Identifier: Apache-2.0
#include "sw/compiler/places.h"

#include <fmt/format.h>

#include <algorithm>

namespace gradcore::compiler {
namespace {

// A matrix instruction should take this long, so that fetching and starting it does not count.
constexpr std::uint64_t kLeastCycles = 256;

// Blocks of weights from DRAM in local memory at a time: one is updated and stored, the others are
// loaded ahead while no update can be made, which is from softmax to the first dW.
constexpr std::uint32_t kSlots = 3;
// Blocks of dW under way where they take turns: two are begun with the first group of rows.
constexpr std::uint32_t kGradients = 4;

// Columns of a layer that the matrix unit computes in one instruction, forward and for dW.
std::uint32_t block_columns(const Network& network, std::uint32_t inputs, std::uint32_t outputs) {
  const unsigned n = network.hardware.n;
  const std::uint64_t forward = std::uint64_t{tiles(inputs, n)} * std::max(network.batch, n);
  const std::uint64_t gradient = std::uint64_t{tiles(network.batch, n)} * std::max(inputs, n);
  const std::uint64_t cycles = std::max<std::uint64_t>(std::min(forward, gradient), 1);
  const std::uint64_t columns = n * ((kLeastCycles + cycles - 1) / cycles);
  return static_cast<std::uint32_t>(std::min<std::uint64_t>(columns, n * tiles(outputs, n)));
}

std::vector<Group> split(std::uint32_t batch, unsigned n) {
  const std::uint32_t row_tiles = tiles(batch, n);
  if (row_tiles < 2) return {{0, batch}};
  const std::uint32_t first = (row_tiles + 1) / 2 * n;
  return {{0, first}, {first, batch - first}};
}

// Banks of accumulator memory, each of which reads a line and writes one in a cycle. Rows of tiles
// step from bank to bank. Where the matrix and the vector unit meet, one waits for at most the
// lines of a tile, and then walks behind the other. What an update reads together is two banks
// apart: so it also keeps out of the way of a product whose two rows of tiles are one bank apart.
constexpr Placement kGradient{0, 1}, kState{2, 1}, kMaster{0, 1};
constexpr Placement kAdamMaster{2, 1};
// Of these the vector unit reads a line of each tile, while a product takes N cycles for a tile: it
// goes the other way round, else it would meet it in every bank.
constexpr Placement kSums{-1, 3};
// The last part of a hidden layer's output is a single row of tiles: whoever wants its bank waits
// until it is done. It is in bank 1, and what softmax uses meanwhile in banks 2 and 3, what is read
// together in different ones.
constexpr int kPartBank = 1, kLow = 2, kHigh = 3;
constexpr Placement kLowColumn{kLow, 0}, kHighColumn{kHigh, 0};
// In operand memory neighbours in a row and in a column of tiles are in different banks. Of the
// input two rows of tiles are read in turn: these are two banks apart where there are four.
constexpr Placement kOperandBank{-1, 1}, kInputBank{-1, 2};

Placement output_bank(const LayerPlace& layer, const std::vector<Group>& groups, unsigned n) {
  const std::uint32_t block = (layer.outputs + layer.block - 1) / layer.block - 1;
  const std::uint32_t tile = block * (layer.block / n) + groups.back().first / n;
  return {static_cast<int>((kPartBank + 4 - tile % 4) % 4), 1};
}

}  // namespace

std::uint32_t table_width(const Network& network) {
  std::uint32_t width = 0;
  std::uint32_t inputs = network.inputs;
  for (const Linear& layer : network.layers) {
    width = std::max(width, block_columns(network, inputs, layer.outputs));
    inputs = layer.outputs;
  }
  return width;
}

Places::Places(const Network& network, unsigned table_rows)
    : n(network.hardware.n),
      plan(network.hardware),
      groups(split(network.batch, network.hardware.n)) {
  const std::size_t all = network.layers.size();
  if (network.weights == WeightPlace::kDram) {
    if (!try_place(network, table_rows, all, false)) try_place(network, table_rows, all, true);
  } else {
    const std::size_t most = network.weights == WeightPlace::kLocal ? 0 : all;
    for (std::size_t streamed = 0; streamed <= most; ++streamed) {
      if (try_place(network, table_rows, streamed, false)) return;
      if (try_place(network, table_rows, streamed, true)) return;
    }
  }
  plan.check();
}

bool Places::try_place(const Network& network, unsigned table_rows, std::size_t streamed,
                       bool is_dense) {
  plan = LocalPlan(network.hardware, is_dense);
  layers.assign(network.layers.size(), {});
  slots.clear();
  tables.clear();
  guard = {};
  std::vector<std::pair<std::uint64_t, std::size_t>> sizes;
  std::uint32_t inputs = network.inputs;
  for (std::size_t l = 0; l < network.layers.size(); ++l) {
    sizes.emplace_back(std::uint64_t{inputs} * network.layers[l].outputs, l);
    inputs = network.layers[l].outputs;
  }
  std::stable_sort(sizes.begin(), sizes.end(),
                   [](const auto& a, const auto& b) { return a.first > b.first; });
  for (std::size_t i = 0; i < streamed; ++i) layers[sizes[i].second].is_streamed = true;
  place(network, table_rows);
  return plan.fits();
}

void Places::place(const Network& network, unsigned table_rows) {
  const std::uint32_t batch = network.batch;
  const bool is_adam = network.optimizer.method == Method::kAdamW;
  for (unsigned i = 0; i < 2; ++i) {
    input[i] = plan.operand(fmt::format("input {}", i), batch, network.inputs, kInputBank);
  }
  std::uint32_t inputs = network.inputs;
  std::uint32_t longest_column = 1;
  std::uint32_t streamed_blocks = 0;
  std::uint32_t slot_rows = 0;
  std::uint32_t slot_cols = 0;
  const unsigned states = is_adam ? 2 : 1;
  const Placement master = is_adam ? kAdamMaster : kMaster;
  for (std::size_t l = 0; l < network.layers.size(); ++l) {
    const bool is_last = l + 1 == network.layers.size();
    const std::uint32_t outputs = network.layers[l].outputs;
    const auto name = [l](const char* what) { return fmt::format("{} of layer {}", what, l + 1); };
    LayerPlace& layer = layers[l];
    layer.inputs = inputs;
    layer.outputs = outputs;
    layer.activation = network.layers[l].activation;
    layer.block = block_columns(network, inputs, outputs);
    layer.weights = plan.operand(name("bfloat16 weights"), inputs, outputs, kOperandBank);
    if (is_last) {
      layer.gradient = plan.operand(name("gradient"), batch, outputs, kOperandBank);
    } else {
      layer.activation_ = plan.operand(name("activations"), batch, outputs, kOperandBank);
      layer.gradient = plan.operand(name("gradient"), outputs, batch, kOperandBank);
    }
    const Placement output = is_last ? kLowColumn : output_bank(layer, groups, network.hardware.n);
    layer.output = plan.accumulator(name("output"), batch, outputs, output);
    if (l > 0) {
      layer.input_gradient = plan.accumulator(name("input gradient"), inputs, batch, kLowColumn);
    }
    if (layer.activation == Activation::kTanh) {
      layer.slope = plan.accumulator(name("slope"), batch, outputs, {-1, 1});
    }
    // The first layer's updates follow dW at once, block by block, unless they wait for all.
    const bool takes_turns =
        layer.is_streamed && l == 0 && !is_last && !network.optimizer.is_guarded();
    layer.weight_gradient = plan.accumulator(
        name("weight gradient"), inputs,
        takes_turns ? std::min(outputs, kGradients * layer.block) : outputs, kGradient);
    if (!layer.is_streamed) {
      layer.weight.master = plan.accumulator(name("weights"), inputs, outputs, master);
    }
    layer.bias.master =
        plan.accumulator(name("bias"), 1, outputs, is_last ? kHighColumn : Placement{kLow, -1});
    for (unsigned s = 0; s < states; ++s) {
      if (!layer.is_streamed) {
        layer.weight.state[s] =
            plan.accumulator(name(is_adam ? "moments" : "velocity"), inputs, outputs, kState);
      }
      layer.bias.state[s] = plan.accumulator(name("velocity of the bias"), 1, outputs, {kLow, -1});
    }
    for (std::size_t g = 0; g < groups.size(); ++g) {
      layer.bias_gradient[g] =
          plan.accumulator(name("bias gradient"), outputs, 1, g == 0 ? kHighColumn : kLowColumn);
    }
    layer.bias_sum = plan.accumulator(name("bias gradient"), 1, outputs, {kHigh, -1});
    longest_column = std::max(longest_column, inputs);
    if (layer.is_streamed) {
      streamed_blocks += blocks(layer);
      slot_rows = std::max(slot_rows, inputs);
      slot_cols = std::max(slot_cols, std::min(layer.block, outputs));
    }
    inputs = outputs;
  }
  for (std::uint32_t i = 0; i < std::min(streamed_blocks, kSlots); ++i) {
    Parameter slot;
    slot.master = plan.accumulator("weights from DRAM", slot_rows, slot_cols, master);
    for (unsigned s = 0; s < states; ++s) {
      slot.state[s] = plan.accumulator("state from DRAM", slot_rows, slot_cols, kState);
    }
    slots.push_back(slot);
  }
  loss.labels = plan.accumulator("labels", batch, inputs, kHighColumn);
  loss.logits = plan.accumulator("logits", batch, inputs, kLowColumn);
  loss.exponentials = plan.accumulator("exponentials", batch, inputs, kLowColumn);
  loss.largest = plan.accumulator("largest logits", batch, 1, kHighColumn);
  loss.sum = plan.accumulator("sums of exponentials", batch, 1, kLowColumn);
  loss.label_logit = plan.accumulator("logits of the labels", batch, 1, kHighColumn);
  loss.reciprocal = plan.accumulator("reciprocals", 1, batch, kHighColumn);
  loss.log = plan.accumulator("logarithms", 1, batch, kLowColumn);
  loss.loss = plan.accumulator("loss", 1, 1, kHighColumn);
  for (unsigned t = 0; t < table_rows; ++t) {
    tables.push_back(plan.accumulator("schedule", 1, table_width(network)));
  }
  if (network.optimizer.is_guarded()) {
    for (View& sums : guard.sums) {
      sums = plan.accumulator("squares of gradients", longest_column, 1, kSums);
    }
    for (View* view :
         {&guard.total, &guard.scale, &guard.finite, &guard.not_finite, &guard.skipped}) {
      *view = plan.accumulator("norm of gradients", 1, 1);
    }
    const std::uint32_t width = table_width(network);
    guard.scale_row = plan.accumulator("scale of gradients", 1, width);
    guard.finite_row = plan.accumulator("finite gradients", 1, width);
    constexpr unsigned kNumbers = 4;
    for (unsigned i = 0; i < kNumbers; ++i) {
      guard.numbers.push_back(plan.accumulator("numbers of the optimizer", 1, width));
    }
  }
  empty_operand = plan.operand("for the first tokens", 1, 1);
  loaded_operand = plan.operand("for the first tokens", 1, 1);
  product = plan.accumulator("for the first tokens", 1, 1);
  cleared = plan.accumulator("for the first tokens", 1, 1);
}

View Places::gradient_block(const LayerPlace& layer, std::uint32_t block) const {
  const std::uint32_t places = (layer.weight_gradient.cols + layer.block - 1) / layer.block;
  return layer.weight_gradient.block(n, 0, block % places * layer.block, layer.inputs,
                                     columns(layer, block));
}

}  // namespace gradcore::compiler
