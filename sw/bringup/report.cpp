// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <nlohmann/json.hpp>

#include "sw/bringup/failure.h"
#include "sw/bringup/step.h"

namespace gradcore::bringup {

std::string to_json(Board& board, std::span<const Outcome> outcomes) {
  using nlohmann::ordered_json;
  ordered_json list = ordered_json::array();
  double seconds = 0;
  for (const Outcome& one : outcomes) {
    ordered_json entry = {{"number", one.number},
                          {"name", one.name},
                          {"verdict", verdict_name(one.verdict)},
                          {"seconds", one.seconds}};
    if (!one.figure.empty()) entry["figure"] = one.figure;
    if (!one.difference.empty()) entry["difference"] = one.difference;
    if (!one.hint.empty()) entry["hint"] = one.hint;
    list.push_back(entry);
    seconds += one.seconds;
  }
  ordered_json out = {
      {"board", board.name()}, {"passed", has_passed(outcomes)}, {"seconds", seconds}};
  // A board that never answered has no sizes, and is not asked again.
  const bool is_there = std::any_of(outcomes.begin(), outcomes.end(), [](const Outcome& one) {
    return one.verdict == Verdict::kPassed;
  });
  try {
    if (!is_there) throw NotThere("no board");
    const runtime::Hardware& h = board.device().hardware();
    out["hardware"] = {{"n", h.n},
                       {"f", h.f},
                       {"operand_kib", h.operand_kib},
                       {"accumulator_kib", h.accumulator_kib}};
    out["dram_bytes"] = board.device().dram_bytes();
  } catch (const std::runtime_error&) {
    // The steps say why.
  }
  out["steps"] = list;
  return out.dump(2) + "\n";
}

}  // namespace gradcore::bringup
