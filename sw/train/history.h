// SPDX-License-Identifier: Apache-2.0
// What happened in a training run.
#pragma once

#include <cstdint>
#include <vector>

namespace gradcore::train {

struct StepRecord {
  std::uint32_t epoch = 0;  // from 0
  float loss = 0;           // mean over the batch, before the step
  bool operator==(const StepRecord&) const = default;
};

struct EpochRecord {
  double loss = 0;           // mean over the epoch's steps
  double test_accuracy = 0;  // after the epoch
  bool operator==(const EpochRecord&) const = default;
};

struct History {
  std::vector<StepRecord> steps;
  std::vector<EpochRecord> epochs;  // those that came to their end

  double test_accuracy() const { return epochs.empty() ? 0.0 : epochs.back().test_accuracy; }
};

}  // namespace gradcore::train
