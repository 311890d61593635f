// SPDX-License-Identifier: Apache-2.0
#include "sw/cli/sim_training.h"

#include <fmt/format.h>
#include <unistd.h>

#include <iostream>
#include <nlohmann/json.hpp>
#include <string>

#include "sw/io/plot.h"
#include "sw/io/progress.h"
#include "sw/train/digits.h"
#include "sw/train/loss_curve.h"

namespace gradcore::cli {
namespace {

std::string network(const train::TrainConfig& config, const train::Dataset& data) {
  std::string text = fmt::to_string(data.features);
  for (const std::uint32_t width : config.hidden) text += fmt::format("-{}", width);
  return text + fmt::format("-{}", data.classes);
}

std::string percent(double fraction) { return fmt::format("{:.2f} %", 100 * fraction); }

train::Comparison train_with_bar(device::Device& device, device::Device& reference,
                                 const train::TrainConfig& config, const train::Dataset& data,
                                 bool two_threads) {
  const std::size_t steps = (data.train.count() + config.batch - 1) / config.batch;
  io::Progress progress(std::cerr, io::is_terminal(STDERR_FILENO), "training",
                        std::uint64_t{steps} * config.epochs);
  return train::train_on_both(
      device, reference, config, data, two_threads, [&](const train::TrainProgress& now) {
        std::string note = fmt::format("epoch {}, loss {:.4f}", now.epoch + 1, now.loss);
        if (now.test_accuracy >= 0) note += fmt::format(", test {}", percent(now.test_accuracy));
        progress.update(now.step, note);
      });
}

void write_curve(const std::filesystem::path& folder, const train::History& history,
                 Session& session) {
  std::filesystem::create_directories(folder);
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

TrainingResult run_training(device::Device& device, device::Device& reference,
                            const train::TrainConfig& config, bool two_threads,
                            const std::filesystem::path& folder, Session& session) {
  const train::Dataset data = train::load_digits(config.data);
  session.out() << fmt::format(
      "Training: {} on {} handwritten digits, {} for the test; {} epochs, batch {}\n",
      network(config, data), data.train.count(), data.test.count(), config.epochs, config.batch);
  session.out().flush();

  TrainingResult result;
  result.min_accuracy = config.min_accuracy;
  result.runs = train_with_bar(device, reference, config, data, two_threads);

  const train::History& run = result.runs.first;
  for (std::size_t i = 0; i < run.epochs.size(); ++i) {
    session.log().debug("epoch {}: loss {:.4f}, accuracy {} in training, {} in the test", i + 1,
                        run.epochs[i].train_loss, percent(run.epochs[i].train_accuracy),
                        percent(run.epochs[i].test_accuracy));
  }
  const std::uint64_t cycles = run.report.cycles;
  const double n = device.hardware().n;
  if (cycles > 0) {
    result.utilisation = static_cast<double>(run.macs) / (n * n) / static_cast<double>(cycles);
  }
  const bool is_accurate = result.accuracy() >= config.min_accuracy;
  session.out() << fmt::format("  test accuracy       {}, at least {} needed: {}\n",
                               percent(result.accuracy()), percent(config.min_accuracy),
                               is_accurate ? "pass" : "FAIL");
  session.out() << fmt::format(
      "  same bits as model  {}\n",
      result.is_identical()
          ? fmt::format("all {} steps, digest {:016x}: pass", run.steps.size(), run.digest)
          : fmt::format("step {} differs in {}: FAIL", result.runs.divergence->step + 1,
                        result.runs.divergence->what));
  session.out() << fmt::format("  matrix work         {} MACs in {} commands", run.macs,
                               run.report.commands);
  if (cycles > 0) {
    session.out() << fmt::format(", {} cycles, utilisation {}", cycles,
                                 percent(result.utilisation));
  }
  session.out() << '\n';
  write_curve(folder, run, session);
  return result;
}

nlohmann::ordered_json to_json(const TrainingResult& result) {
  const train::History& run = result.runs.first;
  nlohmann::ordered_json epochs = nlohmann::ordered_json::array();
  for (const train::EpochRecord& epoch : run.epochs) {
    epochs.push_back({{"train_loss", epoch.train_loss},
                      {"train_accuracy", epoch.train_accuracy},
                      {"test_accuracy", epoch.test_accuracy}});
  }
  return {{"passed", result.passed()},
          {"test_accuracy", result.accuracy()},
          {"min_accuracy", result.min_accuracy},
          {"bit_identical", result.is_identical()},
          {"digest", fmt::format("{:016x}", run.digest)},
          {"steps", run.steps.size()},
          {"macs", run.macs},
          {"cycles", run.report.cycles},
          {"utilisation", result.utilisation},
          {"epochs", epochs}};
}

}  // namespace gradcore::cli
