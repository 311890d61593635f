// SPDX-License-Identifier: Apache-2.0
#include "sw/compiler/step.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>

namespace gradcore::compiler {
namespace {

Network mlp() { return load_network(GRADCORE_SOURCE_DIR "/sw/configs/mlp.yaml"); }

isa::Assembly step(const Network& network, bool trains) {
  const Places places(network, 0);
  Emitter out(network.hardware.n);
  const std::vector<WeightHome> homes;
  const WeightStream stream(network, places, homes);
  StepEmitter emitter(network, places, stream, {}, out);
  if (trains) {
    emitter.training();
  } else {
    emitter.evaluation();
  }
  return out.assembly();
}

// Multiply-accumulates of the matrix instructions, by what they are for.
std::map<std::string, std::uint64_t> macs(const isa::Assembly& a) {
  std::map<std::string, std::uint64_t> out;
  for (std::size_t i = 0; i < a.program.size(); ++i) {
    const isa::Instruction& g = a.program[i];
    if (g.opcode() != static_cast<unsigned>(isa::Opcode::kGemm)) continue;
    out[a.source[i]] +=
        std::uint64_t{g.get(isa::gemm::kM)} * g.get(isa::gemm::kK) * g.get(isa::gemm::kN);
  }
  return out;
}

TEST(Step, ComputesEveryProductOnce) {
  for (const std::uint32_t batch : {5u, 16u, 17u, 32u, 64u}) {
    Network network = mlp();
    network.batch = batch;
    network.layers = {{70, Activation::kRelu}, {90, Activation::kTanh}, {10, {}}};
    auto found = macs(step(network, true));
    const std::uint64_t sizes[] = {784 * 70, 70 * 90, 90 * 10};
    for (unsigned l = 0; l < 3; ++l) {
      const std::string name = "layer " + std::to_string(l + 1);
      EXPECT_EQ(found[name + " forward"], batch * sizes[l]);
      EXPECT_EQ(found[name + " dW"], batch * sizes[l]);
      EXPECT_EQ(found[name + " dX"], l == 0 ? 0 : batch * sizes[l]);
    }
    EXPECT_EQ(macs(step(network, false))["layer 1 dW"], 0u);
  }
}

}  // namespace
}  // namespace gradcore::compiler
