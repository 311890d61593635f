// SPDX-License-Identifier: Apache-2.0
// Embedding bags and the products of pairs against the same in binary64.
#include "sw/nn/interaction.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "sw/compiler/run.h"
#include "sw/nn/training.h"
#include "sw/runtime/model_device.h"
#include "sw/train/random.h"

namespace gradcore::nn {
namespace {

struct Case {
  std::string name;
  unsigned n = 4;
  std::uint32_t features = 4, batch = 6, tables = 3, least = 1, most = 1;
  bool is_adagrad = false, is_mean = false;
  bool has_passes = false;  // as is to be seen

  Description description() const {
    return parse_description(
        fmt::format(
            "hardware: {{n: {}}}\ndata: {{set: click_log, dense: 5, tables: {}, rows: 12, "
            "bag: [{}, {}]}}\nlayers: [{{interaction: [linear: {}], tables: {}, pooling: {}}}, "
            "linear: 1]\n"
            "loss: binary_cross_entropy\noptimizer: {{method: sgd, momentum: 0}}\n"
            "schedule: {{learning_rate: 0.5}}\nbatch: {}\nsteps: 10\ntest_batches: 1\n",
            n, tables, least, most, features, is_adagrad ? "adagrad" : "sgd",
            is_mean ? "mean" : "sum", batch),
        name + ".yaml");
  }
};
void PrintTo(const Case& c, std::ostream* out) { *out << c.name; }

using Row = std::vector<double>;

class InteractionStep : public testing::TestWithParam<Case> {
 protected:
  InteractionStep()
      : description_(GetParam().description()),
        feed_(make_feed(description_)),
        model_(description_, feed_->shape()),
        compiled_(compile(model_, shape_)),
        device_(description_.hardware, compiled_.dram_end),
        training_(device_, model_, compiled_, *feed_, shape_) {
    Snapshot start = training_.snapshot();
    for (std::size_t t = 0; t < start.tables.size(); ++t) {
      for (std::size_t i = 0; i < start.tables[t].values.size(); ++i) {
        start.tables[t].values[i] = train::random_uniform(train::random_bits(3, t, i), 1);
      }
    }
    start.state.clear();
    training_.restore(start);
    start_ = training_.snapshot();
  }

  double value(const Snapshot& s, std::size_t parameter, std::size_t index) const {
    return double{s.parameters[parameter].values[index]};
  }

  // Of a row in the vector of its bag.
  static double part(const datasets::ClickBatch& batch, std::size_t table, std::size_t sample) {
    return GetParam().is_mean ? 1 / static_cast<double>(batch.tables[table].bag(sample).size()) : 1;
  }

  // As mathematics has it: of every row that a bag names, and of the last layer's bias and of its
  // weights for the result of the bottom layer.
  struct Plain {
    double loss = 0, bias = 0;
    std::map<std::pair<std::size_t, std::uint32_t>, Row> gradients;
    Row weights;
  };
  Plain plain(const datasets::ClickBatch& batch) const {
    const Case& c = GetParam();
    const std::size_t d = c.features;
    Plain out;
    double& loss = out.loss;
    double& bias = out.bias;
    auto& gradients = out.gradients;
    Row& weights = out.weights;
    weights.assign(d, 0.0);
    for (std::uint32_t s = 0; s < c.batch; ++s) {
      std::vector<Row> t(1 + c.tables, Row(d, 0.0));
      for (std::size_t f = 0; f < d; ++f) {
        t[0][f] = value(start_, 1, f);
        for (std::size_t i = 0; i < 5; ++i) {
          t[0][f] += double{batch.dense_of(s)[i]} * value(start_, 0, i * d + f);
        }
      }
      for (std::size_t k = 0; k < c.tables; ++k) {
        for (const std::uint32_t row : batch.tables[k].bag(s)) {
          for (std::size_t f = 0; f < d; ++f) {
            t[1 + k][f] += double{start_.tables[k].values[row * d + f]} * part(batch, k, s);
          }
        }
      }
      double z = value(start_, 3, 0);
      for (std::size_t f = 0; f < d; ++f) z += t[0][f] * value(start_, 2, f);
      std::size_t pair = d;
      for (std::size_t i = 1; i < t.size(); ++i) {
        for (std::size_t j = 0; j < i; ++j, ++pair) {
          for (std::size_t f = 0; f < d; ++f) z += t[i][f] * t[j][f] * value(start_, 2, pair);
        }
      }
      const double p = 1 / (1 + std::exp(-z));
      const double y = batch.labels[s];
      loss -= (y * std::log(p) + (1 - y) * std::log(1 - p)) / c.batch;
      const double dz = (p - y) / c.batch;
      bias += dz;
      for (std::size_t f = 0; f < d; ++f) weights[f] += dz * t[0][f];
      pair = d;
      for (std::size_t i = 1; i < t.size(); ++i) {
        for (std::size_t j = 0; j < i; ++j, ++pair) {
          const auto give = [&](std::size_t to, std::size_t from) {
            if (to == 0) return;
            for (const std::uint32_t row : batch.tables[to - 1].bag(s)) {
              Row& g = gradients[{to - 1, row}];
              g.resize(d);
              for (std::size_t f = 0; f < d; ++f) {
                g[f] += dz * value(start_, 2, pair) * t[from][f] * part(batch, to - 1, s);
              }
            }
          };
          give(i, j);
          give(j, i);
        }
      }
    }
    return out;
  }

  Description description_;
  std::unique_ptr<Feed> feed_;
  LaunchShape shape_ = {.steps = 1, .test_batches = 1, .dram_base = 0};
  Model model_;
  Compiled compiled_;
  runtime::ModelDevice device_;
  Training training_;
  Snapshot start_;
};

// Operands of the matrix unit are bfloat16, with an error of 2^-9 of each: of a product of a few of
// them, as gradients here are, some 1 % of the largest.
TEST_P(InteractionStep, IsThatOfMathematics) {
  const Case& c = GetParam();
  EXPECT_EQ(compiled_.passes != nullptr, c.has_passes);
  constexpr double kTolerance = 0.015;
  constexpr double kRate = 0.5;
  datasets::ClickBatch batch;
  std::vector<float> inputs(std::size_t{c.batch} * 5);
  std::vector<float> labels(c.batch);
  feed_->training(0, {inputs, labels, &batch});
  const auto [loss, bias, gradients, weights] = plain(batch);
  const std::vector<float> losses = training_.train(1);
  EXPECT_NEAR(double{losses.front()}, loss, kTolerance * std::max(loss, 1.0));
  const Snapshot end = training_.snapshot();
  EXPECT_NEAR(value(end, 3, 0), value(start_, 3, 0) - kRate * bias, kRate * kTolerance);
  for (std::size_t f = 0; f < c.features; ++f) {
    EXPECT_NEAR(value(end, 2, f), value(start_, 2, f) - kRate * weights[f], kRate * kTolerance)
        << "weight " << f;
  }

  double largest = 0;
  for (const auto& [unused, g] : gradients) {
    for (const double x : g) largest = std::max(largest, std::abs(x));
  }
  ASSERT_GT(largest, 0.001);
  for (std::size_t t = 0; t < c.tables; ++t) {
    for (std::uint32_t row = 0; row < 12; ++row) {
      const auto at = gradients.find({t, row});
      double squares = 0;
      for (std::uint32_t f = 0; f < c.features; ++f) {
        const std::size_t i = std::size_t{row} * c.features + f;
        const double change = double{end.tables[t].values[i]} - double{start_.tables[t].values[i]};
        if (at == gradients.end()) {
          EXPECT_EQ(change, 0) << "table " << t << " row " << row;
          continue;
        }
        squares += at->second[f] * at->second[f] / c.features;
        if (!c.is_adagrad) {
          EXPECT_NEAR(change, -kRate * at->second[f], kRate * kTolerance * largest)
              << "table " << t << " row " << row << " feature " << f;
        } else {
          // The first step is as long whatever the gradient is; its state tells more.
          EXPECT_LE(std::abs(change), kRate * std::sqrt(c.features) * 1.01);
        }
      }
      if (c.is_adagrad) {
        EXPECT_NEAR(double{end.table_state[t].values[row]}, squares,
                    2 * kTolerance * largest * largest)
            << "table " << t << " row " << row;
      }
    }
  }
}

class InteractionLists : public InteractionStep {};

// The chip looks at every number of a row itself: here the host's check is passed by, and the list
// in DRAM is another one. Tables stay as they were.
TEST_P(InteractionLists, RefuseARowThatNoTableHas) {
  class Spoiled final : public runtime::Device {
   public:
    Spoiled(runtime::ModelDevice& device, std::uint64_t address, std::uint32_t entry)
        : Device(device.dram_bytes()), device_(device), address_(address), entry_(entry) {}
    const runtime::Hardware& hardware() const override { return device_.hardware(); }
    void write(std::uint64_t address, std::span<const std::byte> bytes) override {
      device_.write(address, bytes);
      if (address == address_) device_.write(address, std::as_bytes(std::span(&entry_, 1)));
    }
    void read(std::uint64_t address, std::span<std::byte> bytes) override {
      device_.read(address, bytes);
    }
    void set_windows(const model::Window& r, const model::Window& w) override {
      device_.set_windows(r, w);
    }
    void launch(std::uint64_t address) override { device_.launch(address); }
    runtime::Status wait(std::uint64_t limit) override { return device_.wait(limit); }
    runtime::Counters counters() const override { return device_.counters(); }
    void reset() override { device_.reset(); }

   private:
    runtime::ModelDevice& device_;
    std::uint64_t address_;
    std::uint32_t entry_;
  };
  runtime::ModelDevice inner(description_.hardware, compiled_.dram_end);
  const std::uint32_t rows = model_.interaction()->lists().rows();
  Spoiled device(inner, compiled_.first_rows.address, rows);
  Training training(device, model_, compiled_, *feed_, shape_);
  std::vector<std::byte> before(compiled_.rows.bytes);
  inner.read(compiled_.rows.address, before);
  try {
    training.train(1);
    FAIL() << "a row beyond the tables was taken";
  } catch (const compiler::ChipError& error) {
    EXPECT_NE(std::string(error.what()).find(fmt::format("{}", rows)), std::string::npos)
        << error.what();
  }
  std::vector<std::byte> after(compiled_.rows.bytes);
  inner.read(compiled_.rows.address, after);
  EXPECT_EQ(before, after);
}

// A launch of three steps is three launches of one, bit by bit: rows that stay between steps have
// been to DRAM in between, and what a step does ahead belongs to the step behind it.
TEST_P(InteractionLists, AreTheSameHoweverLaunchesAreCut) {
  const LaunchShape shape{.steps = 3, .test_batches = 1};
  Model model(description_, feed_->shape());
  const Compiled compiled = compile(model, shape);
  runtime::ModelDevice device(description_.hardware, compiled.dram_end);
  Training whole(device, model, compiled, *feed_, shape);
  whole.restore(start_);
  const std::vector<float> losses = whole.train(3);
  std::vector<float> want;
  for (unsigned s = 0; s < 3; ++s) want.push_back(training_.train(1).front());
  EXPECT_EQ(losses, want);
  const Snapshot got = whole.snapshot();
  const Snapshot expected = training_.snapshot();
  const auto compare = [](const std::vector<Tensor>& a, const std::vector<Tensor>& b) {
    ASSERT_EQ(a.size(), b.size());
    for (std::size_t t = 0; t < a.size(); ++t) EXPECT_EQ(a[t].values, b[t].values) << a[t].name;
  };
  compare(got.parameters, expected.parameters);
  compare(got.tables, expected.tables);
  compare(got.table_state, expected.table_state);
}

// Rows that are too wide for all of a mini-batch to be in local memory.
TEST(Interaction, WideTablesGoByPasses) {
  const auto has_passes = [](std::uint32_t features) {
    Case c{.name = "Wide",
           .n = 16,
           .features = features,
           .batch = 128,
           .tables = 8,
           .is_adagrad = true};
    const Description description = c.description();
    const auto feed = make_feed(description);
    Model model(description, feed->shape());
    return compile(model, {.dram_bytes = 1u << 30}).passes != nullptr;  // and has room
  };
  EXPECT_FALSE(has_passes(64));
  EXPECT_TRUE(has_passes(128));
}

std::vector<Case> cases() {
  return {{.name = "Single"},
          {.name = "Bags", .least = 0, .most = 4},
          {.name = "Adagrad", .least = 1, .most = 3, .is_adagrad = true},
          {.name = "ManyTables", .features = 8, .batch = 9, .tables = 6, .most = 2},
          {.name = "Means", .least = 0, .most = 4, .is_mean = true, .has_passes = true},
          {.name = "MeansAdagrad",
           .least = 1,
           .most = 3,
           .is_adagrad = true,
           .is_mean = true,
           .has_passes = true},
          {.name = "ListsThatDoNotFit",
           .features = 8,
           .batch = 40,
           .tables = 5,
           .least = 0,
           .most = 6,
           .has_passes = true},
          {.name = "LargeArray", .n = 16, .features = 16, .batch = 40, .tables = 8}};
}

// Passes make lists of their own.
std::vector<Case> without_passes() {
  std::vector<Case> out = cases();
  std::erase_if(out, [](const Case& c) { return c.has_passes; });
  return out;
}

INSTANTIATE_TEST_SUITE_P(All, InteractionStep, testing::ValuesIn(cases()),
                         [](const auto& instance) { return instance.param.name; });
INSTANTIATE_TEST_SUITE_P(All, InteractionLists, testing::ValuesIn(without_passes()),
                         [](const auto& instance) { return instance.param.name; });

}  // namespace
}  // namespace gradcore::nn
