// SPDX-License-Identifier: Apache-2.0
#include "sw/train/check.h"

#include <fmt/format.h>

#include "sw/io/atomic_file.h"
#include "sw/io/plot.h"
#include "sw/train/loss_curve.h"

namespace gradcore::train {

std::vector<std::string> Check::summary() const {
  const History& run = runs.first;
  std::vector<std::string> lines;
  const float last_loss = run.epochs.empty() ? 0.0f : run.epochs.back().train_loss;
  lines.push_back(fmt::format("test accuracy {:.2f} % after {} steps, {} {:.2f} % asked for",
                              100 * run.test_accuracy(), run.steps.size(),
                              is_accurate() ? "at least" : "below the", 100 * min_accuracy));
  lines.push_back(fmt::format("mean loss of the last epoch {:.4f}; {} GEMM commands, {} MACs",
                              last_loss, run.report.commands, run.macs));
  if (is_identical()) {
    lines.push_back(
        fmt::format("every product, loss and weight is bit-identical to the reference (digest "
                    "{:016x})",
                    run.digest));
  } else {
    lines.push_back(fmt::format("differs from the reference, first in step {}: {}",
                                runs.divergence->step + 1, runs.divergence->what));
  }
  if (!plot_problem.empty()) lines.push_back(plot_problem);
  return lines;
}

Check check_training(device::Device& device, device::Device& reference, const TrainConfig& config,
                     const Dataset& data, const CheckOptions& options,
                     const TrainObserver& observer) {
  for (const auto& path : {options.csv, options.png}) {
    if (!path.empty()) io::require_writable(path);
  }
  Check check;
  // As the user wrote it: 0.95f is a little below 0.95.
  check.min_accuracy = static_cast<double>(config.min_accuracy) - 1e-7;
  check.runs = train_on_both(device, reference, config, data, options.two_threads, observer);
  if (!options.csv.empty()) write_loss_csv(options.csv, check.runs.first);
  if (!options.png.empty()) {
    try {
      plot_loss(options.png, check.runs.first);
    } catch (const io::PlotError& error) {
      check.plot_problem = error.what();
    }
  }
  return check;
}

}  // namespace gradcore::train
