// SPDX-License-Identifier: Apache-2.0
#include "sw/train/elementwise.h"

#include <algorithm>
#include <bit>
#include <limits>
#include <stdexcept>

#ifdef __FAST_MATH__
#error "the bits of a training run are fixed: -ffast-math must not be used"
#endif

namespace gradcore::train {
static_assert(std::numeric_limits<float>::is_iec559 && std::numeric_limits<double>::is_iec559);

double exp_nonpositive(double x) {
  if (!(x >= -700.0)) return x < 0 ? 0.0 : x;  // NaN stays
  // x = k ln 2 + r, |r| <= ln(2) / 2. ln 2 in two parts: k times the first one is exact.
  constexpr double kLog2E = 0x1.71547652b82fep+0;
  constexpr double kLn2High = 0x1.62e42feep-1;
  constexpr double kLn2Low = 0x1.a39ef35793c76p-33;
  const auto k = static_cast<std::int64_t>(x * kLog2E - 0.5);
  const auto kd = static_cast<double>(k);
  const double r = (x - kd * kLn2High) - kd * kLn2Low;
  // Taylor's series to r^13 / 13!; the next term is below 2^-57.
  double sum = 1.0;
  for (int i = 13; i >= 1; --i) sum = 1.0 + sum * r / i;
  return sum * std::bit_cast<double>(static_cast<std::uint64_t>(1023 + k) << 52);
}

double log_from_one(double x) {
  if (!(x <= std::numeric_limits<double>::max())) return x;  // NaN and infinity stay
  // x = 2^e m, m in about [sqrt(1/2), sqrt(2)]; log m = 2 (t + t^3/3 + t^5/5 + ...).
  const auto bits = std::bit_cast<std::uint64_t>(x);
  auto exponent = static_cast<int>(bits >> 52) - 1023;
  double m = std::bit_cast<double>((bits & 0x000FFFFFFFFFFFFFu) | 0x3FF0000000000000u);
  if (m > 1.4142135) {
    m *= 0.5;
    ++exponent;
  }
  const double t = (m - 1.0) / (m + 1.0);
  const double t2 = t * t;
  double sum = 0.0;
  for (int i = 23; i >= 1; i -= 2) sum = sum * t2 + 1.0 / i;
  constexpr double kLn2 = 0x1.62e42fefa39efp-1;
  return exponent * kLn2 + 2.0 * t * sum;
}

void add_bias(std::span<float> values, std::span<const float> bias) {
  const std::size_t columns = bias.size();
  for (std::size_t row = 0; row + columns <= values.size(); row += columns) {
    for (std::size_t c = 0; c < columns; ++c) values[row + c] += bias[c];
  }
}

void relu(std::span<float> values) {
  for (float& v : values) v = v <= 0.0f ? 0.0f : v;
}

void relu_gradient(std::span<float> gradient, std::span<const float> activation) {
  for (std::size_t i = 0; i < gradient.size(); ++i) {
    if (activation[i] == 0.0f) gradient[i] = 0.0f;
  }
}

void column_sum(std::span<const float> values, std::span<float> sum) {
  std::fill(sum.begin(), sum.end(), 0.0f);
  const std::size_t columns = sum.size();
  for (std::size_t row = 0; row + columns <= values.size(); row += columns) {
    for (std::size_t c = 0; c < columns; ++c) sum[c] += values[row + c];
  }
}

float softmax_cross_entropy(std::span<const float> logits, std::span<const std::uint8_t> labels,
                            std::uint32_t classes, std::span<float> gradient) {
  const std::size_t rows = labels.size();
  if (rows == 0 || logits.size() != rows * classes ||
      (!gradient.empty() && gradient.size() != logits.size())) {
    throw std::invalid_argument("the sizes of logits, labels and gradient do not match");
  }
  const auto divisor = static_cast<double>(rows);
  double loss = 0.0;
  for (std::size_t r = 0; r < rows; ++r) {
    const auto z = logits.subspan(r * classes, classes);
    if (labels[r] >= classes) throw std::invalid_argument("a label is no class");
    const double largest = *std::max_element(z.begin(), z.end());
    double sum = 0.0;
    for (const float v : z) sum += exp_nonpositive(v - largest);
    loss += log_from_one(sum) - (z[labels[r]] - largest);
    if (gradient.empty()) continue;
    for (std::uint32_t c = 0; c < classes; ++c) {
      const double target = c == labels[r] ? 1.0 : 0.0;
      const double probability = exp_nonpositive(z[c] - largest) / sum;
      gradient[r * classes + c] = static_cast<float>((probability - target) / divisor);
    }
  }
  return static_cast<float>(loss / divisor);
}

std::uint32_t count_correct(std::span<const float> logits, std::span<const std::uint8_t> labels,
                            std::uint32_t classes) {
  std::uint32_t correct = 0;
  for (std::size_t r = 0; r < labels.size(); ++r) {
    const auto z = logits.subspan(r * classes, classes);
    correct += std::max_element(z.begin(), z.end()) - z.begin() == labels[r] ? 1 : 0;
  }
  return correct;
}

void momentum_sgd(std::span<float> weights, std::span<float> velocity,
                  std::span<const float> gradient, float rate, float momentum) {
  for (std::size_t i = 0; i < weights.size(); ++i) {
    velocity[i] = momentum * velocity[i] + gradient[i];
    weights[i] -= rate * velocity[i];
  }
}

}  // namespace gradcore::train
