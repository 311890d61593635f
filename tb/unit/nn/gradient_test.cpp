// SPDX-License-Identifier: Apache-2.0
// Gradients of every layer: in binary64 against differences of the loss, then the chip's against
// those in binary64.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include "tb/unit/nn/plain_network.h"
#include "tb/unit/nn/small_run.h"

namespace gradcore::nn {
namespace {

using plain::Matrix;
using plain::Rounding;

std::vector<SmallNetwork> cases() {
  constexpr auto kBinary = LossKind::kBinaryCrossEntropy;
  const std::string gpt =
      "[embedding: 8, {repeat: 2, layers: [residual: [layer_norm, attention: 2], residual: "
      "[layer_norm, linear: 20, gelu, linear: 8]]}, layer_norm, {linear: classes, bias: false, "
      "tied: true}]";
  const std::string wide_gpt =
      "[embedding: 32, residual: [rms_norm, {attention: 2, bias: false}], residual: [rms_norm, "
      "{linear: 37, activation: silu}, linear: 32], rms_norm, {linear: classes, tied: true}]";
  const std::string llama =
      "[{embedding: 8, positions: false}, {repeat: 2, layers: [residual: [rms_norm, {attention: 2, "
      "bias: false}], residual: [rms_norm, {linear: 20, activation: swiglu, bias: false}, {linear: "
      "8, bias: false}]]}, rms_norm, {linear: classes, bias: false}]";
  return {
      {"Linear", 4, "[linear: 5]", features(7, 5), 6},
      {"LinearOnALargeArray", 16, "[linear: 21]", features(19, 21), 37},
      {"LinearWithoutBias", 4, "[{linear: 9, bias: false}, {linear: 3, bias: false}]",
       features(6, 3), 5},
      {"LinearInBlocks", 4, "[{linear: 150, activation: tanh}, {linear: 90}, {linear: 3}]",
       features(18, 3), 9},
      {"Relu", 4, "[{linear: 11, activation: relu}, linear: 5]", features(7, 5), 10},
      {"Tanh", 4, "[{linear: 11, activation: tanh}, linear: 5]", features(7, 5), 10},
      {"Gelu", 4, "[{linear: 11, activation: gelu}, linear: 5]", features(7, 5), 10},
      {"Silu", 4, "[{linear: 11, activation: silu}, linear: 5]", features(7, 5), 10},
      {"GeluOnALargeArray", 16, "[{linear: 70, activation: gelu}, linear: 5]", features(30, 5), 40},
      {"Swiglu", 4, "[{linear: 12, activation: swiglu}, linear: 5]", features(7, 5), 10},
      {"SwigluInPieces", 4, "[{linear: 148, activation: swiglu, bias: false}, linear: 5]",
       features(7, 5), 10},
      {"SwigluOnALargeArray", 16, "[{linear: 80, activation: swiglu}, linear: 5]", features(30, 5),
       40},
      {"SwigluInANorm", 4, "[{linear: 8, activation: swiglu, bias: false}, rms_norm, linear: 5]",
       features(7, 5), 10},
      {"SwigluOfSwiglu", 4,
       "[{linear: 24, activation: swiglu}, {linear: 16, activation: swiglu}, linear: 5]",
       features(7, 5), 21},
      {"TwoActivations", 4, "[linear: 6, tanh, gelu, silu, relu, linear: 5]", features(7, 5), 8},
      {"LayerNorm", 4, "[linear: 7, layer_norm, linear: 5]", features(6, 5), 10},
      {"RmsNorm", 4, "[linear: 7, rms_norm, linear: 5]", features(6, 5), 10},
      {"NormsOnALargeArray", 16, "[linear: 23, layer_norm, tanh, rms_norm, linear: 5]",
       features(6, 5), 20},
      {"Residual", 4, "[linear: 7, residual: [layer_norm, linear: 9, gelu, linear: 7], linear: 5]",
       features(6, 5), 10},
      {"ResidualOfALinear", 4, "[linear: 7, residual: [linear: 7], residual: [tanh], linear: 5]",
       features(6, 5), 10},
      {"ResidualInAResidual", 4,
       "[linear: 7, residual: [rms_norm, residual: [linear: 7, silu], linear: 7], linear: 5]",
       features(6, 5), 10},
      {"Binary", 4, "[{linear: 9, activation: tanh}, linear: 1]", features(7, 2), 11, kBinary},
      {"BinaryOnALargeArray", 16, "[{linear: 9, activation: relu}, linear: 1]", features(17, 2), 35,
       kBinary},
      {"Attention", 4, "[linear: 8, attention: 2, linear: 5]", features(6, 5, 8), 3},
      {"AttentionWithoutBias", 4, "[linear: 12, {attention: 3, bias: false}, linear: 5]",
       features(6, 5, 12), 2},
      {"AttentionOnALargeArray", 16,
       "[linear: 32, residual: [layer_norm, attention: 2], linear: 5]", features(6, 5, 32), 2},
      {"Embedding", 4, "[embedding: 6, linear: classes]", tokens(11, 4), 3},
      {"EmbeddingWithoutPositions", 16, "[{embedding: 9, positions: false}, linear: classes]",
       tokens(29, 16), 2},
      {"TiedHead", 4, "[embedding: 7, tanh, {linear: classes, tied: true}]", tokens(13, 8), 3},
      {"Dropout", 4, "[linear: 12, dropout: 0.3, linear: 5]", features(7, 5), 10},
      {"DropoutOfTheInputs", 4, "[dropout: 0.5, linear: 5]", features(17, 5), 22},
      {"DropoutOfNothing", 4, "[linear: 12, dropout: 0, linear: 5]", features(7, 5), 10},
      {"DropoutInPieces", 16,
       "[{linear: 300, bias: false}, dropout: 0.5, {linear: 5, bias: false}]", features(30, 5), 40},
      {"Dropouts", 4,
       "[{linear: 11, activation: gelu}, dropout: 0.2, linear: 7, layer_norm, dropout: 0.1, "
       "{linear: "
       "9, activation: relu}, dropout: 0.4, {linear: 8, activation: swiglu}, dropout: 0.3, "
       "rms_norm, "
       "linear: 5]",
       features(7, 5), 26},
      {"AttentionWithDropout", 4, "[linear: 8, {attention: 2, dropout: 0.25}, linear: 5]",
       features(6, 5, 8), 3},
      {"AttentionWithDropoutOnALargeArray", 16,
       "[linear: 32, residual: [layer_norm, {attention: 2, dropout: 0.4}, dropout: 0.2], linear: "
       "5]",
       features(6, 5, 32), 2},
      {"GptWithDropout", 4,
       "[embedding: 8, dropout: 0.1, {repeat: 2, layers: [residual: [layer_norm, {attention: 2, "
       "dropout: 0.2}, dropout: 0.1], residual: [layer_norm, linear: 20, gelu, linear: 8, dropout: "
       "0.15]]}, layer_norm, {linear: classes, bias: false, tied: true}]",
       tokens(11, 8), 3},
      {"Llama", 4, llama, tokens(11, 8), 3},
      {"Gpt", 4, gpt, tokens(11, 8), 3},
      {"GptOnALargeArray", 16, wide_gpt, tokens(21, 16), 2},
  };
}

class Gradient : public testing::TestWithParam<SmallNetwork> {
 protected:
  Gradient()
      : description_(GetParam().description()),
        model_(description_, GetParam().data),
        feed_(GetParam().data, GetParam().loss == LossKind::kBinaryCrossEntropy),
        plain_(description_, GetParam().data, model_.chunks()),
        inputs_(model_.rows(), model_.input_width()),
        labels_(model_.rows()) {
    std::vector<float> inputs(inputs_.data.size());
    feed_.training(0, {inputs, labels_});
    std::copy(inputs.begin(), inputs.end(), inputs_.data.begin());
  }
  void SetUp() override {
    const Snapshot start = drawn_parameters(model_, 9);
    ASSERT_EQ(plain_.tensors().size(), start.parameters.size());
    for (std::size_t t = 0; t < start.parameters.size(); ++t) {
      Matrix& value = plain_.tensors()[t]->value;
      ASSERT_EQ(value.rows, start.parameters[t].rows) << start.parameters[t].name;
      ASSERT_EQ(value.cols, start.parameters[t].cols) << start.parameters[t].name;
      std::copy_n(start.parameters[t].values.begin(), value.data.size(), value.data.begin());
    }
  }
  std::vector<Matrix> gradients_with(const Rounding& rounding) {
    plain_.gradients(rounding, inputs_, labels_);
    std::vector<Matrix> out;
    for (const plain::Tensor* t : plain_.tensors()) out.push_back(t->gradient);
    return out;
  }

  Description description_;
  Model model_;
  DrawnFeed feed_;
  plain::Network plain_;
  Matrix inputs_;
  std::vector<float> labels_;
};

// Central differences with a step h are off by h^2 / 6 of the third derivative, and by the rounding
// of two losses over 2 h: with h = 2^-17 by some 10^-11 and, losses being near 1 after some hundred
// roundings of 10^-16, 10^-9 at most. Gradients here are 0.01 to 1 in size.
TEST_P(Gradient, InBinary64IsThatOfTheLoss) {
  constexpr double kStep = 0x1p-17;
  const Rounding none(Rounding::Kind::kNone);
  const Matrix of_inputs = plain_.gradients(none, inputs_, labels_).second;
  const auto check = [&](Matrix& values, const Matrix& gradient, const std::string& name) {
    const double size = plain::size_of(gradient);
    EXPECT_GT(size, 1e-4) << name;
    // A few dozen of each tensor, all over it.
    const std::size_t step = std::max<std::size_t>(values.data.size() / 50, 1) | 1u;
    for (std::size_t i = 0; i < values.data.size(); i += step) {
      const double at = values.data[i];
      const auto loss = [&](double value) {
        values.data[i] = value;
        return plain_.loss(none, inputs_, labels_);
      };
      const double difference = (loss(at + kStep) - loss(at - kStep)) / (2 * kStep);
      values.data[i] = at;
      ASSERT_NEAR(gradient.data[i], difference, 1e-6 * (std::abs(difference) + size))
          << name << ": element " << i;
    }
  };
  const auto& all = model_.parameters().all();
  for (std::size_t t = 0; t < all.size(); ++t) {
    const Matrix gradient = plain_.tensors()[t]->gradient;
    check(plain_.tensors()[t]->value, gradient, all[t]->name());
  }
  if (!GetParam().data.is_text) check(inputs_, of_inputs, "inputs");
}

// What bfloat16 explains: binary64 with drawn errors of its size in all that becomes an operand
// says how far each element of a gradient moves, the root of the mean square of `kDraws` runs. Six
// times that (and the last digits of sums of some hundred terms in binary32) is more than chance
// would do; what one rounding too many or a forgotten term does is more.
TEST_P(Gradient, OfTheChipIsThatOfBinary64) {
  constexpr std::uint64_t kDraws = 64;
  const std::vector<Matrix> exact = gradients_with(Rounding(Rounding::Kind::kNone));
  const double exact_loss = plain_.loss(Rounding(Rounding::Kind::kNone), inputs_, labels_);
  std::vector<Matrix> squares;
  for (const Matrix& m : exact) squares.emplace_back(m.rows, m.cols);
  double loss_squares = 0;
  for (std::uint64_t draw = 0; draw < kDraws; ++draw) {
    const Rounding drawn(Rounding::Kind::kDrawn, draw);
    const std::vector<Matrix> moved = gradients_with(drawn);
    for (std::size_t t = 0; t < exact.size(); ++t) {
      for (std::size_t i = 0; i < exact[t].data.size(); ++i) {
        squares[t].data[i] += std::pow(moved[t].data[i] - exact[t].data[i], 2) / kDraws;
      }
    }
    loss_squares += std::pow(plain_.loss(drawn, inputs_, labels_) - exact_loss, 2) / kDraws;
  }
  const std::vector<Matrix> nearest = gradients_with(Rounding(Rounding::Kind::kNearest));

  const LaunchShape shape{.steps = 1, .test_batches = 1};
  const Compiled compiled = compile(model_, shape);
  runtime::ModelDevice device(description_.hardware, compiled.dram_end);
  const Outcome chip = train_on(device, model_, compiled, feed_, shape);
  EXPECT_NEAR(double{chip.losses[0]}, exact_loss, 6 * std::sqrt(loss_squares) + 0x1p-20);

  const Snapshot start = drawn_parameters(model_, 9);
  for (std::size_t t = 0; t < exact.size(); ++t) {
    const std::string& name = start.parameters[t].name;
    SCOPED_TRACE(name);
    // Without momentum the velocity is the gradient, and with a rate of 1 the change is.
    const std::vector<float>& gradient = chip.end.state[t].values;
    const double size = plain::size_of(exact[t]);
    double off = 0;
    for (std::size_t i = 0; i < gradient.size(); ++i) {
      ASSERT_EQ(chip.end.parameters[t].values[i], start.parameters[t].values[i] - gradient[i]) << i;
      const double tolerance = 6 * std::sqrt(squares[t].data[i]) + 0x1p-16 * size;
      ASSERT_NEAR(double{gradient[i]}, exact[t].data[i], tolerance) << "element " << i;
      off += std::pow(double{gradient[i]} - nearest[t].data[i], 2);
    }
    // With operands rounded as the chip does, sums in binary32 are left; and now and then an
    // operand that lies so near to a tie that it falls to the other side.
    EXPECT_LE(std::sqrt(off / static_cast<double>(gradient.size())), 0x1p-14 * size);
  }
}

INSTANTIATE_TEST_SUITE_P(All, Gradient, testing::ValuesIn(cases()),
                         [](const auto& of) { return of.param.name; });

}  // namespace
}  // namespace gradcore::nn
