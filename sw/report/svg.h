// SPDX-License-Identifier: Apache-2.0
// Drawings as SVG elements that stand in a page of HTML: nothing outside is referred to, and what
// the mouse rests on explains itself (<title>).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "sw/runtime/timeline.h"

namespace gradcore::report {

// Text that stands for itself in HTML and in attributes.
std::string escape(std::string_view text);

// The loss of each step, and the accuracy after each epoch (from 0 to 1; may be empty) on an axis
// at the right. The loss is on a logarithmic axis if all of it is positive. Numbers that are not
// finite leave a gap. Of very many steps mean and range of every few are drawn.
std::string loss_curve(const std::vector<float>& losses, const std::vector<double>& accuracy);

struct Part {
  std::string name;  // a kind of cycles: busy, memory, token, idle or another
  double share = 0;  // 0 to 1
};
struct Bar {
  std::string name;
  std::vector<Part> parts;
};
// A row for each bar.
std::string stacked_bars(const std::vector<Bar>& bars);

// What an instruction's colour stands for.
enum class Kind : std::uint8_t {
  kForward,         // gemm, neither operand transposed
  kInputGradient,   // gemm, W transposed
  kWeightGradient,  // gemm, X transposed
  kElementwise,     // vector, without a function or reduction
  kFunction,        // vector, with exp, log, ...
  kReduction,       // vector, with a sum or maximum of rows
  kLoad,
  kStore,
  kOther,
};
Kind kind_of(const isa::Instruction& instruction);

// A lane for each unit, cycles [from, to). Spans outside are left out, those across are cut.
std::string lanes(const std::vector<runtime::Span>& spans, const runtime::InstructionNames& names,
                  std::uint64_t from, std::uint64_t to);

}  // namespace gradcore::report
