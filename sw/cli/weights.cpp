// SPDX-License-Identifier: Apache-2.0
// gradcore export and import: parameters to and from other programs.
#include <fmt/format.h>

#include "sw/cli/commands.h"
#include "sw/cli/model_run.h"
#include "sw/io/atomic_file.h"
#include "sw/nn/checkpoint.h"

namespace gradcore::cli {
namespace {

struct Options {
  std::string file, from, to;
};

// What both read, checked against the description.
nn::Snapshot read(const Options& options, const ModelFiles& files) {
  nn::Snapshot out = nn::load_parameters(options.from, *files.model);
  nn::require_same_data(out, *files.feed);
  return out;
}

bool run_export(const Options& options, Session& session) {
  session.start_log();
  io::require_writable(options.to);
  const nn::Snapshot snapshot = read(options, make_model_files(options.file));
  nn::save_weights(options.to, snapshot);
  session.out() << fmt::format("{} parameters written to {}\n", snapshot.parameters.size(),
                               options.to);
  return true;
}

bool run_import(const Options& options, Session& session) {
  session.start_log();
  io::require_writable(options.to);
  const ModelFiles files = make_model_files(options.file);
  const nn::Snapshot snapshot =
      nn::begin_with(*files.model, *files.feed, read(options, files).parameters);
  nn::save_checkpoint(options.to, *files.model, snapshot);
  session.out() << fmt::format("{} parameters in a checkpoint at step 0: {}\n",
                               snapshot.parameters.size(), options.to);
  return true;
}

CLI::App* add(CLI::App& app, const char* name, const char* what, Options& options, const char* from,
              const char* from_what, const char* to_what) {
  CLI::App* const parser = app.add_subcommand(name, what);
  parser->add_option("file", options.file, "description of the model")
      ->required()
      ->type_name("FILE.yaml");
  parser->add_option(from, options.from, from_what)->required()->type_name("FILE.npz");
  parser->add_option("--out", options.to, to_what)->required()->type_name("FILE.npz");
  return parser;
}

}  // namespace

Command add_export(CLI::App& app) {
  const auto options = std::make_shared<Options>();
  CLI::App* const parser =
      add(app, "export", "the parameters of a checkpoint, for numpy.load and others", *options,
          "--checkpoint", "what train wrote", "an array for each parameter");
  return {parser, [options](Session& session) { return run_export(*options, session); }};
}

Command add_import(CLI::App& app) {
  const auto options = std::make_shared<Options>();
  CLI::App* const parser = add(
      app, "import", "parameters become a checkpoint from which train --resume begins", *options,
      "--weights", "an array for each parameter, as export writes them", "a checkpoint at step 0");
  return {parser, [options](Session& session) { return run_import(*options, session); }};
}

}  // namespace gradcore::cli
