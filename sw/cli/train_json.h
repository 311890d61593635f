// SPDX-License-Identifier: Apache-2.0
// What all results of `gradcore train` in JSON have in common.
#pragma once

#include <nlohmann/json.hpp>

#include "sw/compiler/network.h"

namespace gradcore::cli {

// Method and numbers, defaults included.
nlohmann::ordered_json optimizer_json(const compiler::Optimizer& optimizer);

// The learning rate of each of the steps from `first` on of a run of `all`.
nlohmann::ordered_json rates_json(const compiler::Schedule& schedule, std::uint64_t first,
                                  std::size_t steps, std::uint64_t all);

}  // namespace gradcore::cli
