// SPDX-License-Identifier: Apache-2.0
// Parts that descriptions of networks have in common.
#pragma once

#include "sw/compiler/network.h"
#include "sw/config/yaml_reader.h"

namespace gradcore::compiler {

// All throw config::ConfigError with place and reason.
Optimizer read_optimizer(const config::Value& value);
Schedule read_schedule(const config::Value& value);
Memory read_memory(const config::Value& value);

}  // namespace gradcore::compiler
