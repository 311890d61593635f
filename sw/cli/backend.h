// SPDX-License-Identifier: Apache-2.0
// The devices that this program can compute on.
#pragma once

#include <cstdint>
#include <functional>
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

// The cores that "rtl" simulates, of each an array size, F and memory sizes.
std::vector<device::Hardware> rtl_cores();

// A device that can be interrupted (InterruptGuard). The RTL writes waveforms into the file `waves`
// unless that is empty. Throws BackendError, with what there is instead.
std::unique_ptr<device::Device> make_device(const std::string& backend,
                                            const device::Hardware& hardware,
                                            const std::string& waves = "");

// Where a wrong result of the backend "rtl" comes from: `work` is done again on a fresh device.
// Several lines; waveforms go to `folder`. Empty for other backends.
struct WrongWork {
  std::string name;
  std::uint64_t seed = 0;
  std::function<void(device::Device&)> work;
  std::string folder;
};
std::string explain_wrong_result(const std::string& backend, const device::Hardware& hardware,
                                 const WrongWork& wrong);

// Writes a view for GTKWave beside the waveforms of a device that is no more; its path.
std::string write_wave_view(const std::string& waves);

}  // namespace gradcore::cli
