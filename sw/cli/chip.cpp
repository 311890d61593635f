// SPDX-License-Identifier: Apache-2.0
#include "sw/cli/chip.h"

#include <fmt/format.h>

#include "sw/runtime/model_device.h"

namespace gradcore::cli {

const std::vector<std::string>& chip_names() {
  static const std::vector<std::string> names = {"model", "rtl"};
  return names;
}

std::unique_ptr<runtime::Device> make_chip(const std::string& backend,
                                           const runtime::Hardware& hardware,
                                           std::uint64_t dram_bytes) {
  if (backend == "model") return std::make_unique<runtime::ModelDevice>(hardware, dram_bytes);
  if (backend == "rtl") {
    throw BackendError("the backend 'rtl' is not built into this program, expected 'model'");
  }
  throw BackendError(fmt::format("there is no backend '{}', expected model or rtl", backend));
}

}  // namespace gradcore::cli
