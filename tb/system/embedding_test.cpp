// SPDX-License-Identifier: Apache-2.0
// Passes over embedding tables on the Verilated chip and on the functional one: the same bits, and
// in how many cycles.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "sw/compiler/run.h"
#include "sw/nn/embedding_pooling.h"
#include "sw/nn/embedding_update.h"
#include "sw/nn/training.h"
#include "sw/runtime/model_device.h"
#include "tb/harness/rtl_chip.h"
#include "tb/unit/nn/plain_embedding.h"

namespace gradcore::harness {
namespace {

using namespace nn;  // NOLINT(google-build-using-namespace): all of it is tested here

std::vector<std::byte> dram_of(runtime::Device& device, std::uint64_t bytes) {
  std::vector<std::byte> out(bytes);
  device.read(0, out);
  return out;
}

// A mini-batch of bags of up to `most` indices.
struct Problem {
  EmbeddingShape shape;
  datasets::Bags bags;

  Problem(unsigned n, std::uint32_t table_rows, std::uint32_t bag_count, std::uint32_t most,
          bool is_adagrad, Pooling pooling) {
    bags = plain::zipf_bags(bag_count, 0, most, table_rows, 5, 1.05);
    shape.hardware.n = n;
    shape.table_rows = table_rows;
    shape.bags = bag_count;
    shape.is_adagrad = is_adagrad;
    shape.pooling = pooling;
    shape.blocks = update_shape(bags, shape.hardware, shape.features);
    shape.most_blocks = 200;
  }

  void write(runtime::Device& device, const EmbeddingUpdate& update) const {
    const std::size_t features = shape.features;
    write_floats(device, update.regions().rows, 0,
                 plain::random_floats(features * shape.table_rows, 1, 1.0f));
    write_floats(device, update.regions().gradients, 0,
                 plain::random_floats(features * shape.bags, 2, 1.0f));
  }
};

EmbeddingPoolingShape pooling_problem(unsigned n, std::uint32_t table_rows, std::uint32_t bags,
                                      std::uint32_t most, Pooling pooling) {
  EmbeddingPoolingShape out;
  out.hardware.n = n;
  out.table_rows = table_rows;
  out.bags = bags;
  out.pooling = pooling;
  out.blocks = pooling_shape(plain::zipf_bags(bags, 0, most, table_rows, 5, 1.05), n,
                             out.hardware.list_entries());
  out.most_blocks = 300;
  return out;
}

void compare(const Problem& problem, const AxiMemorySettings& memory) {
  const EmbeddingUpdate update(problem.shape);
  runtime::ModelDevice functional(problem.shape.hardware, update.dram_end());
  RtlChip* chip = nullptr;
  const auto rtl = make_rtl_chip(
      {.hardware = problem.shape.hardware, .dram_bytes = update.dram_end(), .memory = memory},
      &chip);
  for (runtime::Device* device :
       {static_cast<runtime::Device*>(&functional), static_cast<runtime::Device*>(rtl.get())}) {
    problem.write(*device, update);
    update.run(*device, problem.bags, 0.25f);
  }
  EXPECT_EQ(dram_of(*rtl, update.dram_end()), dram_of(functional, update.dram_end()));
  EXPECT_EQ(chip->assertion_failures(), 0u);
}

AxiMemorySettings moods() {
  AxiMemorySettings out;
  out.latency = 90;
  out.bandwidth = 5.5;
  out.stalls = {.ar = 0.3, .r = 0.2, .aw = 0.4, .w = 0.3, .b = 0.5};
  out.reorder = 0.5;
  out.interleave = true;
  return out;
}

TEST(ChipEmbedding, UpdatesAreThoseOfTheModel) {
  for (const unsigned n : {4u, 16u}) {
    for (const bool is_adagrad : {false, true}) {
      SCOPED_TRACE(fmt::format("{} x {}, Adagrad {}", n, n, is_adagrad));
      const Pooling pooling = is_adagrad ? Pooling::kMean : Pooling::kSum;
      compare(Problem(n, 900, 60, 40, is_adagrad, pooling), {});
      compare(Problem(n, 900, 60, 40, is_adagrad, pooling), moods());
      Problem gathered(n, 900, 60, 40, is_adagrad, pooling);
      gathered.shape.blocks = {4 * n, 8 * n, 128, 3, true};
      compare(gathered, {});
    }
  }
}

TEST(ChipEmbedding, SumsAndMeansOfBagsAreThoseOfTheModel) {
  for (const unsigned n : {4u, 16u}) {
    for (const Pooling pooling : {Pooling::kSum, Pooling::kMean}) {
      for (const AxiMemorySettings& memory : {AxiMemorySettings{}, moods()}) {
        SCOPED_TRACE(fmt::format("{} x {}, pooling {}", n, n, static_cast<int>(pooling)));
        const EmbeddingPoolingShape shape = pooling_problem(n, 900, 70, 60, pooling);
        const datasets::Bags bags = plain::zipf_bags(70, 0, 60, 900, 5, 1.05);
        const EmbeddingPooling pass(shape);
        runtime::ModelDevice functional(shape.hardware, pass.dram_end());
        RtlChip* chip = nullptr;
        const auto rtl = make_rtl_chip(
            {.hardware = shape.hardware, .dram_bytes = pass.dram_end(), .memory = memory}, &chip);
        const std::vector<float> rows =
            plain::random_floats(std::size_t{shape.table_rows} * shape.features, 1, 1.0f);
        for (runtime::Device* device : {static_cast<runtime::Device*>(&functional),
                                        static_cast<runtime::Device*>(rtl.get())}) {
          write_floats(*device, pass.regions().rows, 0, rows);
          pass.run(*device, bags);
        }
        EXPECT_EQ(dram_of(*rtl, pass.dram_end()), dram_of(functional, pass.dram_end()));
        EXPECT_EQ(chip->assertion_failures(), 0u);
      }
    }
  }
}

// A recommendation model whose tables have passes around each step, since it takes means of bags.
TEST(ChipEmbedding, AModelWithPassesIsThatOfTheModel) {
  for (const unsigned n : {4u, 16u}) {
    const Description description = parse_description(
        fmt::format("hardware: {{n: {0}}}\ndata: {{set: click_log, dense: 5, tables: 3, rows: 40, "
                    "bag: [0, 9]}}\nlayers: [{{interaction: [linear: {0}], tables: adagrad, "
                    "pooling: mean}}, linear: 1]\nloss: binary_cross_entropy\n"
                    "optimizer: {{method: sgd, momentum: 0.9}}\n"
                    "schedule: {{learning_rate: 0.1, decay: linear}}\nbatch: 20\nsteps: 10\n"
                    "test_batches: 2\n",
                    n),
        "means.yaml");
    const auto feed = make_feed(description);
    Model model(description, feed->shape());
    const LaunchShape shape{.steps = 3, .test_batches = 2};
    const Compiled compiled = compile(model, shape);
    ASSERT_NE(compiled.passes, nullptr);
    runtime::ModelDevice functional(description.hardware, compiled.dram_end);
    RtlChip* chip = nullptr;
    const auto rtl = make_rtl_chip(
        {.hardware = description.hardware, .dram_bytes = compiled.dram_end, .memory = {}}, &chip);
    Training want(functional, model, compiled, *feed, shape);
    Training got(*rtl, model, compiled, *feed, shape);
    const std::vector<float> losses = want.train(3);
    EXPECT_NE(losses[0], losses[2]);
    EXPECT_EQ(got.train(3), losses);
    EXPECT_EQ(got.test().outputs, want.test().outputs);
    const Snapshot a = want.snapshot();
    const Snapshot b = got.snapshot();
    for (std::size_t t = 0; t < a.tables.size(); ++t) {
      EXPECT_EQ(b.tables[t].values, a.tables[t].values);
      EXPECT_EQ(b.table_state[t].values, a.table_state[t].values);
    }
    for (std::size_t p = 0; p < a.parameters.size(); ++p) {
      EXPECT_EQ(b.parameters[p].values, a.parameters[p].values);
    }
    EXPECT_EQ(chip->assertion_failures(), 0u);
  }
}

// An entry that no table has, in a list that the host has not looked at.
TEST(ChipEmbedding, ABadIndexIsRefusedWithItsPlace) {
  const Problem problem(4, 500, 30, 20, false, Pooling::kSum);
  const EmbeddingUpdate update(problem.shape);
  const auto chip = make_rtl_chip(
      {.hardware = problem.shape.hardware, .dram_bytes = update.dram_end(), .memory = {}});
  problem.write(*chip, update);
  const UpdateLists lists(problem.bags, 500, problem.shape.blocks);
  update.prepare(*chip, lists, problem.bags, 0.25f);
  const std::uint32_t bad = 501;
  const std::uint64_t place = UpdateLists::end_words(problem.shape.blocks) + 5;
  chip->write(update.regions().lists.address + 4 * place, std::as_bytes(std::span(&bad, 1)));
  const std::uint64_t tables = update.regions().rows.address + update.regions().rows.bytes;
  const std::vector<std::byte> before = dram_of(*chip, tables);
  std::string what;
  try {
    update.launch(*chip);
  } catch (const compiler::ChipError& error) {
    what = error.what();
  }
  EXPECT_NE(what.find("entry 5 is 0x1f5"), std::string::npos) << what;
  EXPECT_EQ(dram_of(*chip, tables), before);
}

// 64k indices that follow a power law, of a million rows. DRAM that moves 16 bytes a cycle is the
// bound; one that reads 16 and writes 16 shows what the chip itself is good for.
TEST(ChipEmbedding, UpdatesKeepUpWithDram) {
  constexpr double kEachWay = 32;
  const auto over = [](bool is_adagrad, double bandwidth) {
    const Problem problem(16, 1'000'000, 2048, 73, is_adagrad, Pooling::kSum);
    EXPECT_NEAR(double(problem.bags.indices.size()), 65536, 1500);
    const EmbeddingUpdate update(problem.shape);
    AxiMemorySettings memory;
    memory.bandwidth = bandwidth;
    const auto chip = make_rtl_chip(
        {.hardware = problem.shape.hardware, .dram_bytes = update.dram_end(), .memory = memory});
    const UpdateLists lists(problem.bags, problem.shape.table_rows, problem.shape.blocks);
    problem.write(*chip, update);
    update.prepare(*chip, lists, problem.bags, 0.25f);
    update.launch(*chip);
    const PassWork work = update.work(lists, problem.bags);
    const std::uint64_t traffic =
        bandwidth == kEachWay ? std::max(work.read, work.written) : work.read + work.written;
    const auto cycles = static_cast<double>(chip->counters().cycles);
    return cycles / static_cast<double>(std::max(traffic, work.vector)) - 1;
  };
  constexpr double kShared = 16;
  for (const bool is_adagrad : {false, true}) {
    EXPECT_GT(over(is_adagrad, kShared), 0) << "no order can do that";
    EXPECT_LT(over(is_adagrad, kShared), 0.05);
  }
  EXPECT_LT(over(false, kEachWay), 0.22);
  EXPECT_LT(over(true, kEachWay), 0.38);
}

TEST(ChipEmbedding, SumsOfBagsKeepUpWithDram) {
  constexpr std::uint32_t kRows = 1'000'000, kBags = 1000, kMost = 128;
  const EmbeddingPoolingShape shape = pooling_problem(16, kRows, kBags, kMost, Pooling::kMean);
  const datasets::Bags bags = plain::zipf_bags(kBags, 0, kMost, kRows, 5, 1.05);
  const EmbeddingPooling pass(shape);
  const auto chip =
      make_rtl_chip({.hardware = shape.hardware, .dram_bytes = pass.dram_end(), .memory = {}});
  const PoolingLists lists(bags, kRows, shape.blocks);
  pass.prepare(*chip, lists, bags);
  pass.launch(*chip);
  const PassWork work = pass.work(lists, bags);
  const auto bound = static_cast<double>(work.read + work.written);
  const auto cycles = static_cast<double>(chip->counters().cycles);
  EXPECT_GT(cycles, bound);
  EXPECT_LT(cycles, 1.12 * bound);
}

}  // namespace
}  // namespace gradcore::harness
