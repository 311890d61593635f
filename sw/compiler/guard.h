// SPDX-License-Identifier: Apache-2.0
// Clipping by the norm of all gradients, and skipping of steps whose gradients are not finite, as
// vector instructions.
//
// A skipped step is one of the same instructions with other numbers: gradients count as 0, what the
// state is multiplied with is 1, and the learning rate is 0.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "sw/compiler/emitter.h"
#include "sw/compiler/places.h"
#include "sw/compiler/update.h"

namespace gradcore::compiler {

class GuardEmitter {
 public:
  // `numbers` are those that a skipped step has others of, `plain` their sources in a step that is
  // not skipped. All must outlive this object.
  GuardEmitter(const Optimizer& optimizer, const GuardPlace& places, std::vector<Number> numbers,
               NumberSource plain, Emitter& out)
      : optimizer_(optimizer),
        places_(places),
        numbers_(std::move(numbers)),
        plain_(std::move(plain)),
        out_(out) {}
  GuardEmitter(const Network& network, const Places& places, Emitter& out)
      : GuardEmitter(
            network.optimizer, places.guard, numbers_of(network),
            [&network, &places](Number number, std::uint32_t rows) {
              return plain_number(network, places, number, rows);
            },
            out) {}

  // Adds the squares of a block of a gradient to those before: of each row a sum, in the order of
  // row_reduce, and row by row to the sum that the blocks before have made of this row. A row's sum
  // takes the unit 8 cycles and more for each N elements of a row, so rows become one number only
  // once.
  void add_squares(const std::string& note, const View& gradient);
  // After the last one: the sum over the rows, scale, flag and numbers of this step; skipped steps
  // are counted if there is a place for their number.
  void decide();
  // A gradient becomes the one that is applied.
  void apply(const std::string& note, const View& gradient);

 private:
  const Optimizer& optimizer_;
  const GuardPlace& places_;
  std::vector<Number> numbers_;
  NumberSource plain_;
  Emitter& out_;
  unsigned sums_ = 0;         // which column of places_.sums holds the sums
  std::uint32_t summed_ = 0;  // rows of it
};

}  // namespace gradcore::compiler
