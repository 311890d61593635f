// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <algorithm>

#include "sw/compiler/step.h"

namespace gradcore::compiler {
namespace {

// While softmax of the first rows runs, the matrix unit still has the end of the hidden layer to
// do, and while that of the others runs, the first block of dW.
TEST(StepOrder, MatrixWorkCoversSoftmax) {
  const Network network = load_network(GRADCORE_SOURCE_DIR "/sw/configs/mlp.yaml");
  const Places places(network, 0);
  Emitter out(network.hardware.n);
  const std::vector<WeightHome> homes;
  StepEmitter(network, places, WeightStream(network, places, homes), {}, out).training();
  const isa::Assembly& a = out.assembly();
  std::vector<std::string> order;
  for (std::size_t i = 0; i < a.source.size(); ++i) {
    if (a.program[i].info()->unit == isa::Unit::kMatrix || a.source[i].starts_with("exp")) {
      order.push_back(a.source[i]);
    }
  }
  const auto first = std::find_if(order.begin(), order.end(),
                                  [](const std::string& s) { return s.starts_with("exp"); });
  ASSERT_NE(first, order.end());
  EXPECT_EQ(first[1], "layer 1 forward");
  EXPECT_EQ(first[2], "layer 2 dX");
  const auto second = std::find_if(first + 1, order.end(),
                                   [](const std::string& s) { return s.starts_with("exp"); });
  ASSERT_NE(second, order.end());
  EXPECT_EQ(second[1], "layer 2 dW");
  EXPECT_EQ(second[2], "layer 1 dW");
}

// What a unit needs for the next step is loaded first, what the step leaves is stored last of its
// kind.
TEST(StepOrder, BeginsWithTheNextInput) {
  const Network network = load_network(GRADCORE_SOURCE_DIR "/sw/configs/mlp.yaml");
  const Places places(network, 0);
  Emitter out(network.hardware.n);
  const std::vector<WeightHome> homes;
  StepEmitter(network, places, WeightStream(network, places, homes), {}, out).training();
  EXPECT_EQ(out.assembly().source.front(), "next input");
}

}  // namespace
}  // namespace gradcore::compiler
