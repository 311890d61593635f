// SPDX-License-Identifier: Apache-2.0
#include "tb/harness/waveform.h"

#include <algorithm>
#include <cstdlib>

#include "tb/harness/gtkwave.h"

namespace gradcore::harness {

std::optional<std::filesystem::path> waves_from_environment() {
  const char* const folder = std::getenv("GRADCORE_WAVES");
  if (folder == nullptr || *folder == '\0') return std::nullopt;
  return std::filesystem::path(folder);
}

Waveform::Waveform(RtlDevice& device, const std::filesystem::path& fst, std::uint64_t limit)
    : device_(device),
      fst_(std::filesystem::absolute(fst)),
      start_time_(device.model().time()),
      end_time_(start_time_) {
  std::filesystem::create_directories(fst_.parent_path());
  device_.model().open_trace(fst_.string());
  const std::uint64_t last = device.counters().cycles + limit;
  device_.set_observer([this, last] {
    if (!recording_) return;
    end_time_ = device_.model().time();
    if (device_.counters().cycles < last) return;
    recording_ = false;
    device_.model().close_trace();
  });
}

Waveform::~Waveform() {
  try {
    finish();
  } catch (const std::exception&) {
    // The waveforms are there, only their view is not.
  }
}

const std::filesystem::path& Waveform::finish() {
  if (!view_.empty()) return view_;
  device_.set_observer(nullptr);
  if (recording_) device_.model().close_trace();
  recording_ = false;
  // The beginning, close enough to read numbers.
  const std::uint64_t shown = std::min<std::uint64_t>(end_time_, start_time_ + 1000);
  view_ = write_view(fst_, {.from = start_time_, .to = shown, .marker = start_time_});
  return view_;
}

}  // namespace gradcore::harness
