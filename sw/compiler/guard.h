// SPDX-License-Identifier: Apache-2.0
// Clipping by the norm of all gradients, and skipping of steps whose gradients are not finite, as
// vector instructions.
//
// A skipped step is one of the same instructions with other numbers: gradients count as 0, what the
// state is multiplied with is 1, and the learning rate is 0.
#pragma once

#include <string>

#include "sw/compiler/emitter.h"
#include "sw/compiler/places.h"
#include "sw/compiler/update.h"

namespace gradcore::compiler {

class GuardEmitter {
 public:
  GuardEmitter(const Network& network, const Places& places, Emitter& out)
      : network_(network), places_(places), out_(out) {}

  // Adds the squares of a block of a gradient to those before. Of each row a sum, then of these.
  void add_squares(const std::string& note, const View& gradient);
  // After the last one: scale, flag and numbers of this step.
  void decide();
  // A gradient becomes the one that is applied.
  void apply(const std::string& note, const View& gradient);

 private:
  const Network& network_;
  const Places& places_;
  Emitter& out_;
  bool has_total_ = false;
};

}  // namespace gradcore::compiler
