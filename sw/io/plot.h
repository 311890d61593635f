// SPDX-License-Identifier: Apache-2.0
// Line plots as PNG files, drawn by gnuplot.
#pragma once

#include <filesystem>
#include <stdexcept>
#include <string>
#include <vector>

namespace gradcore::io {

struct Series {
  std::string title;
  std::vector<double> x, y;    // points in order; those that are not finite leave a gap
  bool is_emphasised = false;  // thick, with points
  bool on_right_axis = false;
};

struct LinePlot {
  std::string title, x_label, y_label;
  std::string right_label;  // empty: no axis at the right
  bool log_y = false;       // the left axis; values that are not positive leave a gap
  std::vector<Series> series;
  unsigned width = 1000, height = 600;
};

// There is no gnuplot, or it failed. what() is one sentence.
class PlotError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

// Writes the picture, whole or not at all. Throws PlotError, FileError (sw/io/error.h), and
// std::invalid_argument when there is no point to draw or x and y differ in length.
void write_png(const std::filesystem::path& path, const LinePlot& plot,
               const std::string& gnuplot = "gnuplot");

}  // namespace gradcore::io
