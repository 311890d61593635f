// SPDX-License-Identifier: Apache-2.0
// Recommendation models on the Verilated chip and on the functional one: the same bits. Tables are
// so small that a step needs many of the rows that the step before has changed.
#include <gtest/gtest.h>

#include <string>

#include "sw/nn/feed.h"
#include "tb/system/same_run.h"

namespace gradcore::harness {
namespace {

using namespace nn;  // NOLINT(google-build-using-namespace): all of it is tested here

struct Clicks {
  unsigned n = 4;
  const char* tables = "sgd";
  const char* bag = "1";
  const char* schedule = "{learning_rate: 0.1}";
  unsigned rows = 12;  // of a table
  unsigned batch = 18;
};

Description description_of(const Clicks& c) {
  return parse_description(
      fmt::format(
          "hardware: {{n: {0}}}\n"
          "data: {{set: click_log, dense: 7, tables: 5, rows: {5}, zipf: 1, bag: {1}}}\n"
          "layers: [{{interaction: [{{linear: 9, activation: relu}}, {{linear: {0}, "
          "activation: relu}}], tables: {2}}}, {{linear: 10, activation: relu}}, linear: 1]\n"
          "loss: binary_cross_entropy\noptimizer: {{method: sgd, momentum: 0.9}}\n"
          "schedule: {3}\nbatch: {4}\nsteps: 10\nseed: 3\n",
          c.n, c.bag, c.tables, c.schedule, c.batch, c.rows),
      "clicks.yaml");
}

void compare(const Clicks& clicks, const AxiMemorySettings& memory = {}) {
  const Description description = description_of(clicks);
  const auto feed = make_feed(description);
  Model model(description, feed->shape(), Residence::kAll);
  ASSERT_GT(model.chunks().size(), 1u);
  const Outcome run = expect_same_run(model, *feed, {.steps = 4, .test_batches = 2}, memory);
  // It has learned something of every table.
  const Snapshot start = drawn_parameters(model, 9);
  for (std::size_t t = 0; t < start.tables.size(); ++t) {
    EXPECT_NE(run.end.tables[t].values, start.tables[t].values) << t;
  }
}

TEST(ChipDlrm, TablesWithSgdAreThoseOfTheModel) {
  compare({.n = 4});
  compare({.n = 16, .batch = 50});
}

TEST(ChipDlrm, TablesWithAdagradAreThoseOfTheModel) {
  compare({.n = 4, .tables = "adagrad"});
  compare({.n = 16, .tables = "adagrad", .batch = 50});
}

TEST(ChipDlrm, BagsOfManyIndicesAreThoseOfTheModel) {
  compare({.n = 4, .tables = "adagrad", .bag = "[0, 3]", .batch = 14});
  compare({.n = 16,
           .tables = "adagrad",
           .bag = "[0, 3]",
           .schedule = "{learning_rate: 0.1, decay: linear}",
           .batch = 50});
}

// Stores that take long, of which the rows of the next step must know.
TEST(ChipDlrm, RowsWithMoodsOfDram) {
  AxiMemorySettings memory;
  memory.latency = 100;
  memory.bandwidth = 3.5;
  memory.stalls = {.ar = 0.3, .r = 0.2, .aw = 0.4, .w = 0.3, .b = 0.5};
  memory.reorder = 0.5;
  memory.interleave = true;
  compare({.n = 4, .tables = "adagrad"}, memory);
}

// What a step changes of the tables is what the next one begins with, although its stores go on for
// longer than all that comes behind them: nothing but tokens can hold back the loads.
TEST(ChipDlrm, RowsThatAreLongOnTheirWay) {
  AxiMemorySettings memory;
  memory.latency = 10;
  memory.stalls.w = 0.97;
  for (const char* tables : {"sgd", "adagrad"}) {
    SCOPED_TRACE(tables);
    compare({.n = 4, .tables = tables, .rows = 30}, memory);
  }
}

}  // namespace
}  // namespace gradcore::harness
