// SPDX-License-Identifier: Apache-2.0
// gradcore generate: a trained model takes a text on, character by character.
#include <fmt/format.h>

#include <charconv>
#include <cmath>

#include "sw/cli/commands.h"
#include "sw/cli/interrupt.h"
#include "sw/cli/model_run.h"
#include "sw/cli/options.h"
#include "sw/nn/checkpoint.h"
#include "sw/nn/decoder.h"
#include "sw/nn/sampling.h"

namespace gradcore::cli {
namespace {

struct Options {
  std::string file, checkpoint, prompt;
  std::string backend = "model";
  BoardChoice board = {};
  std::uint64_t length = 500;
  nn::Sampling sampling;
};

CLI::Validator positive_number() {
  const auto check = [](const std::string& text) -> std::string {
    double value = 0;
    const char* const end = text.data() + text.size();
    const auto [stop, error] = std::from_chars(text.data(), end, value);
    if (error == std::errc() && stop == end && std::isfinite(value) && value > 0) return "";
    return fmt::format("'{}' is not a number above 0", text);
  };
  return {check, "NUMBER", "positive number"};
}

// Where nothing is given to begin with, a line begins.
std::vector<std::uint32_t> tokens_of(const std::string& prompt, const datasets::Text& text) {
  if (prompt.empty()) {
    const std::size_t line = text.vocabulary().find('\n');
    return {line == std::string::npos ? 0u : static_cast<std::uint32_t>(line)};
  }
  try {
    const std::vector<std::uint8_t> ids = text.encode(prompt);
    return {ids.begin(), ids.end()};
  } catch (const std::invalid_argument& error) {
    throw UsageError(fmt::format("--prompt: {}", error.what()));
  }
}

void generate(const Options& options, const datasets::Text& text,
              const std::vector<std::uint32_t>& prompt, nn::Decoder& decoder, std::ostream& out) {
  const auto write = [&](std::span<const std::uint32_t> tokens) {
    out << text.decode(tokens) << std::flush;
  };
  if (!options.prompt.empty()) write(prompt);
  std::vector<float> logits = decoder.append(prompt);
  for (std::uint64_t i = 0; i < options.length && out; ++i) {
    const std::uint32_t token = nn::choose_token(logits, options.sampling, i);
    write({&token, 1});
    if (i + 1 < options.length) logits = decoder.append({&token, 1});
  }
}

bool run(const Options& options, Session& session) {
  session.start_log();
  std::vector<std::uint32_t> prompt;
  {
    // What is wrong with the files is said before the model is compiled.
    const ModelFiles files = make_model_files(options.file);
    if (files.feed->text() == nullptr) {
      throw UsageError("the description's data are no text, expected a model of text");
    }
    prompt = tokens_of(options.prompt, *files.feed->text());
    nn::require_same_data(nn::load_parameters(options.checkpoint, *files.model), *files.feed);
  }
  ModelRun run = make_model_run({.file = options.file,
                                 .backend = options.backend,
                                 .trains = false,
                                 .evaluates = false,
                                 .decodes = true,
                                 .board = options.board});
  run.training->restore(nn::load_parameters(options.checkpoint, *run.compiled.model));
  nn::Decoder decoder(*run.chip, *run.decoding);
  decoder.set_observer([] { InterruptGuard::check(); });
  const runtime::Counters before = run.chip->counters();
  try {
    generate(options, *run.feed->text(), prompt, decoder, session.out());
  } catch (...) {
    session.out() << std::endl;  // for what is said next
    throw;
  }
  session.out() << std::endl;
  const runtime::Counters counters = run.chip->counters() - before;
  session.log().debug("{} characters after {}, {} instructions{}", options.length, prompt.size(),
                      counters.instructions,
                      counters.has_clock ? fmt::format(", {} cycles", counters.cycles) : "");
  return true;
}

}  // namespace

Command add_generate(CLI::App& app) {
  const auto options = std::make_shared<Options>();
  CLI::App* const parser =
      app.add_subcommand("generate", "text from a trained model of characters, on the chip");
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
  parser->add_option("--prompt", options->prompt, "what is to be taken on (none: a new line)")
      ->type_name("TEXT");
  parser->add_option("--length", options->length, "how many characters")
      ->check(whole_number(1))
      ->capture_default_str();
  CLI::Option* const temperature = parser
                                       ->add_option("--temperature", options->sampling.temperature,
                                                    "below 1: what is probable becomes more so")
                                       ->check(positive_number())
                                       ->capture_default_str();
  CLI::Option* const top_k = parser
                                 ->add_option("--top-k", options->sampling.top_k,
                                              "only so many of the most probable characters")
                                 ->check(whole_number(1, 0xFFFF'FFFF));
  CLI::Option* const seed =
      parser->add_option("--seed", options->sampling.seed, "of the choice between characters")
          ->check(whole_number(0))
          ->capture_default_str();
  parser->add_flag("--greedy", options->sampling.is_greedy, "always the most probable character")
      ->excludes(temperature)
      ->excludes(top_k)
      ->excludes(seed);
  return {parser, [options](Session& session) { return run(*options, session); }};
}

}  // namespace gradcore::cli
