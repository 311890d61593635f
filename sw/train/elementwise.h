// SPDX-License-Identifier: Apache-2.0
// What the host does between matrix products. Only IEEE additions, subtractions, multiplications
// and divisions, each rounded on its own, in an order fixed by the index of the element: the same
// bits from every compiler, processor and C library (no libm, no fused operations).
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace gradcore::train {

// NaN in is NaN out.
// e^x for x <= 0, to a few units of the last place; 0 below -700.
double exp_nonpositive(double x);
// Natural logarithm of x >= 1, to a few units of the last place.
double log_from_one(double x);

// Matrices are row-major with bias.size() (or sum.size()) columns.
// values[r][c] += bias[c].
void add_bias(std::span<float> values, std::span<const float> bias);
// values = max(values, 0); NaN stays.
void relu(std::span<float> values);
// gradient = 0 where the output of relu() is 0: the derivative at 0 is taken as 0.
void relu_gradient(std::span<float> gradient, std::span<const float> activation);
// sum[c] = values[0][c] + values[1][c] + ..., rows ascending.
void column_sum(std::span<const float> values, std::span<float> sum);

// Mean over the rows of -log softmax(logits)[label]. `gradient` (if not empty) becomes its
// derivative, (softmax - one-hot) / rows. Throws std::invalid_argument for sizes that do not match
// or a label that is no class.
float softmax_cross_entropy(std::span<const float> logits, std::span<const std::uint8_t> labels,
                            std::uint32_t classes, std::span<float> gradient);
// Rows whose largest element (of equals, the first) is the label's.
std::uint32_t count_correct(std::span<const float> logits, std::span<const std::uint8_t> labels,
                            std::uint32_t classes);

// velocity = momentum * velocity + gradient; weights -= rate * velocity.
void momentum_sgd(std::span<float> weights, std::span<float> velocity,
                  std::span<const float> gradient, float rate, float momentum);

}  // namespace gradcore::train
