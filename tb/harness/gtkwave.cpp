// SPDX-License-Identifier: Apache-2.0
#include "tb/harness/gtkwave.h"

#include <gtkwave/fstapi.h>

#include <cmath>
#include <cstdio>
#include <fstream>
#include <map>
#include <memory>
#include <sstream>
#include <stdexcept>
#include <utility>

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

// Flags of a trace as GTKWave saves them.
constexpr unsigned kHex = 0x22, kDecimal = 0x24, kBinary = 0x28, kReal = 0x20;
constexpr unsigned kGroupBegin = 0x800200, kGroupEnd = 0x1000200;
constexpr unsigned kClosedBegin = 0xc00200, kClosedEnd = 0x1401200;

// Composes the list of traces. Every signal is looked up by its name without the range of bits and
// left out where the core has none of that name (a struct may be split into its members or not).
class Traces {
 public:
  explicit Traces(const std::vector<WaveSignal>& signals) {
    for (const WaveSignal& signal : signals) {
      const std::size_t range = signal.name.rfind('[');
      const bool has_range =
          range != std::string::npos && signal.name.find(':', range) != std::string::npos;
      signals_.emplace(has_range ? signal.name.substr(0, range) : signal.name, &signal);
    }
  }

  // The scope of the following names.
  Traces& in(const std::string& scope) {
    scope_ = "TOP.gradcore." + scope;
    return *this;
  }

  Traces& group(const std::string& name, bool closed = false) {
    groups_.emplace_back(name, closed);
    line(closed ? kClosedBegin : kGroupBegin, "-" + name);
    return *this;
  }
  Traces& end() {
    line(groups_.back().second ? kClosedEnd : kGroupEnd, "-" + groups_.back().first);
    groups_.pop_back();
    return *this;
  }

  // Numbers as hexadecimal, single bits as a wave, reals as decimal numbers.
  Traces& show(const std::string& name, const std::string& alias = "", unsigned format = kHex) {
    const auto found = signals_.find(scope_ + name);
    if (found == signals_.end()) return *this;
    const WaveSignal& signal = *found->second;
    const unsigned flags = signal.is_real ? kReal : signal.width == 1 ? kBinary : format;
    line(flags, "+{" + (alias.empty() ? name : alias) + "} " + signal.name);
    return *this;
  }
  Traces& decimal(const std::string& name, const std::string& alias = "") {
    return show(name, alias, kDecimal);
  }
  // name[0], name[1], ... as far as there are any.
  Traces& array(const std::string& name, const std::string& alias) {
    for (unsigned i = 0; signals_.contains(scope_ + index(name, i)); ++i) {
      show(index(name, i), index(alias, i));
    }
    return *this;
  }
  // A line_t of rtl/pkg, as members or as a whole.
  Traces& memory_line(const std::string& name, const std::string& alias) {
    decimal(name + ".tile", alias + " tile").decimal(name + ".idx", alias + " index");
    return show(name + ".by_col", alias + " by column").show(name, alias);
  }

  static std::string index(const std::string& name, unsigned i) {
    return name + "[" + std::to_string(i) + "]";
  }
  unsigned count(const std::string& name) const {
    unsigned n = 0;
    while (signals_.contains(scope_ + index(name, n))) ++n;
    return n;
  }
  std::string text() const { return text_.str(); }

 private:
  void line(unsigned flags, const std::string& content) {
    text_ << '@' << std::hex << flags << std::dec << '\n' << content << '\n';
  }

  std::map<std::string, const WaveSignal*> signals_;
  std::string scope_;
  std::vector<std::pair<std::string, bool>> groups_;
  std::ostringstream text_;
};

void show_pe(Traces& traces, unsigned row, unsigned column, unsigned n) {
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

std::string all_traces(const std::vector<WaveSignal>& signals, const WaveView& view) {
  Traces t(signals);
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
  t.memory_line("write_line_o", "Y").show("write_mask_o", "lanes", kBinary);
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
  const Reader reader = open_reader(fst);
  fstHandle handle = 0;
  std::size_t width = 0;
  for_each_signal(reader.get(), [&](const WaveSignal& signal, fstHandle candidate) {
    if (signal.name != name) return;
    handle = candidate;
    width = signal.width;
  });
  if (handle == 0) throw std::runtime_error("no signal '" + name + "' in " + fst.string());
  std::string value(width + 65, '\0');
  const char* found = fstReaderGetValueFromHandleAtTime(reader.get(), time, handle, value.data());
  const std::string text = found == nullptr ? "" : found;
  return text.starts_with('r') ? text.substr(1) : text;  // so it marks real numbers
}

std::string make_view(const std::filesystem::path& fst, const WaveView& view) {
  constexpr double kPixels = 1080;     // of waves in the window below
  constexpr double kZoomPixels = 180;  // of a time unit at zoom 0
  const double span = view.to > view.from ? static_cast<double>(view.to - view.from) : 1;
  std::ostringstream text;
  const std::filesystem::path absolute = std::filesystem::absolute(fst);
  std::filesystem::path save = absolute;
  save.replace_extension(".gtkw");
  text << "[dumpfile] \"" << absolute.string() << "\"\n[savefile] \"" << save.string() << "\"\n"
       << "[timestart] " << view.from << "\n[size] 1500 1250\n[pos] -1 -1\n*"
       << std::log2(kPixels / span / kZoomPixels) << ' ' << view.marker;
  text << ' ' << view.second_marker;
  for (int named = 1; named < 26; ++named) text << " -1";
  text << "\n[treeopen] TOP.\n[treeopen] TOP.gradcore.\n[sst_width] 0\n[signals_width] 340\n"
       << "[sst_expanded] 0\n"
       << all_traces(read_signals(fst), view);
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
