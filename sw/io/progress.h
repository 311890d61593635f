// SPDX-License-Identifier: Apache-2.0
// How far long work has come: a bar on a terminal, now and then a line elsewhere.
#pragma once

#include <chrono>
#include <cstdint>
#include <ostream>
#include <string>

namespace gradcore::io {

bool is_terminal(int descriptor);

// For one thread. On a terminal the bar is drawn over itself at most ten times a second, anywhere
// else one line is written per tenth of the work. Nothing is drawn before the first update().
class Progress {
 public:
  // `out` must outlive this object; `is_terminal` says what it leads to.
  Progress(std::ostream& out, bool is_terminal, std::string title, std::uint64_t total);
  // Ends the line that a bar is on.
  ~Progress();
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  // `done` of the total, and a few words such as "loss 0.123".
  void update(std::uint64_t done, const std::string& note = "");

 private:
  void draw(const std::string& note);

  std::ostream& out_;
  bool is_terminal_;
  std::string title_;
  std::uint64_t total_;
  std::uint64_t done_ = 0;
  std::uint64_t tenths_ = 0;     // lines written so far
  std::size_t drawn_width_ = 0;  // of the bar on the screen; 0: none
  std::chrono::steady_clock::time_point start_, drawn_at_;
};

}  // namespace gradcore::io
