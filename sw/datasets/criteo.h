// SPDX-License-Identifier: Apache-2.0
// The click logs that Criteo published (Kaggle Display Advertising Challenge, Terabyte), as files
// of text: a sample a line, with tabs between label, 13 integers and 26 categories of 32 bits in
// hexadecimal. A field may be empty, which counts as 0. The data is not in the sources: their
// licence is Criteo's.
//
// Transformed as facebookresearch/dlrm does (data_utils.py): an integer x, negative ones as 0,
// becomes ln(1 + x); a category its remainder by the number of rows of its table (--max-ind-range
// there). Logarithms are computed in integers (fixed_math.h) and may differ from those of NumPy in
// the last bit, as those do between machines.
#pragma once

#include <array>
#include <cstdint>
#include <filesystem>
#include <string_view>

#include "sw/datasets/click_batch.h"
#include "sw/datasets/line_reader.h"

namespace gradcore::datasets {

inline constexpr std::size_t kCriteoIntegers = 13;
inline constexpr std::size_t kCriteoTables = 26;

using CriteoTables = std::array<std::uint32_t, kCriteoTables>;  // rows of each table

// The same number of rows for each.
CriteoTables criteo_tables(std::uint32_t rows);

// Reads from the beginning to the end, of files with gzip or without, in memory that does not
// depend on their size. What does not follow the format is an io::FileError with file, line and
// what was expected; samples before it can be had.
class CriteoReader {
 public:
  // Throws io::FileError when the file cannot be opened, std::invalid_argument for a table without
  // rows.
  CriteoReader(const std::filesystem::path& path, const CriteoTables& table_rows);

  // False at the end of the file.
  bool next(ClickSample& sample);
  // The next `count` samples, fewer at the end of the file, none behind it.
  ClickBatch next_batch(std::size_t count);

 private:
  LineReader lines_;
  CriteoTables table_rows_;
};

}  // namespace gradcore::datasets
