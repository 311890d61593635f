// SPDX-License-Identifier: Apache-2.0
// gradcore cores: which cores and chips the program simulates, for people and for the Makefile.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>

#include "sw/cli/backend.h"
#include "sw/cli/chip.h"
#include "sw/cli/commands.h"
#include "sw/cli/options.h"
#include "sw/compiler/network.h"
#include "sw/nn/description.h"

namespace gradcore::cli {
namespace {

struct Options {
  bool missing = false, chips = false;
  std::string network;
  std::optional<unsigned> n;
};

// As CMake's GRADCORE_CORES has it: N:F:operand KiB:accumulator KiB.
std::string core_text(const device::Hardware& hardware) {
  return fmt::format("{}:{}:{}:{}", hardware.n, hardware.f, hardware.operand_kib,
                     hardware.accumulator_kib);
}

bool run(const Options& options, Session& session) {
  const config::Config config = session.start();
  const bool chips = options.chips || !options.network.empty();
  const std::vector<device::Hardware> built = chips ? rtl_chips() : rtl_cores();
  if (!options.missing) {
    for (const device::Hardware& core : built) session.out() << core_text(core) << '\n';
    return true;
  }
  const auto of_network = [&] {
    return nn::is_description(options.network) ? nn::load_description(options.network).hardware
                                               : compiler::load_network(options.network).hardware;
  };
  const device::Hardware wanted =
      with_array_size(options.network.empty() ? config.hardware : of_network(), options.n);
  // sim and bench run products on the core, training on the chip: both are built together.
  const auto lacks = [&wanted](const std::vector<device::Hardware>& list) {
    return std::find(list.begin(), list.end(), wanted) == list.end();
  };
  if (lacks(built) || lacks(rtl_chips())) session.out() << core_text(wanted) << '\n';
  return true;
}

}  // namespace

Command add_cores(CLI::App& app) {
  const auto options = std::make_shared<Options>();
  CLI::App* const parser =
      app.add_subcommand("cores", "lists the cores that are built in, as N:F:operand:accumulator");
  parser->add_flag("--missing", options->missing,
                   "instead the configuration's core, if it or its chip is not built in");
  parser->add_flag("--chips", options->chips, "chips instead of cores");
  parser
      ->add_option("--network", options->network,
                   "chips, and the configuration is that of a description for gradcore train")
      ->type_name("FILE");
  parser->add_option("--n", options->n, "size of the array (default: the configuration's, 16)")
      ->check(array_size());
  return {parser, [options](Session& session) { return run(*options, session); }};
}

}  // namespace gradcore::cli
