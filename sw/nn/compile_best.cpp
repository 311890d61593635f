// SPDX-License-Identifier: Apache-2.0
#include <optional>
#include <string>
#include <utility>

#include "sw/nn/compile.h"

namespace gradcore::nn {
namespace {

// What is fetched again and again must make a step shorter by this much: an estimate is no better
// than that, and DRAM may be slower than it takes for granted.
constexpr double kWorthIt = 0.99;

}  // namespace

CompiledModel compile_best(const Description& description, const DataShape& data,
                           const LaunchShape& shape) {
  std::optional<CompiledModel> best;
  std::string reason;
  for (const Residence residence : {Residence::kAll, Residence::kWeights, Residence::kCopies}) {
    auto model = std::make_unique<Model>(description, data, residence);
    try {
      Compiled compiled = compile(*model, shape);
      if (!best || compiled.estimated_cycles < kWorthIt * best->compiled.estimated_cycles) {
        best = CompiledModel{std::move(model), std::move(compiled), residence};
      }
      if (!shape.trains) break;  // there is nothing to choose by
    } catch (const compiler::CompileError& error) {
      reason = error.what();
    }
  }
  if (!best) throw compiler::CompileError(reason);
  return std::move(*best);
}

}  // namespace gradcore::nn
