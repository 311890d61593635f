// SPDX-License-Identifier: Apache-2.0
// gradcore train of a model with layers of many kinds.
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <iostream>
#include <iterator>
#include <nlohmann/json.hpp>

#include "sw/cli/chip.h"
#include "sw/cli/interrupt.h"
#include "sw/cli/model_run.h"
#include "sw/cli/train_json.h"
#include "sw/cli/train_options.h"
#include "sw/cli/train_report.h"
#include "sw/datasets/metrics.h"
#include "sw/io/atomic_file.h"
#include "sw/io/progress.h"
#include "sw/nn/checkpoint.h"
#include "sw/nn/export.h"
#include "sw/report/page.h"

namespace gradcore::cli {
namespace {

using nlohmann::ordered_json;

// Steps of a launch: what a user waits for without a sign of life, and what DRAM holds data of.
constexpr std::uint64_t kLaunchSteps = 10;

struct TestPoint {
  std::uint64_t step = 0;
  double loss = 0;
  datasets::Auc auc = {};  // of clicks
};

struct Course {
  std::uint64_t first_step = 0;
  std::vector<float> losses;  // of each step
  std::vector<float> norms;   // of its gradients, if the optimizer clips or skips
  std::vector<TestPoint> tests;
  runtime::Counters counters;  // of the training steps
  double seconds = 0;
};

std::string percent(double part) { return fmt::format("{:.2f} %", 100 * part); }

void write_text(const std::string& path, const std::string& text) {
  io::AtomicFile file(path);
  file.stream() << text;
  file.commit();
}

// A launch of a model with tables has rows to bring and to take away, besides.
constexpr std::uint64_t kTableLaunchSteps = 40;

std::uint64_t launch_steps(const nn::Description& d) {
  return d.data.set == nn::DataSet::kText ? kLaunchSteps : kTableLaunchSteps;
}

// The end of the next launch: the next step at which something is due.
std::uint64_t next_stop(std::uint64_t step, std::uint64_t end, const nn::Description& d,
                        const std::optional<std::uint64_t>& checkpoint_every) {
  std::uint64_t out = std::min(end, step + launch_steps(d));
  const auto due = [&](std::uint64_t every) { out = std::min(out, (step / every + 1) * every); };
  due(d.test_every);
  if (checkpoint_every) due(*checkpoint_every);
  return out;
}

Course train(ModelRun& run, const TrainOptions& options, std::uint64_t end, Session& session) {
  Course out;
  nn::Training& training = *run.training;
  out.first_step = training.steps_done();
  const bool shows = io::is_terminal(STDERR_FILENO);
  io::Progress progress(std::cerr, shows, "training", end - out.first_step);
  const auto test = [&] {
    if (run.shape.test_batches == 0) return;
    const nn::Training::TestResult result = training.test();
    out.tests.push_back({training.steps_done(), result.loss});
    if (run.description.loss == nn::LossKind::kBinaryCrossEntropy) {
      const std::vector<std::uint8_t> labels(result.labels.begin(), result.labels.end());
      out.tests.back().auc = datasets::auc(result.outputs, labels);
    }
  };
  if (out.first_step == 0) test();
  while (training.steps_done() < end) {
    const std::uint64_t stop =
        next_stop(training.steps_done(), end, run.description, options.checkpoint_every);
    const runtime::Counters before = run.chip->counters();
    const auto start = std::chrono::steady_clock::now();
    const std::vector<float> losses =
        training.train(static_cast<std::uint32_t>(stop - training.steps_done()));
    out.seconds += std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    out.counters += run.chip->counters() - before;
    out.losses.insert(out.losses.end(), losses.begin(), losses.end());
    out.norms.insert(out.norms.end(), training.norms().begin(), training.norms().end());
    const bool is_end = training.steps_done() == end;
    if (is_end || training.steps_done() % run.description.test_every == 0) test();
    if (!options.checkpoint.empty() &&
        (is_end ||
         (options.checkpoint_every && training.steps_done() % *options.checkpoint_every == 0))) {
      nn::save_checkpoint(options.checkpoint, *run.compiled.model, training.snapshot());
    }
    std::string text = fmt::format("loss {:.4f}", losses.back());
    if (!out.tests.empty()) text += fmt::format(", test {:.4f}", out.tests.back().loss);
    progress.update(training.steps_done() - out.first_step, text);
    session.log().debug("step {}: {}", training.steps_done(), text);
  }
  return out;
}

// Of the steps that the losses are of; the noise of single batches is taken out.
double smoothed_last(const std::vector<float>& losses) {
  constexpr std::size_t kWindow = 20;
  const std::size_t count = std::min(kWindow, losses.size());
  double sum = 0;
  for (std::size_t i = losses.size() - count; i < losses.size(); ++i) sum += double{losses[i]};
  return sum / static_cast<double>(count);
}

// What became of the gradients of a course.
struct Guarded {
  std::size_t clipped = 0, not_finite = 0;  // steps
  float smallest = 0, largest = 0;          // norm, of the others
};

Guarded guarded(const compiler::Optimizer& optimizer, const std::vector<float>& norms) {
  Guarded out;
  std::vector<float> finite;
  std::ranges::copy_if(norms, std::back_inserter(finite), [](float x) { return std::isfinite(x); });
  out.not_finite = norms.size() - finite.size();
  if (finite.empty()) return out;
  const auto [smallest, largest] = std::ranges::minmax(finite);
  out.smallest = smallest;
  out.largest = largest;
  if (optimizer.clip_norm > 0) {
    out.clipped = static_cast<std::size_t>(
        std::ranges::count_if(finite, [&](float x) { return x > optimizer.clip_norm; }));
  }
  return out;
}

void report_gradients(const ModelRun& run, const Course& course, Session& session) {
  const compiler::Optimizer& optimizer = run.description.optimizer;
  if (!optimizer.is_guarded()) return;
  const Guarded g = guarded(optimizer, course.norms);
  session.out() << fmt::format("  gradients           norm {:.4g} to {:.4g}", g.smallest,
                               g.largest);
  if (optimizer.clip_norm > 0) {
    session.out() << fmt::format("; clipped to {:g} in {} of {} steps", optimizer.clip_norm,
                                 g.clipped, course.norms.size());
  }
  session.out() << fmt::format("; {} steps not finite{}\n", g.not_finite,
                               g.not_finite > 0 && optimizer.skip_nonfinite ? ", skipped" : "");
}

void report_cycles(const ModelRun& run, const Course& course, Session& session) {
  const nn::Compiled& c = run.compiled.compiled;
  const auto steps = static_cast<double>(course.losses.size());
  session.out() << fmt::format(
      "  ideal               {:.0f} cycles a step, {} instructions\n"
      "  work                matrix unit {:.0f} cycles a step, vector unit {:.0f}, loads {:.0f}, "
      "stores {:.0f}\n"
      "  estimate            {:.0f} cycles a step, utilisation {}\n",
      c.ideal_cycles, c.step_instructions, c.unit_cycles[0], c.unit_cycles[1], c.unit_cycles[2],
      c.unit_cycles[3], c.estimated_cycles, percent(c.ideal_cycles / c.estimated_cycles));
  if (const nn::Interaction* const pairs = run.compiled.model->interaction()) {
    const double rate = double{1} * run.description.hardware.n * run.description.hardware.n;
    const std::uint32_t rows = run.compiled.model->rows();
    session.out() << fmt::format(
        "  interaction         {:.0f} of the ideal cycles; {:.0f} of the matrix unit's\n",
        pairs->pair_macs(rows) / rate, pairs->pair_macs_executed(rows) / rate);
  }
  if (course.counters.has_clock) {
    const double cycles = static_cast<double>(course.counters.cycles) / steps;
    session.out() << fmt::format("  measured            {:.0f} cycles a step, utilisation {}\n",
                                 cycles, percent(c.ideal_cycles / cycles));
    for (std::size_t u = 0; u < course.counters.units.size(); ++u) {
      const runtime::UnitCounters& unit = course.counters.units[u];
      const auto part = [&](std::uint64_t value) {
        return percent(static_cast<double>(value) / static_cast<double>(course.counters.cycles));
      };
      session.out() << fmt::format(
          "  {:<18}  busy {}, token {}, memory {}, idle {}; queue empty {}\n",
          runtime::kCountedUnitNames[u], part(unit.busy), part(unit.token), part(unit.memory),
          part(unit.idle), part(unit.starved));
    }
  }
  const double n = run.description.hardware.n;
  session.out() << fmt::format("  speed               {:.0f} million MAC/s in {:.2f} s\n",
                               c.ideal_cycles * n * n * steps / course.seconds / 1e6,
                               course.seconds);
}

ordered_json to_json(const ModelRun& run, const TrainOptions& options, const Course& course) {
  const nn::Compiled& c = run.compiled.compiled;
  ordered_json tests = ordered_json::array();
  for (const TestPoint& t : course.tests) {
    ordered_json point = {{"step", t.step}, {"loss", t.loss}};
    if (t.auc.value) point["auc"] = *t.auc.value;
    tests.push_back(std::move(point));
  }
  const nn::DataShape& data = run.compiled.model->data();
  ordered_json out = {{"passed", true},
                      {"model", run.description.name},
                      {"backend", options.backend},
                      {"seed", run.description.seed},
                      {"batch", run.description.batch},
                      {"data",
                       {{"inputs", data.inputs},
                        {"classes", data.classes},
                        {"sequence", data.sequence},
                        {"is_text", data.is_text},
                        {"tables", data.tables.size()},
                        {"seed", run.description.seed},
                        {"chunks", run.compiled.model->chunks()}}},
                      {"optimizer", optimizer_json(run.description.optimizer)},
                      {"rates", rates_json(run.description.schedule, course.first_step,
                                           course.losses.size(), run.description.steps)},
                      {"first_step", course.first_step},
                      {"steps", course.losses.size()},
                      {"losses", course.losses},
                      {"tests", tests},
                      {"ideal_cycles", c.ideal_cycles},
                      {"unit_cycles", c.unit_cycles},
                      {"estimated_cycles", c.estimated_cycles},
                      {"step_instructions", c.step_instructions},
                      {"step_dram_bytes", c.step_dram_bytes},
                      {"instructions", course.counters.instructions},
                      {"seconds", course.seconds}};
  if (run.description.optimizer.is_guarded()) {
    const Guarded g = guarded(run.description.optimizer, course.norms);
    out["norms"] = course.norms;
    out["clipped"] = g.clipped;
    out["not_finite"] = g.not_finite;
  }
  if (course.counters.has_clock) out["cycles"] = course.counters.cycles;
  return out;
}

report::Report make_report(const ModelRun& run, const TrainOptions& options, const Course& course) {
  const nn::Compiled& c = run.compiled.compiled;
  const device::Hardware& h = run.description.hardware;
  report::Report out;
  out.title = fmt::format("Training {} on GradCore {} x {}", run.description.name, h.n, h.n);
  out.summary = fmt::format(
      "{} steps with a batch of {} on {}: forward, loss, backward and update all on the chip.",
      course.losses.size(), run.description.batch, backend_in_words(options.backend));
  out.losses = course.losses;
  out.figures = {
      {"loss", fmt::format("{:.4f} in the first step, {:.4f} in the last", course.losses.front(),
                           course.losses.back())},
      {"ideal cycles a step", fmt::format("{:.0f} (MACs / {}²)", c.ideal_cycles, h.n)},
      {"estimated cycles a step", fmt::format("{:.0f}, utilisation {}", c.estimated_cycles,
                                              percent(c.ideal_cycles / c.estimated_cycles))}};
  if (course.counters.has_clock) {
    const double cycles =
        static_cast<double>(course.counters.cycles) / static_cast<double>(course.losses.size());
    out.figures.emplace_back("cycles a step", fmt::format("{:.0f} measured, utilisation {}", cycles,
                                                          percent(c.ideal_cycles / cycles)));
    for (std::size_t u = 0; u < course.counters.units.size(); ++u) {
      const runtime::UnitCounters& unit = course.counters.units[u];
      const auto share = [&](std::uint64_t value) {
        return static_cast<double>(value) / static_cast<double>(course.counters.cycles);
      };
      out.bars.push_back({runtime::kCountedUnitNames[u],
                          {{"busy", share(unit.busy)},
                           {"memory", share(unit.memory)},
                           {"token", share(unit.token)},
                           {"idle", share(unit.idle)}}});
    }
  }
  const bool has_auc = std::any_of(course.tests.begin(), course.tests.end(),
                                   [](const TestPoint& t) { return t.auc.value.has_value(); });
  report::Table tests{"Loss of the test data", {"#step", "#loss"}, {}};
  if (has_auc) tests.head.emplace_back("#AUC");
  for (const TestPoint& t : course.tests) {
    tests.rows.push_back({fmt::to_string(t.step), fmt::format("{:.4f}", t.loss)});
    if (has_auc)
      tests.rows.back().push_back(t.auc.value ? fmt::format("{:.4f}", *t.auc.value) : "");
  }
  out.tables.push_back(std::move(tests));
  report::Table parameters{"Parameters", {"name", "#rows", "#columns"}, {}};
  for (const auto& p : run.compiled.model->parameters().all()) {
    parameters.rows.push_back({p->name(), fmt::to_string(p->rows()), fmt::to_string(p->cols())});
  }
  out.tables.push_back(std::move(parameters));
  add_step(out, c, h, run.recording->spans());
  return out;
}

}  // namespace

bool train_model(const TrainOptions& options, Session& session) {
  for (const std::string& path : {options.json, options.listing, options.timeline, options.report,
                                  options.waves.file, options.checkpoint}) {
    if (!path.empty()) io::require_writable(path);
  }
  if (options.checkpoint_every && options.checkpoint.empty()) {
    throw UsageError("--checkpoint-every says how often, expected --checkpoint FILE too");
  }
  if (!options.folder.empty() && !options.resume.empty()) {
    throw UsageError("--export writes a run from its start on, expected no --resume");
  }
  ModelRun run = make_model_run(
      {.file = options.file,
       .backend = options.backend,
       .seed = options.seed,
       .steps = static_cast<std::uint32_t>(std::max(kLaunchSteps, kTableLaunchSteps)),
       .recording = {options.timeline, options.timeline_cycles, !options.report.empty()},
       .waves = options.waves,
       .board = options.board});
  introduce(run, options.backend, session);
  if (!options.listing.empty()) {
    const compiler::ChipProgram& program = run.compiled.compiled.train;
    write_text(options.listing, isa::listing(program.assembly, program.address));
  }
  if (!options.resume.empty()) {
    run.training->restore(nn::load_checkpoint(options.resume, *run.compiled.model));
    session.out() << fmt::format("Resumed from {} after step {}\n", options.resume,
                                 run.training->steps_done());
  }
  const std::uint64_t end =
      std::min(options.steps.value_or(run.description.steps), run.description.steps);
  if (run.training->steps_done() >= end) {
    throw UsageError(fmt::format("{} steps are done, expected fewer than the {} asked for",
                                 run.training->steps_done(), end));
  }
  const std::filesystem::path folder = options.folder;
  if (!folder.empty()) {
    io::make_folder(folder);
    nn::save_weights(folder / "start.npz", run.training->snapshot());
    nn::save_batches(folder / "batches.npz", *run.compiled.model, *run.feed, end,
                     run.shape.test_batches);
  }
  const Course course = train(run, options, end, session);
  if (!folder.empty()) nn::save_weights(folder / "end.npz", run.training->snapshot());
  session.out() << fmt::format(
      "  loss                {:.4f} in step {}, {:.4f} in step {}; mean of the last {}: {:.4f}\n",
      course.losses.front(), course.first_step + 1, course.losses.back(), end,
      std::min<std::size_t>(20, course.losses.size()), smoothed_last(course.losses));
  if (!course.tests.empty()) {
    const TestPoint &first = course.tests.front(), &last = course.tests.back();
    const bool is_log_loss = run.description.loss == nn::LossKind::kBinaryCrossEntropy;
    session.out() << fmt::format("  {:<18}  {:.4f} after step {}, {:.4f} after {}\n",
                                 is_log_loss ? "test log loss" : "test loss", first.loss,
                                 first.step, last.loss, last.step);
    if (first.auc.value && last.auc.value) {
      session.out() << fmt::format("  test AUC            {:.4f} after step {}, {:.4f} after {}\n",
                                   *first.auc.value, first.step, *last.auc.value, last.step);
    }
  }
  report_gradients(run, course, session);
  report_cycles(run, course, session);
  if (!options.checkpoint.empty()) {
    session.out() << fmt::format("  checkpoint          {}\n", options.checkpoint);
  }
  if (!options.json.empty()) {
    write_text(options.json, to_json(run, options, course).dump(2) + "\n");
  }
  run.recording->commit();
  if (!options.report.empty()) {
    write_report(options.report, make_report(run, options, course));
  }
  session.out() << "PASS\n";
  return true;
}

}  // namespace gradcore::cli
