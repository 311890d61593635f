// SPDX-License-Identifier: Apache-2.0
// The same training run on two devices, compared bit by bit.
#pragma once

#include <optional>
#include <string>

#include "sw/device/device.h"
#include "sw/train/trainer.h"

namespace gradcore::train {

// Where two runs differ first.
struct Divergence {
  std::size_t step = 0;  // from 0; the number of steps before it, if it is in a test
  std::string what;      // "dW of layer 1", "loss", "weights", "test, forward of layer 2", ...
};

// Nothing when the runs are the same bit for bit.
std::optional<Divergence> first_difference(const History& a, const History& b);

struct Comparison {
  History first, second;
  std::optional<Divergence> divergence;
};

// Trains on both devices, in two threads or one after the other; the results are the same. The
// observer hears of the first device's steps, from whichever thread that runs in. If one fails,
// the other one is stopped and the error is thrown. Throws std::invalid_argument for devices that
// differ in N or F.
Comparison train_on_both(device::Device& first, device::Device& second, const TrainConfig& config,
                         const Dataset& data, bool two_threads, const TrainObserver& observer = {});

}  // namespace gradcore::train
