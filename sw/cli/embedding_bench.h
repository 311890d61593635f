// SPDX-License-Identifier: Apache-2.0
// The part of `gradcore bench` about embedding tables.
#pragma once

#include <nlohmann/json_fwd.hpp>

#include "sw/cli/session.h"
#include "sw/device/device.h"

namespace gradcore::cli {

// Means of bags and updates of tables for a mini-batch of 64k indices that follow a power law, on
// the simulated chip, beside what DRAM and the vector unit need for it. Prints a table; returns the
// same for the JSON. Throws what chips throw.
nlohmann::ordered_json bench_embedding(const device::Hardware& hardware, Session& session);

}  // namespace gradcore::cli
