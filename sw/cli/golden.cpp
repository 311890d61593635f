// SPDX-License-Identifier: Apache-2.0
#include "sw/cli/golden.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>

#include "sw/model/bf16.h"
#include "sw/model/gemm.h"
#include "sw/train/random.h"

namespace gradcore::cli {
namespace {

using config::Distribution;

// All arithmetic here is exact or one IEEE operation at a time, so that every machine draws the
// same values.

// Normal to about three deviations: the sum of twelve uniform numbers (Irwin-Hall).
double normal(std::uint64_t random) {
  std::int64_t sum = 0;
  for (std::uint64_t i = 0; i < 12; ++i) {
    sum += static_cast<std::int64_t>(train::mix(random + i) >> 32);
  }
  return std::ldexp(static_cast<double>(sum), -32) - 6.0;
}

std::uint32_t float_bits(double value) {
  return std::bit_cast<std::uint32_t>(static_cast<float>(value));
}

// +-exp(2 g), with 2^floor(t) * (1 + fraction of t) for 2^t.
std::uint32_t log_normal(std::uint64_t random) {
  constexpr double kTwoLog2E = 2.885390081777927;
  const double t = kTwoLog2E * normal(random);
  const double whole = std::floor(t);
  const double magnitude = std::ldexp(1.0 + (t - whole), static_cast<int>(whole));
  return float_bits((random & 1u) != 0 ? -magnitude : magnitude);
}

std::uint32_t any_bits(std::uint64_t random) {
  constexpr std::array<std::uint32_t, 12> kSpecial = {
      0x00000000, 0x80000000, 0x00000000, 0x80000000, 0x7F800000, 0xFF800000,
      0x7FC00000, 0xFF812345, 0x00010000, 0x807F0000, 0x7F7F0000, 0xFF7FFFFF};
  const std::uint64_t choice = train::mix(random);
  if (choice % 64 == 0) return kSpecial[(choice >> 32) % kSpecial.size()];
  if (choice % 2 == 0) return float_bits(normal(random));
  // Any sign and fraction; exponents of a band in the middle, so that not every sum overflows.
  const auto bits = static_cast<std::uint32_t>(random);
  return (bits & 0x807FFFFFu) | ((64u + (bits >> 23) % 128u) << 23);
}

std::uint32_t draw(Distribution distribution, std::uint64_t random, bool is_b) {
  switch (distribution) {
    case Distribution::kNormal:
      return float_bits(normal(random));
    case Distribution::kUniform:
      return std::bit_cast<std::uint32_t>(train::random_uniform(random, 1.0f));
    case Distribution::kLogNormal:
      return log_normal(random);
    case Distribution::kInteger:
      return float_bits(static_cast<double>(random % 17) - 8.0);
    case Distribution::kSubnormal:
      // Only one factor is tiny: the product of two would always be zero.
      if (is_b) return float_bits(normal(random));
      // Exponent field 0, or 1 now and then.
      return (static_cast<std::uint32_t>(random) & 0x807FFFFFu) |
             ((random >> 32) % 4 == 0 ? 0x00800000u : 0u);
    case Distribution::kBits:
      return any_bits(random);
  }
  return 0;
}

std::vector<std::uint32_t> draw_all(Distribution distribution, std::size_t size, std::uint64_t seed,
                                    std::uint64_t stream, bool is_b) {
  std::vector<std::uint32_t> values(size);
  for (std::size_t i = 0; i < size; ++i) {
    values[i] = draw(distribution, train::random_bits(seed, stream, i), is_b);
  }
  return values;
}

std::vector<std::uint16_t> to_bf16(const std::vector<std::uint32_t>& values) {
  std::vector<std::uint16_t> result(values.size());
  std::transform(values.begin(), values.end(), result.begin(), model::fp32_to_bf16_rne);
  return result;
}

}  // namespace

GoldenData golden_data(const config::GoldenVector& vector, std::uint64_t seed,
                       std::uint64_t index) {
  const auto size = [](std::uint32_t rows, std::uint32_t columns) {
    return std::size_t{rows} * columns;
  };
  GoldenData data;
  data.a = draw_all(vector.values, size(vector.m, vector.k), seed, 3 * index, false);
  data.b = draw_all(vector.values, size(vector.k, vector.n), seed, 3 * index + 1, true);
  if (vector.accumulate) {
    data.c = draw_all(vector.values, size(vector.m, vector.n), seed, 3 * index + 2, false);
  }
  return data;
}

GoldenResult check_golden(device::Device& device, const config::GoldenVector& vector,
                          const GoldenData& data) {
  const device::Hardware& hardware = device.hardware();
  const device::GemmShape shape{vector.m, vector.k, vector.n};
  const std::size_t y_size = std::size_t{vector.m} * vector.n;
  std::vector<std::uint32_t> got(y_size);
  device::MatmulArgs args;
  args.shape = shape;
  args.trans_x = vector.trans_a;
  args.trans_w = vector.trans_b;
  args.x = data.a;
  args.w = data.b;
  args.c = data.c;
  args.y = got;
  GoldenResult result;
  result.report = device::matmul(device, args);
  result.ideal_cycles = device::ideal_cycles(shape, hardware.n);

  const std::vector<std::uint16_t> a = to_bf16(data.a), b = to_bf16(data.b);
  const model::Bf16View a_view{a, vector.trans_a ? vector.m : vector.k, vector.trans_a};
  const model::Bf16View b_view{b, vector.trans_b ? vector.k : vector.n, vector.trans_b};
  std::vector<std::uint32_t> expected(data.c);
  expected.resize(y_size);
  const model::Numerics numerics{hardware.n, hardware.f};
  const model::GemmShape model_shape{vector.m, vector.k, vector.n};
  model::gemm(numerics, model_shape, a_view, b_view, {expected, vector.n}, vector.accumulate);
  result.comparison = compare(expected, got, std::nullopt);

  std::optional<model::Fp32View> c_view;
  if (vector.accumulate) c_view = model::Fp32View{data.c, vector.n};
  result.bound = model::check_bound(numerics, model_shape, a_view, b_view, c_view,
                                    {std::span<const std::uint32_t>(got), vector.n});
  return result;
}

}  // namespace gradcore::cli
