// SPDX-License-Identifier: Apache-2.0
#include "sw/datasets/metrics.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <stdexcept>
#include <vector>

namespace gradcore::datasets {
namespace {

void require_pairs(std::span<const float> logits, std::span<const std::uint8_t> labels) {
  if (logits.size() != labels.size()) {
    throw std::invalid_argument(
        fmt::format("{} logits for {} labels", logits.size(), labels.size()));
  }
}

template <typename Of>
double mean(std::size_t count, const Of& of) {
  double sum = 0;
  for (std::size_t i = 0; i < count; ++i) sum += of(i);
  return count == 0 ? std::numeric_limits<double>::quiet_NaN() : sum / static_cast<double>(count);
}

}  // namespace

double log_loss(double logit, std::uint8_t label) {
  // Of the right label: ln(1 + e^-right), without 0 * infinity.
  const double right = label != 0 ? logit : -logit;
  if (std::isnan(right)) return right;
  return std::max(-right, 0.0) + std::log1p(std::exp(-std::abs(right)));
}

double log_loss(std::span<const float> logits, std::span<const std::uint8_t> labels) {
  require_pairs(logits, labels);
  return mean(labels.size(), [&](std::size_t i) { return log_loss(double{logits[i]}, labels[i]); });
}

double accuracy(std::span<const float> logits, std::span<const std::uint8_t> labels) {
  require_pairs(logits, labels);
  return mean(labels.size(), [&](std::size_t i) {
    return (labels[i] != 0 ? logits[i] > 0 : logits[i] <= 0) ? 1.0 : 0.0;
  });
}

Auc auc(std::span<const float> logits, std::span<const std::uint8_t> labels) {
  require_pairs(logits, labels);
  struct Scored {
    float logit;
    bool is_click;
  };
  std::vector<Scored> samples(labels.size());
  std::uint64_t clicks = 0;
  for (std::size_t i = 0; i < samples.size(); ++i) {
    if (std::isnan(logits[i])) return {{}, fmt::format("the AUC is undefined: logit {} is NaN", i)};
    samples[i] = {logits[i], labels[i] != 0};
    clicks += samples[i].is_click ? 1 : 0;
  }
  const std::uint64_t others = samples.size() - clicks;
  if (clicks == 0 || others == 0) {
    return {{},
            samples.empty() ? "the AUC is undefined: there are no samples"
                            : fmt::format("the AUC is undefined: all {} labels are {}",
                                          samples.size(), clicks == 0 ? 0 : 1)};
  }
  // Counts of pairs fit 64 bits up to 2^32 samples.
  if (samples.size() > std::numeric_limits<std::uint32_t>::max()) {
    throw std::invalid_argument("AUC of 2^32 samples or more");
  }
  std::sort(samples.begin(), samples.end(),
            [](const Scored& a, const Scored& b) { return a.logit < b.logit; });
  std::uint64_t half_pairs = 0, others_below = 0;
  for (std::size_t i = 0; i < samples.size();) {
    std::uint64_t equal_clicks = 0, equal_others = 0;
    const float logit = samples[i].logit;
    for (; i < samples.size() && samples[i].logit == logit; ++i) {
      ++(samples[i].is_click ? equal_clicks : equal_others);
    }
    half_pairs += equal_clicks * (2 * others_below + equal_others);
    others_below += equal_others;
  }
  return {static_cast<double>(half_pairs) / static_cast<double>(2 * clicks * others), ""};
}

double entropy(double p) {
  if (p <= 0 || p >= 1) return 0;
  return -(p * std::log(p) + (1 - p) * std::log1p(-p));
}

}  // namespace gradcore::datasets
