// SPDX-License-Identifier: Apache-2.0
// gradcore sim: golden vectors and a training run on the simulated chip, both against the model.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cmath>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <thread>

#include "sw/cli/backend.h"
#include "sw/cli/commands.h"
#include "sw/cli/golden.h"
#include "sw/cli/interrupt.h"
#include "sw/cli/options.h"
#include "sw/cli/sim_training.h"
#include "sw/cli/table.h"
#include "sw/compiler/dataset.h"
#include "sw/io/atomic_file.h"

namespace gradcore::cli {
namespace {

struct Options {
  std::string file, json, out = "build/sim";
  std::string backend = "rtl";
  std::optional<unsigned> n;
  std::optional<std::uint64_t> seed;
  std::optional<unsigned> threads;
  bool is_short = false, waves = false;
};

// What the short form cuts the training to: enough to see that it learns.
constexpr std::uint32_t kShortEpochs = 2;
constexpr float kShortAccuracy = 0.8f;

config::Config configure(const Options& options, Session& session) {
  config::Config config = session.start(options.file);
  config.hardware = with_array_size(config.hardware, options.n);
  if (options.seed) {
    config.seed = *options.seed;
    config.training.seed = *options.seed;
  }
  if (options.is_short && config.training.epochs > kShortEpochs) {
    config.training.epochs = kShortEpochs;
    config.training.min_accuracy = std::min(config.training.min_accuracy, kShortAccuracy);
  }
  return config;
}

std::string utilisation(const GoldenResult& result) {
  const auto cycles = static_cast<double>(result.report.cycles);
  return cycles > 0 ? fmt::format("{:.1f} %", 100 * result.ideal_cycles / cycles) : "-";
}

std::vector<GoldenResult> run_golden(device::Device& device, const config::Config& config,
                                     const Options& options, Session& session) {
  std::size_t name_width = 0;
  for (const config::GoldenVector& vector : config.vectors) {
    name_width = std::max(name_width, vector.name.size());
  }
  session.out() << "Golden vectors: bits against the reference model; largest error relative to "
                   "|A||B|,\nand as part of the error bound of the numerics contract\n";
  Table table(session.out(), {{"vector", name_width},
                              {"pass", 4},
                              {"m x k x n", 15},
                              {"result", 9},
                              {"error", 7, true},
                              {"of bound", 8, true},
                              {"cycles", 7, true},
                              {"ideal", 7, true},
                              {"utilisation", 0, true}});
  std::vector<GoldenResult> results;
  for (std::size_t i = 0; i < config.vectors.size(); ++i) {
    InterruptGuard::check();
    const config::GoldenVector& vector = config.vectors[i];
    const GoldenResult result = check_golden(device, vector, golden_data(vector, config.seed, i));
    const bool is_exact = result.comparison.different == 0;
    table.row({vector.name, config::pass_name(vector.pass),
               fmt::format("{} x {} x {}", vector.m, vector.k, vector.n),
               is_exact ? "bit-exact" : "DIFFERENT",
               fmt::format("{:.1e}", result.bound.relative_error),
               fmt::format("{:.3f}", result.bound.worst),
               result.report.cycles > 0 ? fmt::to_string(result.report.cycles) : "-",
               fmt::format("{:.0f}", std::ceil(result.ideal_cycles)), utilisation(result)});
    if (!is_exact) {
      session.out() << "  "
                    << describe(result.comparison, std::size_t{vector.m} * vector.n, vector.m,
                                vector.n)
                    << '\n'
                    << explain_wrong_result(
                           options.backend, config.hardware,
                           {.name = vector.name,
                            .seed = config.seed,
                            .work =
                                [&](device::Device& again) {
                                  check_golden(again, vector, golden_data(vector, config.seed, i));
                                },
                            .folder = options.out});
    }
    if (!result.bound.holds()) {
      session.out() << fmt::format("  the error at (row {}, column {}) is {:.3g} times its bound\n",
                                   result.bound.worst_row, result.bound.worst_column,
                                   result.bound.worst);
    }
    session.log().debug("vector '{}' {}: {} of {} elements differ, {} cycles, {:.3f} of the bound",
                        vector.name, config::pass_name(vector.pass), result.comparison.different,
                        std::size_t{vector.m} * vector.n, result.report.cycles, result.bound.worst);
    results.push_back(result);
  }
  const auto passed = std::count_if(results.begin(), results.end(),
                                    [](const GoldenResult& result) { return result.passed(); });
  session.out() << fmt::format("{} of {} vectors passed\n\n", passed, results.size());
  return results;
}

void write_results(const std::filesystem::path& path, const config::Config& config,
                   const std::string& backend, const std::vector<GoldenResult>& golden,
                   const TrainingResult& training, bool passed) {
  nlohmann::ordered_json vectors = nlohmann::ordered_json::array();
  for (std::size_t i = 0; i < golden.size(); ++i) {
    const config::GoldenVector& vector = config.vectors[i];
    const GoldenResult& result = golden[i];
    const auto cycles = static_cast<double>(result.report.cycles);
    vectors.push_back({{"name", vector.name},
                       {"pass", config::pass_name(vector.pass)},
                       {"m", vector.m},
                       {"k", vector.k},
                       {"n", vector.n},
                       {"bit_exact", result.comparison.different == 0},
                       {"relative_error", result.bound.relative_error},
                       {"part_of_bound", result.bound.worst},
                       {"cycles", result.report.cycles},
                       {"ideal_cycles", result.ideal_cycles},
                       {"utilisation", cycles > 0 ? result.ideal_cycles / cycles : 0.0}});
  }
  const nlohmann::ordered_json document = {{"passed", passed},
                                           {"backend", backend},
                                           {"seed", config.seed},
                                           {"hardware",
                                            {{"n", config.hardware.n},
                                             {"f", config.hardware.f},
                                             {"operand_kib", config.hardware.operand_kib},
                                             {"accumulator_kib", config.hardware.accumulator_kib}}},
                                           {"vectors", vectors},
                                           {"training", to_json(training)}};
  io::AtomicFile file(path);
  file.stream() << document.dump(2) << '\n';
  file.commit();
}

bool run(const Options& options, Session& session) {
  const config::Config config = configure(options, session);
  if (!options.json.empty()) io::require_writable(options.json);
  // What is wrong with data or sizes is said before the work.
  const compiler::Network network = network_of(config.training, config.hardware);
  compiler::compile(network, compiler::plan_run(network, compiler::make_dataset(network)).shape);
  const auto device = make_device(options.backend, config.hardware);
  const unsigned threads = options.threads.value_or(std::thread::hardware_concurrency());

  io::make_folder(options.out);
  const device::Hardware& hardware = config.hardware;
  session.out() << fmt::format(
      "GradCore {} x {}, F = {}, {} + {} KiB of local memory, backend {}, seed {}\n\n", hardware.n,
      hardware.n, hardware.f, hardware.operand_kib, hardware.accumulator_kib, options.backend,
      config.seed);
  std::vector<GoldenResult> golden;
  if (options.waves) {
    // A training of millions of cycles would fill the disk; the vectors show every kind of work.
    const std::string waves = (std::filesystem::path(options.out) / "vectors.fst").string();
    golden =
        run_golden(*make_device(options.backend, config.hardware, waves), config, options, session);
    session.out() << fmt::format("waveforms of the vectors: gtkwave {}\n\n",
                                 write_wave_view(waves));
  } else {
    golden = run_golden(*device, config, options, session);
  }
  const TrainingResult training = run_training(options.backend, config.hardware, config.training,
                                               threads > 1, options.out, session);
  const bool passed =
      training.passed() && std::all_of(golden.begin(), golden.end(),
                                       [](const GoldenResult& result) { return result.passed(); });
  if (!options.json.empty()) {
    write_results(options.json, config, options.backend, golden, training, passed);
  }
  session.out() << (passed ? "\nPASS\n" : "\nFAIL\n");
  return passed;
}

}  // namespace

Command add_sim(CLI::App& app) {
  const auto options = std::make_shared<Options>();
  CLI::App* const parser =
      app.add_subcommand("sim", "golden vectors, then train a network on the simulated chip");
  parser->add_option("file", options->file, "configuration (instead of --config)")
      ->type_name("FILE.yaml");
  parser->add_option("--n", options->n, "size of the array (default: the configuration's, 16)")
      ->check(array_size());
  parser->add_option("--seed", options->seed, "seed of vectors and training")
      ->check(whole_number(0));
  parser
      ->add_option("--threads", options->threads,
                   "1: train on the model after the chip; more: beside it")
      ->check(whole_number(1, 1024));
  parser->add_flag("--short", options->is_short,
                   fmt::format("train for {} epochs only", kShortEpochs));
  parser->add_flag("--waves", options->waves,
                   "write waveforms of the first 20000 cycles of the golden vectors");
  parser->add_option("--out", options->out, "folder for the loss curve and waveforms")
      ->type_name("DIR")
      ->capture_default_str();
  parser->add_option("--json", options->json, "write the results as JSON too")->type_name("FILE");
  parser->add_option("--backend", options->backend, "what is compared with the model: rtl or model")
      ->check(CLI::IsMember(backend_names()))
      ->capture_default_str();
  return {parser, [options](Session& session) { return run(*options, session); }};
}

}  // namespace gradcore::cli
