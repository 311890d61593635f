// SPDX-License-Identifier: Apache-2.0
// gradcore asm, gradcore disasm: programs of the chip between text and bytes.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <cerrno>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <system_error>

#include "sw/cli/commands.h"
#include "sw/io/atomic_file.h"
#include "sw/isa/assembler.h"

namespace gradcore::cli {
namespace {

std::string contents(const std::string& path) {
  std::error_code error;
  if (std::filesystem::is_directory(path, error)) {
    throw io::FileError(fmt::format("cannot read '{}': it is a directory", path));
  }
  std::ifstream file(path, std::ios::binary);
  if (!file) {
    throw io::FileError(
        fmt::format("cannot read '{}': {}", path, std::generic_category().message(errno)));
  }
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

struct AssembleOptions {
  std::string file, out;
  bool listing = false;
  std::uint64_t base = 0;
};

bool run_asm(const AssembleOptions& options, Session& session) {
  session.start();
  if (options.out.empty() && !options.listing) {
    throw UsageError("nothing to do: expected --out, --listing or both");
  }
  const isa::Assembly assembly = isa::assemble_with_source(contents(options.file), options.file);
  if (options.listing) session.out() << isa::listing(assembly, options.base);
  if (!options.out.empty()) {
    io::AtomicFile file(options.out);
    file.stream() << isa::to_bytes(assembly.program);
    file.commit();
    session.log().info("wrote '{}', {} instructions", options.out, assembly.program.size());
  }
  return true;
}

}  // namespace

Command add_asm(CLI::App& app) {
  const auto options = std::make_shared<AssembleOptions>();
  CLI::App* const parser =
      app.add_subcommand("asm", "assemble a program (sw/isa/README.md) to bytes");
  parser->add_option("file", options->file, "text of the program")->required()->type_name("P.s");
  parser->add_option("--out", options->out, "its bytes, 64 an instruction")->type_name("P.bin");
  parser->add_flag("--listing", options->listing, "print each instruction with its address");
  parser->add_option("--base", options->base, "address of the first one in the listing")
      ->capture_default_str();
  return {parser, [options](Session& session) { return run_asm(*options, session); }};
}

Command add_disasm(CLI::App& app) {
  const auto file = std::make_shared<std::string>();
  CLI::App* const parser = app.add_subcommand("disasm", "the text of a program's bytes");
  parser->add_option("file", *file, "bytes of the program")->required()->type_name("P.bin");
  return {parser, [file](Session& session) {
            session.start();
            session.out() << isa::disassemble(isa::from_bytes(contents(*file), *file));
            return true;
          }};
}

}  // namespace gradcore::cli
