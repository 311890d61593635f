// SPDX-License-Identifier: Apache-2.0
// The end of the forward pass and the beginning of the backward pass.
#pragma once

#include <string>
#include <vector>

#include "sw/nn/layer.h"

namespace gradcore::nn {

enum class LossKind : std::uint8_t {
  kSoftmaxCrossEntropy,  // the label is a class
  kBinaryCrossEntropy,   // a single logit; the label is 0 or 1
};

class Loss {
 public:
  Loss(Context context, LossKind kind, std::uint32_t classes);
  // Of a chunk of a mini-batch with so many rows in all; `labels` are one row. Returns the gradient
  // of the mean loss, in evaluation nothing.
  Value emit(Step& step, std::size_t chunk, const Value& logits, const View& labels,
             std::uint32_t rows);
  // Over the rows of all chunks so far, 1 x 1.
  const View& mean() const { return mean_; }

 private:
  struct Chunk {
    View losses;  // of each row, a row
    Value gradient;
  };
  Chunk cross_entropy(Step& step, const Value& value, const View& labels, float part);
  Chunk binary(Step& step, const Value& value, const View& labels, float part);

  LossKind kind_;
  std::uint32_t classes_;
  View numbers_;  // 0, 1, 2, ...
  View mean_;
};

}  // namespace gradcore::nn
