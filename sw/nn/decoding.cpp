// SPDX-License-Identifier: Apache-2.0
#include "sw/nn/decoding.h"

#include <algorithm>

#include "sw/compiler/loop.h"
#include "sw/nn/cache.h"
#include "sw/nn/memory_map.h"

namespace gradcore::nn {
namespace {

using compiler::Emitter;
using isa::Opcode;

constexpr std::uint64_t kAlignment = 64;

// What loads and stores must keep in order.
std::vector<compiler::DramPart> parts_of(const std::vector<Region>& regions) {
  std::vector<compiler::DramPart> out;
  for (const Region& region : regions) out.push_back({region.address, region.bytes});
  return out;
}

}  // namespace

CompiledDecoding compile_decoding(Model& model, std::uint64_t dram_base, std::uint64_t dram_bytes) {
  if (!model.data().is_text) {
    throw compiler::CompileError("only a model of text takes a text on");
  }
  const device::Hardware& hardware = model.description().hardware;
  CompiledDecoding out;
  out.places = model.data().sequence;
  out.outputs = model.outputs();
  out.dram_base = dram_base;
  Cache cache(out.places, dram_base, std::min(dram_bytes, (std::uint64_t{1} << 32) - dram_base));
  const std::uint32_t logits_bytes = 4 * out.outputs;
  out.tokens = cache.table("tokens", 4);
  out.logits = cache.table("logits", logits_bytes);
  out.mask = cache.table("mask", 4 * out.places);
  const Region idle = cache.region("for the first tokens", kAlignment);

  Step step(model.matrices(), false);
  const View token = step.accumulator("token", 1, 1);
  step.out().load("token", token, out.tokens.address, 4, isa::Format::kFp32, cache.offset(4));
  cache.load_mask(step, out.mask);
  const Value result = model.emit_next(step, cache, Value(token));
  step.out().store("logits", step.accumulator_of("logits", result), out.logits.address,
                   logits_bytes, isa::Format::kFp32, cache.offset(logits_bytes));
  out.kept = cache.kept();

  const MemoryMap map(step.matrices(), step.out().program(), hardware);
  Emitter body = step.out();
  map.rewrite(body.program());
  Emitter before(hardware.n);
  for (std::size_t w = 0; w < cache.widths().size(); ++w) {
    const unsigned to = Cache::kFirstRegister + static_cast<unsigned>(w);
    out.pointers.push_back({before.program().size(), cache.widths()[w]});
    before.set("this place", to, 0);
    body.add("", to, to, cache.widths()[w]);
  }
  const compiler::Advance advance =
      compiler::order_loop(body.program(), {}, {hardware, parts_of(out.kept)});
  const Idle& places = model.idle();
  isa::Assembly assembly = compiler::loop_program(
      {1, 1},
      {map.view(places.operand), map.view(places.loaded), map.view(places.product),
       map.view(places.cleared), idle.address, idle.address},
      advance, before, Emitter(hardware.n), body);
  for (std::size_t i = 0; i < assembly.program.size(); ++i) {
    if (assembly.program[i].opcode() == static_cast<unsigned>(Opcode::kLoop)) out.loop = i;
  }
  const Region at =
      cache.region("program decode", assembly.program.size() * isa::kInstructionBytes);
  out.program = {std::move(assembly), at.address};
  out.dram_end = (cache.end() + kAlignment - 1) / kAlignment * kAlignment;
  return out;
}

}  // namespace gradcore::nn
