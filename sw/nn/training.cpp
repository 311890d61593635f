// SPDX-License-Identifier: Apache-2.0
#include "sw/nn/training.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <memory>
#include <numeric>
#include <stdexcept>

#include "sw/nn/launch.h"
#include "sw/train/random.h"

namespace gradcore::nn {

std::vector<float> start_values(const Parameter& parameter, std::uint64_t seed,
                                std::uint64_t number) {
  constexpr std::uint64_t kStreams = std::uint64_t{1} << 32;  // apart from those of the data
  const Start& start = parameter.start();
  std::vector<float> out(std::size_t{parameter.rows()} * parameter.cols());
  const auto draw = [&](std::uint64_t index) {
    return train::random_bits(seed, kStreams + number, index);
  };
  for (std::size_t i = 0; i < out.size(); ++i) {
    switch (start.kind) {
      case Start::Kind::kConstant:
        out[i] = start.size;
        break;
      case Start::Kind::kUniform:
        out[i] = train::random_uniform(draw(i), start.size);
        break;
      case Start::Kind::kNormal: {
        // The sum of twelve uniform numbers of variance 1/12, exact in binary64 and so the same
        // everywhere.
        constexpr std::uint64_t kTerms = 12;
        double sum = 0;
        for (std::uint64_t k = 0; k < kTerms; ++k) {
          sum += double{train::random_uniform(draw(i * kTerms + k), 0.5f)};
        }
        out[i] = static_cast<float>(sum) * start.size;
        break;
      }
    }
  }
  return out;
}

namespace {

std::string state_name(const Parameter& parameter, std::size_t state) {
  return fmt::format("{}.state{}", parameter.name(), state + 1);
}

}  // namespace

void require_same_data(const Snapshot& snapshot, const Feed& feed) {
  if (snapshot.meaning && *snapshot.meaning != feed.meaning()) {
    throw compiler::CompileError(
        "the parameters learned from a text with other characters than the one of the description");
  }
  if (snapshot.digest && *snapshot.digest != feed.digest()) {
    throw compiler::CompileError(
        "the run that is to go on trained with other data than those of the description");
  }
}

Snapshot begin_with(const Model& model, const Feed& feed, std::vector<Tensor> parameters) {
  Snapshot out;
  out.parameters = std::move(parameters);
  for (const auto& p : model.parameters().all()) {
    for (unsigned s = 0; s < model.parameters().states(); ++s) {
      out.state.push_back({state_name(*p, s), p->rows(), p->cols(),
                           std::vector<float>(std::size_t{p->rows()} * p->cols(), 0.0f)});
    }
  }
  out.meaning = feed.meaning();
  out.digest = feed.digest();
  return out;
}

Training::Training(runtime::Device& device, const Model& model, const Compiled& compiled,
                   Feed& feed, const LaunchShape& shape)
    : device_(device), model_(model), compiled_(compiled), feed_(feed), shape_(shape) {
  if (device_.allocate("the training run", compiled.dram_end - shape.dram_base) !=
      shape.dram_base) {
    throw std::logic_error("the run was compiled for another place in DRAM");
  }
  for (const compiler::ChipProgram* program :
       {&compiled.initialise, &compiled.train, &compiled.evaluate, &compiled.save}) {
    put_program(device_, *program);
  }
  for (std::size_t c = 0; c < compiled.constants.size(); ++c) {
    write(compiled.constants[c], 0, model.constants()[c].values);
  }
  if (model.interaction() != nullptr) {
    write_list(compiled.constant_list, model.interaction()->constant_lists());
    if (compiled.passes == nullptr) {
      put_program(device_, compiled.begin);
      put_program(device_, compiled.end);
    }
  }
  Snapshot start;
  for (std::size_t p = 0; p < model.parameters().all().size(); ++p) {
    const Parameter& parameter = *model.parameters().all()[p];
    start.parameters.push_back({parameter.name(), parameter.rows(), parameter.cols(),
                                start_values(parameter, model.description().seed, p)});
  }
  start.tables = start_tables();
  restore(start);
}

void Training::write(const Region& region, std::uint64_t offset, std::span<const float> values) {
  write_floats(device_, region, offset, values);
}

std::vector<float> Training::read(const Region& region, std::uint64_t offset, std::size_t count) {
  return read_floats(device_, region, offset, count);
}

void Training::run(const compiler::ChipProgram& program) {
  run_program(device_, program, observer_);
}

// DRAM has the blocks of a parameter's columns one behind the other.
void Training::write_parameter(std::size_t number, const Region& region,
                               std::span<const float> values) {
  const Parameter& p = *model_.parameters().all()[number];
  std::vector<float> block_values;
  for (const Parameter::Block& block : p.blocks()) {
    block_values.clear();
    for (std::uint32_t r = 0; r < p.rows(); ++r) {
      const auto row = values.subspan(std::size_t{r} * p.cols() + block.first, block.cols);
      block_values.insert(block_values.end(), row.begin(), row.end());
    }
    write(region, p.offset(block), block_values);
  }
}

std::vector<float> Training::read_parameter(std::size_t number, const Region& region) {
  const Parameter& p = *model_.parameters().all()[number];
  std::vector<float> out(std::size_t{p.rows()} * p.cols());
  for (const Parameter::Block& block : p.blocks()) {
    const std::vector<float> values =
        read(region, p.offset(block), std::size_t{p.rows()} * block.cols);
    for (std::uint32_t r = 0; r < p.rows(); ++r) {
      std::copy_n(values.begin() + std::ptrdiff_t{r} * block.cols, block.cols,
                  out.begin() + std::ptrdiff_t{r} * p.cols() + block.first);
    }
  }
  return out;
}

std::vector<float> Training::train(std::uint32_t steps) {
  if (steps == 0 || steps > shape_.steps) throw std::logic_error("no such launch was compiled");
  if (compiled_.passes == nullptr) return launch(steps);
  std::vector<float> out;
  for (std::uint32_t s = 0; s < steps; ++s) out.push_back(launch(1).front());
  return out;
}

std::vector<float> Training::launch(std::uint32_t steps) {
  const Description& d = model_.description();
  std::vector<float> inputs(std::size_t{model_.rows()} * model_.input_width());
  std::vector<float> labels(model_.rows());
  const bool has_tables = model_.interaction() != nullptr;
  std::vector<datasets::ClickBatch> categories(has_tables ? steps : 0);
  std::vector<float> numbers;
  for (std::uint32_t s = 0; s < steps; ++s) {
    feed_.training(step_ + s, {inputs, labels, has_tables ? &categories[s] : nullptr});
    write(compiled_.inputs, std::uint64_t{s} * compiled_.input_bytes, inputs);
    write(compiled_.labels, std::uint64_t{s} * compiled_.label_bytes, labels);
    for (const compiler::Table table : compiled_.tables) {
      numbers.insert(numbers.end(), compiled_.table_width,
                     compiler::table_value(d.optimizer, d.schedule, table, step_ + s, d.steps));
    }
  }
  if (!numbers.empty()) write(compiled_.table, 0, numbers);
  change_program(device_, compiled_.train, compiled_.train_loop, isa::loop::kCount, steps);
  if (compiled_.train_step) {
    change_program(device_, compiled_.train, *compiled_.train_step, isa::set::kValue,
                   static_cast<std::uint32_t>(step_));
  }
  const bool has_lists = has_tables && compiled_.passes == nullptr;
  if (has_lists) {
    std::vector<std::uint32_t> lists = lists_of(categories);
    const BagLists::Ends ends = model_.interaction()->lists().link(lists);
    lists.resize(lists.size() + compiled_.list_bytes / 4, model::kNoRow);
    write_list(compiled_.lists, lists);
    write_list(compiled_.first_rows, ends.first);
    write_list(compiled_.last_rows, ends.last);
    run(compiled_.begin);
  }
  if (compiled_.passes != nullptr) pool(categories.front());
  run(compiled_.train);
  if (has_lists) run(compiled_.end);
  if (compiled_.passes != nullptr) {
    run(compiled_.save);
    const float rate =
        compiler::table_value(d.optimizer, d.schedule, compiler::Table::kRate, step_, d.steps);
    compiled_.passes->update(device_, categories.front(), rate, observer_);
    run(compiled_.initialise);
  }
  step_ += steps;
  if (compiled_.squares.bytes > 0) norms_ = read(compiled_.squares, 0, steps);
  for (float& norm : norms_) norm = std::sqrt(norm);
  return read(compiled_.losses, 0, steps);
}

// What is in local memory goes to DRAM and comes back: a pass has it to itself.
void Training::pool(const datasets::ClickBatch& batch) {
  run(compiled_.save);
  compiled_.passes->pool(device_, batch, observer_);
  run(compiled_.initialise);
}

Training::TestResult Training::test() {
  TestResult out;
  const std::uint32_t batches = std::min(shape_.test_batches, feed_.test_batches());
  if (batches == 0) return out;
  const std::uint32_t each = compiled_.passes == nullptr ? batches : 1;  // of a launch
  for (std::uint32_t first = 0; first < batches; first += each) test(first, each, out);
  out.loss /= batches;
  return out;
}

void Training::test(std::uint32_t first, std::uint32_t batches, TestResult& out) {
  std::vector<float> inputs(std::size_t{model_.rows()} * model_.input_width());
  std::vector<float> labels(model_.rows());
  const bool has_tables = model_.interaction() != nullptr;
  std::vector<datasets::ClickBatch> categories(has_tables ? batches : 0);
  for (std::uint32_t b = 0; b < batches; ++b) {
    feed_.test(first + b, {inputs, labels, has_tables ? &categories[b] : nullptr});
    write(compiled_.test_inputs, std::uint64_t{b} * compiled_.input_bytes, inputs);
    write(compiled_.test_labels, std::uint64_t{b} * compiled_.label_bytes, labels);
    out.labels.insert(out.labels.end(), labels.begin(), labels.end());
  }
  if (compiled_.passes != nullptr) {
    pool(categories.front());
  } else if (has_tables) {
    write_list(compiled_.test_lists, lists_of(categories));
  }
  change_program(device_, compiled_.evaluate, compiled_.evaluate_loop, isa::loop::kCount, batches);
  run(compiled_.evaluate);
  const std::vector<float> losses = read(compiled_.test_losses, 0, batches);
  out.loss = std::accumulate(losses.begin(), losses.end(), out.loss);
  for (std::uint32_t b = 0; b < batches; ++b) {
    const std::vector<float> part =
        read(compiled_.test_outputs, std::uint64_t{b} * compiled_.output_bytes,
             std::size_t{model_.rows()} * model_.outputs());
    out.outputs.insert(out.outputs.end(), part.begin(), part.end());
  }
}

std::vector<Tensor> Training::dumped() {
  std::vector<Tensor> out;
  for (const Dumped& dumped : compiled_.dumped) {
    Tensor tensor{dumped.name, dumped.rows, dumped.cols, {}};
    tensor.values.resize(std::size_t{dumped.rows} * dumped.cols);
    for (const Dumped::Part& part : dumped.parts) {
      std::vector<float> values(std::size_t{part.rows} * part.cols);
      device_.read(part.address, std::as_writable_bytes(std::span(values)));
      for (std::uint32_t r = 0; r < part.rows; ++r) {
        std::copy_n(values.begin() + std::ptrdiff_t{r} * part.cols, part.cols,
                    tensor.values.begin() + std::ptrdiff_t{part.row + r} * dumped.cols + part.col);
      }
    }
    out.push_back(std::move(tensor));
  }
  return out;
}

Snapshot Training::snapshot() {
  run(compiled_.save);
  Snapshot out;
  out.step = step_;
  out.meaning = feed_.meaning();
  out.digest = feed_.digest();
  for (std::size_t p = 0; p < compiled_.parameters.size(); ++p) {
    const Parameter& parameter = *model_.parameters().all()[p];
    const auto tensor = [&](const std::string& name, const Region& region) {
      return Tensor{name, parameter.rows(), parameter.cols(), read_parameter(p, region)};
    };
    out.parameters.push_back(tensor(parameter.name(), compiled_.parameters[p].value));
    for (std::size_t s = 0; s < model_.parameters().states(); ++s) {
      out.state.push_back(tensor(state_name(parameter, s), compiled_.parameters[p].state[s]));
    }
  }
  out.tables = read_tables(compiled_.rows, model_.tables().features, "");
  out.table_state = read_tables(compiled_.row_state, 1, ".state1");
  return out;
}

void Training::restore(const Snapshot& snapshot) {
  const unsigned states = model_.parameters().states();
  const auto& all = model_.parameters().all();
  if (snapshot.parameters.size() != all.size() ||
      (!snapshot.state.empty() && snapshot.state.size() != states * all.size())) {
    throw compiler::CompileError(fmt::format(
        "{} parameters and {} states of them, expected {} and {}", snapshot.parameters.size(),
        snapshot.state.size(), all.size(), states * all.size()));
  }
  require_same_data(snapshot, feed_);
  const auto put_tensor = [&](std::size_t p, const Tensor& tensor, const Region& region) {
    if (tensor.rows != all[p]->rows() || tensor.cols != all[p]->cols()) {
      throw compiler::CompileError(fmt::format("'{}' is {} x {}, expected {} x {}", tensor.name,
                                               tensor.rows, tensor.cols, all[p]->rows(),
                                               all[p]->cols()));
    }
    write_parameter(p, region, tensor.values);
  };
  for (std::size_t p = 0; p < all.size(); ++p) {
    put_tensor(p, snapshot.parameters[p], compiled_.parameters[p].value);
    for (unsigned s = 0; s < states; ++s) {
      const Region& region = compiled_.parameters[p].state[s];
      if (snapshot.state.empty()) {
        write(region, 0, std::vector<float>(std::size_t{all[p]->rows()} * all[p]->cols(), 0.0f));
      } else {
        put_tensor(p, snapshot.state[p * states + s], region);
      }
    }
  }
  write_tables(snapshot.tables, compiled_.rows, model_.tables().features);
  write_tables(snapshot.table_state, compiled_.row_state, 1);
  step_ = snapshot.step;
  run(compiled_.initialise);
}

}  // namespace gradcore::nn
