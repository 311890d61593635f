// SPDX-License-Identifier: Apache-2.0
#include "sw/compiler/compile.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace gradcore::compiler {
namespace {

using testing::HasSubstr;

Network mlp() { return load_network(GRADCORE_SOURCE_DIR "/sw/configs/mlp.yaml"); }

TEST(Compile, RegionsDoNotMeet) {
  const Network network = mlp();
  const Compiled c = compile(
      network,
      {.steps = 5, .rounds = 3, .test_batches = 2, .dram_base = 0x1000, .dram_bytes = 1 << 24});
  std::vector<Region> all = {c.inputs, c.labels, c.table, c.losses, c.test_inputs, c.logits};
  for (const auto& layer : c.layers) {
    all.push_back(layer.weights);
    all.push_back(layer.bias);
  }
  for (const ChipProgram* p : {&c.initialise, &c.train, &c.evaluate, &c.save}) {
    all.push_back({"program", p->address, 64 * p->assembly.program.size()});
    EXPECT_EQ(p->address % 64, 0u);
    EXPECT_EQ(isa::disassemble(p->assembly.program.back()), "halt");
  }
  std::sort(all.begin(), all.end(), [](const Region& a, const Region& b) {
    return std::pair(a.address, a.bytes) < std::pair(b.address, b.bytes);
  });
  EXPECT_EQ(all.front().address, 0x1000u);
  for (std::size_t i = 1; i < all.size(); ++i) {
    EXPECT_GE(all[i].address, all[i - 1].address + all[i - 1].bytes) << all[i].name;
  }
  EXPECT_EQ(c.dram_end, all.back().address + all.back().bytes);
  EXPECT_EQ(c.losses.bytes, 60u);
  EXPECT_EQ(c.inputs.bytes, 6u * 32 * 784 * 2);
  EXPECT_DOUBLE_EQ(c.ideal_cycles, 25'568);
}

// A loop of everything, its length independent of the number of steps.
TEST(Compile, StepsAreALoopOnTheChip) {
  const Compiled one = compile(mlp(), {.steps = 1});
  const Compiled many = compile(mlp(), {.steps = 1000, .rounds = 7});
  EXPECT_EQ(many.train.assembly.program.size(), one.train.assembly.program.size() + 2);
  EXPECT_LT(one.step_instructions, 100u);
  EXPECT_EQ(one.evaluate.assembly.program.size(), 1u);
}

TEST(Compile, SaysWhatDoesNotFitIntoDram) {
  try {
    compile(mlp(), {.steps = 10, .dram_bytes = 600'000});
    ADD_FAILURE() << "it fits";
  } catch (const CompileError& error) {
    EXPECT_THAT(error.what(), HasSubstr("inputs of 551936 bytes"));
    EXPECT_THAT(error.what(), HasSubstr("does not fit into DRAM"));
  }
  EXPECT_THROW(compile(mlp(), {.steps = 0}), CompileError);
  EXPECT_THROW(compile(mlp(), {.steps = 1, .dram_base = 32}), CompileError);
}

TEST(Listing, NamesEverything) {
  const Network network = mlp();
  const std::string text = listing(network, compile(network, {.steps = 3, .test_batches = 1}));
  for (const char* part : {"weights of layer 1", "losses", "velocity of layer 2", "# Program train",
                           "# layer 2 dX", "loop count=3  # steps", "# Program save"}) {
    EXPECT_THAT(text, HasSubstr(part));
  }
}

}  // namespace
}  // namespace gradcore::compiler
