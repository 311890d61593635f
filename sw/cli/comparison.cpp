// SPDX-License-Identifier: Apache-2.0
#include "sw/cli/comparison.h"

#include <fmt/format.h>

#include <bit>
#include <cmath>
#include <stdexcept>

namespace gradcore::cli {
namespace {

double value(std::uint32_t bits) { return std::bit_cast<float>(bits); }

bool within(std::uint32_t expected, std::uint32_t got, const Tolerance& tolerance) {
  const double want = value(expected), have = value(got);
  if (std::isnan(want) || std::isnan(have)) return std::isnan(want) && std::isnan(have);
  if (std::isinf(want) || std::isinf(have)) return want == have;
  return std::abs(have - want) <= tolerance.absolute + tolerance.relative * std::abs(want);
}

}  // namespace

Comparison compare(std::span<const std::uint32_t> expected, std::span<const std::uint32_t> got,
                   const std::optional<Tolerance>& tolerance) {
  if (expected.size() != got.size()) throw std::invalid_argument("compare: different lengths");
  Comparison result;
  for (std::size_t i = 0; i < got.size(); ++i) {
    if (tolerance ? within(expected[i], got[i], *tolerance) : expected[i] == got[i]) continue;
    if (result.different++ == 0) {
      result.first = i;
      result.expected = expected[i];
      result.got = got[i];
    }
  }
  return result;
}

std::optional<std::uint64_t> ulp_distance(std::uint32_t a, std::uint32_t b) {
  if (std::isnan(value(a)) || std::isnan(value(b))) return std::nullopt;
  // Sign and magnitude as one scale on which neighbours differ by 1 and both zeros are 0.
  const auto scale = [](std::uint32_t bits) {
    const auto magnitude = static_cast<std::int64_t>(bits & 0x7FFFFFFFu);
    return (bits >> 31) != 0 ? -magnitude : magnitude;
  };
  const std::int64_t distance = scale(a) - scale(b);
  return static_cast<std::uint64_t>(distance < 0 ? -distance : distance);
}

std::string describe_value(std::uint32_t bits) {
  return fmt::format("0x{:08x} ({:.9g})", bits, value(bits));
}

std::string describe(const Comparison& comparison, std::size_t total, std::size_t rows,
                     std::size_t columns) {
  const std::size_t in_matrix = comparison.first % (rows * columns);
  std::string place = fmt::format("row {}, column {}", in_matrix / columns, in_matrix % columns);
  if (total > rows * columns) {
    place = fmt::format("matrix {}, ", comparison.first / (rows * columns)) + place;
  }
  const auto ulp = ulp_distance(comparison.expected, comparison.got);
  return fmt::format("{} of {} elements differ, first at ({}): expected {}, got {}{}",
                     comparison.different, total, place, describe_value(comparison.expected),
                     describe_value(comparison.got),
                     ulp ? fmt::format(", {} ULP apart", *ulp) : "");
}

}  // namespace gradcore::cli
