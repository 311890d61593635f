// SPDX-License-Identifier: Apache-2.0
// Elements that are left out at random in training (Srivastava et al., Dropout: a simple way to
// prevent neural networks from overfitting, 2014): 0 with probability `rate`, the others divided by
// 1 - rate.
//
// Which ones is a function of the run's seed, the step, the number of the dropout in the model, a
// part of the mini-batch, and the element's place in a matrix of that part. So nothing is stored:
// backward asks again, and a run that is resumed goes on with the same. With
//   key = low half of train::random_bits(seed, 2^41 + number, part), exclusive or step
// an element is left out where model::random_word(key, number, row * columns + column) is below
// rate * 2^32.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <utility>

#include "sw/nn/layer.h"

namespace gradcore::nn {

// Register of a training loop that holds the number of the step.
inline constexpr unsigned kStepRegister = 10;

class Dropping {
 public:
  // The rate is above 0 and below 1.
  Dropping(double rate, std::uint64_t seed, std::uint32_t number)
      : rate_(rate), seed_(seed), number_(number) {}

  // What the elements that stay are multiplied with.
  float scale() const { return static_cast<float>(1 / (1 - rate_)); }
  // The same product, of which elements are left out; not yet with the scale.
  VectorOperation of(const VectorOperation& product, std::uint64_t part) const;

 private:
  double rate_;
  std::uint64_t seed_;
  std::uint32_t number_;
};

// The input, of which elements are left out in training.
class Dropout final : public Layer {
 public:
  // Without `dropping` nothing is left out.
  Dropout(const std::string& name, std::shared_ptr<const Dropping> dropping)
      : name_(name), dropping_(std::move(dropping)) {}
  Value forward(Step& step, std::size_t chunk, const Value& input) override;
  Value backward(Step& step, std::size_t chunk, const Value& gradient, bool wants_input) override;

 private:
  Value dropped(Step& step, std::size_t chunk, const Value& value) const;

  std::string name_;
  std::shared_ptr<const Dropping> dropping_;
};

}  // namespace gradcore::nn
