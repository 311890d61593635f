// SPDX-License-Identifier: Apache-2.0
#include "sw/cli/sim_training.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <bit>
#include <future>
#include <iostream>
#include <nlohmann/json.hpp>
#include <numeric>
#include <string>

#include "sw/cli/chip.h"
#include "sw/cli/interrupt.h"
#include "sw/compiler/dataset.h"
#include "sw/io/plot.h"
#include "sw/io/progress.h"
#include "sw/train/loss_curve.h"

namespace gradcore::cli {
namespace {

using compiler::Compiled;
using compiler::Network;
using compiler::TrainingRun;

std::string shape(const Network& network) {
  std::string text = fmt::to_string(network.inputs);
  for (const compiler::Linear& layer : network.layers) text += fmt::format("-{}", layer.outputs);
  return text;
}

std::string percent(double fraction) { return fmt::format("{:.2f} %", 100 * fraction); }

// A chip and the run on it.
struct Trainer {
  Trainer(const std::string& backend, const Network& network, const compiler::RunPlan& plan,
          const Compiled& compiled, const train::Dataset& data)
      : chip(make_chip(
            {.backend = backend, .hardware = network.hardware, .dram_bytes = compiled.dram_end})),
        run(*chip, network, plan, compiled, data) {}

  // The next epoch and its test; adds up what the chip counted for the epoch.
  void epoch() {
    const runtime::Counters before = chip->counters();
    const std::vector<float> losses = run.train_epoch();
    counters += chip->counters() - before;
    const auto number = static_cast<std::uint32_t>(history.epochs.size());
    for (const float loss : losses) history.steps.push_back({number, loss});
    history.epochs.push_back(
        {std::accumulate(losses.begin(), losses.end(), 0.0) / static_cast<double>(losses.size()),
         run.test_accuracy()});
  }

  std::unique_ptr<runtime::Device> chip;
  TrainingRun run;
  train::History history;
  runtime::Counters counters;
};

// The first step whose loss differs, or the number of steps where only weights do; -1: nothing.
std::int64_t divergence(Trainer& chip, Trainer& model) {
  const auto& a = chip.history.steps;
  const auto& b = model.history.steps;
  for (std::size_t i = 0; i < a.size(); ++i) {
    const bool same =
        std::bit_cast<std::uint32_t>(a[i].loss) == std::bit_cast<std::uint32_t>(b[i].loss);
    if (!same) return static_cast<std::int64_t>(i);
  }
  const auto bits = [](const std::vector<float>& values) {
    std::vector<std::uint32_t> out;
    for (const float value : values) out.push_back(std::bit_cast<std::uint32_t>(value));
    return out;
  };
  const auto mine = chip.run.weights();
  const auto theirs = model.run.weights();
  for (std::size_t l = 0; l < mine.size(); ++l) {
    if (bits(mine[l].weights) != bits(theirs[l].weights) ||
        bits(mine[l].bias) != bits(theirs[l].bias)) {
      return static_cast<std::int64_t>(a.size());
    }
  }
  return -1;
}

// Into a folder that is there.
void write_curve(const std::filesystem::path& folder, const train::History& history,
                 Session& session) {
  train::write_loss_csv(folder / "loss.csv", history);
  std::string written = (folder / "loss.csv").string();
  try {
    train::plot_loss(folder / "loss.png", history);
    written = (folder / "loss.png").string();
  } catch (const io::PlotError& error) {
    session.log().warn("no picture of the loss: {}", error.what());
  }
  session.out() << fmt::format("  loss curve          {}\n", written);
}

}  // namespace

double TrainingResult::utilisation() const {
  if (counters.cycles == 0) return 0;
  return ideal_cycles * static_cast<double>(history.steps.size()) /
         static_cast<double>(counters.cycles);
}

compiler::Network network_of(const train::TrainConfig& config, const device::Hardware& hardware) {
  Network network;
  network.hardware = hardware;
  network.data.file = config.data;
  network.inputs = network.data.inputs;
  for (const std::uint32_t width : config.hidden) {
    network.layers.push_back({width, compiler::Activation::kRelu});
  }
  network.layers.push_back({network.data.classes, compiler::Activation::kIdentity});
  network.optimizer.momentum = config.momentum;
  network.schedule.learning_rate = config.learning_rate;
  network.batch = config.batch;
  network.epochs = config.epochs;
  network.seed = config.seed;
  network.min_accuracy = config.min_accuracy;
  return network;
}

TrainingResult run_training(const std::string& backend, const device::Hardware& hardware,
                            const train::TrainConfig& config, bool two_threads,
                            const std::filesystem::path& folder, Session& session) {
  const Network network = network_of(config, hardware);
  const train::Dataset data = compiler::make_dataset(network);
  const compiler::RunPlan plan = compiler::plan_run(network, data);
  const Compiled compiled = compiler::compile(network, plan.shape);
  session.out() << fmt::format(
      "Training on the chip: {} on {} handwritten digits, {} for the test; {} epochs, batch {}\n",
      shape(network), data.train.count(), data.test.count(), plan.epochs, network.batch);
  session.out().flush();

  Trainer chip(backend, network, plan, compiled, data);
  Trainer model("model", network, plan, compiled, data);
  chip.run.set_observer(InterruptGuard::check);
  io::Progress progress(std::cerr, io::is_terminal(STDERR_FILENO), "training", plan.epochs);
  for (std::uint32_t e = 0; e < plan.epochs; ++e) {
    InterruptGuard::check();
    // The model is finished long before: it may run beside the chip.
    auto beside = std::async(two_threads ? std::launch::async : std::launch::deferred,
                             [&model] { model.epoch(); });
    chip.epoch();
    beside.get();
    const train::EpochRecord& epoch = chip.history.epochs.back();
    progress.update(e + 1,
                    fmt::format("loss {:.4f}, test {}", epoch.loss, percent(epoch.test_accuracy)));
    session.log().debug("epoch {}: loss {:.4f}, test accuracy {}", e + 1, epoch.loss,
                        percent(epoch.test_accuracy));
  }

  TrainingResult result;
  result.min_accuracy = config.min_accuracy;
  result.ideal_cycles = compiled.ideal_cycles;
  result.differs_at = divergence(chip, model);
  result.history = chip.history;
  result.counters = chip.counters;
  const std::size_t steps = result.history.steps.size();
  const bool is_accurate = result.accuracy() >= config.min_accuracy;
  session.out() << fmt::format("  test accuracy       {}, at least {} needed: {}\n",
                               percent(result.accuracy()), percent(config.min_accuracy),
                               is_accurate ? "pass" : "FAIL");
  const auto at = static_cast<std::size_t>(std::max<std::int64_t>(result.differs_at, 0));
  session.out() << fmt::format(
      "  same bits as model  {}\n",
      result.is_identical() ? fmt::format("losses of all {} steps, weights at the end: pass", steps)
      : at < steps          ? fmt::format("step {} has another loss: FAIL", at + 1)
                            : std::string("the weights at the end differ: FAIL"));
  session.out() << fmt::format("  program             {} instructions for {} steps",
                               result.counters.instructions, steps);
  if (result.counters.cycles > 0) {
    session.out() << fmt::format(", {} cycles, array busy {} of them", result.counters.cycles,
                                 percent(result.utilisation()));
  }
  session.out() << '\n';
  write_curve(folder, result.history, session);
  return result;
}

nlohmann::ordered_json to_json(const TrainingResult& result) {
  nlohmann::ordered_json epochs = nlohmann::ordered_json::array();
  for (const train::EpochRecord& epoch : result.history.epochs) {
    epochs.push_back({{"loss", epoch.loss}, {"test_accuracy", epoch.test_accuracy}});
  }
  return {{"passed", result.passed()},
          {"test_accuracy", result.accuracy()},
          {"min_accuracy", result.min_accuracy},
          {"bit_identical", result.is_identical()},
          {"steps", result.history.steps.size()},
          {"instructions", result.counters.instructions},
          {"cycles", result.counters.cycles},
          {"utilisation", result.utilisation()},
          {"epochs", epochs}};
}

}  // namespace gradcore::cli
