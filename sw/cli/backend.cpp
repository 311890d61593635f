// SPDX-License-Identifier: Apache-2.0
#include "sw/cli/backend.h"

#include <fmt/format.h>

#include "sw/cli/interrupt.h"
#include "sw/model/functional_core.h"
#ifdef GRADCORE_HAS_RTL
#include "tb/harness/gtkwave.h"
#include "tb/harness/mismatch.h"
#include "tb/harness/rtl_device.h"
#endif

namespace gradcore::cli {
namespace {

#ifdef GRADCORE_HAS_RTL
constexpr std::uint64_t kTracedCycles = 20'000;

std::unique_ptr<device::Device> make_rtl(const device::Hardware& hardware,
                                         const std::string& waves) {
  try {
    auto device = std::make_unique<harness::RtlDevice>(hardware, !waves.empty());
    if (!waves.empty()) {
      device->model().open_trace(waves);
      // All vectors would be gigabytes: the beginning shows how the core works, and a wrong result
      // gets a window of its own.
      harness::RtlDevice* const core = device.get();
      core->set_observer([core] {
        if (core->counters().cycles == kTracedCycles) core->model().close_trace();
      });
    }
    return device;
  } catch (const std::invalid_argument& error) {
    throw BackendError(error.what());
  }
}

std::string explain_rtl(const device::Hardware& hardware, const WrongWork& wrong) {
  return harness::explain_mismatch({.test = wrong.name,
                                    .seed = wrong.seed,
                                    .hardware = hardware,
                                    .stalls = {},
                                    .replay = wrong.work,
                                    .folder = wrong.folder});
}

std::vector<device::Hardware> list_rtl() { return harness::built_cores(); }

std::string write_rtl_view(const std::string& waves) {
  return harness::write_view(waves, {.from = 0, .to = 1000}).string();
}
#else
std::string explain_rtl(const device::Hardware&, const WrongWork&) { return ""; }
std::vector<device::Hardware> list_rtl() { return {}; }
std::string write_rtl_view(const std::string&) { return ""; }
std::unique_ptr<device::Device> make_rtl(const device::Hardware&, const std::string&) {
  throw BackendError("the backend 'rtl' is not built into this program, expected 'model'");
}
#endif

}  // namespace

const std::vector<std::string>& backend_names() {
  static const std::vector<std::string> names = {"rtl", "model"};
  return names;
}

std::vector<device::Hardware> rtl_cores() { return list_rtl(); }

std::unique_ptr<device::Device> make_device(const std::string& backend,
                                            const device::Hardware& hardware,
                                            const std::string& waves) {
  std::unique_ptr<device::Device> device;
  if (backend == "model") {
    if (!waves.empty()) throw BackendError("the backend 'model' has no waveforms, expected 'rtl'");
    device = std::make_unique<model::FunctionalCore>(hardware);
  } else if (backend == "rtl") {
    device = make_rtl(hardware, waves);
  } else {
    throw BackendError(fmt::format("there is no backend '{}', expected rtl or model", backend));
  }
  return std::make_unique<InterruptibleDevice>(std::move(device));
}

std::string explain_wrong_result(const std::string& backend, const device::Hardware& hardware,
                                 const WrongWork& wrong) {
  return backend == "rtl" ? explain_rtl(hardware, wrong) : "";
}

std::string write_wave_view(const std::string& waves) { return write_rtl_view(waves); }

}  // namespace gradcore::cli
