// SPDX-License-Identifier: Apache-2.0
// A report of a training run as one page of HTML that needs nothing else: no network, no script.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "sw/report/svg.h"

namespace gradcore::report {

struct Table {
  std::string title;
  std::vector<std::string> head;  // columns whose title begins with '#' hold numbers
  std::vector<std::vector<std::string>> rows;
};

// Cycles [from, to).
struct Window {
  std::uint64_t from = 0, to = 0;
};

struct Report {
  std::string title;
  std::string summary;  // a sentence or two
  std::vector<std::pair<std::string, std::string>> figures, configuration;
  std::vector<float> losses;     // of every step
  std::vector<double> accuracy;  // after each epoch
  std::vector<Bar> bars;         // where the cycles of each unit went; may be empty
  // One step; without spans there is no picture of it.
  std::vector<runtime::Span> spans;
  runtime::InstructionNames names;
  Window step;
  std::string step_note;      // what the picture shows
  std::vector<Table> tables;  // memory plans and the like
};

std::string page(const Report& report);

// One turn of a program's loop, from its mark (runtime::turn_mark) to that of the next turn: the
// third turn, or the last whole one if there are fewer. `base` is the low half of the program's
// address. Nothing if no whole turn is among the spans.
std::optional<Window> step_window(const std::vector<runtime::Span>& spans,
                                  const isa::Program& program, std::uint32_t base);

}  // namespace gradcore::report
