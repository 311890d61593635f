// SPDX-License-Identifier: Apache-2.0
#include "sw/nn/dump.h"

#include <algorithm>
#include <stdexcept>

namespace gradcore::nn {

void DumpWriter::show(Step& step, const std::string& name, Side side, const Value& value) {
  auto to = std::find_if(dumped_.begin(), dumped_.end(),
                         [&](const Dumped& dumped) { return dumped.name == name; });
  if (to == dumped_.end()) to = dumped_.insert(to, Dumped{name, 0, 0, {}});
  const bool is_below = side == Side::kBelow;
  const bool is_first = to->parts.empty();
  if (!is_first && (is_below ? to->cols != value.cols() : to->rows != value.rows())) {
    throw std::logic_error("a part of another size than those before: " + name);
  }
  Dumped::Part part{.row = is_below ? to->rows : 0,
                    .col = is_below ? 0 : to->cols,
                    .rows = value.rows(),
                    .cols = value.cols()};
  const std::uint32_t pitch = 4 * part.cols;
  const std::string note = "dump of " + name;
  part.address = allocate_(note, std::uint64_t{pitch} * part.rows);
  std::uint32_t first = 0;
  for (const Value& piece : Step::pieces_of(value)) {
    const View copy = step.to_accumulator(note, piece.operation());
    step.out().store(note, copy, part.address + std::uint64_t{4} * first, pitch,
                     isa::Format::kFp32);
    first += piece.cols();
  }
  to->rows = part.row + part.rows;
  to->cols = part.col + part.cols;
  to->parts.push_back(part);
}

}  // namespace gradcore::nn
