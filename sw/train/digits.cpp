// SPDX-License-Identifier: Apache-2.0
#include "sw/train/digits.h"

#include <fmt/format.h>

#include <cerrno>
#include <charconv>
#include <fstream>
#include <string>
#include <string_view>
#include <system_error>

#include "sw/io/error.h"

namespace gradcore::train {
namespace fs = std::filesystem;
namespace {

constexpr std::uint32_t kPixels = 64;
constexpr std::uint32_t kLargestPixel = 16;
constexpr std::uint32_t kClasses = 10;
constexpr std::size_t kTestEvery = 5;
constexpr std::size_t kFewestSamples = 10;

// One line of comma-separated numbers.
class Line {
 public:
  Line(std::string_view text, std::string place) : rest_(text), place_(std::move(place)) {}

  std::uint32_t next(std::uint32_t largest) {
    ++field_;
    const std::size_t comma = rest_.find(',');
    const std::string_view text = rest_.substr(0, comma);
    is_last_ = comma == std::string_view::npos;
    rest_ = is_last_ ? std::string_view{} : rest_.substr(comma + 1);
    std::uint32_t value = 0;
    const char* const end = text.data() + text.size();
    const auto [stop, error] = std::from_chars(text.data(), end, value);
    if (text.empty() || error != std::errc{} || stop != end || value > largest) {
      fail(fmt::format("value {} is '{}', expected an integer from 0 to {}", field_,
                       text.substr(0, 20), largest));
    }
    const bool must_be_last = field_ == kPixels + 1;
    if (is_last_ != must_be_last) {
      fail(fmt::format("{} values, expected {} pixels and a label",
                       is_last_ ? fmt::format("{}", field_) : fmt::format("more than {}", field_),
                       kPixels));
    }
    return value;
  }

 private:
  [[noreturn]] void fail(const std::string& why) const {
    throw io::FileError(fmt::format("{}: {}", place_, why));
  }

  std::string_view rest_;
  std::string place_;
  unsigned field_ = 0;
  bool is_last_ = false;
};

}  // namespace

fs::path default_digits_path() { return GRADCORE_DIGITS; }

Dataset load_digits(const fs::path& path) {
  const fs::path from = path.empty() ? default_digits_path() : path;
  errno = 0;
  std::ifstream file(from);
  if (!file || fs::is_directory(from)) {
    const int error = file ? EISDIR : errno;
    throw io::FileError(fmt::format("cannot read the digits '{}': {}", from.string(),
                                    std::generic_category().message(error)));
  }
  Dataset data{kPixels, kClasses, {}, {}};
  std::string text;
  std::size_t sample = 0;
  for (std::size_t number = 1; std::getline(file, text); ++number) {
    if (!text.empty() && text.back() == '\r') text.pop_back();
    if (text.empty()) continue;
    Line line(text, fmt::format("{}:{}", from.string(), number));
    Samples& part = sample++ % kTestEvery == 0 ? data.test : data.train;
    for (std::uint32_t pixel = 0; pixel < kPixels; ++pixel) {
      part.inputs.push_back(static_cast<float>(line.next(kLargestPixel)) / kLargestPixel);
    }
    part.labels.push_back(static_cast<std::uint8_t>(line.next(kClasses - 1)));
  }
  if (file.bad()) {
    throw io::FileError(fmt::format("'{}' could not be read to its end", from.string()));
  }
  if (sample < kFewestSamples) {
    throw io::FileError(fmt::format("'{}' has {} samples, at least {} expected", from.string(),
                                    sample, kFewestSamples));
  }
  return data;
}

}  // namespace gradcore::train
