// SPDX-License-Identifier: Apache-2.0
// gradcore gemm: one product of .npy files.
#include <fmt/format.h>

#include <CLI/CLI.hpp>

#include "sw/cli/backend.h"
#include "sw/cli/commands.h"
#include "sw/cli/gemm_problem.h"
#include "sw/cli/interrupt.h"
#include "sw/cli/options.h"
#include "sw/io/atomic_file.h"

namespace gradcore::cli {
namespace {

struct Options {
  std::string a, b, c, out;
  bool trans_a = false, trans_b = false;
  std::optional<unsigned> n, f;
  std::string backend = "rtl";
};

bool run(const Options& options, Session& session) {
  const config::Config config = session.start();
  device::Hardware hardware = with_array_size(config.hardware, options.n);
  if (options.f) hardware.f = *options.f;

  // Whatever can go wrong does so before the work.
  GemmProblem problem{load_tensor(options.a), load_tensor(options.b), options.trans_a,
                      options.trans_b, std::nullopt};
  if (!options.c.empty()) problem.c = load_tensor(options.c);
  const device::GemmShape shape = gemm_shape(problem);
  io::require_writable(options.out);
  const auto device = make_device(options.backend, hardware);

  session.log().info("{} x {} x {}, batch {}, on {} (n = {}, f = {})", shape.m, shape.k, shape.n,
                     shape.batch, options.backend, hardware.n, hardware.f);
  const io::Tensor result = compute(*device, problem);
  InterruptGuard::check();
  io::save_npy(options.out, result);
  const std::uint64_t cycles = device->counters().cycles;
  session.log().info("wrote '{}', float32 {}{}", options.out, io::shape_text(result.shape),
                     cycles > 0 ? fmt::format(", {} cycles with the transfers", cycles) : "");
  return true;
}

}  // namespace

Command add_gemm(CLI::App& app) {
  const auto options = std::make_shared<Options>();
  CLI::App* const parser = app.add_subcommand("gemm", "Y = A B (+ C) of .npy files");
  parser->add_option("--a", options->a, "A: float32, or uint16 with the bits of bfloat16")
      ->required()
      ->type_name("A.npy");
  parser->add_option("--b", options->b, "B: likewise")->required()->type_name("B.npy");
  parser->add_flag("--trans-a", options->trans_a, "the file holds the transpose of A");
  parser->add_flag("--trans-b", options->trans_b, "the file holds the transpose of B");
  parser->add_option("--c", options->c, "C: likewise, added to the product")->type_name("C.npy");
  parser->add_option("--out", options->out, "Y: float32")->required()->type_name("Y.npy");
  parser->add_option("--n", options->n, "size of the array (default: the configuration's, 16)")
      ->check(array_size());
  parser->add_option("--f", options->f, "bits of an aligned product (default: likewise, 40)")
      ->check(whole_number(24, 48));
  parser->add_option("--backend", options->backend, "rtl or model")
      ->check(CLI::IsMember(backend_names()))
      ->capture_default_str();
  return {parser, [options](Session& session) { return run(*options, session); }};
}

}  // namespace gradcore::cli
