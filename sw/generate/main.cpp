// SPDX-License-Identifier: Apache-2.0
// gradcore-generate: writes what comes from the description of the instruction set and the tables
// of functions, or, with --check, says which of it is stale. Exit code 0: all current, 1: stale or
// bad, 2: wrong usage.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <exception>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <sstream>
#include <string>
#include <vector>

#include "sw/generate/writers.h"
#include "sw/io/atomic_file.h"

namespace {

namespace fs = std::filesystem;

struct Output {
  fs::path path;
  std::string text;
};

std::string content(const fs::path& path) {
  std::ostringstream text;
  text << std::ifstream(path, std::ios::binary).rdbuf();
  return text.str();
}

int run(const fs::path& root, bool check) {
  using gradcore::isa::Description;
  const Description isa = gradcore::isa::load_description(root / "sw/isa/instructions.yaml");
  const auto tables = gradcore::generate::fit_function_tables();
  const std::vector<Output> outputs = {
      {root / "rtl/pkg/isa_pkg.sv", gradcore::isa::write_package(isa)},
      {root / "sw/isa/isa.h", gradcore::isa::write_header(isa)},
      {root / "sw/isa/README.md", gradcore::isa::write_page(isa)},
      {root / "sw/model/function_tables.h", gradcore::generate::write_tables(tables)},
      {root / "rtl/pkg/function_tables_pkg.sv", gradcore::generate::write_table_package(tables)},
  };
  int stale = 0;
  for (const Output& output : outputs) {
    if (content(output.path) == output.text) continue;
    const std::string name = output.path.lexically_relative(root).string();
    if (check) {
      std::cout << name << " is stale: make generate\n";
      ++stale;
      continue;
    }
    gradcore::io::AtomicFile file(output.path);
    file.stream() << output.text;
    file.commit();
    std::cout << "wrote " << name << '\n';
  }
  return stale == 0 ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app("Writes what is generated: instruction set and tables of functions",
               "gradcore-generate");
  std::string root = ".";
  bool check = false;
  app.add_option("--root", root, "folder of the project")->capture_default_str();
  app.add_flag("--check", check, "write nothing; exit code 1 if anything is stale");
  CLI11_PARSE(app, argc, argv);
  try {
    return run(root, check);
  } catch (const std::exception& error) {
    std::cerr << "gradcore-generate: " << error.what() << std::endl;
    return 1;
  }
}
