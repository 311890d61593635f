// SPDX-License-Identifier: Apache-2.0
// A result against what was expected of it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>

namespace gradcore::cli {

// |got - expected| <= absolute + relative * |expected|, as numpy.allclose; NaN equals NaN,
// infinities equal themselves.
struct Tolerance {
  double relative = 0, absolute = 0;
};

struct Comparison {
  std::size_t different = 0;  // elements that are not as expected
  std::size_t first = 0;      // index of the first of them
  std::uint32_t expected = 0, got = 0;
};

// Binary32 bit patterns, both of the same length: equal bits, or within the tolerance if given.
Comparison compare(std::span<const std::uint32_t> expected, std::span<const std::uint32_t> got,
                   const std::optional<Tolerance>& tolerance);

// Steps between neighbouring binary32 numbers from a to b; nothing if one is NaN.
std::optional<std::uint64_t> ulp_distance(std::uint32_t a, std::uint32_t b);

// "0x3f800000 (1)".
std::string describe_value(std::uint32_t bits);
// "3 of 12 elements differ, first at (row 0, column 4): expected ..., got ..., 2 ULP apart";
// `columns` and `rows` are those of one matrix of the result.
std::string describe(const Comparison& comparison, std::size_t total, std::size_t rows,
                     std::size_t columns);

}  // namespace gradcore::cli
