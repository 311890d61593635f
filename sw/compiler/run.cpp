// SPDX-License-Identifier: Apache-2.0
#include "sw/compiler/run.h"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>

#include "sw/compiler/dataset.h"

namespace gradcore::compiler {
namespace {

// Of wait(), in cycles or, without a clock, instructions: some milliseconds either way, short
// enough to be interrupted, long enough to cost nothing.
constexpr std::uint64_t kWait = 1'000;

}  // namespace

RunPlan plan_run(const Network& network, const train::Dataset& data, std::uint64_t max_steps) {
  const std::uint64_t steps = data.train.count() / network.batch;
  if (steps == 0) {
    throw CompileError(fmt::format("a batch of {} samples is more than the {} there are",
                                   network.batch, data.train.count()));
  }
  RunPlan out;
  out.epochs = network.epochs;
  out.shape.steps = static_cast<std::uint32_t>(steps);
  if (max_steps > 0 && max_steps < steps) {
    out.epochs = 1;
    out.shape.steps = static_cast<std::uint32_t>(max_steps);
  } else if (max_steps > 0) {
    out.epochs = static_cast<std::uint32_t>(std::min<std::uint64_t>(max_steps / steps, out.epochs));
  }
  out.shape.test_batches =
      static_cast<std::uint32_t>((data.test.count() + network.batch - 1) / network.batch);
  return out;
}

TrainingRun::TrainingRun(runtime::Device& device, const Network& network, const RunPlan& plan,
                         const Compiled& compiled, train::Dataset data)
    : device_(device), network_(network), plan_(plan), compiled_(compiled), data_(std::move(data)) {
  const std::uint64_t base = plan.shape.dram_base;
  if (device_.allocate("the training run", compiled.dram_end - base) != base) {
    throw std::logic_error("the run was compiled for another place in DRAM");
  }
  for (const ChipProgram* program :
       {&compiled.initialise, &compiled.train, &compiled.evaluate, &compiled.save}) {
    put(*program);
  }
  for (std::size_t l = 0; l < compiled.layers.size(); ++l) {
    const std::vector<float> bias(network.layers[l].outputs, 0.0f);
    write(compiled.layers[l].weights, float_bytes(start_weights(network, l)));
    write(compiled.layers[l].bias, float_bytes(bias));
  }
  // What is missing in the last test batch is the first sample again; so is the batch that is only
  // loaded ahead.
  const std::size_t count = data_.test.count();
  for (std::uint32_t b = 0; count > 0 && b < plan.shape.test_batches + 1; ++b) {
    std::vector<std::uint32_t> which(network.batch);
    for (std::uint32_t i = 0; i < network.batch; ++i) {
      const std::uint32_t sample = b * network.batch + i;
      which[i] = sample < count ? sample : 0;
    }
    write(compiled.test_inputs, input_bytes(data_.test, data_.features, which),
          std::uint64_t{b} * compiled.strides.inputs);
  }
  run(compiled.initialise);
}

void TrainingRun::write(const Region& region, const std::vector<std::byte>& bytes,
                        std::uint64_t offset) {
  if (offset + bytes.size() > region.bytes) {
    throw std::logic_error("more is written than there is room: " + region.name);
  }
  device_.write(region.address + offset, bytes);
}

std::vector<std::byte> TrainingRun::read(const Region& region) {
  std::vector<std::byte> out(region.bytes);
  device_.read(region.address, out);
  return out;
}

void TrainingRun::put(const ChipProgram& program) {
  const std::string bytes = isa::to_bytes(program.assembly.program);
  device_.write(program.address, std::as_bytes(std::span(bytes)));
}

void TrainingRun::run(const ChipProgram& program) {
  if (observer_) observer_();
  device_.launch(program.address);
  while (true) {
    const runtime::Status status = device_.wait(kWait);
    if (status.state == runtime::State::kDone) return;
    if (status.state == runtime::State::kFailed) {
      throw ChipError(runtime::describe(status, program.assembly, program.address));
    }
    if (observer_) observer_();
  }
}

// Batches of the next epoch in its order, and the numbers of its schedule.
void TrainingRun::write_epoch() {
  const std::uint32_t batch = network_.batch;
  const std::uint32_t steps = plan_.shape.steps;
  if (epoch_ == 0 || network_.shuffle_each_epoch) {
    const std::vector<std::uint32_t> order =
        sample_order(network_, epoch_, static_cast<std::uint32_t>(data_.train.count()));
    for (std::uint32_t s = 0; s <= steps; ++s) {
      const auto which = std::span(order).subspan(std::size_t{s % steps} * batch, batch);
      write(compiled_.inputs, input_bytes(data_.train, data_.features, which),
            std::uint64_t{s} * compiled_.strides.inputs);
      write(compiled_.labels, label_bytes(data_.train, data_.classes, batch, which),
            std::uint64_t{s} * compiled_.strides.labels);
    }
  }
  if (compiled_.tables.empty()) return;
  const std::uint64_t first = std::uint64_t{epoch_} * steps;
  const std::uint64_t all = std::uint64_t{plan_.epochs} * steps;
  std::vector<float> numbers;
  for (std::uint64_t s = 0; s < steps; ++s) {
    for (const Table table : compiled_.tables) {
      numbers.insert(numbers.end(), compiled_.table_width,
                     table_value(network_, table, first + s, all));
    }
  }
  write(compiled_.table, float_bytes(numbers));
}

std::vector<float> TrainingRun::train_epoch() {
  write_epoch();
  run(compiled_.train);
  ++epoch_;
  return floats(read(compiled_.losses));
}

std::vector<float> TrainingRun::test_logits() {
  run(compiled_.evaluate);
  std::vector<float> out = floats(read(compiled_.logits));
  out.resize(data_.test.count() * data_.classes);
  return out;
}

double TrainingRun::test_accuracy() {
  const std::vector<float> logits = test_logits();
  std::size_t correct = 0;
  for (std::size_t s = 0; s < data_.test.count(); ++s) {
    const auto row = std::span(logits).subspan(s * data_.classes, data_.classes);
    const auto best = std::max_element(row.begin(), row.end()) - row.begin();
    correct += best == data_.test.labels[s] ? 1 : 0;
  }
  return static_cast<double>(correct) / static_cast<double>(data_.test.count());
}

std::uint64_t TrainingRun::skipped() {
  if (compiled_.skipped.bytes == 0) return 0;
  run(compiled_.save);
  return static_cast<std::uint64_t>(floats(read(compiled_.skipped)).front());
}

std::vector<TrainingRun::Weights> TrainingRun::weights() {
  run(compiled_.save);
  std::vector<Weights> out;
  for (const Compiled::LayerRegions& layer : compiled_.layers) {
    out.push_back({floats(read(layer.weights)), floats(read(layer.bias))});
  }
  return out;
}

}  // namespace gradcore::compiler
