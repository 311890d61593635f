// SPDX-License-Identifier: Apache-2.0
// gradcore bringup: a board on a serial port, step by step. sw/bringup/README.md is its manual.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <chrono>
#include <memory>

#include "sw/bridge/serial_line.h"
#include "sw/bringup/board.h"
#include "sw/bringup/step.h"
#include "sw/cli/chip.h"
#include "sw/cli/commands.h"
#include "sw/cli/interrupt.h"
#include "sw/cli/options.h"
#include "sw/io/atomic_file.h"

namespace gradcore::cli {
namespace {

// A board in simulation takes a while; where nothing is lost on the way, patience costs nothing.
constexpr bridge::LinkSettings kLink{.patience = std::chrono::seconds(1),
                                     .max_patience = std::chrono::seconds(4)};

struct Options {
  BoardChoice board;
  std::string from, only, json;
  bool list = false;
  std::uint32_t soak_seconds = 0;
  std::uint32_t window_kib = 0;
  std::uint64_t seed = 1;
};

void print_list(std::ostream& out) {
  for (std::size_t i = 0; i < bringup::steps().size(); ++i) {
    const bringup::Step& step = bringup::steps()[i];
    out << fmt::format("{:>3} {:<13} {}{}\n", i + 1, step.name, step.what,
                       step.name == "soak" ? " (with --soak)" : "");
  }
}

std::size_t number_of(const std::string& step) {
  const auto number = bringup::find_step(step);
  if (!number) {
    throw UsageError(
        fmt::format("there is no step '{}', expected a name or number of --list", step));
  }
  return *number;
}

void print(const bringup::Outcome& one, std::ostream& out) {
  out << fmt::format("{}  {:6.1f} s  {}\n", bringup::verdict_name(one.verdict), one.seconds,
                     one.difference.empty() ? one.figure : one.difference);
  if (!one.hint.empty()) out << fmt::format("{:33}hint: {}\n", "", one.hint);
  out.flush();
}

bool run(const Options& options, Session& session) {
  session.start_log();
  if (options.list) {
    print_list(session.out());
    return true;
  }
  if (options.board.port.empty()) {
    throw UsageError("a board is needed, expected --port /dev/tty...");
  }
  bringup::Selection selection;
  if (!options.from.empty()) selection.first = number_of(options.from);
  if (!options.only.empty()) selection.first = selection.last = number_of(options.only);
  if (!options.json.empty()) io::require_writable(options.json);
  const bringup::Settings settings{.window_bytes = std::uint64_t{options.window_kib} << 10,
                                   .soak_seconds = static_cast<double>(options.soak_seconds),
                                   .seed = options.seed,
                                   .observer = [] { InterruptGuard::check(); }};
  const unsigned baud = options.board.baud != 0 ? options.board.baud : bridge::kDefaultBaud;
  bringup::SerialBoard board(
      options.board.port,
      [&options, baud] { return std::make_unique<bridge::SerialLine>(options.board.port, baud); },
      kLink, settings.observer);
  const auto outcomes = bringup::run_steps(
      board, settings, selection,
      [&session](const bringup::Step& step) {
        session.out() << fmt::format("{:>3} {:<13} ", *bringup::find_step(step.name), step.name);
        session.out().flush();
      },
      [&session](const bringup::Outcome& one) { print(one, session.out()); });
  const bool passed = bringup::has_passed(outcomes);
  if (!options.json.empty()) {
    io::AtomicFile file(options.json);
    file.stream() << bringup::to_json(board, outcomes);
    file.commit();
  }
  session.out() << (passed ? "PASS\n" : "FAIL\n");
  return passed;
}

}  // namespace

Command add_bringup(CLI::App& app) {
  const auto options = std::make_shared<Options>();
  CLI::App* const parser =
      app.add_subcommand("bringup", "check a board step by step, from its line to training");
  add_board_options(*parser, options->board);
  CLI::Option* const from =
      parser->add_option("--from", options->from, "begin with this step")->type_name("STEP");
  parser->add_option("--only", options->only, "only this step")->type_name("STEP")->excludes(from);
  parser->add_flag("--list", options->list, "list the steps and do nothing else");
  parser->add_option("--json", options->json, "write the results as JSON too")->type_name("FILE");
  parser
      ->add_option("--soak", options->soak_seconds, "work at random for so many seconds at the end")
      ->check(whole_number(1, 10'000'000))
      ->type_name("SECONDS");
  parser
      ->add_option("--window", options->window_kib,
                   "KiB tested of each memory (default: up to 256, as the line allows)")
      ->check(whole_number(1, 1u << 22))
      ->type_name("KIB");
  parser->add_option("--seed", options->seed, "of random operands")
      ->check(whole_number(0))
      ->capture_default_str();
  return {parser, [options](Session& session) { return run(*options, session); }};
}

}  // namespace gradcore::cli
