// SPDX-License-Identifier: Apache-2.0
// The program `gradcore`: command line in, exit code out. 0: passed, 1: failed or bad data,
// 2: wrong usage, 130: interrupted.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <array>
#include <exception>
#include <iostream>
#include <new>
#include <string>
#include <vector>

#include "sw/cli/commands.h"
#include "sw/cli/interrupt.h"

namespace {

using gradcore::cli::Command;
using gradcore::cli::GlobalOptions;
using gradcore::cli::InterruptGuard;
using gradcore::cli::Session;

constexpr int kPassed = 0;
constexpr int kFailed = 1;
constexpr int kUsage = 2;

int complain(const std::string& sentence, int code) {
  std::cout.flush();
  std::cerr << "gradcore: " << sentence << std::endl;
  return code;
}

// CLI11 says of `gradcore smi` only that a command is missing.
std::string explain(const CLI::App& app, const CLI::ParseError& error) {
  const std::vector<std::string> unknown = app.remaining();
  if (unknown.empty() || !app.get_subcommands().empty()) return error.what();
  std::vector<std::string> names;
  for (const CLI::App* command : app.get_subcommands({})) names.push_back(command->get_name());
  const auto near = gradcore::config::nearest(unknown[0], names);
  return fmt::format("there is no command or option '{}'{}", unknown[0],
                     near ? fmt::format(" (nearest command: {})", *near) : "");
}

int run(int argc, char** argv) {
  CLI::App app("GradCore: an open AI training chip, simulated", "gradcore");
  app.set_version_flag("--version", "gradcore " GRADCORE_VERSION);
  app.require_subcommand(1);
  app.fallthrough();  // the global options may also follow the command
  GlobalOptions options;
  app.add_option("--config", options.config, "hardware, vectors, training and log in YAML")
      ->type_name("FILE");
  app.add_option("--log-level", options.log_level, "what is logged")
      ->check(CLI::IsMember(gradcore::config::log_levels()));
  app.add_option("--log-file", options.log_file, "log into a file instead of the terminal")
      ->type_name("FILE");
  const std::array<Command, 14> commands = {
      gradcore::cli::add_sim(app),     gradcore::cli::add_gemm(app),
      gradcore::cli::add_vectors(app), gradcore::cli::add_bench(app),
      gradcore::cli::add_cores(app),   gradcore::cli::add_asm(app),
      gradcore::cli::add_disasm(app),  gradcore::cli::add_train(app),
      gradcore::cli::add_eval(app),    gradcore::cli::add_generate(app),
      gradcore::cli::add_export(app),  gradcore::cli::add_import(app),
      gradcore::cli::add_dump(app),    gradcore::cli::add_bringup(app)};
  try {
    app.parse(argc, argv);
  } catch (const CLI::Success& request) {  // --help, --version
    return app.exit(request);
  } catch (const CLI::ParseError& error) {
    return complain(fmt::format("{} (gradcore --help tells more)", explain(app, error)), kUsage);
  }

  const InterruptGuard guard;
  Session session(options, std::cout);
  for (const Command& command : commands) {
    if (!command.parser->parsed()) continue;
    const bool passed = command.run(session);
    std::cout.flush();
    if (!std::cout) return complain("cannot write to standard output", kFailed);
    return passed ? kPassed : kFailed;
  }
  return kUsage;
}

}  // namespace

// Every error ends here, as one sentence.
int main(int argc, char** argv) {
  try {
    return run(argc, argv);
  } catch (const gradcore::cli::Interrupted& signal) {
    return complain(signal.what(), signal.exit_code());
  } catch (const gradcore::cli::UsageError& error) {
    return complain(error.what(), kUsage);
  } catch (const std::bad_alloc&) {
    return complain("out of memory", kFailed);
  } catch (const std::exception& error) {
    return complain(error.what(), kFailed);
  }
}
