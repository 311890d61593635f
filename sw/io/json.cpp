// SPDX-License-Identifier: Apache-2.0
#include "sw/io/json.h"

#include <fmt/format.h>

#include <cmath>
#include <stdexcept>

namespace gradcore::io {

JsonWriter& JsonWriter::begin(char open, char close) {
  separate();
  out_ << open;
  open_.push_back(close);
  is_first_ = true;
  return *this;
}

JsonWriter& JsonWriter::end() {
  if (open_.empty() || after_key_) throw std::logic_error("JSON: nothing to end");
  const char close = open_.back();
  open_.pop_back();
  if (!is_first_) out_ << '\n' << std::string(2 * open_.size(), ' ');
  out_ << close;
  if (open_.empty()) out_ << '\n';
  is_first_ = false;
  return *this;
}

JsonWriter& JsonWriter::key(std::string_view name) {
  if (open_.empty() || open_.back() != '}' || after_key_) {
    throw std::logic_error("JSON: a key outside of an object");
  }
  separate();
  write_string(name);
  out_ << ": ";
  after_key_ = true;
  return *this;
}

JsonWriter& JsonWriter::value(std::string_view text) {
  separate();
  write_string(text);
  return *this;
}

JsonWriter& JsonWriter::value(double number) {
  return raw(std::isfinite(number) ? fmt::format("{}", number) : "null");
}

JsonWriter& JsonWriter::raw(std::string_view text) {
  separate();
  out_ << text;
  return *this;
}

// What stands between the previous thing and the next one.
void JsonWriter::separate() {
  if (after_key_) {
    after_key_ = false;
    return;
  }
  if (open_.empty()) return;
  if (!is_first_) out_ << ',';
  out_ << '\n' << std::string(2 * open_.size(), ' ');
  is_first_ = false;
}

void JsonWriter::write_string(std::string_view text) {
  out_ << '"';
  for (const char c : text) {
    if (c == '"' || c == '\\') {
      out_ << '\\' << c;
    } else if (static_cast<unsigned char>(c) < 0x20) {
      out_ << fmt::format("\\u{:04x}", static_cast<unsigned>(c));
    } else {
      out_ << c;
    }
  }
  out_ << '"';
}

}  // namespace gradcore::io
