// SPDX-License-Identifier: Apache-2.0
// Tables of a recommendation model around a step that the host stands in for.
#include "sw/nn/table_passes.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <functional>
#include <string>
#include <vector>

#include "sw/datasets/click_log.h"
#include "sw/runtime/model_device.h"
#include "tb/unit/nn/plain_embedding.h"

namespace gradcore::nn {
namespace {

struct Case {
  std::string name;
  unsigned n = 4;
  std::uint32_t features = 8, samples = 20, tables = 3, rows = 50, most = 20;
  Pooling pooling = Pooling::kSum;
  bool is_adagrad = false;
};
void PrintTo(const Case& c, std::ostream* out) { *out << c.name; }

class TablePassesOf : public testing::TestWithParam<Case> {
 protected:
  TablePassesShape shape() const {
    TablePassesShape out;
    out.hardware.n = c_.n;
    out.tables.assign(c_.tables, {c_.rows, 0, c_.most});
    out.features = c_.features;
    out.samples = c_.samples;
    out.first = 1;
    out.vector_rows = 8;
    out.pooling = c_.pooling;
    out.is_adagrad = c_.is_adagrad;
    return out;
  }
  datasets::ClickBatch batch(std::uint64_t step) const {
    datasets::ClickLogConfig config;
    config.tables.assign(c_.tables, {.rows = c_.rows, .least_bag = 0, .most_bag = c_.most});
    return datasets::ClickLog(config).batch(datasets::Part::kTrain, step * c_.samples, c_.samples);
  }

  const Case& c_ = GetParam();
};

// Every step has other bags. What stands for the rest of a step makes gradients of the vectors.
TEST_P(TablePassesOf, TrainLikePlainCode) {
  const TablePasses passes(shape());
  runtime::ModelDevice device(shape().hardware, passes.dram_end());
  const std::uint32_t all = c_.tables * c_.rows;
  plain::Embedding plain{c_.n,
                         c_.features,
                         c_.is_adagrad,
                         c_.pooling == Pooling::kMean,
                         plain::random_floats(std::size_t{all} * c_.features, 2, 1.0f),
                         std::vector<float>(all, 0.0f)};
  write_floats(device, passes.rows(), 0, plain.rows);
  if (c_.is_adagrad) write_floats(device, passes.state(), 0, plain.state);
  const std::vector<std::uint32_t> table_rows(c_.tables, c_.rows);
  for (std::uint64_t step = 0; step < 4; ++step) {
    const datasets::ClickBatch mini_batch = batch(step);
    const datasets::Bags bags = joined(mini_batch, table_rows, 1, 8);
    passes.pool(device, mini_batch);
    std::vector<float> vectors =
        read_floats(device, passes.vectors(), 0, bags.count() * c_.features);
    EXPECT_EQ(vectors, plain.pooled(bags)) << "step " << step;
    for (float& x : vectors) x = x * x - 0.5f;
    write_floats(device, passes.vectors(), 0, vectors);
    passes.update(device, mini_batch, 0.1f);
    plain.update(bags, vectors, 0.1f);
  }
  EXPECT_EQ(read_floats(device, passes.rows(), 0, plain.rows.size()), plain.rows);
  if (c_.is_adagrad) {
    EXPECT_EQ(read_floats(device, passes.state(), 0, plain.state.size()), plain.state);
  }
}

INSTANTIATE_TEST_SUITE_P(
    All, TablePassesOf,
    testing::Values(Case{.name = "Sgd"},
                    Case{.name = "AdagradOfMeans", .pooling = Pooling::kMean, .is_adagrad = true},
                    // More bags, and longer ones, than fit list memory or local memory at once.
                    Case{.name = "LargeBatch",
                         .n = 16,
                         .features = 16,
                         .samples = 512,
                         .tables = 6,
                         .rows = 3000,
                         .most = 200,
                         .is_adagrad = true}),
    [](const auto& instance) { return instance.param.name; });

TEST(TablePasses, RefuseWhatTheyWereNotMadeFor) {
  TablePassesShape shape;
  shape.hardware.n = 4;
  shape.tables = {{10, 0, 2}};
  shape.features = 4;
  shape.samples = 2;
  shape.first = 1;
  shape.vector_rows = 4;
  const TablePasses passes(shape);
  runtime::ModelDevice device(shape.hardware, passes.dram_end());
  const auto complaint = [&](const std::vector<std::vector<std::uint32_t>>& bags) -> std::string {
    datasets::ClickBatch batch(0, 1);
    for (const auto& bag : bags) batch.append({{}, {bag}, 0});
    try {
      passes.pool(device, batch);
      passes.update(device, batch, 1.0f);
    } catch (const std::invalid_argument& error) {
      return error.what();
    }
    return "";
  };
  EXPECT_EQ(complaint({{9, 0}, {}}), "");
  EXPECT_EQ(complaint({{9}}), "1 samples, expected 2");
  EXPECT_EQ(complaint({{9}, {1, 2, 3}}), "a bag of 3 indices of table 0, expected 2 at most");
  EXPECT_NE(complaint({{9}, {10}}).find("10"), std::string::npos);
  shape.vector_rows = 1;
  EXPECT_THROW(TablePasses{shape}, compiler::CompileError);
}

}  // namespace
}  // namespace gradcore::nn
