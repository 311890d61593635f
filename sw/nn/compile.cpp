// SPDX-License-Identifier: Apache-2.0
#include "sw/nn/compile.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "sw/compiler/estimate.h"
#include "sw/compiler/loop.h"
#include "sw/compiler/schedule.h"
#include "sw/compiler/timing.h"
#include "sw/nn/ahead.h"
#include "sw/nn/memory_map.h"
#include "sw/nn/residents.h"
#include "sw/runtime/allocator.h"

namespace gradcore::nn {
namespace {

using compiler::Emitter;
using isa::Opcode;

constexpr std::uint64_t kAlignment = 64;

// Registers of a loop over batches.
enum StepRegister : unsigned {
  kInputData = 4,  // DRAM: inputs of this step
  kLabelData = 5,
  kTableData = 6,  // numbers of the schedule
  kLossData = 7,   // where the loss goes
  kOutputData = 8,
  // kListRegister = 9: lists of rows of tables; kStepRegister = 10: number of the step
};

std::uint64_t aligned(std::uint64_t bytes) {
  return (bytes + kAlignment - 1) / kAlignment * kAlignment;
}

std::uint32_t low(std::uint64_t address) { return static_cast<std::uint32_t>(address); }

class Compiler {
 public:
  Compiler(Model& model, const LaunchShape& shape)
      : model_(model),
        shape_(shape),
        hardware_(model.description().hardware),
        begin_(hardware_.n),
        base_(shape.dram_base),
        dram_(std::min(shape.dram_bytes, (std::uint64_t{1} << 32) - shape.dram_base)) {}

  Compiled compile() {
    plan_dram();
    if (shape_.trains) train();
    if (shape_.evaluates) evaluate();
    out_.initialise = straight("program initialise", initialise_residents(model_, out_));
    out_.save = straight("program save", save_residents(model_, out_));
    if (has_lists() && shape_.trains) {
      Emitter end(hardware_.n);
      model_.interaction()->bags().end(end, out_.last_rows.address);
      end.plain(Opcode::kHalt);
      out_.end = straight("program end", end);
    }
    out_.dram_end = aligned(base_ + dram_.used());
    if (model_.tables().has_passes) {
      out_.passes = std::make_shared<const TablePasses>(
          model_.interaction()->passes(hardware_, out_.dram_end));
      out_.dram_end = out_.passes->dram_end();
    }
    return std::move(out_);
  }

 private:
  Region region(const std::string& name, std::uint64_t bytes) {
    if (bytes == 0) return {name, 0, 0};
    try {
      return {name, base_ + dram_.allocate(name, bytes, kAlignment), bytes};
    } catch (const runtime::OutOfMemory& error) {
      throw compiler::CompileError(error.what());
    }
  }

  void plan_dram() {
    const auto& description = model_.description();
    for (const auto& p : model_.parameters().all()) {
      const std::uint64_t bytes = std::uint64_t{4} * p->rows() * p->cols();
      Compiled::ParameterRegions at;
      at.value = region(p->name(), bytes);
      for (unsigned s = 0; s < model_.parameters().states(); ++s) {
        at.state[s] = region(fmt::format("state {} of {}", s + 1, p->name()), bytes);
      }
      p->set_home({at.value.address, {at.state[0].address, at.state[1].address}});
      // Blocks may come and go one by one.
      for (const Region* region : {&at.value, &at.state[0], &at.state[1]}) {
        if (region->bytes == 0) continue;
        for (const Parameter::Block& block : p->blocks()) {
          dram_parts_.push_back(
              {region->address + p->offset(block), std::uint64_t{4} * p->rows() * block.cols});
        }
      }
      out_.parameters.push_back(at);
    }
    for (const Constant& c : model_.constants()) {
      out_.constants.push_back(region("constants", std::uint64_t{4} * c.values.size()));
    }
    out_.tables = compiler::tables_of(description.optimizer, description.schedule);
    if (model_.interaction() != nullptr) plan_tables();
    out_.table_width = model_.parameters().widest();
    const std::uint32_t rows = model_.rows();
    out_.input_bytes = low(aligned(std::uint64_t{4} * rows * model_.input_width()));
    out_.label_bytes = low(aligned(std::uint64_t{4} * rows));
    out_.table_bytes = low(std::uint64_t{4} * out_.tables.size() * out_.table_width);
    out_.output_bytes = low(aligned(std::uint64_t{4} * rows * model_.outputs()));
    const std::uint64_t steps = shape_.steps;
    const std::uint64_t tests = std::max(shape_.test_batches, 1u);
    out_.inputs = region("inputs", (steps + (does_ahead() ? 1 : 0)) * out_.input_bytes);
    out_.labels = region("labels", steps * out_.label_bytes);
    out_.table = region("schedule", steps * out_.table_bytes);
    out_.losses = region("losses", steps * 4);
    out_.squares = region("squares", description.optimizer.is_guarded() ? steps * 4 : 0);
    out_.test_inputs = region("test inputs", tests * out_.input_bytes);
    out_.test_labels = region("test labels", tests * out_.label_bytes);
    out_.test_losses = region("test losses", tests * 4);
    out_.test_outputs = region("test outputs", tests * out_.output_bytes);
    out_.ideal_cycles = model_.step_macs() / (double{1} * hardware_.n * hardware_.n);
  }

  // Embedding tables, and what goes through DRAM on its way between layers.
  void plan_tables() {
    Interaction& interaction = *model_.interaction();
    Tables& tables = model_.tables();
    const auto& schedule = model_.description().schedule;
    if (!schedule.is_constant() && model_.parameters().states() == 2) {
      out_.tables.push_back(compiler::Table::kRate);  // which AdamW has no use for
    }
    const auto track = [&](const Region& at) {
      if (at.bytes > 0) dram_parts_.push_back({at.address, at.bytes});
      return at;
    };
    const std::uint64_t rows = tables.rows();
    out_.rows = track(region("rows of tables", 4 * rows * tables.features));
    out_.row_state = track(region("state of rows", tables.is_adagrad ? 4 * rows : 0));
    const std::uint64_t vectors =
        std::uint64_t{model_.rows()} * Interaction::vector_rows(tables, hardware_.n);
    const Region at =
        track(region("vectors", tables.has_passes ? 4 * vectors * tables.features : 0));
    tables.home = {out_.rows.address, out_.row_state.address, at.address};
    const std::uint64_t pair_bytes = std::uint64_t{4} * interaction.pairs();
    Interaction::Scratch scratch;
    for (std::uint64_t* at : {&scratch.products, &scratch.gradients}) {
      *at = region("pairs", pair_bytes * model_.rows()).address;
      std::uint64_t first = *at;
      for (const std::uint32_t samples : model_.chunks()) {
        dram_parts_.push_back({first, pair_bytes * samples});
        first += pair_bytes * samples;
      }
    }
    interaction.set_scratch(scratch);
    out_.constant_list =
        region("constant lists", std::uint64_t{4} * interaction.constant_lists().size());
    if (!has_lists()) return;
    out_.list_bytes = 4 * interaction.lists().entries();
    // The last step begins with one more, which needs nothing.
    out_.lists = region("lists", std::uint64_t{shape_.steps + 1} * out_.list_bytes);
    out_.test_lists =
        region("test lists", std::uint64_t{std::max(shape_.test_batches, 1u)} * out_.list_bytes);
    const std::uint64_t slots = interaction.lists().slots();
    out_.first_rows = region("first rows", 4 * slots);
    out_.last_rows = region("last rows", 4 * slots);
  }

  ChipProgram placed(const std::string& name, isa::Assembly assembly) {
    const Region at = region(name, assembly.program.size() * isa::kInstructionBytes);
    return {std::move(assembly), at.address};
  }

  // Inputs of this step, by chunks.
  std::vector<Value> load_inputs(Step& step) {
    std::vector<Value> out;
    std::uint32_t row = 0;
    for (const std::uint32_t rows : model_.chunks()) {
      if (model_.data().is_text) {
        const View tokens = step.accumulator("tokens", 1, rows);
        step.out().load("tokens", tokens, 4 * row, 4 * rows, isa::Format::kFp32, kInputData);
        out.emplace_back(tokens);
      } else {
        const std::uint32_t features = model_.data().inputs;
        const View inputs = step.operand("inputs", rows, features);
        step.out().load("inputs", inputs, std::uint64_t{4} * row * features, 4 * features,
                        isa::Format::kFp32, kInputData);
        out.emplace_back(inputs);
      }
      row += rows;
    }
    return out;
  }

  std::vector<Model::Data> with_labels(Step& step, const std::vector<Value>& inputs) {
    std::vector<Model::Data> out;
    std::uint32_t row = 0;
    for (std::size_t c = 0; c < inputs.size(); ++c) {
      const std::uint32_t rows = model_.chunks()[c];
      const View labels = step.accumulator("labels", 1, rows);
      step.out().load("labels", labels, 4 * row, 4 * rows, isa::Format::kFp32, kLabelData);
      out.push_back({inputs[c], labels});
      row += rows;
    }
    return out;
  }

  // A step in an order for several units, in the real memory, as the body of a loop.
  ChipProgram loop(const std::string& name, Step& step, const Emitter& before,
                   const Emitter& registers, std::uint32_t turns, std::uint64_t read,
                   std::uint64_t written, std::size_t& loop_number, bool is_training) {
    // Where data lie, so that nobody takes them for the parts of DRAM that others write.
    compiler::Registers first{};
    for (const isa::Instruction& i : before.program()) compiler::update(i, first);
    const compiler::Judge judge = [&](const isa::Assembly& body) -> std::optional<double> {
      try {
        isa::Program program = body.program;
        MemoryMap(step.matrices(), program, hardware_).rewrite(program);
        const compiler::Advance advance = compiler::order_loop(program, first, tiles(hardware_));
        return compiler::turn_cycles(program, advance, hardware_);
      } catch (const compiler::CompileError&) {
        return std::nullopt;
      }
    };
    const double cycles =
        shape_.dumps
            ? 0
            : compiler::schedule_loop(
                  step.out().assembly(), first, tiles(step.matrices().unbounded(hardware_)),
                  room_of(step.matrices(), step.out().program(), hardware_), judge)
                  .value_or(0);
    const MemoryMap map(step.matrices(), step.out().program(), hardware_);
    Emitter real = step.out();
    map.rewrite(real.program());
    real.append(registers);
    const compiler::Advance advance = compiler::order_loop(real.program(), first, tiles(hardware_));
    if (is_training) {
      out_.estimated_cycles = cycles;
      out_.step_instructions = real.program().size() + 1;
      for (const isa::Instruction& i : real.program()) {
        if (i.info()->unit == isa::Unit::kControl) continue;
        out_.unit_cycles[compiler::unit_index(i.info()->unit)] +=
            compiler::timing_of(i, hardware_.n).cycles;
        namespace f = isa::load;
        if (i.info()->unit == isa::Unit::kLoad || i.info()->unit == isa::Unit::kStore) {
          out_.step_dram_bytes += std::uint64_t{4} * i.get(f::kRows) * i.get(f::kCols);
        }
      }
      out_.operand_tiles = map.used_tiles(false);
      out_.accumulator_tiles = map.used_tiles(true);
    }
    const Idle& idle = model_.idle();
    const compiler::IdlePlaces places = {map.view(idle.operand),
                                         map.view(idle.loaded),
                                         map.view(idle.product),
                                         map.view(idle.cleared),
                                         read,
                                         written};
    if (is_training && !begin_.program().empty()) {
      map.rewrite(begin_.program());
      const compiler::Advance once =
          compiler::order_loop(begin_.program(), first, tiles(hardware_));
      out_.begin = placed("program begin", compiler::loop_program({1, 1}, places, once, before,
                                                                  Emitter(hardware_.n), begin_));
    }
    isa::Assembly assembly =
        compiler::loop_program({1, turns}, places, advance, before, Emitter(hardware_.n), real);
    for (std::size_t i = 0; i < assembly.program.size(); ++i) {
      const isa::Instruction& at = assembly.program[i];
      if (at.opcode() == static_cast<unsigned>(Opcode::kLoop)) loop_number = i;
      const bool is_set = at.opcode() == static_cast<unsigned>(Opcode::kSet);
      if (is_set && at.get(isa::set::kRd) == kStepRegister) out_.train_step = i;
    }
    return placed(name, std::move(assembly));
  }

  // Whether a step ends with the first layer of the next one: rows of tables are long on their way
  // to the products of pairs.
  bool does_ahead() const { return has_lists() && !shape_.dumps; }
  bool has_lists() const { return model_.interaction() != nullptr && !model_.tables().has_passes; }

  void train() {
    Step step(model_.matrices(), true);
    DumpWriter dump([this](const std::string& name, std::uint64_t bytes) {
      return region(name, bytes).address;
    });
    if (shape_.dumps) step.set_watcher(&dump);
    std::vector<Value> inputs = load_inputs(step);
    const bool is_ahead = does_ahead();
    if (is_ahead) inputs = model_.emit_first(step, inputs);
    const std::size_t early = step.out().program().size();
    const std::vector<Model::Data> data = with_labels(step, inputs);
    std::vector<View> tables;
    for (std::size_t t = 0; t < out_.tables.size(); ++t) {
      tables.push_back(step.accumulator("schedule", 1, out_.table_width));
      step.out().load("schedule", tables.back(), t * out_.table_width * 4, out_.table_width * 4,
                      isa::Format::kFp32, kTableData);
    }
    model_.parameters().set_numbers({out_.tables, tables, model_.description().schedule});
    if (is_ahead) {
      model_.emit_behind_first(step, data);
    } else {
      model_.emit(step, data);
    }
    out_.dumped = dump.dumped();
    step.out().store("loss", model_.mean_loss(), 0, 4, isa::Format::kFp32, kLossData);
    if (const auto& squares = model_.parameters().squares()) {
      step.out().store("squares of gradients", *squares, out_.squares.address - out_.losses.address,
                       4, isa::Format::kFp32, kLossData);
    }
    Emitter before(hardware_.n);
    before.set("inputs", kInputData, low(out_.inputs.address));
    before.set("labels", kLabelData, low(out_.labels.address));
    before.set("losses", kLossData, low(out_.losses.address));
    before.set("schedule", kTableData, low(out_.table.address));
    before.set("lists", kListRegister, low(out_.lists.address));
    Emitter registers(hardware_.n);
    registers.add("", kInputData, kInputData, out_.input_bytes);
    registers.add("", kLabelData, kLabelData, out_.label_bytes);
    registers.add("", kLossData, kLossData, 4);
    registers.add("", kTableData, kTableData, out_.table_bytes);
    registers.add("", kListRegister, kListRegister, out_.list_bytes);
    if (model_.has_dropout()) {
      before.set("number of the step", kStepRegister, 0);
      registers.add("", kStepRegister, kStepRegister, 1);
    }
    if (has_lists()) {
      model_.interaction()->bags().begin(begin_, out_.first_rows.address);
    }
    if (is_ahead) {
      begin_.append(do_ahead(step, early,
                             {{kInputData, out_.input_bytes}, {kListRegister, out_.list_bytes}}));
    }
    out_.train = loop("program train", step, before, registers, shape_.steps, out_.inputs.address,
                      out_.losses.address, out_.train_loop, true);
  }

  void evaluate() {
    Step step(model_.matrices(), false);
    const std::vector<Value> outputs = model_.emit(step, with_labels(step, load_inputs(step)));
    step.out().store("loss", model_.mean_loss(), 0, 4, isa::Format::kFp32, kLossData);
    std::uint32_t row = 0;
    for (const Value& value : outputs) {
      const View at = step.accumulator_of("outputs", value);
      step.out().store("outputs", at, std::uint64_t{4} * row * model_.outputs(),
                       4 * model_.outputs(), isa::Format::kFp32, kOutputData);
      row += value.rows();
    }
    Emitter before(hardware_.n);
    before.set("inputs", kInputData, low(out_.test_inputs.address));
    before.set("labels", kLabelData, low(out_.test_labels.address));
    before.set("losses", kLossData, low(out_.test_losses.address));
    before.set("outputs", kOutputData, low(out_.test_outputs.address));
    before.set("lists", kListRegister, low(out_.test_lists.address));
    Emitter registers(hardware_.n);
    registers.add("", kInputData, kInputData, out_.input_bytes);
    registers.add("", kLabelData, kLabelData, out_.label_bytes);
    registers.add("", kLossData, kLossData, 4);
    registers.add("", kOutputData, kOutputData, out_.output_bytes);
    registers.add("", kListRegister, kListRegister, out_.list_bytes);
    out_.evaluate =
        loop("program evaluate", step, before, registers, std::max(shape_.test_batches, 1u),
             out_.test_inputs.address, out_.test_losses.address, out_.evaluate_loop, false);
  }

  // A program that is no loop, its matrices in the real memory.
  ChipProgram straight(const std::string& name, Emitter out) {
    MemoryMap(model_.matrices(), {}, hardware_).rewrite(out.program());
    return placed(name, out.assembly());
  }

  // Of the bounded or the unbounded memory.
  compiler::TileNumbers tiles(const device::Hardware& hardware) const {
    return {hardware, dram_parts_};
  }

  Model& model_;
  LaunchShape shape_;
  device::Hardware hardware_;
  Emitter begin_;  // of the program of that name
  std::uint64_t base_;
  runtime::Allocator dram_;
  std::vector<compiler::DramPart> dram_parts_;
  Compiled out_;
};

}  // namespace

Compiled compile(Model& model, const LaunchShape& shape) {
  if (shape.steps == 0) throw compiler::CompileError("a launch has at least one step");
  if (shape.dram_base % kAlignment != 0) {
    throw compiler::CompileError("DRAM begins at a multiple of 64");
  }
  return Compiler(model, shape).compile();
}

}  // namespace gradcore::nn
