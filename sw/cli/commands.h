// SPDX-License-Identifier: Apache-2.0
// The commands of the program, each in its own file.
#pragma once

#include <CLI/App.hpp>
#include <functional>

#include "sw/cli/session.h"

namespace gradcore::cli {

struct Command {
  CLI::App* parser = nullptr;
  // Runs the command with what the parser read; true means passed.
  std::function<bool(Session&)> run;
};

Command add_sim(CLI::App& app);
Command add_gemm(CLI::App& app);
Command add_dump(CLI::App& app);
Command add_vectors(CLI::App& app);
Command add_bench(CLI::App& app);
Command add_cores(CLI::App& app);
Command add_asm(CLI::App& app);
Command add_disasm(CLI::App& app);
Command add_train(CLI::App& app);
Command add_eval(CLI::App& app);
Command add_generate(CLI::App& app);
Command add_export(CLI::App& app);
Command add_import(CLI::App& app);
Command add_bringup(CLI::App& app);

}  // namespace gradcore::cli
