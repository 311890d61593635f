// SPDX-License-Identifier: Apache-2.0
// gradcore dump: a training step, with all that flows between its layers, as a file.
#include <fmt/format.h>

#include "sw/cli/commands.h"
#include "sw/cli/model_run.h"
#include "sw/cli/options.h"
#include "sw/io/atomic_file.h"
#include "sw/nn/checkpoint.h"
#include "sw/nn/export.h"

namespace gradcore::cli {
namespace {

struct Options {
  std::string file, out, checkpoint, backend = "model";
  BoardChoice board = {};
  std::optional<std::uint64_t> seed;
};

bool run(const Options& options, Session& session) {
  session.start_log();
  io::require_writable(options.out);
  ModelRun run = make_model_run({.file = options.file,
                                 .backend = options.backend,
                                 .seed = options.seed,
                                 .board = options.board,
                                 .dumps = true});
  introduce(run, backend_name(options.backend, options.board), session);
  const nn::Model& model = *run.compiled.model;
  if (!options.checkpoint.empty()) {
    run.training->restore(nn::load_checkpoint(options.checkpoint, model));
  }
  const nn::DumpedStep step = nn::dump_step(*run.training);
  nn::save_dump(options.out, model, *run.feed, step);
  session.out() << fmt::format(
      "  loss                {:.4f} in step {}\n  dump                {}: {} "
      "matrices between layers, and gradients of parameters\n",
      step.loss, step.before.step + 1, options.out, step.tensors.size());
  return true;
}

}  // namespace

Command add_dump(CLI::App& app) {
  const auto options = std::make_shared<Options>();
  CLI::App* const parser = app.add_subcommand(
      "dump", "write down what flows between the layers of a model in a training step");
  parser->add_option("file", options->file, "description of the model, such as sw/configs/gpt.yaml")
      ->required()
      ->type_name("FILE.yaml");
  parser->add_option("--out", options->out, "where to, for numpy.load")
      ->required()
      ->type_name("FILE.npz");
  parser
      ->add_option("--checkpoint", options->checkpoint,
                   "the step behind a checkpoint, instead of the first one")
      ->type_name("FILE.npz");
  parser->add_option("--backend", options->backend, "what it runs on: model or rtl")
      ->check(CLI::IsMember(chip_names()))
      ->capture_default_str();
  add_board_options(*parser, options->board);
  parser->add_option("--seed", options->seed, "of weights and order")->check(whole_number(0));
  return {parser, [options](Session& session) { return run(*options, session); }};
}

}  // namespace gradcore::cli
