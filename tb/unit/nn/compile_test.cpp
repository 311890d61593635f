// SPDX-License-Identifier: Apache-2.0
#include "sw/nn/compile.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <stdexcept>

#include "sw/compiler/ordering.h"
#include "tb/unit/nn/small_run.h"

namespace gradcore::nn {
namespace {

using testing::HasSubstr;

const SmallNetwork kMlp = {"mlp", 4, "[{linear: 11, activation: gelu}, linear: 5]", features(7, 5),
                           6};

bool takes_from(const isa::Instruction& i, isa::Unit giver) {
  const unsigned token =
      compiler::token_of(compiler::unit_index(giver), compiler::unit_index(i.info()->unit));
  return (i.get(isa::load::kTake) >> token & 1u) != 0;
}

// Inputs, labels and losses lie where nothing else does, and wait for nobody's transfers.
TEST(Compile, DataWaitForNoStore) {
  for (const Residence residence : {Residence::kAll, Residence::kCopies}) {
    Model model(kMlp.description(), kMlp.data, residence);
    const Compiled compiled = compile(model, {.steps = 2, .test_batches = 2});
    unsigned loads = 0, of_parameters = 0;
    for (const compiler::ChipProgram* program : {&compiled.train, &compiled.evaluate}) {
      for (const isa::Instruction& i : program->assembly.program) {
        if (i.info()->unit != isa::Unit::kLoad || i.get(isa::load::kDramBase) == 0) {
          if (i.info()->unit == isa::Unit::kLoad && takes_from(i, isa::Unit::kStore)) {
            ++of_parameters;
          }
          continue;
        }
        ++loads;
        EXPECT_FALSE(takes_from(i, isa::Unit::kStore));
      }
    }
    EXPECT_EQ(loads, 4u);  // inputs and labels in either program
    // What comes for its update must not come before it has gone.
    EXPECT_EQ(of_parameters > 0, residence == Residence::kCopies);
  }
}

TEST(Compile, PlacesEverythingInDramOnce) {
  Model model(kMlp.description(), kMlp.data, Residence::kCopies);
  const LaunchShape shape{.steps = 3, .test_batches = 2, .dram_base = 4096};
  const Compiled c = compile(model, shape);
  std::vector<Region> all = {c.inputs,      c.labels,      c.losses,      c.test_inputs,
                             c.test_labels, c.test_losses, c.test_outputs};
  for (const auto& p : c.parameters) {
    all.push_back(p.value);
    EXPECT_EQ(p.value.bytes, p.state[0].bytes);
    EXPECT_EQ(p.state[1].bytes, 0u) << "sgd has one";
    all.push_back(p.state[0]);
  }
  all.insert(all.end(), c.constants.begin(), c.constants.end());
  for (const ChipProgram* p : {&c.train, &c.evaluate, &c.initialise, &c.save}) {
    all.push_back({"program", p->address, p->assembly.program.size() * isa::kInstructionBytes});
  }
  std::sort(all.begin(), all.end(),
            [](const Region& a, const Region& b) { return a.address < b.address; });
  EXPECT_GE(all.front().address, shape.dram_base);
  for (std::size_t r = 0; r + 1 < all.size(); ++r) {
    EXPECT_LE(all[r].address + all[r].bytes, all[r + 1].address) << all[r].name;
  }
  EXPECT_LE(all.back().address + all.back().bytes, c.dram_end);
  EXPECT_EQ(c.inputs.bytes, 3 * c.input_bytes);
  EXPECT_EQ(c.label_bytes, 64u);  // 6 rows, aligned
}

// Forward, and as much for the gradients of weights; those of inputs only of the second layer.
TEST(Compile, CountsUsefulWork) {
  Model model(kMlp.description(), kMlp.data);
  const Compiled compiled = compile(model, {});
  EXPECT_EQ(compiled.ideal_cycles, 6.0 * (2 * 7 * 11 + 3 * 11 * 5) / 16);
  EXPECT_GE(compiled.unit_cycles[0], compiled.ideal_cycles);
  EXPECT_GE(compiled.estimated_cycles,
            *std::max_element(compiled.unit_cycles.begin(), compiled.unit_cycles.end()));
}

TEST(Compile, RefusesWhatCannotBe) {
  Model model(kMlp.description(), kMlp.data);
  const auto expect = [&](const LaunchShape& shape, const std::string& what) {
    try {
      compile(model, shape);
      ADD_FAILURE() << "compiled";
    } catch (const compiler::CompileError& error) {
      EXPECT_THAT(error.what(), HasSubstr(what));
    }
  };
  expect({.steps = 0}, "a launch has at least one step");
  expect({.dram_base = 32}, "a multiple of 64");
  expect({.dram_bytes = 2048}, "DRAM");
}

// Everything where there is room, less where there is not, and a sentence with sizes in the end.
TEST(CompileBest, KeepsInLocalMemoryWhatFits) {
  Description description =
      SmallNetwork{"wide", 4, "[{linear: 64, activation: relu}, linear: 5]", features(64, 5), 8}
          .description();
  const auto residence = [&](std::uint32_t accumulator_kib) {
    description.hardware.accumulator_kib = accumulator_kib;
    return compile_best(description, features(64, 5), {}).residence;
  };
  EXPECT_EQ(residence(2048), Residence::kAll);
  EXPECT_EQ(residence(48), Residence::kWeights);
  EXPECT_EQ(residence(28), Residence::kCopies);
  try {
    residence(2);
    ADD_FAILURE() << "compiled";
  } catch (const compiler::CompileError& error) {
    EXPECT_THAT(error.what(), testing::AllOf(HasSubstr("accumulator memory"), HasSubstr("KiB")));
  }
}

}  // namespace
}  // namespace gradcore::nn
