// SPDX-License-Identifier: Apache-2.0
#include "sw/nn/ahead.h"

#include <algorithm>

#include "sw/nn/memory_map.h"

namespace gradcore::nn {

compiler::Emitter do_ahead(Step& step, std::size_t count,
                           const std::map<unsigned, std::uint32_t>& step_bytes) {
  namespace f = isa::load;  // a store's fields are the same
  isa::Assembly& body = step.out().assembly();
  const auto middle = static_cast<std::ptrdiff_t>(count);
  compiler::Emitter out(step.n());
  isa::Assembly& first = out.assembly();
  first.program.assign(body.program.begin(), body.program.begin() + middle);
  first.source.assign(body.source.begin(), body.source.begin() + middle);
  std::rotate(body.program.begin(), body.program.begin() + middle, body.program.end());
  std::rotate(body.source.begin(), body.source.begin() + middle, body.source.end());

  std::vector<std::size_t> early, late;
  for (std::size_t i = 0; i < body.program.size(); ++i) {
    isa::Instruction& instruction = body.program[i];
    const bool is_early = i + count >= body.program.size();
    for (const std::size_t m : touched_by(step.matrices(), instruction)) {
      (is_early ? early : late).push_back(m);
    }
    const isa::Unit unit = instruction.info()->unit;
    if (!is_early || (unit != isa::Unit::kLoad && unit != isa::Unit::kStore)) continue;
    const auto bytes = step_bytes.find(instruction.get(f::kDramBase));
    if (bytes == step_bytes.end()) continue;
    instruction.set(f::kDram, instruction.get(f::kDram) + bytes->second);
  }
  for (std::vector<std::size_t>* all : {&early, &late}) std::ranges::sort(*all);
  std::vector<std::size_t> both;
  std::ranges::set_intersection(early, late, std::back_inserter(both));
  for (const std::size_t m : both) step.keep(m);
  return out;
}

}  // namespace gradcore::nn
