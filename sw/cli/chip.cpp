// SPDX-License-Identifier: Apache-2.0
#include "sw/cli/chip.h"

#include <fmt/format.h>

#include "sw/bridge/serial_chip.h"
#include "sw/bridge/serial_line.h"
#include "sw/cli/interrupt.h"
#include "sw/cli/options.h"
#include "sw/runtime/chip_device.h"
#include "sw/runtime/model_device.h"
#ifdef GRADCORE_HAS_RTL
#include "tb/harness/rtl_chip.h"
#endif

namespace gradcore::cli {
namespace {

#ifdef GRADCORE_HAS_RTL
harness::AxiMemorySettings settings_of(const compiler::Memory& memory) {
  harness::AxiMemorySettings out;
  out.latency = memory.latency;
  out.write_latency = memory.write_latency;
  out.bandwidth = memory.bandwidth;
  out.stalls = {memory.stalls.ar, memory.stalls.r, memory.stalls.aw, memory.stalls.w,
                memory.stalls.b};
  out.reorder = memory.reorder;
  out.interleave = memory.interleave;
  out.seed = memory.seed;
  return out;
}

std::unique_ptr<runtime::Device> make_rtl(const ChipChoice& choice) {
  try {
    harness::RtlChip* port = nullptr;
    auto chip = harness::make_rtl_chip({.hardware = choice.hardware,
                                        .dram_bytes = choice.dram_bytes,
                                        .memory = settings_of(choice.memory),
                                        .traced = !choice.waves.file.empty()},
                                       &port);
    if (!choice.waves.file.empty()) {
      port->record(choice.waves.file, choice.waves.from, choice.waves.cycles);
    }
    // Units start and end something every few hundred cycles: often enough for Ctrl-C.
    port->watch_events(
        [timeline = choice.timeline](std::uint64_t cycle, const harness::ChipOutputs& outputs) {
          InterruptGuard::check();
          if (timeline == nullptr) return;
          for (std::size_t u = 0; u < outputs.events.size(); ++u) {
            const auto unit = static_cast<runtime::CountedUnit>(u);
            const harness::UnitEvent& event = outputs.events[u];
            if (event.done) timeline->done(cycle, unit);
            if (event.start) timeline->start(cycle, unit, event.address);
          }
        });
    return chip;
  } catch (const std::invalid_argument& error) {
    throw BackendError(error.what());
  }
}

std::vector<runtime::Hardware> list_rtl() { return harness::built_chips(); }
#else
std::unique_ptr<runtime::Device> make_rtl(const ChipChoice&) {
  throw BackendError("the backend 'rtl' is not built into this program, expected 'model'");
}

std::vector<runtime::Hardware> list_rtl() { return {}; }
#endif

std::string text_of(const runtime::Hardware& h) {
  return fmt::format("{} x {}, F = {}, {} + {} KiB of local memory", h.n, h.n, h.f, h.operand_kib,
                     h.accumulator_kib);
}

std::unique_ptr<runtime::Device> make_board(const ChipChoice& choice) {
  const BoardChoice& board = choice.board;
  const unsigned baud = board.baud != 0 ? board.baud : bridge::kDefaultBaud;
  auto port =
      std::make_unique<bridge::SerialChip>(std::make_unique<bridge::SerialLine>(board.port, baud));
  port->set_observer([] { InterruptGuard::check(); });
  auto device = std::make_unique<runtime::ChipDevice>(std::move(port));
  if (!(device->hardware() == choice.hardware)) {
    throw BackendError(fmt::format("the board at {} is {}; the description asks for {}", board.port,
                                   text_of(device->hardware()), text_of(choice.hardware)));
  }
  if (device->dram_bytes() < choice.dram_bytes) {
    throw BackendError(fmt::format("the board at {} has {} bytes of DRAM, this work needs {}",
                                   board.port, device->dram_bytes(), choice.dram_bytes));
  }
  return device;
}

}  // namespace

void add_board_options(CLI::App& parser, BoardChoice& board) {
  CLI::Option* const port =
      parser.add_option("--port", board.port, "run on the board at this serial port")
          ->type_name("/dev/tty...");
  if (CLI::Option* const backend = parser.get_option_no_throw("--backend")) port->excludes(backend);
  parser.add_option("--baud", board.baud, "its speed (default 3000000)")
      ->check(whole_number(1))
      ->needs(port);
}

std::string backend_name(const std::string& backend, const BoardChoice& board) {
  return board.port.empty() ? backend : "board";
}

std::string backend_in_words(const std::string& name) {
  if (name == "board") return "a board";
  return name == "rtl" ? "the Verilated chip" : "the functional model, which has no clock";
}

const std::vector<std::string>& chip_names() {
  static const std::vector<std::string> names = {"model", "rtl"};
  return names;
}

bool has_clock(const std::string& backend) { return backend != "model"; }

std::vector<runtime::Hardware> rtl_chips() { return list_rtl(); }

std::unique_ptr<runtime::Device> make_chip(const ChipChoice& choice) {
  if (!choice.board.port.empty()) {
    if (!choice.waves.file.empty()) {
      throw BackendError("a board has no waveforms, expected the backend 'rtl'");
    }
    return make_board(choice);
  }
  if (choice.backend == "model") {
    if (!choice.waves.file.empty()) {
      throw BackendError("the backend 'model' has no waveforms, expected 'rtl'");
    }
    return std::make_unique<runtime::ModelDevice>(choice.hardware, choice.dram_bytes);
  }
  if (choice.backend == "rtl") return make_rtl(choice);
  throw BackendError(
      fmt::format("there is no backend '{}', expected model or rtl", choice.backend));
}

}  // namespace gradcore::cli
