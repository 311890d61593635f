// SPDX-License-Identifier: Apache-2.0
#include "sw/io/plot.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <spawn.h>
#include <sys/wait.h>

#include <array>
#include <cerrno>
#include <cmath>
#include <cstdio>
#include <fstream>
#include <memory>
#include <string_view>
#include <system_error>

#include "sw/io/atomic_file.h"

extern char** environ;

namespace gradcore::io {
namespace fs = std::filesystem;
namespace {

// gnuplot's single quotes know one escape: the quote itself, doubled.
std::string quoted(const std::string& text) {
  std::string out = "'";
  for (const char c : text) {
    if (c == '\'') out += '\'';
    out += static_cast<unsigned char>(c) < ' ' ? ' ' : c;
  }
  return out + "'";
}

bool is_drawn(const Series& series, std::size_t i, bool log_y) {
  return std::isfinite(series.x[i]) && std::isfinite(series.y[i]) &&
         (!log_y || series.on_right_axis || series.y[i] > 0);
}

std::string script_of(const LinePlot& plot) {
  const char* const colors[] = {"#9ecae1", "#1f77b4", "#d95f02", "#2ca02c", "#7570b3", "#666666"};
  std::string out = fmt::format(
      "set terminal pngcairo noenhanced size {},{} font ',11'\n"
      "set title {}\nset xlabel {}\nset ylabel {}\n"
      "set grid lc rgb '#dddddd'\nset border lc rgb '#888888'\n"
      "set key outside top center horizontal\n",
      plot.width, plot.height, quoted(plot.title), quoted(plot.x_label), quoted(plot.y_label));
  if (plot.log_y) out += "set logscale y\nset format y '%g'\n";
  if (!plot.right_label.empty()) {
    out +=
        fmt::format("set ytics nomirror\nset y2tics\nset y2label {}\n", quoted(plot.right_label));
  }
  std::string data, curves;
  std::size_t points = 0, color = 0;
  for (const Series& series : plot.series) {
    if (series.x.size() != series.y.size())
      throw std::invalid_argument("x and y of a curve differ");
    curves += fmt::format("{} '-' using 1:2 axes x1{} with {} lc rgb '{}' title {}",
                          curves.empty() ? "plot" : ",",
                          series.on_right_axis && !plot.right_label.empty() ? "y2" : "y1",
                          series.is_emphasised ? "linespoints lw 2.5 pt 7 ps 0.8" : "lines lw 1",
                          colors[color++ % std::size(colors)], quoted(series.title));
    for (std::size_t i = 0; i < series.x.size(); ++i) {
      const bool drawn = is_drawn(series, i, plot.log_y);
      points += drawn ? 1 : 0;
      // An empty line interrupts the curve.
      data += drawn ? fmt::format("{:.17g} {:.17g}\n", series.x[i], series.y[i]) : "\n";
    }
    data += "e\n";
  }
  if (points == 0) throw std::invalid_argument("a plot without a point");
  return out + curves + "\n" + data;
}

struct Close {
  // The unique_ptr below is the owner.
  // NOLINTNEXTLINE(cppcoreguidelines-owning-memory)
  void operator()(std::FILE* file) const { std::fclose(file); }
};
using TemporaryFile = std::unique_ptr<std::FILE, Close>;

TemporaryFile temporary(std::string_view content) {
  TemporaryFile file(std::tmpfile());
  if (!file || std::fwrite(content.data(), 1, content.size(), file.get()) != content.size() ||
      std::fflush(file.get()) != 0) {
    throw FileError(
        fmt::format("cannot write a temporary file: {}", std::generic_category().message(errno)));
  }
  std::rewind(file.get());
  return file;
}

class FileActions {
 public:
  FileActions() { posix_spawn_file_actions_init(&actions_); }
  ~FileActions() { posix_spawn_file_actions_destroy(&actions_); }
  FileActions(const FileActions&) = delete;
  FileActions& operator=(const FileActions&) = delete;
  void redirect(int from, int to) { posix_spawn_file_actions_adddup2(&actions_, from, to); }
  void write_to(int to, const fs::path& path) {
    posix_spawn_file_actions_addopen(&actions_, to, path.c_str(), O_WRONLY | O_TRUNC, 0666);
  }
  const posix_spawn_file_actions_t* get() const { return &actions_; }

 private:
  posix_spawn_file_actions_t actions_;
};

// Its first line that says something.
std::string complaint(std::FILE* messages) {
  std::rewind(messages);
  std::array<char, 4096> text{};
  const std::size_t size = std::fread(text.data(), 1, text.size(), messages);
  std::string_view rest(text.data(), size);
  while (!rest.empty()) {
    const std::size_t end = rest.find('\n');
    const std::string_view line = rest.substr(0, end);
    if (line.find_first_not_of(" \t^") != std::string_view::npos) return ": " + std::string(line);
    rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 1);
  }
  return "";
}

// Files instead of pipes: nobody can wait for the other, or be killed by it.
void run_gnuplot(const std::string& program, const std::string& script, const fs::path& output) {
  const TemporaryFile input = temporary(script), messages = temporary("");
  FileActions actions;
  actions.redirect(fileno(input.get()), 0);
  actions.write_to(1, output);
  actions.redirect(fileno(messages.get()), 2);
  std::string name = program, option = "-d";  // -d: without the user's own settings
  std::array<char*, 3> arguments = {name.data(), option.data(), nullptr};
  pid_t child = 0;
  const int error =
      posix_spawnp(&child, program.c_str(), actions.get(), nullptr, arguments.data(), environ);
  if (error != 0) {
    if (error != ENOENT) {
      throw PlotError(fmt::format("cannot draw a plot: '{}' does not start: {}", program,
                                  std::generic_category().message(error)));
    }
    throw PlotError(
        fmt::format("cannot draw a plot: the program '{}' was not found (Debian has it "
                    "in the package gnuplot-nox)",
                    program));
  }
  int status = 0;
  while (waitpid(child, &status, 0) < 0) {
    if (errno != EINTR) throw PlotError("cannot draw a plot: lost track of gnuplot");
  }
  std::array<char, 8> signature{};
  std::ifstream(output, std::ios::binary).read(signature.data(), signature.size());
  const bool is_png = std::string_view(signature.data(), 8) == "\x89PNG\r\n\x1a\n";
  if (!WIFEXITED(status) || WEXITSTATUS(status) != 0 || !is_png) {
    throw PlotError("cannot draw a plot: gnuplot failed" + complaint(messages.get()));
  }
}

// gnuplot says nothing of what did not reach a full disk.
bool has_end(const fs::path& png) {
  constexpr std::string_view kEnd{"IEND\xae\x42\x60\x82", 8};
  std::array<char, kEnd.size()> end{};
  std::ifstream file(png, std::ios::binary);
  file.seekg(-static_cast<std::streamoff>(kEnd.size()), std::ios::end);
  file.read(end.data(), end.size());
  return std::string_view(end.data(), end.size()) == kEnd;
}

}  // namespace

void write_png(const fs::path& path, const LinePlot& plot, const std::string& gnuplot) {
  const std::string script = script_of(plot);
  AtomicFile file(path);
  run_gnuplot(gnuplot, script, file.temporary_path());
  if (!has_end(file.temporary_path())) {
    throw FileError(fmt::format("cannot write '{}': the picture is cut short; is the disk full?",
                                path.string()));
  }
  file.commit();
}

}  // namespace gradcore::io
