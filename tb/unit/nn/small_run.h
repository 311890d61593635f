// SPDX-License-Identifier: Apache-2.0
// Small networks with drawn data and drawn parameters, trained for a few steps.
#pragma once

#include <fmt/format.h>

#include <cmath>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "sw/nn/training.h"
#include "sw/runtime/model_device.h"
#include "sw/train/random.h"

namespace gradcore::nn {

// A network of any size in a few words.
struct SmallNetwork {
  std::string name;
  unsigned n = 4;
  std::string layers;  // YAML
  DataShape data;
  std::uint32_t batch = 1;
  LossKind loss = LossKind::kSoftmaxCrossEntropy;
  std::string optimizer = "{method: sgd, momentum: 0}";
  std::string schedule = "{learning_rate: 1}";

  Description description() const {
    return parse_description(
        fmt::format("hardware: {{n: {}}}\ndata: {{set: text, sequence: {}}}\nlayers: {}\n"
                    "loss: {}\noptimizer: {}\nschedule: {}\nbatch: {}\nsteps: 10\nseed: 5\n",
                    n, data.sequence, layers,
                    loss == LossKind::kBinaryCrossEntropy ? "binary_cross_entropy"
                                                          : "softmax_cross_entropy",
                    optimizer, schedule, batch),
        name + ".yaml");
  }
};
inline void PrintTo(const SmallNetwork& network, std::ostream* out) { *out << network.name; }

inline DataShape features(std::uint32_t inputs, std::uint32_t classes, std::uint32_t sequence = 1) {
  return {inputs, classes, sequence, false};
}
inline DataShape tokens(std::uint32_t vocabulary, std::uint32_t sequence) {
  return {vocabulary, vocabulary, sequence, true};
}

// Numbers of tokens, or features that bfloat16 holds exactly; labels.
class DrawnFeed final : public Feed {
 public:
  DrawnFeed(const DataShape& shape, bool is_binary)
      : shape_(shape), classes_(is_binary ? 2 : shape.classes) {}
  DataShape shape() const override { return shape_; }
  std::string about() const override { return "drawn"; }
  void training(std::uint64_t step, const StepData& to) override {
    const auto& [inputs, labels, categories] = to;
    for (std::size_t i = 0; i < inputs.size(); ++i) {
      const std::uint64_t bits = train::random_bits(step, 1, i);
      inputs[i] = shape_.is_text ? static_cast<float>(bits % shape_.inputs)
                                 : static_cast<float>(bits % 127) / 32 - 2;
    }
    for (std::size_t i = 0; i < labels.size(); ++i) {
      labels[i] = static_cast<float>(train::random_bits(step, 2, i) % classes_);
    }
  }
  void test(std::uint32_t batch, const StepData& to) override { training(1000 + batch, to); }
  std::uint32_t test_batches() const override { return 4; }

 private:
  DataShape shape_;
  std::uint32_t classes_;
};

// Away from where gradients vanish or agree: no gain is 1, no bias 0.
inline Snapshot drawn_parameters(const Model& model, std::uint64_t seed) {
  Snapshot out;
  for (const auto& p : model.parameters().all()) {
    const std::uint64_t number = out.parameters.size();
    Tensor tensor{p->name(), p->rows(), p->cols(), {}};
    const bool is_gain = p->start().kind == Start::Kind::kConstant && p->start().size == 1;
    const float limit = p->rows() == 1 ? 0.5f : 1.5f / std::sqrt(static_cast<float>(p->rows()));
    for (std::size_t i = 0; i < std::size_t{p->rows()} * p->cols(); ++i) {
      const float drawn = train::random_uniform(train::random_bits(seed, number, i), limit);
      tensor.values.push_back(is_gain ? 1 + drawn : drawn);
    }
    out.parameters.push_back(std::move(tensor));
  }
  for (std::size_t t = 0; t < model.tables().shapes.size(); ++t) {
    const std::uint64_t number = out.parameters.size() + t;
    Tensor table{table_name(t, ""), model.tables().shapes[t].rows, model.tables().features, {}};
    for (std::size_t i = 0; i < std::size_t{table.rows} * table.cols; ++i) {
      table.values.push_back(train::random_uniform(train::random_bits(seed, number, i), 1));
    }
    out.tables.push_back(std::move(table));
  }
  return out;
}

struct Outcome {
  std::vector<float> losses;
  Training::TestResult test;
  Snapshot end;
};

// Steps in launches of `shape.steps`, from drawn parameters on.
inline Outcome train_on(runtime::Device& device, const Model& model, const Compiled& compiled,
                        Feed& feed, const LaunchShape& shape, std::uint32_t launches = 1) {
  Training training(device, model, compiled, feed, shape);
  training.restore(drawn_parameters(model, 9));
  Outcome out;
  for (std::uint32_t l = 0; l < launches; ++l) {
    const std::vector<float> losses = training.train(shape.steps);
    out.losses.insert(out.losses.end(), losses.begin(), losses.end());
  }
  out.test = training.test();
  out.end = training.snapshot();
  return out;
}

}  // namespace gradcore::nn
