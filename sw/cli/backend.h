// SPDX-License-Identifier: Apache-2.0
// The devices that this program can compute on.
#pragma once

#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include "sw/device/device.h"

namespace gradcore::cli {

// A backend or a size of it that is not built into this program.
class BackendError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

// "rtl" (the simulated chip; not in every build) and "model" (the functional model).
const std::vector<std::string>& backend_names();

// A device that can be interrupted (InterruptGuard). The RTL writes waveforms into the file `waves`
// unless that is empty. Throws BackendError, with what there is instead.
std::unique_ptr<device::Device> make_device(const std::string& backend,
                                            const device::Hardware& hardware,
                                            const std::string& waves = "");

}  // namespace gradcore::cli
