// SPDX-License-Identifier: Apache-2.0
// The optimizer as vector instructions.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "sw/compiler/emitter.h"
#include "sw/compiler/places.h"

namespace gradcore::compiler {

// What changes from step to step; each is a table in DRAM with a row for every step.
enum class Table : std::uint8_t {
  kRate,     // sgd: the learning rate
  kMoment,   // adamw: learning rate (1 - beta1) / (1 - beta1^t) / sqrt(s)
  kEpsilon,  // adamw: epsilon / sqrt(s), with s = (1 - beta2) / (1 - beta2^t)
  kKeep,     // adamw with weight decay: 1 - learning rate * weight decay
};

// The tables that a run has; a constant learning rate has none.
std::vector<Table> tables_of(const Optimizer& optimizer, const Schedule& schedule);
std::vector<Table> tables_of(const Network& network);
// The number of `step`, from 0, of a run of `steps`.
float table_value(const Optimizer& optimizer, const Schedule& schedule, Table table,
                  std::uint64_t step, std::uint64_t steps);
float table_value(const Network& network, Table table, std::uint64_t step, std::uint64_t steps);

// What an update multiplies with.
enum class Number : std::uint8_t { kMomentum, kRate, kBeta1, kBeta2, kMoment, kEpsilon, kKeep };
// As a source for so many rows of a matrix.
using NumberSource = std::function<Source(Number, std::uint32_t rows)>;
// A row of equal numbers as an operand: for a single row also as the one element of a column,
// whatever its length is.
Source equal_row(const View& view, std::uint32_t rows);

// Those that a skipped step has others of.
std::vector<Number> numbers_of(const Optimizer& optimizer);
std::vector<Number> numbers_of(const Network& network);
// Its source for rows of a matrix; where steps may be skipped, a place in which guard.h puts it.
Source number_source(const Network& network, const Places& places, Number number,
                     std::uint32_t rows);
// The same, never of a skipped step.
Source plain_number(const Network& network, const Places& places, Number number,
                    std::uint32_t rows);

// A part of a parameter: its rows and columns, the gradient, and for weights the copy in operand
// memory.
struct UpdatePart {
  std::string note;
  std::uint32_t rows = 0, cols = 0;
  View master;
  std::array<View, 2> state;
  View gradient;
  std::optional<View> copy;
};

// Emits  v = momentum v + g, w = w - rate v  or AdamW, in which the moments are kept divided by
// 1 - beta (m = beta1 m + g, v = beta2 v + g^2) and v's scale s is left out of its root: the tables
// have both. AdamW leaves its intermediate results where the gradient was.
void emit_update(Emitter& out, const Optimizer& optimizer, const NumberSource& source,
                 const UpdatePart& part);
void emit_update(Emitter& out, const Network& network, const Places& places,
                 const UpdatePart& part);

}  // namespace gradcore::compiler
