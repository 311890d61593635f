// SPDX-License-Identifier: Apache-2.0
// The steps of a bring-up, in their order, and what becomes of them.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "sw/bringup/board.h"

namespace gradcore::bringup {

struct Settings {
  std::uint64_t window_bytes = 0;  // tested of each memory; 0: as much as the line carries soon
  double soak_seconds = 0;         // 0: no soak
  std::uint32_t training_steps = 100;
  std::uint64_t seed = 1;                  // of random operands
  std::function<void()> observer = [] {};  // called between pieces of work; may throw
};

struct Step {
  std::string_view name;
  std::string_view what;                // in a few words
  std::vector<std::string_view> needs;  // steps without which it says nothing
  // The figure of a pass. Throws Failure or NotThere; what else it throws is a failure, too.
  std::function<std::string(Board&, const Settings&)> check;
};

// Numbered from 1.
const std::vector<Step>& steps();

// The number of the step of this name or number.
std::optional<std::size_t> find_step(std::string_view text);

enum class Verdict : std::uint8_t { kPassed, kFailed, kSkipped };
std::string_view verdict_name(Verdict verdict);

struct Outcome {
  std::size_t number = 0;
  std::string_view name;
  Verdict verdict = Verdict::kPassed;
  std::string figure;      // of a pass; why it was skipped
  std::string difference;  // of a failure: one sentence
  std::string hint;
  double seconds = 0;
};

struct Selection {
  std::size_t first = 1;
  std::size_t last = ~std::size_t{0};
};

// Runs the steps one after the other, and tells of each when it begins and when it has ended. What
// a failed one is needed for is skipped. What the observer throws ends it.
std::vector<Outcome> run_steps(Board& board, const Settings& settings, const Selection& selection,
                               const std::function<void(const Step&)>& begin,
                               const std::function<void(const Outcome&)>& end);

bool has_passed(std::span<const Outcome> outcomes);

// The results as JSON.
std::string to_json(Board& board, std::span<const Outcome> outcomes);

}  // namespace gradcore::bringup
