// SPDX-License-Identifier: Apache-2.0
// The list of traces in a GTKWave save file.
#pragma once

#include <cstdint>
#include <map>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include "tb/harness/gtkwave.h"

namespace gradcore::harness {

// How a signal is shown: flags as GTKWave saves them.
enum class WaveFormat : std::uint64_t {
  kReal = 0x20,
  kHex = 0x22,
  kDecimal = 0x24,
  kBinary = 0x28,
  kText = 0x820,         // ASCII
  kName = 0x1'0000'0028  // of an enumeration's value
};

// Composes the list. Every signal is looked up by its name without the range of bits and left out
// where the waveform has none of that name (a struct may be split into its members or not).
class WaveTraces {
 public:
  // The signals must outlive it. `top` is the scope of all names.
  WaveTraces(const std::vector<WaveSignal>& signals, std::string top);

  // The scope of the following names, below the top.
  WaveTraces& in(const std::string& scope);
  WaveTraces& group(const std::string& name, bool closed = false);
  WaveTraces& end();

  // Numbers as hexadecimal, single bits as a wave, reals as decimal numbers.
  WaveTraces& show(const std::string& name, const std::string& alias = "",
                   WaveFormat format = WaveFormat::kHex);
  WaveTraces& decimal(const std::string& name, const std::string& alias = "") {
    return show(name, alias, WaveFormat::kDecimal);
  }
  // name[0], name[1], ... as far as there are any.
  WaveTraces& array(const std::string& name, const std::string& alias);
  // A line_t of rtl/pkg, as members or as a whole.
  WaveTraces& memory_line(const std::string& name, const std::string& alias);

  // How many elements array() would show.
  unsigned count(const std::string& name) const;
  std::string text() const { return text_.str(); }

 private:
  void line(std::uint64_t flags, const std::string& content);

  std::map<std::string, const WaveSignal*> signals_;
  std::string top_, scope_;
  std::vector<std::pair<std::string, bool>> groups_;
  std::ostringstream text_;
};

// The traces of a waveform of the chip.
std::string chip_traces(const std::vector<WaveSignal>& signals);

}  // namespace gradcore::harness
