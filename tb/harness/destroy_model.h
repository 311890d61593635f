// SPDX-License-Identifier: Apache-2.0
// The end of a Verilated model that is not the only one of its process.
#pragma once

#include <verilated.h>

#include <memory>

namespace gradcore::harness {

// Finishes and destroys a model of this context. A model takes its scopes out of the context that
// its thread used last (Verilator 5.006), which may be another model's and gone: without this,
// destroying one model after another works or hangs depending on what the freed memory holds.
template <typename Model>
void destroy_model(VerilatedContext& context, std::unique_ptr<Model>& model) {
  Verilated::threadContextp(&context);
  model->final();
  model.reset();
  Verilated::threadContextp(Verilated::defaultContextp());
}

}  // namespace gradcore::harness
