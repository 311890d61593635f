// SPDX-License-Identifier: Apache-2.0
#include "sw/datasets/criteo.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <stdexcept>

#include "sw/datasets/fixed_math.h"
#include "sw/io/error.h"

namespace gradcore::datasets {
namespace {

constexpr std::size_t kFields = 1 + kCriteoIntegers + kCriteoTables;
constexpr std::size_t kMostQuoted = 20;  // characters of a field in a message

// The fields of a line, one after the other.
class Fields {
 public:
  Fields(std::string_view line, const LineReader& lines) : rest_(line), lines_(lines) {
    const auto count = static_cast<std::size_t>(std::count(line.begin(), line.end(), '\t')) + 1;
    if (count != kFields) {
      throw io::FileError(
          fmt::format("{}: {} fields between tabs, expected {}: a label, {} integers "
                      "and {} categories",
                      lines_.place(), count, kFields, kCriteoIntegers, kCriteoTables));
    }
  }

  // The next field as a number of this type, 0 if it is empty. Of its digits there are no more than
  // `most_digits`.
  template <typename T>
  T next(int base, std::size_t most_digits, std::string_view expected) {
    ++field_;
    const std::size_t tab = rest_.find('\t');
    const std::string_view text = rest_.substr(0, tab);
    rest_ = tab == std::string_view::npos ? std::string_view{} : rest_.substr(tab + 1);
    T value = 0;
    const char* const end = text.data() + text.size();
    if (text.empty()) return value;
    const auto [stop, error] = std::from_chars(text.data(), end, value, base);
    if (error != std::errc{} || stop != end || text.size() > most_digits) {
      throw io::FileError(fmt::format("{}: field {} is '{}', expected {}", lines_.place(), field_,
                                      text.substr(0, kMostQuoted), expected));
    }
    return value;
  }

 private:
  std::string_view rest_;
  const LineReader& lines_;
  unsigned field_ = 0;
};

}  // namespace

CriteoTables criteo_tables(std::uint32_t rows) {
  CriteoTables tables{};
  tables.fill(rows);
  return tables;
}

CriteoReader::CriteoReader(const std::filesystem::path& path, const CriteoTables& table_rows)
    : lines_(path), table_rows_(table_rows) {
  if (std::find(table_rows.begin(), table_rows.end(), 0u) != table_rows.end()) {
    throw std::invalid_argument("a table of categories needs at least one row");
  }
}

bool CriteoReader::next(ClickSample& sample) {
  std::string_view line;
  if (!lines_.next(line)) return false;
  Fields fields(line, lines_);
  const auto label = fields.next<std::uint8_t>(10, 1, "the label 0 or 1");
  if (label > 1) {
    throw io::FileError(fmt::format("{}: the label is {}, expected 0 or 1", lines_.place(), label));
  }
  sample.label = label;
  sample.dense.resize(kCriteoIntegers);
  for (float& value : sample.dense) {
    const auto x = fields.next<std::int32_t>(10, 20, "an integer of 32 bits or nothing");
    value = ln_float(std::uint64_t{1} + static_cast<std::uint64_t>(std::max(x, 0)));
  }
  sample.bags.resize(kCriteoTables);
  for (std::size_t t = 0; t < kCriteoTables; ++t) {
    const auto category =
        fields.next<std::uint32_t>(16, 8, "a category of up to 8 hexadecimal digits or nothing");
    sample.bags[t].assign(1, category % table_rows_[t]);
  }
  return true;
}

ClickBatch CriteoReader::next_batch(std::size_t count) {
  ClickBatch batch(kCriteoIntegers, kCriteoTables);
  ClickSample sample;
  while (batch.size() < count && next(sample)) batch.append(sample);
  return batch;
}

}  // namespace gradcore::datasets
