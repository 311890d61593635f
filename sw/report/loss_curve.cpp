// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "sw/report/axis.h"
#include "sw/report/svg.h"

namespace gradcore::report {
namespace {

constexpr double kWidth = 960, kHeight = 360;
constexpr double kLeft = 70, kRight = 60, kTop = 16, kBottom = 46;
constexpr std::size_t kMostPoints = 900;  // about one for each pixel

// Of steps [first, first + count), numbers that are not finite left out.
struct Point {
  double step = 0;  // the middle, from 1
  double low = std::numeric_limits<double>::infinity();
  double high = -std::numeric_limits<double>::infinity();
  double sum = 0;
  std::size_t count = 0;
};

std::vector<Point> points_of(const std::vector<float>& losses) {
  const std::size_t each = (losses.size() + kMostPoints - 1) / kMostPoints;
  std::vector<Point> out;
  for (std::size_t first = 0; first < losses.size(); first += each) {
    Point point;
    const std::size_t end = std::min(first + each, losses.size());
    point.step = static_cast<double>(first + 1 + end) / 2;
    for (std::size_t i = first; i < end; ++i) {
      const auto loss = static_cast<double>(losses[i]);
      if (!std::isfinite(loss)) continue;
      point.low = std::min(point.low, loss);
      point.high = std::max(point.high, loss);
      point.sum += loss;
      ++point.count;
    }
    out.push_back(point);
  }
  return out;
}

std::string text(double x, double y, const char* anchor, const std::string& what) {
  return fmt::format("<text x=\"{:.1f}\" y=\"{:.1f}\" text-anchor=\"{}\">{}</text>\n", x, y, anchor,
                     escape(what));
}

std::string line(double x1, double y1, double x2, double y2, const char* css) {
  return fmt::format(
      "<line x1=\"{:.1f}\" y1=\"{:.1f}\" x2=\"{:.1f}\" y2=\"{:.1f}\" class=\"{}\"/>\n", x1, y1, x2,
      y2, css);
}

std::string curve(const std::vector<Point>& points, const Axis& x, const Axis& y) {
  std::string mean, range;
  bool drawing = false;
  for (const Point& point : points) {
    if (point.count == 0) {
      drawing = false;
      continue;
    }
    const double value = point.sum / static_cast<double>(point.count);
    mean += fmt::format("{}{:.1f} {:.1f}", drawing ? "L" : "M", x.at(point.step), y.at(value));
    if (point.high > point.low) {
      range += fmt::format("M{0:.1f} {1:.1f}V{2:.1f}", x.at(point.step), y.at(point.low),
                           y.at(point.high));
    }
    drawing = true;
  }
  return fmt::format("<path d=\"{}\" class=\"range\"/>\n<path d=\"{}\" class=\"loss\"/>\n", range,
                     mean);
}

}  // namespace

std::string loss_curve(const std::vector<float>& losses, const std::vector<double>& accuracy) {
  const std::vector<Point> points = points_of(losses);
  double low = std::numeric_limits<double>::infinity(), high = -low;
  for (const Point& point : points) {
    low = std::min(low, point.low);
    high = std::max(high, point.high);
  }
  if (low > high) return "<p>There is no loss that is a number.</p>\n";
  const bool log = low > 0;
  if (low == high) {  // a flat curve in the middle
    const double room = log ? low / 2 : 1;
    low -= room;
    high += room;
  }
  const auto steps = static_cast<double>(losses.size());
  const Axis x(0.5, steps + 0.5, kLeft, kWidth - kRight);
  const Axis y(low, high, kHeight - kBottom, kTop, log);
  std::string out =
      fmt::format("<svg viewBox=\"0 0 {} {}\" role=\"img\"><title>loss of each step</title>\n",
                  kWidth, kHeight);
  for (const double tick : y.ticks(6)) {
    out += line(kLeft, y.at(tick), kWidth - kRight, y.at(tick), "grid");
    out += text(kLeft - 8, y.at(tick) + 4, "end", number_text(tick));
  }
  for (const double tick : x.ticks(8)) {
    if (tick != std::floor(tick)) continue;
    out += text(x.at(tick), kHeight - kBottom + 18, "middle", number_text(tick));
  }
  out += text(kWidth / 2, kHeight - 8, "middle", "step");
  out += text(kLeft, kTop - 4, "end", "loss");
  out += curve(points, x, y);
  if (!accuracy.empty()) {
    const Axis right(0, 100, kHeight - kBottom, kTop);
    for (const double tick : right.ticks(5)) {
      out += text(kWidth - kRight + 8, right.at(tick) + 4, "start", fmt::format("{:.0f} %", tick));
    }
    for (std::size_t e = 0; e < accuracy.size(); ++e) {
      const double step = steps * static_cast<double>(e + 1) / static_cast<double>(accuracy.size());
      out += fmt::format(
          "<circle cx=\"{:.1f}\" cy=\"{:.1f}\" r=\"4\" class=\"accuracy\"><title>epoch {}: {:.2f} "
          "%</title></circle>\n",
          x.at(step), right.at(100 * accuracy[e]), e + 1, 100 * accuracy[e]);
    }
  }
  out += line(kLeft, kHeight - kBottom, kWidth - kRight, kHeight - kBottom, "axis");
  return out + "</svg>\n";
}

}  // namespace gradcore::report
