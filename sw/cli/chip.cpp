// SPDX-License-Identifier: Apache-2.0
#include "sw/cli/chip.h"

#include <fmt/format.h>

#include "sw/runtime/model_device.h"
#ifdef GRADCORE_HAS_RTL
#include "sw/cli/interrupt.h"
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

}  // namespace

const std::vector<std::string>& chip_names() {
  static const std::vector<std::string> names = {"model", "rtl"};
  return names;
}

bool has_clock(const std::string& backend) { return backend != "model"; }

std::vector<runtime::Hardware> rtl_chips() { return list_rtl(); }

std::unique_ptr<runtime::Device> make_chip(const ChipChoice& choice) {
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
