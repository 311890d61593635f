// SPDX-License-Identifier: Apache-2.0
// Runs and steps of models with tables, as other programs get them. tb/unit/nn/dump_test.cpp has
// those of a text.
#include "sw/nn/export.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "sw/io/npz.h"
#include "sw/runtime/model_device.h"
#include "tb/unit/io/scratch_folder.h"

namespace gradcore::nn {
namespace {

using testing::Contains;
using testing::Each;
using testing::Not;

constexpr std::uint32_t kTables = 3, kRows = 9, kBatch = 14;

class Export : public testing::Test {
 protected:
  Export()
      : description_(parse_description(
            fmt::format("hardware: {{n: 4}}\n"
                        "data: {{set: click_log, dense: 5, tables: {}, rows: {}, bag: [0, 3]}}\n"
                        "layers: [{{interaction: [linear: 4]}}, linear: 1]\n"
                        "loss: binary_cross_entropy\noptimizer: {{method: sgd, momentum: 0}}\n"
                        "schedule: {{learning_rate: 1}}\nbatch: {}\nsteps: 50\n",
                        kTables, kRows, kBatch),
            "clicks.yaml")),
        feed_(make_feed(description_)) {}

  datasets::ClickBatch batch(std::uint64_t number, bool is_test) {
    datasets::ClickBatch out;
    std::vector<float> inputs(std::size_t{kBatch} * 5), labels(kBatch);
    if (is_test) {
      feed_->test(static_cast<std::uint32_t>(number), {inputs, labels, &out});
    } else {
      feed_->training(number, {inputs, labels, &out});
    }
    return out;
  }
  static std::vector<std::uint32_t> numbers(io::NpzFile& file, const std::string& name) {
    return file.load(name).values<std::uint32_t>();
  }

  tb::ScratchFolder folder_;
  Description description_;
  std::unique_ptr<Feed> feed_;
};

// As torch.nn.functional.embedding_bag would take those of a step.
TEST_F(Export, CategoriesOfARunAreInOrder) {
  const Model model(description_, feed_->shape());
  constexpr std::uint64_t kSteps = 7, kTests = 2;
  save_batches(folder_ / "batches.npz", model, *feed_, kSteps, kTests);
  io::NpzFile file(folder_ / "batches.npz");
  for (const auto& [prefix, count] : {std::pair{"", kSteps}, std::pair{"test_", kTests}}) {
    for (std::uint32_t t = 0; t < kTables; ++t) {
      const std::string offsets_name = fmt::format("{}offsets.{}", prefix, t);
      EXPECT_EQ(file.load(offsets_name).shape, (std::vector<std::size_t>{count, kBatch + 1}));
      const auto offsets = numbers(file, offsets_name);
      const auto indices = numbers(file, fmt::format("{}indices.{}", prefix, t));
      EXPECT_EQ(offsets.back(), indices.size());
      for (std::uint64_t s = 0; s < count; ++s) {
        const datasets::Bags bags = batch(s, prefix[0] != 0).tables[t];
        for (std::uint32_t r = 0; r < kBatch; ++r) {
          const auto at = offsets.begin() + static_cast<std::ptrdiff_t>(s * (kBatch + 1) + r);
          const std::vector<std::uint32_t> bag(indices.begin() + at[0], indices.begin() + at[1]);
          EXPECT_THAT(bag, testing::ElementsAreArray(bags.bag(r))) << prefix << t << " " << s;
        }
      }
    }
  }
  save_batches(folder_ / "batches.npz", model, *feed_, 1, 0);
  EXPECT_THAT(io::NpzFile(folder_ / "batches.npz").names(), Not(Contains("test_offsets.0")));
}

// With a rate of 1 and without momentum, what a table loses is the gradient of each of its rows.
TEST_F(Export, ADumpHasTheGradientsOfTables) {
  const LaunchShape shape{.steps = 1, .test_batches = 1, .dumps = true};
  const CompiledModel compiled = compile_best(description_, feed_->shape(), shape);
  runtime::ModelDevice chip(description_.hardware, compiled.compiled.dram_end);
  Training training(chip, *compiled.model, compiled.compiled, *feed_, shape);
  for (std::uint64_t step = 0; step < 2; ++step) {
    const DumpedStep dumped = dump_step(training);
    save_dump(folder_ / "dump.npz", *compiled.model, *feed_, dumped);
    const Snapshot after = training.snapshot();
    io::NpzFile file(folder_ / "dump.npz");
    EXPECT_THAT(file.names(), Contains("0.interaction output"));
    EXPECT_THAT(file.names(), Contains("0.0.linear output"));
    EXPECT_THAT(file.names(), Contains("0.interaction bottom gradient"));
    EXPECT_THAT(file.names(), Not(Contains(kRowGradients)));
    for (std::uint32_t t = 0; t < kTables; ++t) {
      const io::Array before = file.load(table_name(t, ""));
      const io::Array gradient = file.load("gradient of " + table_name(t, ""));
      EXPECT_EQ(gradient.shape, (std::vector<std::size_t>{kRows, 4}));
      const auto x = before.values<float>(), g = gradient.values<float>();
      EXPECT_THAT(g, Not(Each(0.0f)));
      for (std::size_t i = 0; i < g.size(); ++i) {
        ASSERT_EQ(after.tables[t].values[i], x[i] - g[i]) << "table " << t << " number " << i;
      }
      const auto offsets = numbers(file, fmt::format("offsets.{}", t));
      const datasets::Bags bags = batch(step, false).tables[t];
      EXPECT_EQ(offsets, bags.offsets);
      EXPECT_EQ(numbers(file, fmt::format("indices.{}", t)), bags.indices);
    }
  }
}

}  // namespace
}  // namespace gradcore::nn
