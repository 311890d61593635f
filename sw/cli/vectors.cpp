// SPDX-License-Identifier: Apache-2.0
// gradcore vectors: a folder of golden vectors made elsewhere.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <stdexcept>

#include "sw/cli/backend.h"
#include "sw/cli/commands.h"
#include "sw/cli/gemm_problem.h"
#include "sw/cli/interrupt.h"
#include "sw/cli/manifest.h"
#include "sw/cli/options.h"
#include "sw/cli/table.h"

namespace gradcore::cli {
namespace {

struct Options {
  std::string folder;
  std::optional<unsigned> n;
  std::string backend = "rtl";
};

struct Loaded {
  GemmProblem problem;
  NamedTensor expected;
  device::GemmShape shape;
};

// A vector of the manifest that cannot be run.
class VectorError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

Loaded load(const ManifestEntry& entry) {
  Loaded loaded;
  loaded.problem = {load_tensor(entry.a), load_tensor(entry.b), entry.trans_a, entry.trans_b,
                    std::nullopt};
  if (entry.c) loaded.problem.c = load_tensor(*entry.c);
  loaded.expected = load_tensor(entry.expected);
  loaded.shape = gemm_shape(loaded.problem);
  check_result_shape(loaded.expected, loaded.shape);
  if (!entry.tolerance && loaded.expected.tensor.type != io::ElementType::kFloat32) {
    throw ShapeError(fmt::format("'{}' holds bfloat16, expected float32 for a bit-exact comparison",
                                 loaded.expected.name));
  }
  return loaded;
}

std::string requirement(const ManifestEntry& entry) {
  if (!entry.tolerance) return "bit-exact";
  return fmt::format("rtol {:g}, atol {:g}", entry.tolerance->relative, entry.tolerance->absolute);
}

bool run(const Options& options, Session& session) {
  config::Config config = session.start();
  const Manifest manifest = load_manifest(options.folder);
  if (manifest.hardware && session.options().config.empty()) config.hardware = *manifest.hardware;
  const device::Hardware hardware = with_array_size(config.hardware, options.n);
  const auto device = make_device(options.backend, hardware);
  session.log().info("{} vectors of '{}' on {} (n = {}, f = {})", manifest.entries.size(),
                     options.folder, options.backend, hardware.n, hardware.f);

  std::size_t name_width = 0;
  for (const ManifestEntry& entry : manifest.entries) {
    name_width = std::max(name_width, entry.name.size());
  }
  Table table(session.out(), {{"vector", name_width},
                              {"m x k x n", 16},
                              {"required", 22},
                              {"result", 6},
                              {"different", 0, true}});
  // A file that cannot be used is found before anything runs.
  for (const ManifestEntry& entry : manifest.entries) {
    InterruptGuard::check();
    try {
      load(entry);
    } catch (const std::runtime_error& error) {
      throw VectorError(fmt::format("vector '{}': {}", entry.name, error.what()));
    }
  }
  std::size_t passed = 0;
  for (const ManifestEntry& entry : manifest.entries) {
    InterruptGuard::check();
    const Loaded loaded = load(entry);
    const io::Tensor got = compute(*device, loaded.problem);
    const Comparison comparison =
        compare(loaded.expected.tensor.values, got.values, entry.tolerance);
    const device::GemmShape& shape = loaded.shape;
    const bool pass = comparison.different == 0;
    passed += pass ? 1 : 0;
    table.row(
        {entry.name,
         fmt::format("{}{} x {} x {}", shape.batch > 1 ? fmt::format("{} of ", shape.batch) : "",
                     shape.m, shape.k, shape.n),
         requirement(entry), pass ? "pass" : "FAIL",
         fmt::format("{}/{}", comparison.different, got.values.size())});
    if (!pass) {
      session.out() << "  " << describe(comparison, got.values.size(), shape.m, shape.n) << '\n';
    }
  }
  session.out() << fmt::format("{} of {} vectors passed\n", passed, manifest.entries.size());
  return passed == manifest.entries.size();
}

}  // namespace

Command add_vectors(CLI::App& app) {
  const auto options = std::make_shared<Options>();
  CLI::App* const parser =
      app.add_subcommand("vectors", "run the golden vectors of a folder with a manifest.yaml");
  parser->add_option("folder", options->folder, "folder with manifest.yaml and .npy files")
      ->required()
      ->type_name("DIR");
  parser->add_option("--n", options->n, "size of the array (default: the configuration's, 16)")
      ->check(array_size());
  parser->add_option("--backend", options->backend, "rtl or model")
      ->check(CLI::IsMember(backend_names()))
      ->capture_default_str();
  return {parser, [options](Session& session) { return run(*options, session); }};
}

}  // namespace gradcore::cli
