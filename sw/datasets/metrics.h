// SPDX-License-Identifier: Apache-2.0
// How good predicted clicks are. Sums are of binary64 and in the order of the samples; a label is 0
// or 1, a logit the number whose logistic function is the predicted probability.
//
// All throw std::invalid_argument when there are not as many logits as labels.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>

namespace gradcore::datasets {

// Binary cross-entropy of one sample in nats: max(z, 0) - z y + ln(1 + e^-|z|), which neither
// overflows nor cancels. NaN gives NaN; infinitely wrong is infinity.
double log_loss(double logit, std::uint8_t label);

// The mean over the samples; NaN when there is none.
double log_loss(std::span<const float> logits, std::span<const std::uint8_t> labels);

// The part of samples whose logit is on the side of its label: > 0 for 1, <= 0 for 0; NaN is on no
// side. NaN when there is no sample.
double accuracy(std::span<const float> logits, std::span<const std::uint8_t> labels);

// Area under the ROC curve: the probability that a click has a larger logit than a sample without,
// equal ones counted half. Exact but for the last division: pairs are counted in integers.
struct Auc {
  std::optional<double> value;
  std::string undefined;  // why there is no value, in a sentence: no sample, one class only, a NaN
};
Auc auc(std::span<const float> logits, std::span<const std::uint8_t> labels);

// Entropy in nats of a coin that shows heads with probability p, 0 for 0 and 1: the log loss of who
// knows p and nothing else.
double entropy(double p);

}  // namespace gradcore::datasets
