// SPDX-License-Identifier: Apache-2.0
#include "sw/cli/table.h"

#include <fmt/format.h>

#include <algorithm>

namespace gradcore::cli {

Table::Table(std::ostream& out, std::vector<Column> columns)
    : out_(out), columns_(std::move(columns)) {
  std::vector<std::string> titles;
  std::vector<std::string> lines;
  for (Column& column : columns_) {
    column.width = std::max(column.width, column.title.size());
    titles.push_back(column.title);
    lines.emplace_back(column.width, '-');
  }
  row(titles);
  row(lines);
}

void Table::row(const std::vector<std::string>& cells) {
  std::string line;
  for (std::size_t i = 0; i < columns_.size() && i < cells.size(); ++i) {
    if (i > 0) line += "  ";
    line += columns_[i].right ? fmt::format("{:>{}}", cells[i], columns_[i].width)
                              : fmt::format("{:<{}}", cells[i], columns_[i].width);
  }
  line.erase(line.find_last_not_of(' ') + 1);
  out_ << line << '\n' << std::flush;
}

}  // namespace gradcore::cli
