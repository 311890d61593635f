// SPDX-License-Identifier: Apache-2.0
#include "sw/train/loss_curve.h"

#include <fmt/format.h>

#include "sw/io/atomic_file.h"
#include "sw/io/plot.h"

namespace gradcore::train {

void write_loss_csv(const std::filesystem::path& path, const History& history) {
  io::AtomicFile file(path);
  file.stream() << "step,epoch,loss,test_accuracy\n";
  const auto& steps = history.steps;
  for (std::size_t i = 0; i < steps.size(); ++i) {
    const std::uint32_t epoch = steps[i].epoch;
    file.stream() << fmt::format("{},{},{:.9g},", i + 1, epoch + 1, steps[i].loss);
    const bool ends = i + 1 == steps.size() || steps[i + 1].epoch != epoch;
    if (ends && epoch < history.epochs.size()) {
      file.stream() << fmt::format("{:.6f}\n", history.epochs[epoch].test_accuracy);
    } else {
      file.stream() << "\n";
    }
  }
  file.commit();
}

void plot_loss(const std::filesystem::path& path, const History& history) {
  io::LinePlot plot;
  plot.title = "Training on the UCI handwritten digits";
  plot.x_label = "step";
  plot.y_label = "loss";
  plot.right_label = "test accuracy (%)";
  plot.log_y = true;
  io::Series loss{"loss of the batch", {}, {}}, mean{"mean of the epoch", {}, {}};
  io::Series accuracy{"test accuracy", {}, {}};
  mean.is_emphasised = accuracy.is_emphasised = true;
  accuracy.on_right_axis = true;
  const auto& steps = history.steps;
  for (std::size_t i = 0; i < steps.size(); ++i) {
    const auto x = static_cast<double>(i + 1);
    loss.x.push_back(x);
    loss.y.push_back(static_cast<double>(steps[i].loss));
    const std::uint32_t epoch = steps[i].epoch;
    const bool ends = i + 1 == steps.size() || steps[i + 1].epoch != epoch;
    if (!ends || epoch >= history.epochs.size()) continue;
    mean.x.push_back(x);
    mean.y.push_back(history.epochs[epoch].loss);
    accuracy.x.push_back(x);
    accuracy.y.push_back(100.0 * history.epochs[epoch].test_accuracy);
  }
  plot.series = {std::move(loss), std::move(mean), std::move(accuracy)};
  io::write_png(path, plot);
}

}  // namespace gradcore::train
