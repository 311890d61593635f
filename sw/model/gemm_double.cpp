// SPDX-License-Identifier: Apache-2.0
#include "sw/model/gemm_double.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>
#include <stdexcept>

// The bound. For one element let T[t] be the exact sum of the products of k-tile t, and
// A[t] = c + T[0] + ... + T[t-1] the exact prefix. The contract computes
//
//   s[t] = aligned sum: each of its n products loses less than one unit u = 2^(E + 2 - f), where
//          E = max exponent of a + max exponent of w, unbiased:      |s[t] - T[t]| <= n u
//   r[t] = binary32(s[t]): half a unit in the last place, of 24-bit numbers or of the subnormals:
//                                              |r[t] - s[t]| <= 2^-24 |s[t]| + 2^-150
//   y[t+1] = binary32(y[t] + r[t]): the same, but a sum of two binary32 numbers that is subnormal
//          is exact:                  |y[t+1] - (y[t] + r[t])| <= 2^-24 |y[t] + r[t]|
//
// With e = n u + 2^-24 (|T[t]| + n u) + 2^-150 bounding |r[t] - T[t]|, and B[t] bounding
// |y[t] - A[t]|:
//
//   B[0] = 0,     B[t+1] = B[t] + e + 2^-24 (|A[t+1]| + B[t] + e)
//
// where the last term falls away for the first tile of a product that starts at +0. This is true
// as long as nothing overflows: |s[t]| and |y[t] + r[t]| below 2^128 - 2^103.
//
// A[t] is itself computed here in binary64. Its products are exact (16 bits, exponents from -266
// to 254); with j < 2^32 additions behind it, A is off by at most d = j 2^-53 (1 + 2^-20) (|c| +
// sum |a w|). Seen through the |A| in B that is another 2^-24 d per tile, at most d for the up to
// 2^24 tiles that are allowed: 2 d in all. B itself is computed from positive terms only, so that
// its own roundings are relative: a factor of 1 + 2^-20 covers them as well.

namespace gradcore::model {
namespace {

constexpr double kHalfUlp = 0x1p-24;  // of binary32, relative
constexpr double kHalfSubnormalUlp = 0x1p-150;
constexpr double kOverflow = 0x1p128 - 0x1p103;  // from here on binary32 rounds to infinity
constexpr double kSlack = 1.0 + 0x1p-20;
constexpr double kInfinity = std::numeric_limits<double>::infinity();

double value_of_fp32(std::uint32_t bits) { return double{std::bit_cast<float>(bits)}; }
double value_of_bf16(std::uint16_t bits) { return value_of_fp32(std::uint32_t{bits} << 16); }

// Rows of k values each, and the largest unbiased exponent of each tile of a row.
struct Operand {
  std::vector<double> values;
  std::vector<int> exponents;
};

template <typename Element>
Operand unpack(std::size_t rows, std::size_t k, std::size_t tile, Element element) {
  Operand out;
  out.values.reserve(rows * k);
  for (std::size_t row = 0; row < rows; ++row) {
    for (std::size_t i = 0; i < k; ++i) {
      const double value = value_of_bf16(element(row, i));
      const bool is_normal = std::isfinite(value) && std::fabs(value) >= 0x1p-126;
      if (i % tile == 0) out.exponents.push_back(-126);
      if (is_normal) out.exponents.back() = std::max(out.exponents.back(), std::ilogb(value));
      out.values.push_back(value);
    }
  }
  return out;
}

// What becomes of one element as its tiles arrive.
struct Element {
  double exact = 0;      // A[t], as binary64 has it
  double magnitude = 0;  // |c| + sum of |x| |w|
  double bound = 0;      // B[t]
  bool may_overflow = false;

  // Adds one tile. `starts_at_zero`: the sum so far is the +0 that a product begins with.
  void add(const double* a, const double* w, std::size_t count, double alignment,
           bool starts_at_zero) {
    double tile = 0, tile_magnitude = 0;
    for (std::size_t i = 0; i < count; ++i) {
      const double product = a[i] * w[i];
      tile += product;
      tile_magnitude += std::fabs(product);
    }
    const double size = std::fabs(tile) + tile_magnitude * static_cast<double>(count) * 0x1p-52;
    const double e = alignment + kHalfUlp * (size + alignment) + kHalfSubnormalUlp;
    const double before = bound + e;
    exact += tile;
    magnitude += tile_magnitude;
    bound = before + (starts_at_zero ? 0.0 : kHalfUlp * (std::fabs(exact) + before));
    // With infinities among the operands nothing below is true, and then nothing needs it.
    may_overflow |= std::isfinite(tile) && (size + alignment) * kSlack >= kOverflow;
    may_overflow |= std::isfinite(exact) && (std::fabs(exact) + bound) * kSlack >= kOverflow;
  }
};

// |y - exact| as a fraction of what is allowed, after `additions` in binary64.
double fraction_of_bound(const Element& element, std::uint32_t bits, double additions) {
  const double y = value_of_fp32(bits);
  if (std::isnan(y) && bits != kFp32Nan) return kInfinity;  // a NaN, but not the canonical one
  if (element.may_overflow) return 0;
  if (std::isnan(element.exact)) return std::isnan(y) ? 0 : kInfinity;
  if (std::isinf(element.exact)) return y == element.exact ? 0 : kInfinity;
  if (!std::isfinite(y)) return kInfinity;
  const double own_error = 2 * additions * 0x1p-53 * element.magnitude;
  return std::fabs(y - element.exact) / ((element.bound + own_error) * kSlack);
}

}  // namespace

std::vector<double> gemm_double(const GemmShape& shape, const Bf16View& x, const Bf16View& w,
                                const std::optional<Fp32View>& c) {
  std::vector<double> out(shape.m * shape.n);
  for (std::size_t i = 0; i < shape.m; ++i) {
    double* row = out.data() + i * shape.n;
    for (std::size_t j = 0; c && j < shape.n; ++j) row[j] = value_of_fp32((*c)(i, j));
    for (std::size_t k = 0; k < shape.k; ++k) {
      const double a = value_of_bf16(x(i, k));
      for (std::size_t j = 0; j < shape.n; ++j) row[j] += a * value_of_bf16(w(k, j));
    }
  }
  return out;
}

BoundReport check_bound(const Numerics& numerics, const GemmShape& shape, const Bf16View& x,
                        const Bf16View& w, const std::optional<Fp32View>& c, const Fp32View& y) {
  const std::size_t n = numerics.n;
  const std::size_t tiles = (shape.k + n - 1) / n;
  if (tiles > std::size_t{1} << 24) throw std::invalid_argument("check_bound: k is too large");
  const Operand rows = unpack(shape.m, shape.k, n, x);
  const Operand columns =
      unpack(shape.n, shape.k, n, [&w](std::size_t column, std::size_t k) { return w(k, column); });
  const double additions = static_cast<double>(shape.k + tiles + 1);

  BoundReport report;
  for (std::size_t i = 0; i < shape.m; ++i) {
    for (std::size_t j = 0; j < shape.n; ++j) {
      Element element;
      if (c) element.exact = value_of_fp32((*c)(i, j));
      element.magnitude = std::fabs(element.exact);
      for (std::size_t t = 0; t < tiles; ++t) {
        const std::size_t start = t * n, count = std::min(n, shape.k - start);
        const int exponent = rows.exponents[i * tiles + t] + columns.exponents[j * tiles + t];
        const double unit = std::ldexp(1.0, exponent + 2 - static_cast<int>(numerics.f));
        element.add(&rows.values[i * shape.k + start], &columns.values[j * shape.k + start], count,
                    static_cast<double>(n) * unit, !c && t == 0);
      }
      const double fraction = fraction_of_bound(element, y(i, j), additions);
      if (fraction > report.worst) {
        report.worst = fraction;
        report.worst_row = i;
        report.worst_column = j;
      }
      if (element.may_overflow) {
        ++report.overflowed;
      } else if (std::isfinite(element.exact) && element.magnitude > 0) {
        const double error = std::fabs(value_of_fp32(y(i, j)) - element.exact);
        report.relative_error = std::max(report.relative_error, error / element.magnitude);
      }
    }
  }
  return report;
}

}  // namespace gradcore::model
