// SPDX-License-Identifier: Apache-2.0
// A table in plain text, each row written as soon as it is known.
#pragma once

#include <ostream>
#include <string>
#include <vector>

namespace gradcore::cli {

struct Column {
  std::string title;
  std::size_t width = 0;  // at least that of the title; longer cells push the rest of their row
  bool right = false;     // numbers
};

class Table {
 public:
  // Writes the titles and a line below them.
  Table(std::ostream& out, std::vector<Column> columns);
  // Missing cells stay empty.
  void row(const std::vector<std::string>& cells);

 private:
  std::ostream& out_;
  std::vector<Column> columns_;
};

}  // namespace gradcore::cli
