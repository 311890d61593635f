// SPDX-License-Identifier: Apache-2.0
// A training run on a device: the host prepares data and reads results, the chip does the rest.
#pragma once

#include <cstdint>
#include <functional>
#include <stdexcept>
#include <string>
#include <vector>

#include "sw/compiler/compile.h"
#include "sw/runtime/device.h"
#include "sw/train/digits.h"

namespace gradcore::compiler {

// The chip refused an instruction or did not come to an end; one sentence.
class ChipError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

// A launch is an epoch. What is left of the samples after the last whole batch is not used; with
// another order in each epoch these are other samples each time.
struct RunPlan {
  std::uint32_t epochs = 1;
  RunShape shape;
};
// `max_steps` (0: none) cuts the run to so many steps, whole epochs if it is more than one. Throws
// CompileError when there is no whole batch.
RunPlan plan_run(const Network& network, const train::Dataset& data, std::uint64_t max_steps = 0);

class TrainingRun {
 public:
  // `compiled` for `plan.shape`. Takes its part of DRAM and writes programs, start weights and test
  // data there. All but the data must outlive this object. Throws runtime::OutOfMemory.
  TrainingRun(runtime::Device& device, const Network& network, const RunPlan& plan,
              const Compiled& compiled, train::Dataset data);

  // Is called now and then while the chip works, at least every thousand instructions, and may
  // throw to give up.
  void set_observer(std::function<void()> observer) { observer_ = std::move(observer); }

  // The next epoch on the chip: the loss of each step. All may throw ChipError.
  std::vector<float> train_epoch();
  // Part of the test samples that the chip gets right.
  double test_accuracy();
  // Logits of the test samples, a row each.
  std::vector<float> test_logits();

  struct Weights {
    std::vector<float> weights, bias;
  };
  // As they are on the chip now.
  std::vector<Weights> weights();

  // Steps that were skipped so far; 0 unless the optimizer may.
  std::uint64_t skipped();

  std::uint32_t epochs_done() const { return epoch_; }

 private:
  void write(const Region& region, const std::vector<std::byte>& bytes, std::uint64_t offset = 0);
  std::vector<std::byte> read(const Region& region);
  void put(const ChipProgram& program);
  void run(const ChipProgram& program);
  void write_epoch();

  runtime::Device& device_;
  const Network& network_;
  RunPlan plan_;
  const Compiled& compiled_;
  train::Dataset data_;
  std::function<void()> observer_;
  std::uint32_t epoch_ = 0;
};

}  // namespace gradcore::compiler
