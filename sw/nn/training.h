// SPDX-License-Identifier: Apache-2.0
// A training run of a model on a device: the host prepares data and reads results, the chip does
// the rest.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "sw/nn/compile.h"
#include "sw/nn/feed.h"
#include "sw/runtime/device.h"

namespace gradcore::nn {

// Numbers of a parameter, or of its state, row by row.
struct Tensor {
  std::string name;
  std::uint32_t rows = 0, cols = 0;
  std::vector<float> values;
};

// All that a run is made of between two steps, but its description.
struct Snapshot {
  std::uint64_t step = 0;  // how many are done
  std::vector<Tensor> parameters;
  std::vector<Tensor> state;        // of the optimizer; may be empty: then it begins anew
  std::vector<Tensor> tables;       // embedding tables
  std::vector<Tensor> table_state;  // a number for each row; like `state`
  // Of the data that they are of (Feed::meaning, Feed::digest), if that is known.
  std::optional<std::string> meaning;
  std::optional<std::uint64_t> digest;
};

// Throws compiler::CompileError for a snapshot of other data.
void require_same_data(const Snapshot& snapshot, const Feed& feed);

// A snapshot at step 0: these parameters, an optimizer that remembers nothing.
Snapshot begin_with(const Model& model, const Feed& feed, std::vector<Tensor> parameters);

// A parameter's start, a function of the seed and its number.
std::vector<float> start_values(const Parameter& parameter, std::uint64_t seed,
                                std::uint64_t number);

// "table.3", or with a suffix for its state.
std::string table_name(std::size_t table, const std::string& suffix);

class Training {
 public:
  // Takes its part of DRAM, writes programs and start values there. All must outlive this object.
  // Throws runtime::OutOfMemory.
  Training(runtime::Device& device, const Model& model, const Compiled& compiled, Feed& feed,
           const LaunchShape& shape);

  // Is called now and then while the chip works, and may throw to give up.
  void set_observer(std::function<void()> observer) { observer_ = std::move(observer); }

  // The next steps, in one launch of at most LaunchShape::steps: the loss of each. All may throw
  // compiler::ChipError.
  std::vector<float> train(std::uint32_t steps);
  std::uint64_t steps_done() const { return step_; }
  // Of those steps: the norm of all gradients as they were before clipping, NaN or infinite in a
  // step that is not finite. Empty unless the optimizer asks for it
  // (compiler::Optimizer::is_guarded).
  const std::vector<float>& norms() const { return norms_; }

  struct TestResult {
    double loss = 0;             // mean over all batches
    std::vector<float> outputs;  // of all rows, row by row
    std::vector<float> labels;   // of all rows
  };
  TestResult test();

  // What the last step stored, if LaunchShape::dumps.
  std::vector<Tensor> dumped();

  Snapshot snapshot();
  // Throws compiler::CompileError when it is none of this model or of other data.
  void restore(const Snapshot& snapshot);

 private:
  void write(const Region& region, std::uint64_t offset, std::span<const float> values);
  std::vector<float> read(const Region& region, std::uint64_t offset, std::size_t count);
  // So many steps, one without lists: with passes each of them has programs before and behind it.
  std::vector<float> launch(std::uint32_t steps);
  void pool(const datasets::ClickBatch& batch);
  // Adds losses up.
  void test(std::uint32_t first, std::uint32_t batches, TestResult& out);
  std::vector<std::uint32_t> lists_of(const std::vector<datasets::ClickBatch>& batches) const;
  void write_list(const Region& region, std::span<const std::uint32_t> entries);
  std::vector<Tensor> start_tables() const;
  std::vector<Tensor> read_tables(const Region& region, std::uint32_t cols, const char* suffix);
  void write_tables(const std::vector<Tensor>& tables, const Region& region, std::uint32_t cols);
  void run(const compiler::ChipProgram& program);
  void write_parameter(std::size_t number, const Region& region, std::span<const float> values);
  std::vector<float> read_parameter(std::size_t number, const Region& region);

  runtime::Device& device_;
  const Model& model_;
  const Compiled& compiled_;
  Feed& feed_;
  LaunchShape shape_;
  std::function<void()> observer_;
  std::uint64_t step_ = 0;
  std::vector<float> norms_;
};

}  // namespace gradcore::nn
