// SPDX-License-Identifier: Apache-2.0
#include "tb/harness/wave_traces.h"

namespace gradcore::harness {
namespace {

constexpr std::uint64_t kGroupBegin = 0x800200, kGroupEnd = 0x1000200;
constexpr std::uint64_t kClosedBegin = 0xc00200, kClosedEnd = 0x1401200;

std::string index(const std::string& name, unsigned i) {
  return name + "[" + std::to_string(i) + "]";
}

}  // namespace

WaveTraces::WaveTraces(const std::vector<WaveSignal>& signals, std::string top)
    : top_(std::move(top)), scope_(top_) {
  for (const WaveSignal& signal : signals) {
    const std::size_t range = signal.name.rfind('[');
    const bool has_range =
        range != std::string::npos && signal.name.find(':', range) != std::string::npos;
    signals_.emplace(has_range ? signal.name.substr(0, range) : signal.name, &signal);
  }
}

WaveTraces& WaveTraces::in(const std::string& scope) {
  scope_ = top_ + scope;
  return *this;
}

WaveTraces& WaveTraces::group(const std::string& name, bool closed) {
  groups_.emplace_back(name, closed);
  line(closed ? kClosedBegin : kGroupBegin, "-" + name);
  return *this;
}

WaveTraces& WaveTraces::end() {
  line(groups_.back().second ? kClosedEnd : kGroupEnd, "-" + groups_.back().first);
  groups_.pop_back();
  return *this;
}

WaveTraces& WaveTraces::show(const std::string& name, const std::string& alias, WaveFormat format) {
  const auto found = signals_.find(scope_ + name);
  if (found == signals_.end()) return *this;
  const WaveSignal& signal = *found->second;
  if (signal.is_real) {
    format = WaveFormat::kReal;
  } else if (signal.width == 1) {
    format = WaveFormat::kBinary;
  }
  line(static_cast<std::uint64_t>(format),
       "+{" + (alias.empty() ? name : alias) + "} " + signal.name);
  return *this;
}

WaveTraces& WaveTraces::array(const std::string& name, const std::string& alias) {
  for (unsigned i = 0; signals_.contains(scope_ + index(name, i)); ++i) {
    show(index(name, i), index(alias, i));
  }
  return *this;
}

WaveTraces& WaveTraces::memory_line(const std::string& name, const std::string& alias) {
  decimal(name + ".tile", alias + " tile").decimal(name + ".idx", alias + " index");
  return show(name + ".by_col", alias + " by column").show(name, alias);
}

unsigned WaveTraces::count(const std::string& name) const {
  unsigned n = 0;
  while (signals_.contains(scope_ + index(name, n))) ++n;
  return n;
}

void WaveTraces::line(std::uint64_t flags, const std::string& content) {
  text_ << '@' << std::hex << flags << std::dec << '\n' << content << '\n';
}

}  // namespace gradcore::harness
