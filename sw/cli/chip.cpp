// SPDX-License-Identifier: Apache-2.0
#include "sw/cli/chip.h"

#include <fmt/format.h>

#include "sw/runtime/model_device.h"
#ifdef GRADCORE_HAS_RTL
#include "tb/harness/rtl_chip.h"
#endif

namespace gradcore::cli {
namespace {

#ifdef GRADCORE_HAS_RTL
std::unique_ptr<runtime::Device> make_rtl(const runtime::Hardware& hardware,
                                          std::uint64_t dram_bytes) {
  try {
    return harness::make_rtl_chip(
        {.hardware = hardware, .dram_bytes = dram_bytes, .memory = {}, .traced = false});
  } catch (const std::invalid_argument& error) {
    throw BackendError(error.what());
  }
}
#else
std::unique_ptr<runtime::Device> make_rtl(const runtime::Hardware&, std::uint64_t) {
  throw BackendError("the backend 'rtl' is not built into this program, expected 'model'");
}
#endif

}  // namespace

const std::vector<std::string>& chip_names() {
  static const std::vector<std::string> names = {"model", "rtl"};
  return names;
}

std::unique_ptr<runtime::Device> make_chip(const std::string& backend,
                                           const runtime::Hardware& hardware,
                                           std::uint64_t dram_bytes) {
  if (backend == "model") return std::make_unique<runtime::ModelDevice>(hardware, dram_bytes);
  if (backend == "rtl") return make_rtl(hardware, dram_bytes);
  throw BackendError(fmt::format("there is no backend '{}', expected model or rtl", backend));
}

}  // namespace gradcore::cli
