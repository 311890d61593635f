// SPDX-License-Identifier: Apache-2.0
#include "tb/harness/gtkwave.h"

#include <gtkwave/fstapi.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <fstream>
#include <memory>
#include <sstream>
#include <stdexcept>
#include <utility>

#include "tb/harness/wave_traces.h"

namespace gradcore::harness {
namespace {

struct Close {
  void operator()(void* reader) const { fstReaderClose(reader); }
};
using Reader = std::unique_ptr<void, Close>;

Reader open_reader(const std::filesystem::path& fst) {
  Reader reader(fstReaderOpen(fst.c_str()));
  if (!reader) throw std::runtime_error("'" + fst.string() + "' is no waveform file");
  return reader;
}

constexpr const char* kCoreTop = "TOP.gradcore.";
constexpr const char* kChipTop = "TOP.gradcore_chip.";

// Calls visit(signal, handle) for each.
template <typename Visit>
void for_each_signal(void* reader, Visit visit) {
  std::vector<std::string> scopes = {""};
  while (const fstHier* item = fstReaderIterateHier(reader)) {
    if (item->htyp == FST_HT_SCOPE) {
      scopes.push_back(scopes.back() + item->u.scope.name + ".");
    } else if (item->htyp == FST_HT_UPSCOPE) {
      scopes.pop_back();
    } else if (item->htyp == FST_HT_VAR) {
      std::string name = item->u.var.name;
      std::erase(name, ' ');
      const bool is_real = item->u.var.typ == FST_VT_VCD_REAL;
      visit(WaveSignal{scopes.back() + name, is_real, is_real ? 64 : item->u.var.length},
            item->u.var.handle);
    }
  }
}

void show_pe(WaveTraces& traces, unsigned row, unsigned column, unsigned n) {
  const std::string p = std::to_string(row * n + column);
  traces.in("u_matrix_unit.u_array.");
  traces.group("PE (row " + std::to_string(row) + ", column " + std::to_string(column) + ")");
  for (const std::string name : {"x_q", "w_q"}) {
    const std::string alias = name == "x_q" ? "streamed" : "stationary";
    const std::string element = name + "[" + p + "]";
    traces.show(element + ".sign", alias + " sign")
        .decimal(element + ".sig", alias + " significand");
    traces.decimal(element + ".gap", alias + " gap").show(element, alias);
  }
  const std::string product = "product_q[" + p + "]";
  traces.show(product + ".sign", "product sign").decimal(product + ".mag", "product magnitude");
  traces.decimal(product + ".gap", "product gap").show(product, "product");
  traces.show("sum_q[" + p + "]", "sum from above");
  if (row + 1 < n) {
    traces.show("sum_q[" + std::to_string((row + 1) * n + column) + "]", "sum to below");
  } else {
    traces.show("sum_o[" + std::to_string(column) + "]", "sum to below");
  }
  traces.end();
}

std::string core_traces(const std::vector<WaveSignal>& signals, const WaveView& view) {
  WaveTraces t(signals, kCoreTop);
  t.in("").show("clk_i").show("rst_ni");
  // Where a PE is to be seen, what it needs least is folded up.
  const bool is_pe = view.pe_row >= 0;
  t.group("ports", is_pe)
      .show("cmd_valid_i")
      .show("cmd_ready_o")
      .show("rsp_valid_o")
      .show("rsp_ready_i");
  t.show("mem_valid_i").show("mem_ready_o").show("mem_write_i").show("mem_address_i");
  t.show("mem_valid_o").show("mem_ready_i").show("busy_o").end();

  t.in("u_matrix_unit.u_load_sequencer.").group("load sequencer: tiles of W", is_pe);
  t.show("read_valid_o", "read").memory_line("read_line_o", "W");
  t.decimal("read_col_o", "column of the array").decimal("k_q", "k left").decimal("n_q", "n left");
  t.show("tile_ready_o").show("tile_taken_i").end();

  t.in("u_matrix_unit.u_stream_sequencer.").group("stream sequencer: rows of X", is_pe);
  t.show("read_valid_o", "read").show("read_ready_i", "granted").memory_line("read_line_o", "X");
  t.show("read_first_o", "first of a tile").show("wait_q");
  t.decimal("m_q", "m left").decimal("k_q", "k left").decimal("n_q", "n left").end();

  t.in("u_matrix_unit.u_probe.").group("operands (bfloat16)");
  t.array("x", "x").array("w", "w").end();

  t.in("u_matrix_unit.u_array.");
  const unsigned n = t.count("sum_o");
  if (is_pe) {
    show_pe(t, static_cast<unsigned>(view.pe_row), static_cast<unsigned>(view.pe_column), n);
  }
  t.in("u_matrix_unit.u_array.").group("array: sums of its columns", is_pe);
  t.array("sum_o", "sum").array("exp_o", "exponent").end();

  t.in("u_matrix_unit.u_probe.").group("accumulation (binary32)");
  t.array("sum", "sum").array("c", "c").array("y", "y").end();
  t.in("u_matrix_unit.").group("write to accumulator memory").show("write_valid_o", "write");
  t.memory_line("write_line_o", "Y").show("write_mask_o", "lanes", WaveFormat::kBinary);
  t.array("write_data_o", "y").show("done_o", "command done").end();
  return t.text();
}

}  // namespace

std::vector<WaveSignal> read_signals(const std::filesystem::path& fst) {
  const Reader reader = open_reader(fst);
  std::vector<WaveSignal> signals;
  for_each_signal(reader.get(),
                  [&](WaveSignal signal, fstHandle) { signals.push_back(std::move(signal)); });
  return signals;
}

std::string read_value(const std::filesystem::path& fst, const std::string& name,
                       std::uint64_t time) {
  return read_values(fst, name, {time}).front();
}

std::vector<std::string> read_values(const std::filesystem::path& fst, const std::string& name,
                                     const std::vector<std::uint64_t>& times) {
  const Reader reader = open_reader(fst);
  fstHandle handle = 0;
  std::size_t width = 0;
  for_each_signal(reader.get(), [&](const WaveSignal& signal, fstHandle candidate) {
    if (signal.name != name) return;
    handle = candidate;
    width = signal.width;
  });
  if (handle == 0) throw std::runtime_error("no signal '" + name + "' in " + fst.string());
  std::vector<std::string> values;
  for (const std::uint64_t time : times) {
    std::string value(width + 65, '\0');
    const char* found = fstReaderGetValueFromHandleAtTime(reader.get(), time, handle, value.data());
    const std::string text = found == nullptr ? "" : found;
    values.push_back(text.starts_with('r') ? text.substr(1) : text);  // so it marks real numbers
  }
  return values;
}

std::string make_view(const std::filesystem::path& fst, const WaveView& view) {
  constexpr double kPixels = 1080;     // of waves in the window below
  constexpr double kZoomPixels = 180;  // of a time unit at zoom 0
  const double span = view.to > view.from ? static_cast<double>(view.to - view.from) : 1;
  std::ostringstream text;
  const std::filesystem::path absolute = std::filesystem::absolute(fst);
  const std::vector<WaveSignal> signals = read_signals(fst);
  const bool is_chip = std::any_of(signals.begin(), signals.end(), [](const WaveSignal& signal) {
    return signal.name.starts_with(kChipTop);
  });
  std::filesystem::path save = absolute;
  save.replace_extension(".gtkw");
  text << "[dumpfile] \"" << absolute.string() << "\"\n[savefile] \"" << save.string() << "\"\n"
       << "[timestart] " << view.from << "\n[size] 1500 1250\n[pos] -1 -1\n*"
       << std::log2(kPixels / span / kZoomPixels) << ' ' << view.marker;
  text << ' ' << view.second_marker;
  for (int named = 1; named < 26; ++named) text << " -1";
  text << "\n[treeopen] TOP.\n[treeopen] " << (is_chip ? kChipTop : kCoreTop)
       << "\n[sst_width] 0\n[signals_width] 340\n[sst_expanded] 0\n"
       << (is_chip ? chip_traces(signals) : core_traces(signals, view));
  return text.str();
}

std::filesystem::path write_view(const std::filesystem::path& fst, const WaveView& view) {
  std::filesystem::path path = fst;
  path.replace_extension(".gtkw");
  std::ofstream file(path);
  file << make_view(fst, view);
  if (!file.flush()) throw std::runtime_error("cannot write '" + path.string() + "'");
  return path;
}

}  // namespace gradcore::harness
