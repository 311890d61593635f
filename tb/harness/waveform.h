// SPDX-License-Identifier: Apache-2.0
// Waveforms of a whole test, when somebody has asked for them (GRADCORE_WAVES=folder).
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

#include "tb/harness/rtl_device.h"

namespace gradcore::harness {

// The folder that waveforms go to; nothing if there are to be none.
std::optional<std::filesystem::path> waves_from_environment();

// Records from its construction on, up to a limit of cycles, and leaves a view for GTKWave beside
// the waveforms. Takes the device's observer.
class Waveform {
 public:
  static constexpr std::uint64_t kDefaultLimit = 20'000;  // cycles

  // The device must be traced and outlive this.
  Waveform(RtlDevice& device, const std::filesystem::path& fst,
           std::uint64_t limit = kDefaultLimit);
  ~Waveform();
  Waveform(const Waveform&) = delete;
  Waveform& operator=(const Waveform&) = delete;

  // Ends the recording and writes the view, whose path it returns.
  const std::filesystem::path& finish();

 private:
  RtlDevice& device_;
  std::filesystem::path fst_, view_;
  std::uint64_t start_time_, end_time_;
  bool recording_ = true;
};

}  // namespace gradcore::harness
