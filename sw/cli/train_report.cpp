// SPDX-License-Identifier: Apache-2.0
#include "sw/cli/train_report.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "sw/cli/chip.h"
#include "sw/cli/recording.h"
#include "sw/io/atomic_file.h"
#include "sw/report/axis.h"

namespace gradcore::cli {
namespace {

using compiler::Compiled;
using compiler::Network;
using Pairs = std::vector<std::pair<std::string, std::string>>;

constexpr std::array kActivations = {"identity", "relu", "tanh"};
constexpr std::array kDecays = {"none", "linear", "cosine"};

std::string percent(double part) { return fmt::format("{:.2f} %", 100 * part); }
std::string whole(double value) { return report::number_text(value); }

std::string optimizer_text(const compiler::Optimizer& o) {
  std::string out = o.method == compiler::Method::kSgd
                        ? fmt::format("SGD, momentum {}", o.momentum)
                        : fmt::format("AdamW, beta1 {}, beta2 {}, epsilon {}, weight decay {}",
                                      o.beta1, o.beta2, o.epsilon, o.weight_decay);
  if (o.clip_norm > 0) out += fmt::format(", gradients clipped to norm {}", o.clip_norm);
  if (o.skip_nonfinite) out += ", steps that are not finite skipped";
  return out;
}

std::string memory_text(const compiler::Memory& m) {
  std::string out = fmt::format("latency {} to read, {} to write, {} bytes a cycle", m.latency,
                                m.write_latency, m.bandwidth);
  const auto& s = m.stalls;
  if (std::max({s.ar, s.r, s.aw, s.w, s.b}) > 0) {
    out += fmt::format(", stalls ar {}, r {}, aw {}, w {}, b {}", s.ar, s.r, s.aw, s.w, s.b);
  }
  if (m.reorder > 0) out += fmt::format(", bursts reordered {}", percent(m.reorder));
  if (m.interleave) out += ", data interleaved";
  return out + fmt::format(", seed {}", m.seed);
}

Pairs configuration(const TrainedRun& run) {
  const Network& n = run.network;
  const device::Hardware& h = n.hardware;
  Pairs out = {{"array", fmt::format("{0} x {0}, F = {1}", h.n, h.f)},
               {"local memory", fmt::format("{} KiB of operands, {} KiB of accumulators",
                                            h.operand_kib, h.accumulator_kib)}};
  if (run.result.counters.has_clock) out.emplace_back("DRAM", memory_text(n.memory));
  out.emplace_back("inputs", fmt::to_string(n.inputs));
  for (std::size_t l = 0; l < n.layers.size(); ++l) {
    const compiler::Linear& layer = n.layers[l];
    out.emplace_back(fmt::format("layer {}", l + 1),
                     fmt::format("linear {}, {}", layer.outputs,
                                 l + 1 == n.layers.size()
                                     ? "softmax cross-entropy"
                                     : kActivations[static_cast<std::size_t>(layer.activation)]));
  }
  out.emplace_back("optimizer", optimizer_text(n.optimizer));
  std::string rate = fmt::format("{}", n.schedule.learning_rate);
  if (n.schedule.warmup_steps > 0) rate += fmt::format(", {} to warm up", n.schedule.warmup_steps);
  if (n.schedule.decay != compiler::Decay::kNone) {
    rate += fmt::format(", decay {} to {}", kDecays[static_cast<std::size_t>(n.schedule.decay)],
                        n.schedule.final_part);
  }
  out.emplace_back("learning rate", rate);
  out.emplace_back("batch", fmt::to_string(n.batch));
  out.emplace_back("epochs", fmt::format("{} of {} steps", run.plan.epochs, run.plan.shape.steps));
  out.emplace_back("data", n.data.kind == compiler::DataKind::kDigits
                               ? "handwritten digits"
                               : "synthetic: normal clusters");
  out.emplace_back("seed", fmt::to_string(n.seed));
  return out;
}

Pairs figures(const TrainedRun& run) {
  const TrainResult& r = run.result;
  const auto steps = static_cast<double>(r.losses.size());
  const double n = run.network.hardware.n;
  Pairs out = {{"loss", fmt::format("{:.4f} in the first step, {:.4f} in the last",
                                    r.losses.front(), r.losses.back())},
               {"test accuracy", percent(r.accuracy.back())},
               {"steps", whole(steps)}};
  const double ideal = run.compiled.ideal_cycles;
  if (r.counters.has_clock) {
    const double cycles = static_cast<double>(r.counters.cycles) / steps;
    out.emplace_back("cycles a step", fmt::format("{} measured, launches included", whole(cycles)));
    out.emplace_back("utilisation", percent(ideal / cycles) + " of the array's MACs");
    const auto traffic = [&](std::uint64_t beats) {
      return whole(16 * static_cast<double>(beats) / steps);
    };
    out.emplace_back("DRAM, bytes a step",
                     fmt::format("{} read, {} written", traffic(r.counters.read_beats),
                                 traffic(r.counters.write_beats)));
    out.emplace_back("instructions a step",
                     whole(static_cast<double>(r.counters.instructions) / steps));
  }
  out.emplace_back("ideal cycles a step", fmt::format("{} (MACs / {}²)", whole(ideal), n));
  if (r.estimated > 0) {
    out.emplace_back(
        "estimated cycles a step",
        fmt::format("{}, utilisation {}", whole(r.estimated), percent(ideal / r.estimated)));
  }
  out.emplace_back("simulation", fmt::format("{:.2f} s, {} million MAC/s", r.seconds,
                                             whole(ideal * n * n * steps / r.seconds / 1e6)));
  return out;
}

std::vector<report::Bar> bars(const TrainedRun& run) {
  const runtime::Counters& c = run.result.counters;
  if (!c.has_clock || c.cycles == 0) return {};
  const auto cycles = static_cast<double>(c.cycles);
  const double used =
      run.compiled.ideal_cycles * static_cast<double>(run.result.losses.size()) / cycles;
  std::vector<report::Bar> out = {{"MACs", {{"busy", used}, {"rest", 1 - used}}}};
  for (std::size_t u = 0; u < c.units.size(); ++u) {
    const runtime::UnitCounters& unit = c.units[u];
    const auto share = [&](std::uint64_t value) { return static_cast<double>(value) / cycles; };
    out.push_back({runtime::kCountedUnitNames[u],
                   {{"busy", share(unit.busy)},
                    {"memory", share(unit.memory)},
                    {"token", share(unit.token)},
                    {"idle", share(unit.idle)}}});
  }
  return out;
}

std::vector<report::Table> tables(const TrainedRun& run) {
  const Compiled& c = run.compiled;
  report::Table dram{"DRAM", {"address", "#bytes", "what"}, {}};
  const auto region = [&](const compiler::Region& r) {
    if (r.bytes > 0) {
      dram.rows.push_back(
          {fmt::format("{:#010x}", r.address), whole(static_cast<double>(r.bytes)), r.name});
    }
  };
  for (const Compiled::LayerRegions& layer : c.layers) {
    region(layer.weights);
    region(layer.bias);
  }
  for (const compiler::Region* r :
       {&c.inputs, &c.labels, &c.table, &c.losses, &c.test_inputs, &c.logits, &c.skipped}) {
    region(*r);
  }
  const auto program = [&](const char* name, const compiler::ChipProgram& p) {
    region({std::string("program ") + name, p.address,
            p.assembly.program.size() * isa::kInstructionBytes});
  };
  program("initialise", c.initialise);
  program("train", c.train);
  program("evaluate", c.evaluate);
  program("save", c.save);
  std::sort(dram.rows.begin(), dram.rows.end());

  const device::Hardware& h = run.network.hardware;
  std::vector<report::Table> out = {std::move(dram)};
  for (const bool accumulator : {false, true}) {
    report::Table table{"", {"address", "#tiles", "#rows", "#columns", "what"}, {}};
    std::uint64_t tiles = 0;
    for (const compiler::LocalPlan::Entry& entry : c.local) {
      if (entry.view.accumulator != accumulator) continue;
      tiles += entry.tiles;
      table.rows.push_back({fmt::format("{:#010x}", entry.view.address(h.n)),
                            fmt::to_string(entry.tiles), fmt::to_string(entry.view.rows),
                            fmt::to_string(entry.view.cols), entry.name});
    }
    const double all = 1024.0 * (accumulator ? h.accumulator_kib : h.operand_kib) /
                       (accumulator ? h.accumulator_tile_bytes() : h.operand_tile_bytes());
    table.title =
        fmt::format("{} memory, {}: {} of {} tiles ({})", accumulator ? "Accumulator" : "Operand",
                    accumulator ? "binary32" : "bfloat16", whole(static_cast<double>(tiles)),
                    whole(all), percent(static_cast<double>(tiles) / all));
    out.push_back(std::move(table));
  }
  return out;
}

}  // namespace

std::string network_shape(const Network& network) {
  std::string text = fmt::to_string(network.inputs);
  for (const compiler::Linear& layer : network.layers) text += fmt::format("-{}", layer.outputs);
  return text;
}

report::Report make_report(const TrainedRun& run, const std::vector<runtime::Span>& spans) {
  report::Report out;
  const device::Hardware& h = run.network.hardware;
  out.title = fmt::format("Training {} on GradCore {} x {}", network_shape(run.network), h.n, h.n);
  out.summary = fmt::format(
      "{} steps with a batch of {} on {}: forward, loss, backward and update all on the chip.",
      run.result.losses.size(), run.network.batch, backend_in_words(run.backend));
  out.figures = figures(run);
  out.configuration = configuration(run);
  out.losses = run.result.losses;
  out.accuracy = run.result.accuracy;
  out.bars = bars(run);
  out.tables = tables(run);
  add_step(out, run.compiled, h, spans);
  return out;
}

void add_step(report::Report& report, const compiler::Programs& programs,
              const device::Hardware& hardware, const std::vector<runtime::Span>& spans) {
  const isa::Program& program = programs.train.assembly.program;
  const auto base = static_cast<std::uint32_t>(programs.train.address);
  const bool is_measured = !spans.empty();
  std::vector<runtime::Span> all = is_measured ? spans : estimated_spans(programs, hardware);
  const auto window = report::step_window(all, program, base);
  if (!window) return;
  report.step = *window;
  std::erase_if(all, [&](const runtime::Span& span) {
    return span.done <= window->from || span.begin >= window->to;
  });
  report.spans = std::move(all);
  report.names = names_of(programs);
  report.step_note = fmt::format(
      "{} From the step's first matrix instruction to the same of the next step: {} cycles. Units "
      "take instructions before they are done with those they have; each is shown while it is the "
      "oldest one in its unit. Updates of the step before and loads for the next one are among "
      "them.",
      is_measured ? "As measured." : "By the compiler's estimate: this backend has no clock.",
      whole(static_cast<double>(window->to - window->from)));
}

void write_report(const std::string& path, const report::Report& report) {
  io::AtomicFile file(path);
  file.stream() << report::page(report);
  file.commit();
}

}  // namespace gradcore::cli
