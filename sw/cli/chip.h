// SPDX-License-Identifier: Apache-2.0
// The chips that this program can run programs on.
#pragma once

#include <CLI/App.hpp>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "sw/cli/backend.h"
#include "sw/compiler/network.h"
#include "sw/runtime/device.h"
#include "sw/runtime/timeline.h"

namespace gradcore::cli {

// "model" (the functional chip) and "rtl" (the simulated one; not in every build).
const std::vector<std::string>& chip_names();

// Whether its units can be watched, and cycles counted.
bool has_clock(const std::string& backend);

// The chips that "rtl" simulates.
std::vector<runtime::Hardware> rtl_chips();

// A board on a serial port; none if the port has no name.
struct BoardChoice {
  std::string port;
  unsigned baud = 0;  // 0: that of the boards as they are built
};

// Options --port and --baud of a command.
void add_board_options(CLI::App& parser, BoardChoice& board);
// The backend as messages and results call it: "board" where there is a port.
std::string backend_name(const std::string& backend, const BoardChoice& board);
// The same in a sentence of a report.
std::string backend_in_words(const std::string& name);

// Waveforms of so many cycles; none if the file has no name.
struct WaveChoice {
  std::string file;
  std::uint64_t from = 0, cycles = 0;
};

// `memory` is how the DRAM of "rtl" behaves; events of its units go to `timeline`, if there is one,
// which must outlive the chip. Its waveforms are complete when the chip is gone. Work on "rtl" may
// throw Interrupted (InterruptGuard).
struct ChipChoice {
  std::string backend;
  runtime::Hardware hardware;
  std::uint64_t dram_bytes = 0;
  compiler::Memory memory = {};
  runtime::Timeline* timeline = nullptr;
  WaveChoice waves = {};
  BoardChoice board = {};  // instead of the backend
};

// Throws BackendError, with what there is instead.
std::unique_ptr<runtime::Device> make_chip(const ChipChoice& choice);

}  // namespace gradcore::cli
