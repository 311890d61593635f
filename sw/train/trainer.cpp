// SPDX-License-Identifier: Apache-2.0
#include "sw/train/trainer.h"

#include <algorithm>
#include <cmath>
#include <span>
#include <stdexcept>

#include "sw/train/digest.h"
#include "sw/train/elementwise.h"
#include "sw/train/random.h"

namespace gradcore::train {
namespace {

// Streams of random numbers; below are the layers' weights.
constexpr std::uint64_t kOrderStream = std::uint64_t{1} << 32;

void check(const TrainConfig& config, const Dataset& data) {
  if (config.batch == 0 || config.epochs == 0 || data.train.count() == 0 ||
      data.test.count() == 0) {
    throw std::invalid_argument("training needs samples, a batch and an epoch at least");
  }
  if (!(config.learning_rate > 0) || !std::isfinite(config.learning_rate) ||
      !(config.momentum >= 0 && config.momentum < 1)) {
    throw std::invalid_argument(
        "the learning rate must be positive and the momentum from 0 to below 1");
  }
}

// Some of the samples, in any order, one behind the other.
Samples gather(const Samples& from, std::span<const std::uint32_t> indices,
               std::uint32_t features) {
  Samples out;
  for (const std::uint32_t index : indices) {
    const auto row = from.inputs.begin() + static_cast<std::ptrdiff_t>(index) * features;
    out.inputs.insert(out.inputs.end(), row, row + features);
    out.labels.push_back(from.labels[index]);
  }
  return out;
}

// Fraction of the samples that the network gets right.
double accuracy(Mlp& network, const Samples& samples, const Dataset& data) {
  std::uint32_t correct = 0;
  for (std::size_t begin = 0; begin < samples.count(); begin += network.max_batch()) {
    const std::size_t size = std::min<std::size_t>(network.max_batch(), samples.count() - begin);
    const auto inputs =
        std::span(samples.inputs).subspan(begin * data.features, size * data.features);
    const auto labels = std::span(samples.labels).subspan(begin, size);
    correct += count_correct(network.forward(inputs), labels, data.classes);
  }
  return static_cast<double>(correct) / static_cast<double>(samples.count());
}

std::uint64_t digest_of(const History& history) {
  Digest digest;
  const auto add = [&](const std::vector<ProductRecord>& products) {
    for (const ProductRecord& product : products) digest.add_digest(product.digest);
  };
  for (const StepRecord& step : history.steps) {
    digest.add(step.loss);
    add(step.products);
    digest.add_digest(step.weights);
  }
  for (const EpochRecord& epoch : history.epochs) add(epoch.products);
  return digest.value();
}

}  // namespace

History train(device::Device& device, const TrainConfig& config, const Dataset& data,
              const TrainObserver& observer, const std::stop_token& stop) {
  check(config, data);
  const auto count = static_cast<std::uint32_t>(data.train.count());
  const std::uint32_t batch = std::min(config.batch, count);
  std::vector<std::uint32_t> widths = {data.features};
  widths.insert(widths.end(), config.hidden.begin(), config.hidden.end());
  widths.push_back(data.classes);
  Mlp network(device, widths, batch, config.seed);

  History history;
  TrainProgress progress;
  progress.steps = std::uint64_t{(count + batch - 1) / batch} * config.epochs;
  for (std::uint32_t e = 0; e < config.epochs && !stop.stop_requested(); ++e) {
    const std::vector<std::uint32_t> order = random_order(config.seed, kOrderStream + e, count);
    double loss_sum = 0;
    std::uint32_t correct = 0, seen = 0;
    while (seen < count && !stop.stop_requested()) {
      const std::uint32_t size = std::min(batch, count - seen);
      const Samples samples =
          gather(data.train, std::span(order).subspan(seen, size), data.features);
      StepRecord record;
      record.epoch = e;
      record.loss =
          network.step(samples.inputs, samples.labels, config.learning_rate, config.momentum);
      record.products = network.take_products();
      record.weights = network.digest();
      loss_sum += static_cast<double>(record.loss) * size;
      correct += count_correct(network.logits(), samples.labels, data.classes);
      seen += size;
      progress.loss = record.loss;
      progress.epoch = e;
      ++progress.step;
      history.steps.push_back(std::move(record));
      if (observer) observer(progress);
    }
    if (seen < count) break;
    EpochRecord record;
    record.train_loss = static_cast<float>(loss_sum / count);
    record.train_accuracy = static_cast<double>(correct) / count;
    record.test_accuracy = accuracy(network, data.test, data);
    record.products = network.take_products();
    progress.test_accuracy = record.test_accuracy;
    history.epochs.push_back(std::move(record));
  }
  history.completed = history.epochs.size() == config.epochs;
  history.digest = digest_of(history);
  history.macs = network.macs();
  history.report = network.report();
  return history;
}

}  // namespace gradcore::train
