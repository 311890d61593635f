// SPDX-License-Identifier: Apache-2.0
#include "sw/compiler/guard.h"

#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <limits>

#include "sw/model/functional_chip.h"

namespace gradcore::compiler {
namespace {

// Gradients that are all `value`, through the guard of an optimizer: what is applied, and by what
// the momentum and the rate are replaced.
struct Applied {
  float weight = 0, bias = 0, momentum = 0, rate = 0, skipped = 0;
};

Applied guarded(const std::string& options, float value) {
  const Network network = parse_network(
      "hardware: {n: 4, operand_kib: 64, accumulator_kib: 64}\n"
      "data: {set: synthetic, inputs: 9, classes: 3}\nlayers: [{linear: 3}]\n"
      "loss: softmax_cross_entropy\noptimizer: {method: sgd, momentum: 0.75" +
          options + "}\nschedule: {learning_rate: 0.5}\nbatch: 4\n",
      "test");
  const Places places(network, 0);
  Emitter out(4);
  GuardEmitter guard(network, places, out);
  const View weights = places.layers[0].weight_gradient;
  const View bias = places.layers[0].bias_sum;
  guard.add_squares("weights", weights);
  guard.add_squares("bias", bias);
  guard.decide();
  guard.apply("weights", weights);
  guard.apply("bias", bias);
  out.plain(isa::Opcode::kHalt);

  model::FunctionalChip chip(network.hardware, 1 << 16);
  model::LocalMemory& memory = chip.local();
  const auto at = [](const View& v) { return model::TileMatrix{v.address(4), v.stride, false}; };
  for (std::uint32_t r = 0; r < 9; ++r) {
    for (std::uint32_t c = 0; c < 3; ++c) {
      memory.write(at(weights), r, c, std::bit_cast<std::uint32_t>(value));
    }
  }
  for (std::uint32_t c = 0; c < 3; ++c) memory.write(at(bias), 0, c, 0);
  const std::string bytes = isa::to_bytes(out.program());
  std::copy_n(std::as_bytes(std::span(bytes)).begin(), bytes.size(), chip.dram().begin());
  EXPECT_EQ(chip.run(0).error, isa::Error::kNone);
  const auto get = [&](const View& v, std::uint32_t r, std::uint32_t c) {
    return std::bit_cast<float>(memory.read(at(v), r, c));
  };
  return {get(weights, 8, 2), get(bias, 0, 2), get(places.guard.numbers[0], 0, 2),
          get(places.guard.numbers[1], 0, 2), get(places.guard.skipped, 0, 0)};
}

TEST(Guard, ScalesDownToTheNorm) {
  // Of 27 equal elements the norm is sqrt(27) times one.
  const float norm = std::sqrt(27.0f);
  EXPECT_FLOAT_EQ(guarded(", clip_norm: 2", 3).weight, 2 / norm);
  EXPECT_EQ(guarded(", clip_norm: 2", 0.25f).weight, 0.25f) << "it is small enough";
  EXPECT_EQ(guarded(", clip_norm: 2", 0).weight, 0.0f);
}

TEST(Guard, SkipsWhatIsNotFinite) {
  const std::string skip = ", skip_nonfinite: true";
  const Applied fine = guarded(skip, 3);
  EXPECT_EQ(fine.weight, 3.0f);
  EXPECT_EQ(fine.momentum, 0.75f);
  EXPECT_EQ(fine.rate, 0.5f);
  EXPECT_EQ(fine.skipped, 0.0f);
  for (const float bad : {std::numeric_limits<float>::infinity(), -HUGE_VALF, NAN, 1e30f}) {
    for (const std::string& options : {skip, skip + ", clip_norm: 1"}) {
      const Applied skipped = guarded(options, bad);
      EXPECT_EQ(skipped.weight, 0.0f);
      EXPECT_EQ(skipped.bias, 0.0f);
      EXPECT_EQ(skipped.momentum, 1.0f) << "the velocity stays";
      EXPECT_EQ(skipped.rate, 0.0f);
      EXPECT_EQ(skipped.skipped, 1.0f);
    }
  }
}

}  // namespace
}  // namespace gradcore::compiler
