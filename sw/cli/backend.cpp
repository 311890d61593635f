// SPDX-License-Identifier: Apache-2.0
#include "sw/cli/backend.h"

#include <fmt/format.h>

#include "sw/cli/interrupt.h"
#include "sw/model/functional_core.h"
#ifdef GRADCORE_HAS_RTL
#include "tb/harness/rtl_device.h"
#endif

namespace gradcore::cli {
namespace {

#ifdef GRADCORE_HAS_RTL
std::unique_ptr<device::Device> make_rtl(const device::Hardware& hardware,
                                         const std::string& waves) {
  try {
    auto device = std::make_unique<harness::RtlDevice>(hardware, !waves.empty());
    if (!waves.empty()) device->model().open_trace(waves);
    return device;
  } catch (const std::invalid_argument& error) {
    throw BackendError(error.what());
  }
}
#else
std::unique_ptr<device::Device> make_rtl(const device::Hardware&, const std::string&) {
  throw BackendError("the backend 'rtl' is not built into this program, expected 'model'");
}
#endif

}  // namespace

const std::vector<std::string>& backend_names() {
  static const std::vector<std::string> names = {"rtl", "model"};
  return names;
}

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

}  // namespace gradcore::cli
