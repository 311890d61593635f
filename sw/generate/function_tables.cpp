// SPDX-License-Identifier: Apache-2.0
#include "sw/generate/function_tables.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>
#include <numbers>

#include "sw/model/functions.h"

namespace gradcore::generate {
namespace {

using Real = long double;
using Function = std::function<Real(Real)>;

constexpr Real kUnit = 0x1p-30L;

std::int64_t rounded(Real value) { return std::llround(value / kUnit); }

// The quadratic through the Chebyshev nodes of [0, 1], rounded from the highest coefficient down so
// that the lower ones make up for it, then shifted to the middle of what error is left.
Row fit(const Function& f) {
  const Real pi = std::numbers::pi_v<Real>;
  Real t[3];
  Real y[3];
  for (int i = 0; i < 3; ++i) {
    t[i] = 0.5L - 0.5L * std::cos((2 * i + 1) * pi / 6);
    y[i] = f(t[i]);
  }
  const Real slope01 = (y[1] - y[0]) / (t[1] - t[0]);
  const Real slope12 = (y[2] - y[1]) / (t[2] - t[1]);
  const Real c2 = (slope12 - slope01) / (t[2] - t[0]);
  const Real c1 = slope01 - c2 * (t[0] + t[1]);
  Row row;
  row.c2 = rounded(c2);
  row.c1 = rounded(c1 + (c2 - static_cast<Real>(row.c2) * kUnit));  // t^2 is t on average

  Real least = std::numeric_limits<Real>::max();
  Real most = std::numeric_limits<Real>::lowest();
  constexpr std::uint32_t kSteps = 128;
  for (std::uint32_t i = 0; i <= kSteps; ++i) {
    const std::uint32_t at =
        std::min((1u << model::kOffsetBits) / kSteps * i, (1u << model::kOffsetBits) - 1);
    const Real value = f(static_cast<Real>(at) / (1u << model::kOffsetBits));
    const Real got = static_cast<Real>(model::polynomial(0, row.c1, row.c2, at)) * kUnit;
    least = std::min(least, value - got);
    most = std::max(most, value - got);
  }
  row.c0 = rounded((least + most) / 2);
  return row;
}

// f over significands: segment i covers [1 + i / 2^bits, 1 + (i + 1) / 2^bits).
Section section(const std::string& name, unsigned bits, const Function& f) {
  Section out{name, bits, {}};
  const Real width = std::ldexp(1.0L, -static_cast<int>(bits));
  for (unsigned i = 0; i < 1u << bits; ++i) {
    out.rows.push_back(fit([&](Real t) { return f(1 + (static_cast<Real>(i) + t) * width); }));
  }
  return out;
}

}  // namespace

std::vector<Section> fit_function_tables() {
  using std::log1p;
  std::vector<Section> out;
  out.push_back(section("reciprocal", 8, [](Real m) { return 1 / m; }));
  out.push_back(section("rsqrt", 7, [](Real m) { return 1 / std::sqrt(m); }));
  out.push_back(section("rsqrt_odd", 7, [](Real m) { return 1 / std::sqrt(2 * m); }));
  // The argument comes rounded down to 2^-26: half of that is its middle.
  out.push_back(section("exp2", 8, [](Real m) { return std::exp2(m - 1 + 0x1p-27L); }));
  out.push_back(section("log", 7, [](Real m) { return std::log(m); }));
  // ln(1 + d) and -ln(1 - d) by the magnitude d = m 2^q, in units of 2^q.
  for (int q = model::kLogAboveFirst; q >= model::kLogAboveLast; --q) {
    out.push_back(section("log_above", q >= -3 ? 6 : 5,
                          [q](Real m) { return std::ldexp(log1p(std::ldexp(m, q)), -q); }));
  }
  for (int q = model::kLogBelowFirst; q >= model::kLogBelowLast; --q) {
    out.push_back(section("log_below", q >= -3 ? 6 : 5,
                          [q](Real m) { return -std::ldexp(log1p(-std::ldexp(m, q)), -q); }));
  }
  // tanh by the binade of its argument, in units of 2^q; of 1 where that is larger.
  for (int q = model::kTanhFirst; q >= model::kTanhLast; --q) {
    const unsigned bits = q > 2 ? 5 : q >= -1 ? 7 : q == -2 ? 6 : 5;
    out.push_back(section("tanh", bits, [q](Real m) {
      return std::ldexp(std::tanh(std::ldexp(m, q)), -std::min(q, 0));
    }));
  }
  return out;
}

}  // namespace gradcore::generate
