// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <set>

#include "sw/bringup/checks.h"
#include "sw/bringup/failure.h"
#include "sw/bringup/step.h"

namespace gradcore::bringup {
namespace {

constexpr const char* kDead =
    "the board does not even take a reset: load its design again, and begin anew";

std::string failed_need(const Step& step, const std::set<std::string_view>& bad) {
  for (const std::string_view need : step.needs) {
    if (bad.contains(need)) return fmt::format("needs {}", need);
  }
  return "";
}

void check(const Step& step, Board& board, const Settings& settings, Outcome& out) {
  try {
    out.figure = step.check(board, settings);
    return;
  } catch (const NotThere& error) {
    out.verdict = Verdict::kSkipped;
    out.figure = error.what();
    return;
  } catch (const Failure& error) {
    out.difference = error.what();
    out.hint = error.hint();
  } catch (const bridge::LineError& error) {
    out.difference = error.what();
    out.hint = "look at the cable, and at who may use the port";
  } catch (const bridge::LinkError& error) {
    out.difference = error.what();
    out.hint =
        "light 0 of the board blinks when its design runs, lights 1 and 2 when bytes come "
        "and go, 7 when a bus is silent";
  } catch (const std::runtime_error& error) {
    out.difference = error.what();
  }
  out.verdict = Verdict::kFailed;
  settings.observer();  // an interrupted line looks like a broken one
}

}  // namespace

const std::vector<Step>& steps() {
  static const std::vector<Step> all = {
      {"link", "the serial line, both ways", {}, check_link},
      {"identity", "chip, sizes and clock are those this program knows", {}, check_identity},
      {"registers",
       "reset values, bits that can be written, addresses without a register",
       {"identity"},
       check_registers},
      {"dram", "the board's memory through the line", {"identity"}, check_dram},
      {"local memory",
       "operand, accumulator and list memory, by programs",
       {"dram"},
       check_local_memory},
      {"dma", "loads and stores of any shape and format", {"local memory"}, check_dma},
      {"array", "each PE alone, rows, columns, all", {"dma"}, check_array},
      {"vector", "functions, arithmetic and reductions", {"dma"}, check_vector},
      {"errors", "what must be refused is, and a reset helps", {"dram"}, check_errors},
      {"gemm", "forward, dX and dW of a layer", {"array"}, check_gemm},
      {"step", "one training step, all of its DRAM", {"gemm", "vector"}, check_training_step},
      {"training", "100 steps on handwritten digits", {"step"}, check_training},
      {"counters", "cycles of the units add up", {"dma"}, check_counters},
      {"soak", "random products and steps, until the time is over", {"step"}, check_soak}};
  return all;
}

std::optional<std::size_t> find_step(std::string_view text) {
  for (std::size_t i = 0; i < steps().size(); ++i) {
    if (text == steps()[i].name || text == std::to_string(i + 1)) return i + 1;
  }
  return std::nullopt;
}

std::string_view verdict_name(Verdict verdict) {
  switch (verdict) {
    case Verdict::kPassed:
      return "pass";
    case Verdict::kFailed:
      return "FAIL";
    case Verdict::kSkipped:
      break;
  }
  return "skip";
}

std::vector<Outcome> run_steps(Board& board, const Settings& settings, const Selection& selection,
                               const std::function<void(const Step&)>& begin,
                               const std::function<void(const Outcome&)>& end) {
  using Clock = std::chrono::steady_clock;
  std::vector<Outcome> outcomes;
  std::set<std::string_view> bad;
  bool is_dead = false;
  for (std::size_t number = selection.first; number <= std::min(steps().size(), selection.last);
       ++number) {
    const Step& step = steps()[number - 1];
    if (step.name == "soak" && settings.soak_seconds <= 0) continue;
    Outcome out;
    out.number = number;
    out.name = step.name;
    begin(step);
    const Clock::time_point start = Clock::now();
    if (const std::string need = failed_need(step, bad); is_dead || !need.empty()) {
      out.verdict = Verdict::kSkipped;
      out.figure = is_dead ? "the board does not answer" : need;
      bad.insert(step.name);
    } else {
      check(step, board, settings, out);
    }
    if (out.verdict == Verdict::kFailed) {
      bad.insert(step.name);
      try {
        board.reset();  // the next one finds the board as after power-up
      } catch (const std::runtime_error&) {
        settings.observer();
        is_dead = true;
        if (number > 1) out.hint = kDead;
      }
    }
    out.seconds = std::chrono::duration<double>(Clock::now() - start).count();
    outcomes.push_back(out);
    end(out);
  }
  return outcomes;
}

bool has_passed(std::span<const Outcome> outcomes) {
  return std::none_of(outcomes.begin(), outcomes.end(),
                      [](const Outcome& one) { return one.verdict == Verdict::kFailed; });
}

}  // namespace gradcore::bringup
