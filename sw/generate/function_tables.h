// SPDX-License-Identifier: Apache-2.0
// Fits the tables of the approximated functions (sw/model/functions.h says how they are used).
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace gradcore::generate {

// A segment's polynomial, in units of 2^-30: c0 + c1 t + c2 t^2 for t in [0, 1).
struct Row {
  std::int64_t c0 = 0, c1 = 0, c2 = 0;
};

// 2^bits segments that divide one binade of the argument evenly.
struct Section {
  std::string name;
  unsigned bits = 0;
  std::vector<Row> rows;
};

// All sections, in the order in which they lie in the table.
std::vector<Section> fit_function_tables();

}  // namespace gradcore::generate
