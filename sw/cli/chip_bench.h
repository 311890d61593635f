// SPDX-License-Identifier: Apache-2.0
// The second part of `gradcore bench`: whole training steps on the simulated chip, wall to wall.
#pragma once

#include <nlohmann/json_fwd.hpp>

#include "sw/cli/session.h"
#include "sw/device/device.h"

namespace gradcore::cli {

// The benchmark's MLP, 784-128-10 with a batch of 32, everything on the chip, with each optimizer;
// and a GPT.
// Prints where the cycles of a step go; returns the same for the JSON. Throws what chips throw.
nlohmann::ordered_json bench_chip(const device::Hardware& hardware, Session& session);

}  // namespace gradcore::cli
