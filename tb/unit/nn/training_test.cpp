// SPDX-License-Identifier: Apache-2.0
// The same numbers wherever parameters are and whoever is ahead.
#include "sw/nn/training.h"

#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <optional>
#include <stdexcept>

#include "tb/unit/compiler/any_order_chip.h"
#include "tb/unit/nn/small_run.h"

namespace gradcore::nn {
namespace {

constexpr std::array kResidences = {Residence::kAll, Residence::kWeights, Residence::kCopies};

SmallNetwork gpt(const std::string& optimizer) {
  return {.name = "gpt",
          .n = 4,
          .layers =
              "[embedding: 8, residual: [layer_norm, attention: 2], residual: [rms_norm, "
              "linear: 150, silu, linear: 8], layer_norm, {linear: classes, bias: false, "
              "tied: true}]",
          .data = tokens(11, 8),
          .batch = 2,
          .optimizer = optimizer,
          .schedule = "{learning_rate: 0.01, warmup_steps: 2, decay: cosine}"};
}
const SmallNetwork kRows = {.name = "rows",
                            .n = 4,
                            .layers =
                                "[{linear: 37, activation: gelu}, {linear: 9, activation: "
                                "tanh}, linear: 1]",
                            .data = features(7, 2),
                            .batch = 13,
                            .loss = LossKind::kBinaryCrossEntropy,
                            .optimizer = "{method: sgd, momentum: 0.5}",
                            .schedule = "{learning_rate: 0.1}"};

// Random words come from the number of the step, which a register of the loop holds.
SmallNetwork with_dropout(SmallNetwork network) {
  network.name += " with dropout";
  network.layers =
      "[embedding: 8, dropout: 0.1, residual: [layer_norm, {attention: 2, dropout: 0.2}, dropout: "
      "0.1], residual: [rms_norm, {linear: 48, activation: swiglu, bias: false}, linear: 8, "
      "dropout: 0.1], layer_norm, {linear: classes, bias: false, tied: true}]";
  return network;
}

std::vector<SmallNetwork> networks() {
  return {gpt("{method: adamw, weight_decay: 0.1}"), gpt("{method: sgd}"), kRows,
          with_dropout(gpt("{method: adamw, weight_decay: 0.1}")),
          gpt("{method: adamw, weight_decay: 0.1, clip_norm: 0.5, skip_nonfinite: true}")};
}

void expect_equal(const Outcome& a, const Outcome& b) {
  EXPECT_EQ(a.losses, b.losses);
  EXPECT_EQ(a.test.loss, b.test.loss);
  EXPECT_EQ(a.test.outputs, b.test.outputs);
  for (std::size_t t = 0; t < a.end.parameters.size(); ++t) {
    EXPECT_EQ(a.end.parameters[t].values, b.end.parameters.at(t).values)
        << a.end.parameters[t].name;
  }
  for (std::size_t t = 0; t < a.end.state.size(); ++t) {
    EXPECT_EQ(a.end.state[t].values, b.end.state.at(t).values) << a.end.state[t].name;
  }
}

class Runs {
 public:
  explicit Runs(const SmallNetwork& network)
      : network_(network), feed_(network.data, network.loss == LossKind::kBinaryCrossEntropy) {}

  Outcome of(Residence residence, const LaunchShape& shape, std::uint32_t launches) {
    Model model(network_.description(), network_.data, residence);
    const Compiled compiled = compile(model, shape);
    runtime::ModelDevice device(model.description().hardware, compiled.dram_end);
    return train_on(device, model, compiled, feed_, shape, launches);
  }

 private:
  SmallNetwork network_;
  DrawnFeed feed_;
};

TEST(NnTraining, DoesNotDependOnWhereParametersAre) {
  for (const SmallNetwork& network : networks()) {
    SCOPED_TRACE(network.name + network.optimizer);
    Runs runs(network);
    const LaunchShape shape{.steps = 3, .test_batches = 2};
    const Outcome all = runs.of(Residence::kAll, shape, 1);
    ASSERT_EQ(all.losses.size(), 3u);
    EXPECT_NE(all.losses[0], all.losses[1]);
    for (const Residence residence : {Residence::kWeights, Residence::kCopies}) {
      SCOPED_TRACE(static_cast<int>(residence));
      expect_equal(all, runs.of(residence, shape, 1));
    }
  }
}

// As little memory as it can be compiled for, on a chip and in orders that make the most of it.
TEST(NnTraining, DoesNotDependOnHowMuchRoomThereIs) {
  const LaunchShape shape{.steps = 3, .test_batches = 2};
  for (const SmallNetwork& network : networks()) {
    SCOPED_TRACE(network.name + network.optimizer);
    const Outcome want = Runs(network).of(Residence::kCopies, shape, 1);
    Description description = network.description();
    bool has_run = false;
    for (std::uint32_t kib = 6; !has_run && kib <= 64; kib += 2) {
      description.hardware.accumulator_kib = kib;
      Model model(description, network.data, Residence::kCopies);
      std::optional<Compiled> compiled;
      try {
        compiled = compile(model, shape);
      } catch (const compiler::CompileError&) {
        continue;
      }
      has_run = true;
      EXPECT_GT(kib, 6u) << "less would do as well";
      EXPECT_LE(compiled->accumulator_tiles, kib * 1024 / 64);
      EXPECT_GE(compiled->accumulator_tiles, kib * 1024 / 64 * 3 / 4);
      DrawnFeed feed(network.data, network.loss == LossKind::kBinaryCrossEntropy);
      runtime::ModelDevice device(description.hardware, compiled->dram_end);
      expect_equal(want, train_on(device, model, *compiled, feed, shape));
    }
    EXPECT_TRUE(has_run);
  }
}

TEST(NnTraining, DoesNotDependOnHowLongLaunchesAre) {
  for (const SmallNetwork& network : networks()) {
    Runs runs(network);
    expect_equal(runs.of(Residence::kAll, {.steps = 4, .test_batches = 2}, 1),
                 runs.of(Residence::kAll, {.steps = 1, .test_batches = 2}, 4));
    expect_equal(runs.of(Residence::kCopies, {.steps = 4, .test_batches = 1}, 1),
                 runs.of(Residence::kCopies, {.steps = 2, .test_batches = 1, .dram_base = 0}, 2));
  }
}

// Units that run ahead of each other as far as tokens let them, drawn at random: all of DRAM.
TEST(NnTraining, DoesNotDependOnWhoIsAhead) {
  const LaunchShape shape{.steps = 3, .test_batches = 2};
  for (const SmallNetwork& network : networks()) {
    SCOPED_TRACE(network.name + network.optimizer);
    for (const Residence residence : kResidences) {
      SCOPED_TRACE(static_cast<int>(residence));
      DrawnFeed feed(network.data, network.loss == LossKind::kBinaryCrossEntropy);
      Model model(network.description(), network.data, residence);
      const Compiled c = compile(model, shape);
      const device::Hardware& hardware = model.description().hardware;
      runtime::ModelDevice start(hardware, c.dram_end);
      Training training(start, model, c, feed, shape);
      training.restore(drawn_parameters(model, 9));
      for (const bool trains : {true, false}) {
        const compiler::ChipProgram& program = trains ? c.train : c.evaluate;
        // One after the other; then, from the same memories, in many orders.
        runtime::ModelDevice before = start;
        if (trains) {
          training.train(3);
          training.snapshot();
        } else {
          training.test();
        }
        const auto want = start.chip().dram();
        for (const compiler::Region* r :
             {&c.inputs, &c.labels, &c.table, &c.test_inputs, &c.test_labels}) {
          std::copy_n(want.begin() + static_cast<std::ptrdiff_t>(r->address), r->bytes,
                      before.chip().dram().begin() + static_cast<std::ptrdiff_t>(r->address));
        }
        for (std::uint64_t seed = 0; seed < 12; ++seed) {
          runtime::ModelDevice chip = before;
          const std::size_t queue = seed % 3 == 0 ? 8 : 1000;
          compiler::AnyOrderChip(chip.chip(), hardware, seed, queue).run(program.assembly.program);
          if (trains) {
            compiler::AnyOrderChip(chip.chip(), hardware, seed, queue).run(c.save.assembly.program);
          }
          const auto got = chip.chip().dram();
          const bool is_equal = std::equal(
              want.begin(), want.begin() + static_cast<std::ptrdiff_t>(c.initialise.address),
              got.begin());
          ASSERT_TRUE(is_equal) << (trains ? "train" : "evaluate") << ", seed " << seed;
        }
      }
    }
  }
}

TEST(NnTraining, GoesOnFromASnapshot) {
  const SmallNetwork network = gpt("{method: adamw}");
  const LaunchShape shape{.steps = 2, .test_batches = 1};
  DrawnFeed feed(network.data, false);
  Model model(network.description(), network.data, Residence::kWeights);
  const Compiled compiled = compile(model, shape);
  const auto device = [&] {
    return runtime::ModelDevice(model.description().hardware, compiled.dram_end);
  };
  runtime::ModelDevice first = device();
  Training whole(first, model, compiled, feed, shape);
  whole.train(2);
  const Snapshot middle = whole.snapshot();
  EXPECT_EQ(middle.step, 2u);
  const std::vector<float> want = whole.train(2);
  runtime::ModelDevice second = device();
  Training rest(second, model, compiled, feed, shape);
  rest.restore(middle);
  EXPECT_EQ(rest.train(2), want);
  EXPECT_EQ(rest.steps_done(), 4u);

  Snapshot fewer = middle;
  fewer.parameters.pop_back();
  EXPECT_THROW(rest.restore(fewer), compiler::CompileError);
  Snapshot other = middle;
  ++other.parameters[1].rows;
  EXPECT_THROW(rest.restore(other), compiler::CompileError);
  EXPECT_THROW(rest.train(3), std::logic_error);
  EXPECT_THROW(rest.train(0), std::logic_error);
}

TEST(NnTraining, StartsAreThoseThatWereAskedFor) {
  const SmallNetwork network = gpt("{method: sgd}");
  Model model(network.description(), network.data);
  const auto& all = model.parameters().all();
  for (std::size_t p = 0; p < all.size(); ++p) {
    const std::vector<float> values = start_values(*all[p], 5, p);
    double sum = 0, squares = 0;
    for (const float v : values) {
      sum += double{v};
      squares += double{v} * double{v};
    }
    const auto count = static_cast<double>(values.size());
    if (all[p]->start().kind == Start::Kind::kConstant) {
      EXPECT_EQ(sum, count * double{all[p]->start().size}) << all[p]->name();
      continue;
    }
    const double size = double{all[p]->start().size};
    EXPECT_NEAR(sum / count, 0, 4 * size / std::sqrt(count)) << all[p]->name();
    EXPECT_NEAR(std::sqrt(squares / count), size, 4 * size / std::sqrt(2 * count))
        << all[p]->name();
    EXPECT_NE(values, start_values(*all[p], 6, p));
    EXPECT_NE(values, start_values(*all[p], 5, p + 1));
  }
}

}  // namespace
}  // namespace gradcore::nn
