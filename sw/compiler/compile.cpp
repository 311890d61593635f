// SPDX-License-Identifier: Apache-2.0
#include "sw/compiler/compile.h"

#include <fmt/format.h>

#include <algorithm>

#include "sw/compiler/loop.h"
#include "sw/compiler/ordering.h"
#include "sw/compiler/schedule.h"
#include "sw/runtime/allocator.h"

namespace gradcore::compiler {
namespace {

using isa::Opcode;

constexpr std::uint64_t kAlignment = 64;  // also what a burst of the DMA likes

// DRAM from the base of the run on; addresses must fit 32 bits, as registers do.
class DramPlan {
 public:
  explicit DramPlan(const RunShape& shape)
      : base_(shape.dram_base), memory_(std::min(shape.dram_bytes, kMost - shape.dram_base)) {}

  Region region(const std::string& name, std::uint64_t bytes) {
    try {
      return {name, base_ + memory_.allocate(name, bytes, kAlignment), bytes};
    } catch (const runtime::OutOfMemory& error) {
      throw CompileError(error.what());
    }
  }
  std::uint64_t end() const { return base_ + memory_.used(); }

 private:
  static constexpr std::uint64_t kMost = std::uint64_t{1} << 32;
  std::uint64_t base_;
  runtime::Allocator memory_;
};

std::uint64_t aligned(std::uint64_t bytes) {
  return (bytes + kAlignment - 1) / kAlignment * kAlignment;
}

std::uint32_t low(std::uint64_t address) { return static_cast<std::uint32_t>(address); }

std::uint64_t dram_bytes(const isa::Instruction& i) {
  namespace f = isa::load;  // a store's fields are the same
  const isa::Unit unit = i.info()->unit;
  if (unit != isa::Unit::kLoad && unit != isa::Unit::kStore) return 0;
  const bool is_fp32 = i.get(f::kFormat) == static_cast<unsigned>(isa::Format::kFp32);
  return std::uint64_t{is_fp32 ? 4u : 2u} * i.get(f::kRows) * i.get(f::kCols);
}

// Registers at the first turn of a loop over batches.
Registers first_registers(const Network& network, const Places& places) {
  Registers out{};
  out[kInput] = places.input[0].address(network.hardware.n);
  out[kNextInput] = places.input[1].address(network.hardware.n);
  return out;
}

// `body` in an order for several units, with its tokens, in a program.
isa::Assembly ordered_loop(const Network& network, const Places& places, Emitter before,
                           const Emitter& pointers, Emitter& body, const LoopShape& shape,
                           std::uint64_t read, std::uint64_t written) {
  const Registers registers = first_registers(network, places);
  schedule_loop(body.assembly(), registers, network.hardware);
  const Advance advance = order_loop(body.program(), registers, network.hardware);
  before.set("", kInput, registers[kInput]);
  before.set("", kNextInput, registers[kNextInput]);
  const IdlePlaces idle = {
      places.empty_operand, places.loaded_operand, places.product, places.cleared, read, written};
  return loop_program(shape, idle, advance, before, pointers, body);
}

class Compiler {
 public:
  Compiler(const Network& network, const RunShape& shape)
      : network_(network),
        shape_(shape),
        dram_(shape),
        tables_(tables_of(network)),
        places_(network, static_cast<unsigned>(tables_.size())),
        stream_(network_, places_, homes_) {}

  Compiled compile() {
    plan_dram();
    initialise();
    train();
    evaluate();
    save();
    out_.dram_end = aligned(dram_.end());
    out_.local = places_.plan.entries();
    return std::move(out_);
  }

 private:
  std::uint32_t classes() const { return network_.layers.back().outputs; }

  void plan_dram() {
    const std::uint64_t steps = shape_.steps;
    for (std::size_t l = 0; l < places_.layers.size(); ++l) {
      const LayerPlace& at = places_.layers[l];
      const std::uint64_t bytes = std::uint64_t{4} * at.inputs * at.outputs;
      Compiled::LayerRegions regions;
      regions.weights = dram_.region(fmt::format("weights of layer {}", l + 1), bytes);
      regions.bias =
          dram_.region(fmt::format("bias of layer {}", l + 1), std::uint64_t{4} * at.outputs);
      const unsigned states = network_.optimizer.method == Method::kAdamW ? 2 : 1;
      for (unsigned s = 0; at.is_streamed && s < states; ++s) {
        regions.state[s] = dram_.region(fmt::format("state {} of layer {}", s + 1, l + 1), bytes);
      }
      homes_.push_back(
          {regions.weights.address, {regions.state[0].address, regions.state[1].address}});
      out_.layers.push_back(regions);
    }
    out_.tables = tables_;
    out_.table_width = table_width(network_);
    StepStrides& s = out_.strides;
    s.inputs = low(aligned(std::uint64_t{2} * network_.batch * network_.inputs));
    s.labels = low(aligned(std::uint64_t{4} * network_.batch * classes()));
    s.table = low(std::uint64_t{4} * tables_.size() * out_.table_width);
    s.result = 4;
    out_.inputs = dram_.region("inputs", (steps + 1) * s.inputs);
    out_.labels = dram_.region("labels", (steps + 1) * s.labels);
    out_.table = dram_.region("schedule", steps * shape_.rounds * s.table);
    out_.losses = dram_.region("losses", std::uint64_t{4} * steps * shape_.rounds);
    out_.test_inputs = dram_.region(
        "test inputs",
        shape_.test_batches == 0 ? 0 : (std::uint64_t{shape_.test_batches} + 1) * s.inputs);
    out_.logits = dram_.region("logits", std::uint64_t{shape_.test_batches} * logits_bytes());
    if (network_.optimizer.skip_nonfinite) out_.skipped = dram_.region("steps skipped", 4);
    double macs = 0;
    for (std::size_t l = 0; l < places_.layers.size(); ++l) {
      const LayerPlace& at = places_.layers[l];
      macs += (l == 0 ? 2.0 : 3.0) * network_.batch * at.inputs * at.outputs;
    }
    out_.ideal_cycles = macs / (double{1} * network_.hardware.n * network_.hardware.n);
  }
  std::uint32_t logits_bytes() const { return 4 * network_.batch * classes(); }

  ChipProgram placed(const std::string& name, isa::Assembly assembly) {
    const Region region = dram_.region(name, assembly.program.size() * isa::kInstructionBytes);
    return {std::move(assembly), region.address};
  }

  void initialise() {
    Emitter out(network_.hardware.n);
    for (std::size_t l = 0; l < places_.layers.size(); ++l) {
      const LayerPlace& at = places_.layers[l];
      const Compiled::LayerRegions& from = out_.layers[l];
      out.load(from.weights.name, at.is_streamed ? at.weights : at.weight.master,
               from.weights.address, 4 * at.outputs, isa::Format::kFp32);
      out.load(from.bias.name, at.bias.master, from.bias.address, 4 * at.outputs,
               isa::Format::kFp32);
    }
    out.plain(Opcode::kSync);
    for (const LayerPlace& at : places_.layers) {
      if (!at.is_streamed) {
        out.vector("bfloat16 copy", {.rows = at.inputs,
                                     .cols = at.outputs,
                                     .a = matrix(at.weight.master),
                                     .d = at.weights});
      }
      for (const Parameter* parameter : {&at.weight, &at.bias}) {
        for (const View& state : parameter->state) {
          if (state.rows == 0) continue;
          out.vector("state", {.rows = state.rows, .cols = state.cols, .d = state});
        }
      }
    }
    if (network_.optimizer.skip_nonfinite) {
      out.vector("steps skipped", {.rows = 1, .cols = 1, .d = places_.guard.skipped});
    }
    stream_.clear_states(out);
    out.plain(Opcode::kHalt);
    out_.initialise = placed("program initialise", out.assembly());
  }

  void train() {
    const unsigned n = network_.hardware.n;
    Emitter before(n);
    before.load("first input", places_.input[0], out_.inputs.address, 2 * network_.inputs,
                isa::Format::kBf16);
    before.load("first labels", places_.loss.labels, out_.labels.address, 4 * classes(),
                isa::Format::kFp32);
    stream_.fill_slots(before);
    before.set("", kInputData, low(out_.inputs.address));
    before.set("losses", kResult, low(out_.losses.address));
    if (!tables_.empty()) before.set("schedule", kTableData, low(out_.table.address));
    Emitter pointers(n);
    pointers.set("second input", kInputData, low(out_.inputs.address) + out_.strides.inputs);
    pointers.set("second labels", kLabelData, low(out_.labels.address) + out_.strides.labels);
    Emitter body(n);
    StepEmitter(network_, places_, stream_, out_.strides, body).training();
    out_.step_instructions = body.program().size() + 1;
    for (const isa::Instruction& i : body.program()) out_.step_dram_bytes += dram_bytes(i);
    out_.train = placed("program train", ordered_loop(network_, places_, before, pointers, body,
                                                      {shape_.rounds, shape_.steps},
                                                      out_.inputs.address, out_.losses.address));
  }

  void evaluate() {
    const unsigned n = network_.hardware.n;
    if (shape_.test_batches == 0) {
      Emitter nothing(n);
      nothing.plain(Opcode::kHalt);
      out_.evaluate = placed("program evaluate", nothing.assembly());
      return;
    }
    Emitter before(n);
    before.load("first input", places_.input[0], out_.test_inputs.address, 2 * network_.inputs,
                isa::Format::kBf16);
    before.set("second input", kInputData, low(out_.test_inputs.address) + out_.strides.inputs);
    before.set("logits", kResult, low(out_.logits.address));
    StepStrides strides = out_.strides;
    strides.result = logits_bytes();
    Emitter body(n);
    StepEmitter(network_, places_, stream_, strides, body).evaluation();
    out_.evaluate =
        placed("program evaluate",
               ordered_loop(network_, places_, before, Emitter(n), body, {1, shape_.test_batches},
                            out_.test_inputs.address, out_.logits.address));
  }

  void save() {
    Emitter out(network_.hardware.n);
    for (std::size_t l = 0; l < places_.layers.size(); ++l) {
      const LayerPlace& at = places_.layers[l];
      const Compiled::LayerRegions& to = out_.layers[l];
      if (!at.is_streamed) {
        out.store(to.weights.name, at.weight.master, to.weights.address, 4 * at.outputs,
                  isa::Format::kFp32);
      }
      out.store(to.bias.name, at.bias.master, to.bias.address, 4 * at.outputs, isa::Format::kFp32);
    }
    if (out_.skipped.bytes > 0) {
      out.store("steps skipped", places_.guard.skipped, out_.skipped.address, 4,
                isa::Format::kFp32);
    }
    out.plain(Opcode::kHalt);
    out_.save = placed("program save", out.assembly());
  }

  const Network& network_;
  RunShape shape_;
  DramPlan dram_;
  std::vector<Table> tables_;
  Places places_;
  std::vector<WeightHome> homes_;  // filled by plan_dram
  WeightStream stream_;
  Compiled out_;
};

}  // namespace

Compiled compile(const Network& network, const RunShape& shape) {
  if (network.layers.empty() || network.inputs == 0 || network.batch == 0 || shape.steps == 0 ||
      shape.rounds == 0) {
    throw CompileError("a network needs inputs, a layer, a batch and a step at least");
  }
  if (shape.dram_base % kAlignment != 0) throw CompileError("DRAM begins at a multiple of 64");
  return Compiler(network, shape).compile();
}

std::string listing(const Network& network, const Compiled& compiled) {
  const unsigned n = network.hardware.n;
  std::string out = "# DRAM\n";
  const auto region = [&out](const Region& r) {
    if (r.bytes > 0) out += fmt::format("{:08x}  {:>10} bytes  {}\n", r.address, r.bytes, r.name);
  };
  for (const Compiled::LayerRegions& layer : compiled.layers) {
    region(layer.weights);
    region(layer.bias);
    for (const Region& state : layer.state) region(state);
  }
  for (const Region* r : {&compiled.inputs, &compiled.labels, &compiled.table, &compiled.losses,
                          &compiled.test_inputs, &compiled.logits, &compiled.skipped}) {
    region(*r);
  }
  out +=
      "\n# Local memory: address, tiles, rows x columns, tiles from one row of tiles to the "
      "next\n";
  for (const LocalPlan::Entry& entry : compiled.local) {
    out +=
        fmt::format("{:08x}  {:>6}  {:>5} x {:<5}  {:>4}  {}\n", entry.view.address(n), entry.tiles,
                    entry.view.rows, entry.view.cols, entry.view.stride, entry.name);
  }
  const auto program = [&](const char* name, const ChipProgram& p) {
    out += fmt::format("\n# Program {}\n{}", name, isa::listing(p.assembly, p.address));
  };
  program("initialise", compiled.initialise);
  program("train", compiled.train);
  program("evaluate", compiled.evaluate);
  program("save", compiled.save);
  return out;
}

}  // namespace gradcore::compiler
