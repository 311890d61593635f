// SPDX-License-Identifier: Apache-2.0
// The chips that this program can run programs on.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "sw/cli/backend.h"
#include "sw/runtime/device.h"

namespace gradcore::cli {

// "model" (the functional chip) and "rtl" (the simulated one; not in every build).
const std::vector<std::string>& chip_names();

// A chip with that much DRAM. Throws BackendError, with what there is instead.
std::unique_ptr<runtime::Device> make_chip(const std::string& backend,
                                           const runtime::Hardware& hardware,
                                           std::uint64_t dram_bytes);

}  // namespace gradcore::cli
