// SPDX-License-Identifier: Apache-2.0
// A training step as one unit would carry it out; schedule.h finds the order for several.
#include <algorithm>

#include "sw/compiler/step.h"
#include "sw/compiler/update.h"

namespace gradcore::compiler {

void StepEmitter::training() {
  load_next();
  const std::uint32_t width = table_width(network_);
  for (std::size_t t = 0; t < places_.tables.size(); ++t) {
    out_.load("schedule", places_.tables[t], t * width * 4, width * 4, isa::Format::kFp32,
              kTableData);
  }
  for (std::size_t l = 0; l + 1 < last(); ++l) {
    for (const Part& part : forward_parts(l)) forward(l, part);
  }
  // A group is ready for the last layer when no part of the one below is left that has its rows.
  std::vector<Part> parts;
  if (last() > 0) parts = forward_parts(last() - 1);
  std::size_t next = 0;
  for (const Group& group : places_.groups) {
    const auto end = std::find_if(parts.rbegin(), parts.rend(), [&](const Part& part) {
      return part.group.first <= group.first && group.first < part.group.first + part.group.rows;
    });
    for (; parts.begin() + next != end.base(); ++next) forward(last() - 1, parts[next]);
    logits(group);
    softmax(group);
  }
  loss();
  backward();
  step_registers(true);
}

void StepEmitter::backward() {
  const std::size_t top = last();
  for (std::size_t g = 0; g < places_.groups.size(); ++g) {
    const Group& group = places_.groups[g];
    out_.vector("gradient of the last bias", {.rows = layer(top).outputs,
                                              .cols = group.rows,
                                              .a = matrix(rows_of(layer(top).gradient, group).t()),
                                              .reduce = isa::Reduce::kSum,
                                              .e = layer(top).bias_gradient[g]});
  }
  for (std::size_t l = top; l > 0; --l) {
    if (l == top) {
      for (const Group& group : places_.groups) input_gradient(l, group);
    } else {
      input_gradient(l, all());
    }
  }
  const bool is_guarded = network_.optimizer.is_guarded();
  for (std::size_t l = 0; l <= top; ++l) {
    sum_bias(l);
    if (is_guarded) {
      guard_.add_squares(name(l, "bias"), layer(l).bias_sum);
    } else {
      emit_update(out_, network_, places_, bias_part(l));
    }
  }
  std::vector<std::pair<std::size_t, std::uint32_t>> blocks;
  for (std::size_t l = top + 1; l-- > 0;) {
    for (std::uint32_t b = 0; b < places_.blocks(layer(l)); ++b) {
      blocks.emplace_back(l, b);
      // The rows of the first group are there early.
      const bool by_groups = l == top || (l + 1 == top && b < 2);
      for (const Group& group : by_groups ? places_.groups : std::vector<Group>{all()}) {
        weight_gradient(l, b, group);
      }
      if (is_guarded) {
        guard_.add_squares(name(l, "weights"), places_.gradient_block(layer(l), b));
      } else {
        update(l, b);
      }
    }
  }
  if (is_guarded) guarded_updates(blocks);
}

}  // namespace gradcore::compiler
