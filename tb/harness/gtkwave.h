// SPDX-License-Identifier: Apache-2.0
// Views for GTKWave: which signals of a core's or of a chip's waveform to show, grouped by
// unit.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace gradcore::harness {

struct WaveSignal {
  std::string name;  // as GTKWave writes it: TOP.gradcore.mem_address_i[31:0]
  bool is_real = false;
  unsigned width = 1;
};

// All signals of an FST file. Throws std::runtime_error for a file that is none.
std::vector<WaveSignal> read_signals(const std::filesystem::path& fst);

// The value of one of them at a time in ns: bits, most significant first, or a decimal number.
std::string read_value(const std::filesystem::path& fst, const std::string& name,
                       std::uint64_t time);
// Its values at several times.
std::vector<std::string> read_values(const std::filesystem::path& fst, const std::string& name,
                                     const std::vector<std::uint64_t>& times);

struct WaveView {
  std::uint64_t from = 0, to = 0;  // the part that is shown, in ns
  std::uint64_t marker = 0;
  std::int64_t second_marker = -1;  // named A
  int pe_row = -1, pe_column = -1;  // a PE to be shown with all its registers
};

// The view as the text of a GTKWave save file. Only signals of the file are listed; they tell
// whether it is of a core or of a chip.
std::string make_view(const std::filesystem::path& fst, const WaveView& view);
// Writes it beside the waveforms (x.fst, x.gtkw) and returns its path.
std::filesystem::path write_view(const std::filesystem::path& fst, const WaveView& view);

}  // namespace gradcore::harness
