// SPDX-License-Identifier: Apache-2.0
// Trains a classifier on a device and records what happened.
#pragma once

#include <cstdint>
#include <functional>
#include <stop_token>
#include <vector>

#include "sw/device/device.h"
#include "sw/device/matmul.h"
#include "sw/train/digits.h"
#include "sw/train/mlp.h"
#include "sw/train/train_config.h"

namespace gradcore::train {

struct StepRecord {
  std::uint32_t epoch = 0;  // from 0
  float loss = 0;           // mean over the batch, before the step
  std::vector<ProductRecord> products;
  std::uint64_t weights = 0;  // digest after the step
  bool operator==(const StepRecord&) const = default;
};

struct EpochRecord {
  float train_loss = 0;                 // mean over the epoch's samples, each before its step
  double train_accuracy = 0;            // likewise
  double test_accuracy = 0;             // after the epoch
  std::vector<ProductRecord> products;  // of the test
  bool operator==(const EpochRecord&) const = default;
};

struct History {
  std::vector<StepRecord> steps;
  std::vector<EpochRecord> epochs;
  std::uint64_t digest = 0;  // of everything above
  std::uint64_t macs = 0;
  device::MatmulReport report;
  bool completed = false;  // false: stopped on request

  double test_accuracy() const { return epochs.empty() ? 0.0 : epochs.back().test_accuracy; }
};

struct TrainProgress {
  std::uint64_t step = 0, steps = 0;  // done, of all
  std::uint32_t epoch = 0;            // of the last step, from 0
  float loss = 0;                     // of the last step
  double test_accuracy = -1;          // of the last complete epoch; negative before
};
using TrainObserver = std::function<void(const TrainProgress&)>;

// The whole run is a function of the configuration, the data and the device's N and F. Every epoch
// goes through all training samples in a new order; its last batch may be smaller. The observer is
// called after each step. Throws std::invalid_argument for a size of zero or a rate that is not a
// positive number, device::AllocationError, device::CommandError.
History train(device::Device& device, const TrainConfig& config, const Dataset& data,
              const TrainObserver& observer = {}, const std::stop_token& stop = {});

}  // namespace gradcore::train
