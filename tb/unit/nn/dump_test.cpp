// SPDX-License-Identifier: Apache-2.0
// A dumped step has all that flows between layers, and is the step that training does.
#include "sw/nn/dump.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <bit>
#include <map>

#include "sw/io/npz.h"
#include "sw/model/bf16.h"
#include "sw/nn/export.h"
#include "sw/runtime/model_device.h"
#include "tb/unit/io/scratch_folder.h"

namespace gradcore::nn {
namespace {

using testing::ElementsAre;
using testing::ElementsAreArray;

constexpr std::uint32_t kSequence = 8, kBatch = 3, kFeatures = 20, kRows = kSequence * kBatch;

// A run on the functional chip.
struct SmallRun {
  explicit SmallRun(const Description& of, bool dumps) : description(of) {
    feed = make_feed(description);
    shape.steps = 2;
    shape.test_batches = 2;
    shape.dumps = dumps;
    compiled = compile_best(description, feed->shape(), shape);
    chip = std::make_unique<runtime::ModelDevice>(description.hardware, compiled.compiled.dram_end);
    training = std::make_unique<Training>(*chip, *compiled.model, compiled.compiled, *feed, shape);
  }
  Description description;
  std::unique_ptr<Feed> feed;
  LaunchShape shape;
  CompiledModel compiled;
  std::unique_ptr<runtime::Device> chip;
  std::unique_ptr<Training> training;
};

class Dump : public testing::Test {
 protected:
  Description describe(const std::string& optimizer) const {
    std::string text;
    for (unsigned i = 0; i < 600; ++i) text += static_cast<char>('a' + i * i % 11);
    folder_.file("text", text);
    return parse_description(
        "hardware: {n: 4, operand_kib: 64, accumulator_kib: 128}\n"
        "data: {set: text, file: text, sequence: 8}\n"
        "layers:\n"
        "  - embedding: 20\n"
        "  - residual: [layer_norm, {linear: 52, activation: gelu}, {linear: 20, bias: false}]\n"
        "  - rms_norm\n"
        "  - {linear: classes, bias: false, tied: true}\n"
        "loss: softmax_cross_entropy\n"
        "batch: 3\nseed: 5\n" +
            optimizer,
        (folder_ / "small.yaml").string());
  }
  const std::string kPlainSgd =
      "optimizer: {method: sgd, momentum: 0}\nschedule: {learning_rate: 1}\n";

  static std::map<std::string, Tensor> by_name(const std::vector<Tensor>& tensors) {
    std::map<std::string, Tensor> out;
    for (const Tensor& tensor : tensors) out[tensor.name] = tensor;
    return out;
  }
  tb::ScratchFolder folder_;
};

float rounded(float x) {
  return std::bit_cast<float>(
      model::bf16_to_fp32(model::fp32_to_bf16_rne(std::bit_cast<std::uint32_t>(x))));
}

std::vector<float> sum(const std::vector<float>& a, const std::vector<float>& b) {
  std::vector<float> out(a.size());
  for (std::size_t i = 0; i < a.size(); ++i) out[i] = a[i] + b.at(i);
  return out;
}

TEST_F(Dump, HasEveryLayerAndEveryParameter) {
  const SmallRun run(describe(kPlainSgd), true);
  const DumpedStep step = dump_step(*run.training);
  std::vector<std::string> names;
  for (const Tensor& t : step.tensors) {
    names.push_back(t.name);
    EXPECT_EQ(t.values.size(), std::size_t{t.rows} * t.cols) << t.name;
  }
  EXPECT_THAT(names,
              ElementsAre("0.embedding output", "1.0.norm output", "1.1.linear output",
                          "1.2.activation output", "1.3.linear output", "1.residual output",
                          "2.norm output", "3.linear output", "loss gradient", "3.linear gradient",
                          "2.norm gradient", "gradient of 2.norm gain", "1.3.linear gradient",
                          "1.2.activation gradient", "1.1.linear gradient", "1.0.norm gradient",
                          "1.residual gradient", "gradient of 1.3.linear weights",
                          "gradient of 1.1.linear bias", "gradient of 1.1.linear weights",
                          "gradient of 1.0.norm gain", "gradient of 1.0.norm shift",
                          "gradient of 0.embedding tokens", "gradient of 0.embedding positions"));
  const auto tensors = by_name(step.tensors);
  EXPECT_EQ(tensors.at("1.1.linear output").rows, kRows);
  EXPECT_EQ(tensors.at("1.1.linear output").cols, 52u);
  // Two blocks of columns.
  EXPECT_EQ(tensors.at("gradient of 1.1.linear weights").rows, kFeatures);
  EXPECT_EQ(tensors.at("gradient of 1.1.linear weights").cols, 52u);
}

// Sums of two matrices are exact but for one rounding, so they tell whether rows and columns of all
// chunks and pieces are where they belong.
TEST_F(Dump, ValuesAreWhatTheirNamesSay) {
  const SmallRun run(describe(kPlainSgd), true);
  const DumpedStep step = dump_step(*run.training);
  const auto at = by_name(step.tensors);
  const auto before = by_name(step.before.parameters);
  const auto after = by_name(run.training->snapshot().parameters);

  std::vector<float> inputs(kRows), labels(kRows), embedded;
  run.feed->training(0, {inputs, labels});
  const auto& tokens = before.at("0.embedding tokens").values;
  const auto& positions = before.at("0.embedding positions").values;
  for (std::uint32_t r = 0; r < kRows; ++r) {
    for (std::uint32_t c = 0; c < kFeatures; ++c) {
      embedded.push_back(rounded(tokens[static_cast<std::size_t>(inputs[r]) * kFeatures + c]) +
                         positions[r % kSequence * kFeatures + c]);
    }
  }
  EXPECT_EQ(at.at("0.embedding output").values, embedded);
  EXPECT_EQ(at.at("1.residual output").values, sum(embedded, at.at("1.3.linear output").values));
  EXPECT_EQ(at.at("1.residual gradient").values,
            sum(at.at("2.norm gradient").values, at.at("1.0.norm gradient").values));
  // Two pieces of columns, whose sums are in an order that is not checked here.
  const auto& x = at.at("1.0.norm output").values;
  const auto& w = before.at("1.1.linear weights").values;
  const Tensor& y = at.at("1.1.linear output");
  for (std::uint32_t r = 0; r < kRows; ++r) {
    for (std::uint32_t c = 0; c < y.cols; ++c) {
      double want = 0;  // biases begin with 0
      for (std::uint32_t k = 0; k < kFeatures; ++k) {
        want += double{rounded(x[r * kFeatures + k])} * double{rounded(w[k * y.cols + c])};
      }
      ASSERT_NEAR(y.values[r * y.cols + c], want, 1e-6) << r << " " << c;
    }
  }
  // With a rate of 1 and without momentum the update is the gradient.
  for (const auto& [name, tensor] : before) {
    const Tensor& gradient = at.at("gradient of " + name);
    ASSERT_EQ(gradient.values.size(), tensor.values.size()) << name;
    for (std::size_t i = 0; i < tensor.values.size(); ++i) {
      ASSERT_EQ(after.at(name).values[i], tensor.values[i] - gradient.values[i])
          << name << " " << i;
    }
  }
}

TEST_F(Dump, TheStepIsThatOfTraining) {
  for (const std::string& optimizer :
       {kPlainSgd, std::string("optimizer: {method: adamw, weight_decay: 0.1}\n"
                               "schedule: {learning_rate: 0.01}\n")}) {
    const Description description = describe(optimizer);
    const SmallRun dumped(description, true), plain(description, false);
    EXPECT_TRUE(plain.compiled.compiled.dumped.empty());
    // The second step, so that it does not begin with the start values.
    plain.training->train(1);
    dumped.training->restore(plain.training->snapshot());
    const DumpedStep step = dump_step(*dumped.training);
    EXPECT_EQ(step.before.step, 1u);
    EXPECT_EQ(step.loss, plain.training->train(1).front());
    const Snapshot a = dumped.training->snapshot(), b = plain.training->snapshot();
    ASSERT_EQ(a.parameters.size(), b.parameters.size());
    for (std::size_t p = 0; p < a.parameters.size(); ++p) {
      EXPECT_EQ(a.parameters[p].values, b.parameters[p].values) << a.parameters[p].name;
    }
    for (std::size_t s = 0; s < a.state.size(); ++s) {
      EXPECT_EQ(a.state[s].values, b.state[s].values) << a.state[s].name;
    }
  }
}

TEST_F(Dump, TheFileHasTheStep) {
  const SmallRun run(describe(kPlainSgd), true);
  run.training->train(1);
  const DumpedStep step = dump_step(*run.training);
  const auto path = folder_ / "dump.npz";
  save_dump(path, *run.compiled.model, *run.feed, step);
  io::NpzFile file(path);
  const auto text = file.load("about").values<std::uint8_t>();
  EXPECT_THAT(
      std::string(text.begin(), text.end()),
      testing::AllOf(testing::HasSubstr("gradcore dump 1"), testing::HasSubstr("\"step\":1"),
                     testing::HasSubstr("\"sequence\":8")));
  EXPECT_THAT(file.load("loss").values<float>(), ElementsAre(step.loss));
  std::vector<float> inputs(kRows), labels(kRows);
  run.feed->training(1, {inputs, labels});
  EXPECT_EQ(file.load("inputs").values<float>(), inputs);
  EXPECT_EQ(file.load("inputs").shape, (std::vector<std::size_t>{1, kRows, 1}));
  EXPECT_EQ(file.load("labels").values<float>(), labels);
  std::size_t count = 4;
  for (const auto* tensors : {&step.before.parameters, &step.tensors}) {
    for (const Tensor& tensor : *tensors) {
      const io::Array array = file.load(tensor.name);
      EXPECT_EQ(array.values<float>(), tensor.values) << tensor.name;
      EXPECT_EQ(array.shape, (std::vector<std::size_t>{tensor.rows, tensor.cols})) << tensor.name;
      ++count;
    }
  }
  EXPECT_EQ(file.names().size(), count);
}

TEST_F(Dump, BatchesOfARunAreInOrder) {
  const SmallRun run(describe(kPlainSgd), false);
  constexpr std::uint64_t kSteps = 40;  // more than a piece of the file
  const auto path = folder_ / "batches.npz";
  save_batches(path, *run.compiled.model, *run.feed, kSteps, run.shape.test_batches);
  io::NpzFile file(path);
  std::vector<float> inputs, labels, step_inputs(kRows), step_labels(kRows);
  const auto keep = [&] {
    inputs.insert(inputs.end(), step_inputs.begin(), step_inputs.end());
    labels.insert(labels.end(), step_labels.begin(), step_labels.end());
  };
  for (std::uint64_t s = 0; s < kSteps; ++s) {
    run.feed->training(s, {step_inputs, step_labels});
    keep();
  }
  EXPECT_THAT(file.load("inputs").values<float>(), ElementsAreArray(inputs));
  EXPECT_THAT(file.load("labels").values<float>(), ElementsAreArray(labels));
  EXPECT_EQ(file.load("inputs").shape, (std::vector<std::size_t>{kSteps, kRows, 1}));
  EXPECT_EQ(file.load("labels").shape, (std::vector<std::size_t>{kSteps, kRows}));
  inputs.clear();
  labels.clear();
  for (std::uint32_t b = 0; b < run.shape.test_batches; ++b) {
    run.feed->test(b, {step_inputs, step_labels});
    keep();
  }
  EXPECT_THAT(file.load("test_inputs").values<float>(), ElementsAreArray(inputs));
  EXPECT_THAT(file.load("test_labels").values<float>(), ElementsAreArray(labels));

  save_batches(path, *run.compiled.model, *run.feed, 1, 0);
  EXPECT_THAT(io::NpzFile(path).names(), ElementsAre("inputs", "labels"));
}

}  // namespace
}  // namespace gradcore::nn
