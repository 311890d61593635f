// SPDX-License-Identifier: Apache-2.0
// gradcore train: a network trained on the chip, from a description in YAML.
#include <fmt/format.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <chrono>
#include <filesystem>
#include <iostream>
#include <nlohmann/json.hpp>
#include <numeric>

#include "sw/cli/chip.h"
#include "sw/cli/commands.h"
#include "sw/cli/interrupt.h"
#include "sw/cli/options.h"
#include "sw/cli/recording.h"
#include "sw/cli/train_json.h"
#include "sw/cli/train_options.h"
#include "sw/cli/train_report.h"
#include "sw/compiler/dataset.h"
#include "sw/compiler/estimate.h"
#include "sw/compiler/run.h"
#include "sw/io/atomic_file.h"
#include "sw/io/npy.h"
#include "sw/io/progress.h"
#include "sw/nn/description.h"

namespace gradcore::cli {
namespace {

using compiler::Compiled;
using compiler::Network;
using compiler::RunPlan;
using compiler::TrainingRun;
using nlohmann::ordered_json;

using Options = TrainOptions;

std::string percent(double part) { return fmt::format("{:.2f} %", 100 * part); }

void write_text(const std::string& path, const std::string& text) {
  io::AtomicFile file(path);
  file.stream() << text;
  file.commit();
}

void save(const std::filesystem::path& path, const std::vector<float>& values, std::size_t cols) {
  io::Tensor tensor;
  tensor.shape = {values.size() / cols, cols};
  for (const float v : values) tensor.values.push_back(std::bit_cast<std::uint32_t>(v));
  io::save_npy(path, tensor);
}

// <when>_w1.npy, <when>_b1.npy, ... as they are on the chip.
void save_weights(const std::filesystem::path& folder, const std::string& when,
                  const Network& network, TrainingRun& run) {
  const auto weights = run.weights();
  for (std::size_t l = 0; l < weights.size(); ++l) {
    const std::size_t outputs = network.layers[l].outputs;
    save(folder / fmt::format("{}_w{}.npy", when, l + 1), weights[l].weights, outputs);
    save(folder / fmt::format("{}_b{}.npy", when, l + 1), weights[l].bias, outputs);
  }
}

// Everything that another program needs to repeat the run: samples, and of each epoch the numbers
// of those that its batches are made of.
void save_data(const std::filesystem::path& folder, const Network& network,
               const train::Dataset& data, const RunPlan& plan) {
  const auto labels = [](const train::Samples& samples) {
    return std::vector<float>(samples.labels.begin(), samples.labels.end());
  };
  save(folder / "inputs.npy", data.train.inputs, data.features);
  save(folder / "labels.npy", labels(data.train), 1);
  save(folder / "test_inputs.npy", data.test.inputs, data.features);
  save(folder / "test_labels.npy", labels(data.test), 1);
  std::vector<float> orders;
  const std::size_t used = std::size_t{plan.shape.steps} * network.batch;
  for (std::uint32_t e = 0; e < plan.epochs; ++e) {
    const auto order =
        compiler::sample_order(network, e, static_cast<std::uint32_t>(data.train.count()));
    orders.insert(orders.end(), order.begin(), order.begin() + static_cast<std::ptrdiff_t>(used));
  }
  save(folder / "order.npy", orders, used);
}

TrainResult train(TrainingRun& run, runtime::Device& chip, const RunPlan& plan, Session& session) {
  TrainResult out;
  io::Progress progress(std::cerr, io::is_terminal(STDERR_FILENO), "training", plan.epochs);
  for (std::uint32_t epoch = 0; epoch < plan.epochs; ++epoch) {
    const runtime::Counters before = chip.counters();
    const auto start = std::chrono::steady_clock::now();
    const std::vector<float> losses = run.train_epoch();
    out.seconds += std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    out.counters += chip.counters() - before;
    out.losses.insert(out.losses.end(), losses.begin(), losses.end());
    out.accuracy.push_back(run.test_accuracy());
    const float mean =
        std::accumulate(losses.begin(), losses.end(), 0.0f) / static_cast<float>(losses.size());
    progress.update(epoch + 1,
                    fmt::format("loss {:.4f}, test {}", mean, percent(out.accuracy.back())));
    session.log().debug("epoch {}: loss {:.4f}, test accuracy {}", epoch + 1, mean,
                        percent(out.accuracy.back()));
  }
  return out;
}

void report_cycles(const TrainResult& result, const Compiled& compiled, Session& session) {
  const auto steps = static_cast<double>(result.losses.size());
  session.out() << fmt::format("  ideal               {:.0f} cycles a step, {} instructions\n",
                               compiled.ideal_cycles, compiled.step_instructions);
  if (result.estimated > 0) {
    session.out() << fmt::format("  estimate            {:.0f} cycles a step, utilisation {}\n",
                                 result.estimated,
                                 percent(compiled.ideal_cycles / result.estimated));
  }
  session.out() << fmt::format(
      "  DRAM                {} bytes a step, at 16 a cycle {:.0f} cycles\n",
      compiled.step_dram_bytes, static_cast<double>(compiled.step_dram_bytes) / 16);
  if (!result.counters.has_clock) return;
  const double cycles = static_cast<double>(result.counters.cycles) / steps;
  session.out() << fmt::format("  measured            {:.0f} cycles a step, utilisation {}\n",
                               cycles, percent(compiled.ideal_cycles / cycles));
  for (std::size_t u = 0; u < result.counters.units.size(); ++u) {
    const runtime::UnitCounters& unit = result.counters.units[u];
    const auto part = [&](std::uint64_t c) {
      return percent(static_cast<double>(c) / static_cast<double>(result.counters.cycles));
    };
    session.out() << fmt::format(
        "  {:<18}  busy {}, token {}, memory {}, idle {}; queue empty {}\n",
        runtime::kCountedUnitNames[u], part(unit.busy), part(unit.token), part(unit.memory),
        part(unit.idle), part(unit.starved));
  }
}

ordered_json to_json(const Options& options, const Network& network, const RunPlan& plan,
                     const Compiled& compiled, const TrainResult& result, bool passed) {
  ordered_json units = ordered_json::object();
  for (std::size_t u = 0; u < result.counters.units.size(); ++u) {
    const runtime::UnitCounters& unit = result.counters.units[u];
    units[runtime::kCountedUnitNames[u]] = {{"busy", unit.busy},
                                            {"token", unit.token},
                                            {"memory", unit.memory},
                                            {"starved", unit.starved},
                                            {"idle", unit.idle}};
  }
  const char* const names[] = {"identity", "relu", "tanh"};
  ordered_json activations = ordered_json::array();
  for (const compiler::Linear& layer : network.layers) {
    activations.push_back(names[static_cast<unsigned>(layer.activation)]);
  }
  ordered_json out = {
      {"passed", passed},
      {"backend", options.backend},
      {"seed", network.seed},
      {"network", network_shape(network)},
      {"activations", activations},
      {"optimizer", optimizer_json(network.optimizer)},
      {"rates", rates_json(network.schedule, 0, result.losses.size(), result.losses.size())},
      {"batch", network.batch},
      {"epochs", plan.epochs},
      {"steps", result.losses.size()},
      {"test_accuracy", result.accuracy},
      {"losses", result.losses},
      {"ideal_cycles", compiled.ideal_cycles},
      {"estimated_cycles", result.estimated},
      {"step_instructions", compiled.step_instructions},
      {"step_dram_bytes", compiled.step_dram_bytes},
      {"instructions", result.counters.instructions},
      {"seconds", result.seconds}};
  if (result.counters.has_clock) {
    out["cycles"] = result.counters.cycles;
    out["read_beats"] = result.counters.read_beats;
    out["write_beats"] = result.counters.write_beats;
    out["units"] = units;
  }
  return out;
}

void report_waves(const WaveChoice& waves, Session& session) {
  if (!std::filesystem::exists(waves.file)) {
    session.out() << fmt::format("  waveforms           none: the run ended before cycle {}\n",
                                 waves.from);
    return;
  }
  const auto view = std::filesystem::path(waves.file).replace_extension(".gtkw");
  session.out() << fmt::format("  waveforms           gtkwave {}\n", view.string());
}

bool run(Options options, Session& session) {
  session.start_log();
  options.backend = backend_name(options.backend, options.board);
  if (!options.board.port.empty() && !options.timeline.empty()) {
    throw UsageError(
        "a board does not tell what its units do, expected --backend rtl with --timeline");
  }
  if (nn::is_description(options.file)) return train_model(options, session);
  if (!options.checkpoint.empty() || !options.resume.empty() || options.checkpoint_every) {
    throw UsageError(
        "checkpoints are of models with layers of many kinds, such as "
        "sw/configs/gpt.yaml");
  }
  for (const std::string& path :
       {options.json, options.listing, options.timeline, options.report, options.waves.file}) {
    if (!path.empty()) io::require_writable(path);
  }
  if (!options.timeline.empty() && !has_clock(options.backend)) {
    throw UsageError(fmt::format("the backend '{}' has no clock, expected rtl with --timeline",
                                 options.backend));
  }
  Network network = compiler::load_network(options.file);
  if (options.seed) network.seed = *options.seed;
  const train::Dataset data = compiler::make_dataset(network);
  const RunPlan plan = compiler::plan_run(network, data, options.steps.value_or(0));
  const Compiled compiled = compiler::compile(network, plan.shape);
  if (!options.listing.empty()) {
    write_text(options.listing, compiler::listing(network, compiled));
  }
  const device::Hardware& h = network.hardware;
  session.out() << fmt::format(
      "GradCore {} x {}, F = {}, {} + {} KiB of local memory, backend {}, seed {}\n"
      "Training: {} on {} samples, {} for the test; {} epochs of {} steps, batch {}\n",
      h.n, h.n, h.f, h.operand_kib, h.accumulator_kib, options.backend, network.seed,
      network_shape(network), data.train.count(), data.test.count(), plan.epochs, plan.shape.steps,
      network.batch);
  session.out().flush();
  Recording recording(
      {options.timeline, options.timeline_cycles, !options.report.empty()}, compiled,
      fmt::format("GradCore {} x {}, training {}", h.n, h.n, network_shape(network)));
  auto chip = make_chip({options.backend, h, compiled.dram_end, network.memory,
                         recording.timeline(), options.waves, options.board});
  TrainingRun training(*chip, network, plan, compiled, data);
  training.set_observer([] { InterruptGuard::check(); });
  if (!options.folder.empty()) {
    io::make_folder(options.folder);
    save_data(options.folder, network, data, plan);
    save_weights(options.folder, "start", network, training);
  }
  TrainResult result = train(training, *chip, plan, session);
  const isa::Program& program = compiled.train.assembly.program;
  result.estimated = compiler::cycles_of_turn(program, compiler::estimate(program, h));
  if (!options.folder.empty()) save_weights(options.folder, "end", network, training);

  // A run that was cut short need not have learnt everything.
  const bool is_cut = options.steps.has_value() && plan.epochs < network.epochs;
  const double accuracy = result.accuracy.back();
  const bool passed = is_cut || accuracy >= static_cast<double>(network.min_accuracy);
  session.out() << fmt::format(
      "  loss                {:.4f} in the first step, {:.4f} in the last\n", result.losses.front(),
      result.losses.back());
  session.out() << "  test accuracy       " << percent(accuracy);
  if (network.min_accuracy > 0) {
    session.out() << fmt::format(", at least {} needed: {}", percent(network.min_accuracy),
                                 is_cut   ? "not judged, the run was cut short"
                                 : passed ? "pass"
                                          : "FAIL");
  }
  session.out() << "\n";
  report_cycles(result, compiled, session);
  const double macs = compiled.ideal_cycles * h.n * h.n * static_cast<double>(result.losses.size());
  session.out() << fmt::format("  speed               {:.0f} million MAC/s in {:.2f} s\n",
                               macs / result.seconds / 1e6, result.seconds);
  if (!options.json.empty()) {
    write_text(options.json,
               to_json(options, network, plan, compiled, result, passed).dump(2) + "\n");
  }
  recording.commit();
  if (!options.report.empty()) {
    write_report(options.report, make_report({options.backend, network, plan, compiled, result},
                                             recording.spans()));
  }
  if (!options.waves.file.empty()) {
    chip.reset();
    report_waves(options.waves, session);
  }
  session.out() << (passed ? "PASS\n" : "FAIL\n");
  return passed;
}

}  // namespace

Command add_train(CLI::App& app) {
  const auto options = std::make_shared<Options>();
  CLI::App* const parser = app.add_subcommand(
      "train", "train a network on the chip, from a description such as sw/configs/digits.yaml");
  parser->add_option("file", options->file, "description of the network")
      ->required()
      ->type_name("FILE.yaml");
  parser->add_option("--backend", options->backend, "what it runs on: model or rtl")
      ->check(CLI::IsMember(chip_names()))
      ->capture_default_str();
  add_board_options(*parser, options->board);
  parser
      ->add_option("--steps", options->steps, "stop after so many steps (whole epochs if several)")
      ->check(whole_number(1));
  parser->add_option("--seed", options->seed, "of weights, order and synthetic data")
      ->check(whole_number(0));
  parser->add_option("--json", options->json, "write the results as JSON too")->type_name("FILE");
  parser
      ->add_option("--report", options->report,
                   "write a page of HTML: loss, utilisation, a picture of a step, memory")
      ->type_name("FILE");
  parser
      ->add_option("--timeline", options->timeline,
                   "write what units did, for ui.perfetto.dev or chrome://tracing")
      ->type_name("FILE");
  parser
      ->add_option("--timeline-cycles", options->timeline_cycles,
                   "how many cycles of the run the timeline shows")
      ->check(whole_number(1))
      ->capture_default_str();
  parser
      ->add_option("--waves", options->waves.file,
                   "write waveforms of the chip, for GTKWave, and a view of them beside it")
      ->type_name("FILE.fst");
  parser->add_option("--waves-from", options->waves.from, "their first cycle, of the timeline's")
      ->check(whole_number(0))
      ->capture_default_str();
  parser->add_option("--waves-cycles", options->waves.cycles, "how many cycles they show")
      ->check(whole_number(1))
      ->capture_default_str();
  parser->add_option("--listing", options->listing, "write memory plans and programs as text")
      ->type_name("FILE");
  parser
      ->add_option("--export", options->folder,
                   "write data, order, and weights before and after, for NumPy")
      ->type_name("DIR");
  parser
      ->add_option("--checkpoint", options->checkpoint,
                   "write parameters, state and position there, at the end and while it runs")
      ->type_name("FILE.npz");
  parser->add_option("--checkpoint-every", options->checkpoint_every, "so many steps apart")
      ->check(whole_number(1));
  parser->add_option("--resume", options->resume, "go on from a checkpoint")->type_name("FILE.npz");
  return {parser, [options](Session& session) { return run(*options, session); }};
}

}  // namespace gradcore::cli
