// SPDX-License-Identifier: Apache-2.0
#include "sw/cli/model_run.h"

#include <fmt/format.h>

#include <algorithm>

#include "sw/cli/interrupt.h"

namespace gradcore::cli {
namespace {

std::uint64_t parameter_count(const nn::Model& model) {
  std::uint64_t out = 0;
  for (const auto& p : model.parameters().all()) out += std::uint64_t{p->rows()} * p->cols();
  return out;
}

std::string tables_of(const nn::Model& model) {
  const nn::Tables& tables = model.tables();
  if (tables.shapes.empty()) return {};
  std::uint64_t rows = 0;
  for (const nn::BagShape& table : tables.shapes) rows += table.rows;
  return fmt::format(", and {} in tables in DRAM", rows * tables.features);
}

}  // namespace

ModelFiles make_model_files(const std::string& file) {
  ModelFiles out;
  out.description = nn::load_description(file);
  out.feed = nn::make_feed(out.description);
  out.model = std::make_unique<nn::Model>(out.description, out.feed->shape());
  return out;
}

ModelRun make_model_run(const ModelChoice& choice) {
  ModelRun out;
  out.description = nn::load_description(choice.file);
  if (choice.seed) out.description.seed = *choice.seed;
  out.feed = nn::make_feed(out.description);
  out.shape.steps = choice.steps;
  out.shape.dumps = choice.dumps;
  out.shape.test_batches = std::min(out.description.test_batches, out.feed->test_batches());
  out.shape.trains = choice.trains;
  out.shape.evaluates = choice.evaluates;
  out.compiled = nn::compile_best(out.description, out.feed->shape(), out.shape);
  const device::Hardware& h = out.description.hardware;
  std::uint64_t dram_bytes = out.compiled.compiled.dram_end;
  if (choice.decodes) {
    out.decoding = nn::compile_decoding(*out.compiled.model, dram_bytes);
    dram_bytes = out.decoding->dram_end;
  }
  out.recording = std::make_unique<Recording>(
      choice.recording, out.compiled.compiled,
      fmt::format("GradCore {} x {}, training {}", h.n, h.n, out.description.name));
  out.chip = make_chip({choice.backend, h, dram_bytes, out.description.memory,
                        out.recording->timeline(), choice.waves, choice.board});
  out.training = std::make_unique<nn::Training>(*out.chip, *out.compiled.model,
                                                out.compiled.compiled, *out.feed, out.shape);
  out.training->set_observer([] { InterruptGuard::check(); });
  return out;
}

void introduce(const ModelRun& run, const std::string& backend, Session& session) {
  const nn::Description& d = run.description;
  const device::Hardware& h = d.hardware;
  constexpr const char* kWhere[] = {"in local memory", "weights in local memory, state in DRAM",
                                    "in DRAM"};
  session.out() << fmt::format(
      "GradCore {} x {}, F = {}, {} + {} KiB of local memory, backend {}, seed {}\n"
      "Model {}: {} parameters, {}{}; batch {}\n"
      "Data: {}\n",
      h.n, h.n, h.f, h.operand_kib, h.accumulator_kib, backend, d.seed, d.name,
      parameter_count(*run.compiled.model), kWhere[static_cast<unsigned>(run.compiled.residence)],
      tables_of(*run.compiled.model), d.batch, run.feed->about());
  session.out().flush();
}

}  // namespace gradcore::cli
