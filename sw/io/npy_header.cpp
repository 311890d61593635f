// SPDX-License-Identifier: Apache-2.0
#include "sw/io/npy_header.h"

#include <fmt/format.h>

#include <cctype>
#include <charconv>
#include <optional>
#include <string_view>

namespace gradcore::io {
namespace {

constexpr std::size_t kMaxHeader = 65536;  // a header of three dimensions has about 118 bytes
constexpr std::size_t kMaxDimensions = 32;

[[noreturn]] void fail(const std::string& name, const std::string& why) {
  throw FileError(fmt::format("'{}' {}", name, why));
}

// Reads the few Python literals that a header may hold. Each function returns nothing when the
// text is something else.
class LiteralReader {
 public:
  explicit LiteralReader(std::string_view text) : rest_(text) {}

  bool take(char expected) {
    skip_space();
    if (rest_.empty() || rest_.front() != expected) return false;
    rest_.remove_prefix(1);
    return true;
  }

  bool at(char expected) {
    skip_space();
    return !rest_.empty() && rest_.front() == expected;
  }

  bool at_end() {
    skip_space();
    return rest_.empty();
  }

  std::optional<std::string> text() {
    for (const char quote : {'\'', '"'}) {
      if (!take(quote)) continue;
      const std::size_t end = rest_.find(quote);
      if (end == std::string_view::npos) return std::nullopt;
      std::string value(rest_.substr(0, end));
      rest_.remove_prefix(end + 1);
      return value;
    }
    return std::nullopt;
  }

  std::optional<bool> boolean() {
    skip_space();
    for (const bool value : {false, true}) {
      const std::string_view word = value ? "True" : "False";
      if (!rest_.starts_with(word)) continue;
      rest_.remove_prefix(word.size());
      return value;
    }
    return std::nullopt;
  }

  std::optional<std::vector<std::size_t>> tuple() {
    std::vector<std::size_t> values;
    if (!take('(')) return std::nullopt;
    while (!take(')')) {
      skip_space();
      std::size_t value = 0;
      const auto [end, error] = std::from_chars(rest_.data(), rest_.data() + rest_.size(), value);
      if (error != std::errc() || values.size() == kMaxDimensions) return std::nullopt;
      rest_.remove_prefix(static_cast<std::size_t>(end - rest_.data()));
      take('L');  // Python 2 wrote long integers so
      values.push_back(value);
      const bool comma = take(',');
      // (3) is a number in Python, (3,) is a tuple.
      if (!comma && (values.size() == 1 || !at(')'))) return std::nullopt;
    }
    return values;
  }

  // The list that describes records: skipped as a whole, brackets in it included.
  bool skip_list() {
    int depth = 0;
    for (std::size_t i = 0; i < rest_.size(); ++i) {
      if (rest_[i] == '[') ++depth;
      if (rest_[i] == ']' && --depth == 0) {
        rest_.remove_prefix(i + 1);
        return true;
      }
    }
    return false;
  }

 private:
  void skip_space() {
    while (!rest_.empty() && std::isspace(static_cast<unsigned char>(rest_.front())) != 0) {
      rest_.remove_prefix(1);
    }
  }

  std::string_view rest_;
};

// The dictionary with exactly the keys descr, fortran_order and shape, in any order.
std::optional<NpyHeader> parse_dictionary(std::string_view text) {
  LiteralReader reader(text);
  NpyHeader header;
  bool has_descr = false, has_order = false, has_shape = false;
  if (!reader.take('{')) return std::nullopt;
  while (!reader.take('}')) {
    const std::optional<std::string> key = reader.text();
    if (!key || !reader.take(':')) return std::nullopt;
    if (*key == "descr" && !has_descr) {
      has_descr = true;
      if (reader.at('[')) {
        if (!reader.skip_list()) return std::nullopt;
      } else if (const auto descr = reader.text(); descr && !descr->empty()) {
        header.descr = *descr;
      } else {
        return std::nullopt;
      }
    } else if (*key == "fortran_order" && !has_order) {
      const auto order = reader.boolean();
      if (!order) return std::nullopt;
      has_order = true;
      header.fortran_order = *order;
    } else if (*key == "shape" && !has_shape) {
      auto shape = reader.tuple();
      if (!shape) return std::nullopt;
      has_shape = true;
      header.shape = std::move(*shape);
    } else {
      return std::nullopt;
    }
    if (!reader.take(',') && !reader.at('}')) return std::nullopt;
  }
  if (!has_descr || !has_order || !has_shape || !reader.at_end()) return std::nullopt;
  return header;
}

}  // namespace

NpyHeader read_npy_header(std::istream& stream, const std::string& name) {
  const auto read = [&](std::size_t count) {
    std::string bytes(count, '\0');
    stream.read(bytes.data(), static_cast<std::streamsize>(count));
    bytes.resize(static_cast<std::size_t>(stream.gcount()));
    return bytes;
  };
  const std::string magic = read(6);
  if (magic.empty()) fail(name, "is empty, expected a .npy file");
  if (magic.starts_with("PK")) fail(name, "is an archive (.npz), expected a single .npy array");
  if (magic != "\x93NUMPY") fail(name, "is not a .npy file (it does not begin with \\x93NUMPY)");

  const std::string version = read(2);
  if (version.size() < 2) fail(name, "is truncated inside its .npy header");
  const int major = static_cast<unsigned char>(version[0]);
  if (major < 1 || major > 3) {
    fail(name, fmt::format("has .npy format version {}, expected 1, 2 or 3", major));
  }
  const std::size_t length_bytes = major == 1 ? 2 : 4;
  const std::string length_text = read(length_bytes);
  std::size_t length = 0;
  for (std::size_t i = 0; i < length_text.size(); ++i) {
    length |= std::size_t{static_cast<unsigned char>(length_text[i])} << (8 * i);
  }
  if (length > kMaxHeader) {
    fail(name, fmt::format("has a malformed .npy header (it claims {} bytes of header)", length));
  }
  const std::string text = read(length);
  if (length_text.size() < length_bytes || text.size() < length) {
    fail(name, "is truncated inside its .npy header");
  }
  std::optional<NpyHeader> header = parse_dictionary(text);
  if (!header) {
    fail(name,
         "has a malformed .npy header, expected {'descr': ..., 'fortran_order': ..., "
         "'shape': (...)}");
  }
  header->data_offset = magic.size() + version.size() + length_bytes + length;
  return *header;
}

std::string shape_text(const std::vector<std::size_t>& shape) {
  if (shape.size() == 1) return fmt::format("({},)", shape[0]);
  return fmt::format("({})", fmt::join(shape, ", "));
}

}  // namespace gradcore::io
