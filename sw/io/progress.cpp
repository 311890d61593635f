// SPDX-License-Identifier: Apache-2.0
#include "sw/io/progress.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>

namespace gradcore::io {
namespace {

constexpr std::size_t kBarWidth = 30;
constexpr std::size_t kLineWidth = 79;  // a longer line would wrap and could not be drawn over
constexpr auto kRedraw = std::chrono::milliseconds(100);

std::string clock(std::chrono::duration<double> time) {
  const auto seconds = static_cast<std::uint64_t>(time.count());
  return seconds < 60 ? fmt::format("{} s", seconds)
                      : fmt::format("{}:{:02} min", seconds / 60, seconds % 60);
}

}  // namespace

bool is_terminal(int descriptor) { return ::isatty(descriptor) == 1; }

Progress::Progress(std::ostream& out, bool is_terminal, std::string title, std::uint64_t total)
    : out_(out),
      is_terminal_(is_terminal),
      title_(std::move(title)),
      total_(std::max<std::uint64_t>(total, 1)),
      start_(std::chrono::steady_clock::now()) {}

Progress::~Progress() {
  if (drawn_width_ != 0) out_ << '\n' << std::flush;
}

void Progress::update(std::uint64_t done, const std::string& note) {
  done_ = std::min(done, total_);
  if (is_terminal_) {
    const auto now = std::chrono::steady_clock::now();
    if (drawn_width_ != 0 && done_ < total_ && now - drawn_at_ < kRedraw) return;
    drawn_at_ = now;
    draw(note);
    return;
  }
  const auto tenths =
      static_cast<std::uint64_t>(10.0 * static_cast<double>(done_) / static_cast<double>(total_));
  if (tenths <= tenths_) return;
  tenths_ = tenths;
  out_ << fmt::format("{}: {} % ({} of {}){}{}\n", title_, 10 * tenths, done_, total_,
                      note.empty() ? "" : ", ", note)
       << std::flush;
}

void Progress::draw(const std::string& note) {
  const double fraction = static_cast<double>(done_) / static_cast<double>(total_);
  const auto filled = static_cast<std::size_t>(fraction * kBarWidth);
  const std::chrono::duration<double> elapsed = drawn_at_ - start_;
  std::string time = clock(elapsed);
  if (done_ > 0 && done_ < total_) time = clock(elapsed * ((1 - fraction) / fraction)) + " left";
  std::string line = fmt::format("{} [{}{}] {:3.0f} %  {}{}{}", title_, std::string(filled, '#'),
                                 std::string(kBarWidth - filled, '.'), 100 * fraction, time,
                                 note.empty() ? "" : "  ", note);
  line.resize(std::min(line.size(), kLineWidth));
  const std::size_t width = line.size();
  if (width < drawn_width_) line.append(drawn_width_ - width, ' ');
  out_ << '\r' << line << std::flush;
  drawn_width_ = width;
}

}  // namespace gradcore::io
