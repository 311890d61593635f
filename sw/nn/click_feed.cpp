// SPDX-License-Identifier: Apache-2.0
// Click logs: made ones, of which any sample can be had, and Criteo's, which are read through from
// the beginning to the end and then once more.
#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <stdexcept>

#include "sw/datasets/criteo.h"
#include "sw/io/error.h"
#include "sw/nn/feed.h"
#include "sw/train/random.h"

namespace gradcore::nn {
namespace {

using datasets::ClickBatch;

void put(const ClickBatch& batch, const StepData& to) {
  std::copy(batch.dense.begin(), batch.dense.end(), to.inputs.begin());
  std::copy(batch.labels.begin(), batch.labels.end(), to.labels.begin());
  *to.categories = batch;
}

class MadeFeed final : public Feed {
 public:
  explicit MadeFeed(const Description& d)
      : log_([&] {
          datasets::ClickLogConfig config = d.data.clicks;
          config.seed = d.seed;
          return config;
        }()),
        batch_(d.batch),
        test_batches_(d.test_batches) {
    if (test_batches_ > 0) {
      best_ = log_.planted_loss(datasets::Part::kTest, 0, std::uint64_t{test_batches_} * batch_);
    }
  }

  DataShape shape() const override {
    DataShape out{log_.config().dense_features, 2, 1, false, {}};
    for (const datasets::ClickTable& table : log_.config().tables) {
      out.tables.push_back({table.rows, table.least_bag, table.most_bag});
    }
    return out;
  }
  std::string about() const override {
    const auto& tables = log_.config().tables;
    std::string out =
        fmt::format("a click log that is made, {} dense features, {} tables of {} rows",
                    log_.config().dense_features, tables.size(), tables.front().rows);
    if (test_batches_ > 0) {
      out += fmt::format(
          "; of its test samples log loss {:.4f} can be reached, {:.4f} without a "
          "model",
          best_.planted, best_.constant);
    }
    return out;
  }
  void training(std::uint64_t step, const StepData& to) override {
    put(log_.batch(datasets::Part::kTrain, step * batch_, batch_), to);
  }
  void test(std::uint32_t batch, const StepData& to) override {
    put(log_.batch(datasets::Part::kTest, std::uint64_t{batch} * batch_, batch_), to);
  }
  std::uint32_t test_batches() const override { return test_batches_; }
  // Of what the samples are made from; their seed is the run's.
  std::uint64_t digest() const override {
    std::uint64_t out = 0;
    const auto add = [&](std::uint64_t value) { out = train::mix(out ^ value) + 1; };
    const datasets::ClickLogConfig& c = log_.config();
    add(c.dense_features);
    for (const datasets::ClickTable& table : c.tables) {
      for (const std::uint64_t value :
           {std::uint64_t{table.rows}, std::bit_cast<std::uint64_t>(table.zipf),
            std::uint64_t{table.least_bag}, std::uint64_t{table.most_bag}}) {
        add(value);
      }
    }
    return out;
  }

 private:
  datasets::ClickLog log_;
  std::uint32_t batch_, test_batches_;
  datasets::PlantedLoss best_;
};

// The first batches of the file are the test data; training begins behind them, each time anew.
class CriteoFeed final : public Feed {
 public:
  explicit CriteoFeed(const Description& d)
      : path_(d.data.file),
        rows_(datasets::criteo_tables(d.data.table_rows)),
        batch_(d.batch),
        reader_(std::make_unique<datasets::CriteoReader>(path_, rows_)) {
    for (std::uint32_t b = 0; b < d.test_batches; ++b) tests_.push_back(next());
    if (d.test_batches > 0 && tests_.back().size() < batch_) {
      throw io::FileError(path_ + ": it has fewer samples than the test batches need");
    }
    if (next().size() < batch_) {
      throw io::FileError(path_ + ": there is no whole batch of samples behind the test samples");
    }
    rewind();
  }

  DataShape shape() const override {
    DataShape out{static_cast<std::uint32_t>(datasets::kCriteoIntegers), 2, 1, false, {}};
    for (const std::uint32_t rows : rows_) out.tables.push_back({rows, 1, 1});
    return out;
  }
  std::string about() const override {
    return fmt::format("{}, 26 tables of {} rows", path_, rows_.front());
  }
  void training(std::uint64_t step, const StepData& to) override {
    if (step < step_) {
      rewind();
      step_ = 0;
    }
    ClickBatch batch;
    for (; step_ <= step; ++step_) {
      batch = next();
      if (batch.size() == batch_) continue;
      rewind();
      batch = next();
    }
    put(batch, to);
  }
  void test(std::uint32_t batch, const StepData& to) override { put(tests_.at(batch), to); }
  std::uint32_t test_batches() const override { return static_cast<std::uint32_t>(tests_.size()); }

 private:
  ClickBatch next() { return reader_->next_batch(batch_); }
  void rewind() {
    reader_ = std::make_unique<datasets::CriteoReader>(path_, rows_);
    for (std::size_t b = 0; b < tests_.size(); ++b) next();
  }

  std::string path_;
  datasets::CriteoTables rows_;
  std::uint32_t batch_;
  std::unique_ptr<datasets::CriteoReader> reader_;
  std::uint64_t step_ = 0;  // the next one
  std::vector<ClickBatch> tests_;
};

}  // namespace

std::unique_ptr<Feed> make_click_feed(const Description& description) {
  if (description.data.set == DataSet::kCriteo) return std::make_unique<CriteoFeed>(description);
  return std::make_unique<MadeFeed>(description);
}

std::unique_ptr<Feed> make_feed(const Description& description) {
  if (description.data.set == DataSet::kText) return make_text_feed(description);
  try {
    return make_click_feed(description);
  } catch (const std::invalid_argument& error) {
    throw compiler::CompileError(error.what());
  }
}

}  // namespace gradcore::nn
