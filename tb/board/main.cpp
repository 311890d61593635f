// SPDX-License-Identifier: Apache-2.0
// gradcore-virtual-board: the top of the FPGA board in simulation, behind a pseudo-terminal.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <array>
#include <atomic>
#include <chrono>
#include <csignal>
#include <exception>
#include <iostream>
#include <vector>

#include "tb/board/pseudo_terminal.h"
#include "tb/board/virtual_board.h"

namespace {

using namespace std::chrono_literals;
using gradcore::board::NoiseSettings;
using gradcore::board::PseudoTerminal;
using gradcore::board::VirtualBoard;

// What a signal handler may touch.
std::atomic<bool> stopped{false};  // NOLINT(readability-identifier-naming)

// The board's clock runs while the host has something to do with it, and for a while after that; a
// board that nobody talks to need not keep a processor busy.
void run(VirtualBoard& board, PseudoTerminal& terminal) {
  using Clock = std::chrono::steady_clock;
  constexpr unsigned kCycles = 2000;
  constexpr std::size_t kQueue = 4096;  // bytes on their way to the board
  std::array<std::byte, 1024> bytes{};
  std::vector<std::byte> out;
  Clock::time_point last = Clock::now();
  while (!stopped) {
    const bool busy = Clock::now() - last < 2s || !board.line_is_idle() || !out.empty();
    if (board.waiting() < kQueue) {
      const std::size_t count = terminal.read(bytes, busy ? 0ms : 50ms);
      for (std::size_t i = 0; i < count; ++i) board.send(bytes[i]);
      if (count > 0) last = Clock::now();
    }
    for (unsigned i = 0; i < kCycles; ++i) board.cycle();
    while (const auto byte = board.receive()) out.push_back(*byte);
    const std::size_t taken = terminal.write(out);
    out.erase(out.begin(), out.begin() + static_cast<std::ptrdiff_t>(taken));
    // A host that has gone away reads nothing: as on a real line, its bytes are lost.
    if (out.size() > kQueue) out.clear();
  }
}

int run_program(int argc, char** argv) {
  CLI::App app("A GradCore board in simulation, behind a pseudo-terminal",
               "gradcore-virtual-board");
  NoiseSettings noise;
  const auto probability = CLI::Range(0.0, 1.0);
  app.add_option("--flip", noise.flip, "probability that a bit of a byte on the line flips")
      ->check(probability);
  app.add_option("--drop", noise.drop, "that a byte is lost")->check(probability);
  app.add_option("--insert", noise.insert, "that a byte comes from nowhere")->check(probability);
  app.add_option("--seed", noise.seed, "of these errors")->capture_default_str();
  CLI11_PARSE(app, argc, argv);

  struct sigaction action {};
  action.sa_handler = [](int) { stopped = true; };
  sigaction(SIGINT, &action, nullptr);
  sigaction(SIGTERM, &action, nullptr);
  sigaction(SIGHUP, &action, nullptr);

  VirtualBoard board(gradcore::board::GRADCORE_MAKE_BOARD(), noise);
  PseudoTerminal terminal;
  std::cout << fmt::format("virtual board at {}\n", terminal.path()) << std::flush;
  run(board, terminal);
  if (noise.any()) std::cout << fmt::format("{} line errors\n", board.line_errors());
  if (const unsigned failures = board.model().assertion_failures(); failures != 0) {
    std::cerr << fmt::format("gradcore-virtual-board: {} assertions of the design failed\n",
                             failures);
    return 1;
  }
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  try {
    return run_program(argc, argv);
  } catch (const std::exception& error) {
    std::cerr << "gradcore-virtual-board: " << error.what() << std::endl;
    return 1;
  }
}
