// SPDX-License-Identifier: Apache-2.0
#include "sw/cli/train_json.h"

namespace gradcore::cli {

using nlohmann::ordered_json;

ordered_json optimizer_json(const compiler::Optimizer& o) {
  if (o.method == compiler::Method::kSgd) {
    return {{"method", "sgd"}, {"momentum", o.momentum}, {"clip_norm", o.clip_norm}};
  }
  return {{"method", "adamw"},
          {"beta1", o.beta1},
          {"beta2", o.beta2},
          {"epsilon", o.epsilon},
          {"weight_decay", o.weight_decay},
          {"clip_norm", o.clip_norm}};
}

ordered_json rates_json(const compiler::Schedule& schedule, std::uint64_t first, std::size_t steps,
                        std::uint64_t all) {
  ordered_json out = ordered_json::array();
  for (std::size_t s = 0; s < steps; ++s) out.push_back(schedule.rate(first + s, all));
  return out;
}

}  // namespace gradcore::cli
