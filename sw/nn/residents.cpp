// SPDX-License-Identifier: Apache-2.0
#include "sw/nn/residents.h"

namespace gradcore::nn {

using compiler::Emitter;

namespace {

// What of a block of a parameter stays in local memory.
template <typename Transfer>
void for_each_resident(const Model& model, const Compiled& compiled, Transfer transfer) {
  for (std::size_t p = 0; p < compiled.parameters.size(); ++p) {
    const Parameter& parameter = *model.parameters().all()[p];
    const Compiled::ParameterRegions& at = compiled.parameters[p];
    for (const Parameter::Block& block : parameter.blocks()) {
      const auto visit = [&](const Region& region, const View& view) {
        if (view.rows == 0) return;
        transfer(region.name, view, region.address + parameter.offset(block), 4 * block.cols);
      };
      visit(at.value, block.master);
      for (unsigned s = 0; s < 2; ++s) visit(at.state[s], block.state[s]);
    }
  }
}

}  // namespace

Emitter initialise_residents(const Model& model, const Compiled& compiled) {
  const unsigned n = model.matrices().n();
  Emitter out(n);
  for_each_resident(
      model, compiled,
      [&](const std::string& name, const View& to, std::uint64_t from, std::uint32_t pitch) {
        out.load(name, to, from, pitch, isa::Format::kFp32);
      });
  for (std::size_t p = 0; p < compiled.parameters.size(); ++p) {
    const Parameter& parameter = *model.parameters().all()[p];
    if (!parameter.has_weights()) continue;
    for (const Parameter::Block& block : parameter.blocks()) {
      out.load(parameter.name() + " in bfloat16",
               parameter.weights().block(n, 0, block.first, parameter.rows(), block.cols),
               compiled.parameters[p].value.address + parameter.offset(block), 4 * block.cols,
               isa::Format::kFp32);
    }
  }
  for (std::size_t c = 0; c < compiled.constants.size(); ++c) {
    const View& to = model.constants()[c].view;
    out.load("constants", to, compiled.constants[c].address, 4 * to.cols, isa::Format::kFp32);
  }
  if (compiled.constant_list.bytes > 0) {
    out.load_list("constant lists", 0, static_cast<std::uint32_t>(compiled.constant_list.bytes / 4),
                  compiled.constant_list.address);
  }
  out.plain(isa::Opcode::kHalt);
  return out;
}

Emitter save_residents(const Model& model, const Compiled& compiled) {
  Emitter out(model.matrices().n());
  for_each_resident(
      model, compiled,
      [&](const std::string& name, const View& from, std::uint64_t to, std::uint32_t pitch) {
        out.store(name, from, to, pitch, isa::Format::kFp32);
      });
  out.plain(isa::Opcode::kHalt);
  return out;
}

}  // namespace gradcore::nn
