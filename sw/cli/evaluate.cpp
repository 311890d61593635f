// SPDX-License-Identifier: Apache-2.0
// gradcore eval: the loss of what was learned, on the test data.
#include <fmt/format.h>

#include <cmath>
#include <nlohmann/json.hpp>
#include <numbers>

#include "sw/cli/commands.h"
#include "sw/cli/model_run.h"
#include "sw/datasets/metrics.h"
#include "sw/io/atomic_file.h"
#include "sw/nn/checkpoint.h"

namespace gradcore::cli {
namespace {

struct Options {
  std::string file, checkpoint, json;
  std::string backend = "model";
  BoardChoice board = {};
};

bool run(const Options& options, Session& session) {
  session.start_log();
  if (!options.json.empty()) io::require_writable(options.json);
  ModelRun run = make_model_run(
      {.file = options.file, .backend = options.backend, .trains = false, .board = options.board});
  if (run.shape.test_batches == 0) {
    throw UsageError("the description has no test batches, expected at least one");
  }
  introduce(run, backend_name(options.backend, options.board), session);
  const nn::Snapshot snapshot = nn::load_parameters(options.checkpoint, *run.compiled.model);
  run.training->restore(snapshot);
  const nn::Training::TestResult result = run.training->test();
  const double loss = result.loss;
  session.out() << fmt::format(
      "  parameters          {}{}\n", options.checkpoint,
      snapshot.meaning ? fmt::format(", {} steps of training", snapshot.step) : "");
  const bool is_log_loss = run.description.loss == nn::LossKind::kBinaryCrossEntropy;
  session.out() << fmt::format("  {:<18}  {:.6f}, mean of {} batches\n",
                               is_log_loss ? "test log loss" : "test loss", loss,
                               run.shape.test_batches);
  nlohmann::ordered_json json = {{"model", run.description.name},
                                 {"backend", backend_name(options.backend, options.board)},
                                 {"batches", run.shape.test_batches},
                                 {"loss", loss}};
  if (run.description.loss == nn::LossKind::kSoftmaxCrossEntropy) {
    json["perplexity"] = std::exp(loss);
    session.out() << fmt::format("  perplexity          {:.4f}\n", std::exp(loss));
  }
  if (is_log_loss) {
    const std::vector<std::uint8_t> labels(result.labels.begin(), result.labels.end());
    const datasets::Auc auc = datasets::auc(result.outputs, labels);
    if (auc.value) json["auc"] = *auc.value;
    session.out() << fmt::format("  AUC                 {}\n",
                                 auc.value ? fmt::format("{:.4f}", *auc.value) : auc.undefined);
  }
  if (run.feed->text() != nullptr) {
    json["bits_per_character"] = loss / std::numbers::ln2;
    session.out() << fmt::format("  bits per character  {:.4f}\n", loss / std::numbers::ln2);
  }
  if (!options.json.empty()) {
    io::AtomicFile file(options.json);
    file.stream() << json.dump(2) << "\n";
    file.commit();
  }
  return true;
}

}  // namespace

Command add_eval(CLI::App& app) {
  const auto options = std::make_shared<Options>();
  CLI::App* const parser =
      app.add_subcommand("eval", "loss of a trained model on the test data, from a checkpoint");
  parser->add_option("file", options->file, "description of the model")
      ->required()
      ->type_name("FILE.yaml");
  parser->add_option("--checkpoint", options->checkpoint, "a checkpoint, or weights of export")
      ->required()
      ->type_name("FILE.npz");
  parser->add_option("--backend", options->backend, "what it runs on: model or rtl")
      ->check(CLI::IsMember(chip_names()))
      ->capture_default_str();
  add_board_options(*parser, options->board);
  parser->add_option("--json", options->json, "write the results as JSON too")->type_name("FILE");
  return {parser, [options](Session& session) { return run(*options, session); }};
}

}  // namespace gradcore::cli
