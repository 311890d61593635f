// SPDX-License-Identifier: Apache-2.0
// gradcore-generate: writes what comes from the descriptions of instructions and registers and the
// tables of functions, or, with --check, says which of it is stale. Exit code 0: all current, 1:
// stale or bad, 2: wrong usage.
#include <fmt/format.h>
#include <zlib.h>

#include <CLI/CLI.hpp>
#include <exception>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <sstream>
#include <string>
#include <vector>

#include "sw/generate/protocol.h"
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

// Of all that decides how the host and its programs talk to the chip.
std::uint32_t crc32_of(const std::vector<fs::path>& paths) {
  uLong sum = crc32(0, nullptr, 0);
  for (const fs::path& path : paths) {
    const std::string text = content(path);
    sum = crc32(sum, reinterpret_cast<const Bytef*>(text.data()), static_cast<uInt>(text.size()));
  }
  return static_cast<std::uint32_t>(sum);
}

int run(const fs::path& root, bool check) {
  using namespace gradcore::isa;  // NOLINT(google-build-using-namespace)
  const fs::path instruction_file = root / "sw/isa/instructions.yaml";
  const fs::path register_file = root / "sw/isa/registers.yaml";
  const Description instructions = load_description(instruction_file);
  const RegisterMap map = load_registers(register_file);
  const std::uint32_t hash = crc32_of({instruction_file, register_file});
  const auto protocol = gradcore::generate::load_protocol(root / "sw/bridge/protocol.yaml");
  const auto tables = gradcore::generate::fit_function_tables();
  const std::vector<Output> outputs = {
      {root / "rtl/pkg/isa_pkg.sv", write_package(instructions)},
      {root / "sw/isa/isa.h", write_header(instructions)},
      {root / "sw/isa/README.md", write_page(instructions)},
      {root / "rtl/pkg/registers_pkg.sv", write_register_package(map, hash)},
      {root / "sw/isa/registers.h", write_register_header(map, hash)},
      {root / "sw/isa/registers.md", write_register_page(map)},
      {root / "sw/model/function_tables.h", gradcore::generate::write_tables(tables)},
      {root / "rtl/pkg/function_tables_pkg.sv", gradcore::generate::write_table_package(tables)},
      {root / "rtl/pkg/bridge_pkg.sv", gradcore::generate::write_protocol_package(protocol)},
      {root / "sw/bridge/protocol.h", gradcore::generate::write_protocol_header(protocol)},
      {root / "rtl/bridge/protocol.md", gradcore::generate::write_protocol_page(protocol)},
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
