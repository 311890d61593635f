// SPDX-License-Identifier: Apache-2.0
#include "sw/nn/loss.h"

#include <numeric>

namespace gradcore::nn {

using compiler::column;
using compiler::constant;
using compiler::matrix;
using compiler::row;
using isa::Apply;
using isa::Combine;
using isa::Reduce;

Loss::Loss(Context context, LossKind kind, std::uint32_t classes) : kind_(kind), classes_(classes) {
  if (kind != LossKind::kSoftmaxCrossEntropy) return;
  Constant numbers;
  numbers.view = context.matrices.accumulator("numbers of the classes", 1, classes, Life::kRun);
  numbers.values.resize(classes);
  std::iota(numbers.values.begin(), numbers.values.end(), 0.0f);
  numbers_ = numbers.view;
  context.constants.push_back(std::move(numbers));
}

// log(sum of exp(z - largest)) + largest - z of the label, and softmax - one-hot, both times
// `part`.
Loss::Chunk Loss::cross_entropy(Step& step, const Value& value, const View& labels, float part) {
  const std::uint32_t rows = value.rows();
  VectorOperation first = step.operation_of("logits", value);
  View logits;
  const View largest = step.accumulator("largest logits", rows, 1);
  first.reduce = Reduce::kMax;
  first.e = largest;
  if (value.accumulator()) {
    logits = *value.accumulator();
  } else {
    logits = step.accumulator("logits", rows, classes_);
    first.d = logits;
  }
  step.vector("logits, and the largest of each row", first);
  const View powers = step.accumulator("exponentials", rows, classes_);
  const View sums = step.accumulator("sums of exponentials", rows, 1);
  step.vector("exponentials and their sums", {.rows = rows,
                                              .cols = classes_,
                                              .a = matrix(logits),
                                              .combine = Combine::kSubtract,
                                              .c = column(largest),
                                              .apply = Apply::kExp,
                                              .reduce = Reduce::kSum,
                                              .d = powers,
                                              .e = sums});
  const View chosen = step.to_operand("one-hot labels", {.rows = rows,
                                                         .cols = classes_,
                                                         .a = row(numbers_),
                                                         .combine = Combine::kEqual,
                                                         .c = column(labels.t())});
  const View label_logits =
      step.row_sums("logits of the labels",
                    {.rows = rows, .cols = classes_, .a = matrix(logits), .b = matrix(chosen)});
  const View log = step.to_accumulator(
      "log(sum)", {.rows = 1, .cols = rows, .a = matrix(sums.t()), .apply = Apply::kLog});
  const View whole = step.to_accumulator("log(sum) + largest", {.rows = 1,
                                                                .cols = rows,
                                                                .a = matrix(log),
                                                                .combine = Combine::kAdd,
                                                                .c = matrix(largest.t())});
  const View losses = step.to_accumulator("losses", {.rows = 1,
                                                     .cols = rows,
                                                     .a = matrix(whole),
                                                     .combine = Combine::kSubtract,
                                                     .c = matrix(label_logits.t())});
  Chunk out{losses, {}};
  if (!step.trains()) return out;
  const View inverse = step.to_accumulator("1 / (sum rows)", {.rows = 1,
                                                              .cols = rows,
                                                              .a = matrix(sums.t()),
                                                              .b = constant(1 / part),
                                                              .apply = Apply::kReciprocal});
  const View target = step.to_accumulator(
      "labels / rows", {.rows = rows, .cols = classes_, .a = matrix(chosen), .b = constant(part)});
  out.gradient = Value(rows, classes_,
                       {.a = matrix(powers),
                        .b = column(inverse.t()),
                        .combine = Combine::kSubtract,
                        .c = matrix(target)});
  return out;
}

// max(z, 0) - z y + log(1 + exp(-|z|)), and (1 / (1 + exp(-z)) - y) times `part`.
Loss::Chunk Loss::binary(Step& step, const Value& value, const View& labels, float part) {
  const std::uint32_t rows = value.rows();
  const View z = step.accumulator_of("logits", value).t();
  const VectorOperation plain{.rows = 1, .cols = rows};
  const auto with = [&](auto change) {
    VectorOperation o = plain;
    change(o);
    return o;
  };
  const View size = step.to_accumulator("|z|", with([&](VectorOperation& o) {
                                          o.a = matrix(z);
                                          o.apply = Apply::kAbs;
                                        }));
  const View tail = step.to_accumulator("exp(-|z|)", with([&](VectorOperation& o) {
                                          o.a = matrix(size);
                                          o.b = constant(-1);
                                          o.apply = Apply::kExp;
                                        }));
  const View log = step.to_accumulator("log(1 + exp(-|z|))", with([&](VectorOperation& o) {
                                         o.a = matrix(tail);
                                         o.combine = Combine::kAdd;
                                         o.c = constant(1);
                                         o.apply = Apply::kLog;
                                       }));
  const View positive = step.to_accumulator("max(z, 0)", with([&](VectorOperation& o) {
                                              o.a = matrix(z);
                                              o.apply = Apply::kRelu;
                                            }));
  const View base = step.to_accumulator("max(z, 0) + log", with([&](VectorOperation& o) {
                                          o.a = matrix(positive);
                                          o.combine = Combine::kAdd;
                                          o.c = matrix(log);
                                        }));
  const View losses = step.to_accumulator("losses", with([&](VectorOperation& o) {
                                            o.a = matrix(z);
                                            o.b = matrix(labels);
                                            o.combine = Combine::kReverseSubtract;
                                            o.c = matrix(base);
                                          }));
  Chunk out{losses, {}};
  if (!step.trains()) return out;
  // 1 / (1 + exp(-z)) = 1 / 2 + tanh(z / 2) / 2
  const View t = step.to_accumulator("tanh(z / 2)", with([&](VectorOperation& o) {
                                       o.a = matrix(z);
                                       o.b = constant(0.5f);
                                       o.apply = Apply::kTanh;
                                     }));
  const View level = step.to_accumulator("1 / 2 - y", with([&](VectorOperation& o) {
                                           o.a = matrix(labels);
                                           o.combine = Combine::kReverseSubtract;
                                           o.c = constant(0.5f);
                                         }));
  const View error = step.to_accumulator("error", with([&](VectorOperation& o) {
                                           o.a = matrix(t);
                                           o.b = constant(0.5f);
                                           o.combine = Combine::kAdd;
                                           o.c = matrix(level);
                                         }));
  out.gradient = Value(rows, 1, {.a = matrix(error.t()), .b = constant(part)});
  return out;
}

Value Loss::emit(Step& step, std::size_t chunk, const Value& logits, const View& labels,
                 std::uint32_t rows) {
  const float part = 1.0f / static_cast<float>(rows);
  const Chunk result = kind_ == LossKind::kSoftmaxCrossEntropy
                           ? cross_entropy(step, logits, labels, part)
                           : binary(step, logits, labels, part);
  const View sum = step.row_sums(
      "loss of a chunk",
      {.rows = 1, .cols = logits.rows(), .a = matrix(result.losses), .b = constant(part)});
  mean_ = chunk == 0 ? sum
                     : step.to_accumulator("loss", {.rows = 1,
                                                    .cols = 1,
                                                    .a = matrix(mean_),
                                                    .combine = Combine::kAdd,
                                                    .c = matrix(sum)});
  // In memory at once: what it is made of takes more room.
  if (result.gradient) step.operand_of("gradient of the logits", result.gradient);
  return result.gradient;
}

}  // namespace gradcore::nn
