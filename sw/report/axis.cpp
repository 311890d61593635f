// SPDX-License-Identifier: Apache-2.0
#include "sw/report/axis.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <stdexcept>

namespace gradcore::report {

Axis::Axis(double low, double high, double from, double to, bool log)
    : low_(log ? std::log10(low) : low),
      high_(log ? std::log10(high) : high),
      from_(from),
      to_(to),
      log_(log) {
  if (!std::isfinite(low_) || !std::isfinite(high_) || low_ >= high_) {
    throw std::invalid_argument("an axis needs two numbers that differ");
  }
}

double Axis::at(double value) const {
  const double x = log_ ? std::log10(value) : value;
  return from_ + (x - low_) / (high_ - low_) * (to_ - from_);
}

std::vector<double> Axis::ticks(unsigned count) const {
  constexpr double kSlack = 1e-9;
  std::vector<double> out;
  if (log_) {
    const auto add = [&](const std::vector<double>& factors) {
      out.clear();
      for (double power = std::floor(low_); power <= high_ + kSlack; ++power) {
        for (const double factor : factors) {
          const double x = power + std::log10(factor);
          if (x >= low_ - kSlack && x <= high_ + kSlack) {
            out.push_back(factor * std::pow(10.0, power));
          }
        }
      }
    };
    add({1, 2, 5});
    if (out.size() > 2 * std::size_t{count}) add({1});
    return out;
  }
  const double raw = (high_ - low_) / std::max(count, 1u);
  const double power = std::pow(10.0, std::floor(std::log10(raw)));
  double step = 10 * power;
  for (const double factor : {5.0, 2.0, 1.0}) {
    if (factor * power >= raw * (1 - kSlack)) step = factor * power;
  }
  for (double k = std::ceil(low_ / step - kSlack); k * step <= high_ + kSlack * step; ++k) {
    out.push_back(k * step + 0.0);  // never -0
  }
  return out;
}

std::string number_text(double value) {
  constexpr double kManyDigits = 1000;
  if (std::abs(value) >= kManyDigits && std::abs(value) < 1e15) {
    std::string digits = fmt::format("{:.0f}", std::abs(value));
    for (std::size_t at = digits.size(); at > 3;) {
      at -= 3;
      digits.insert(at, ",");
    }
    return (value < 0 ? "-" : "") + digits;
  }
  return fmt::format("{:.4g}", value);
}

}  // namespace gradcore::report
