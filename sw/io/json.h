// SPDX-License-Identifier: Apache-2.0
// Results as JSON (RFC 8259), written as they come.
#pragma once

#include <concepts>
#include <cstdint>
#include <ostream>
#include <string>
#include <string_view>
#include <vector>

namespace gradcore::io {

//   JsonWriter json(stream);
//   json.begin_object().member("n", 16).key("list").begin_array().value(1.5).end().end();
// Nesting is the caller's: throws std::logic_error for an end without a beginning.
class JsonWriter {
 public:
  explicit JsonWriter(std::ostream& out) : out_(out) {}

  JsonWriter& begin_object() { return begin('{', '}'); }
  JsonWriter& begin_array() { return begin('[', ']'); }
  // Ends the innermost object or array; after the outermost, the line.
  JsonWriter& end();

  JsonWriter& key(std::string_view name);
  JsonWriter& value(std::string_view text);
  JsonWriter& value(const char* text) { return value(std::string_view(text)); }
  JsonWriter& value(bool truth) { return raw(truth ? "true" : "false"); }
  // Enough digits to read the same number again; JSON has no NaN and infinity: null.
  JsonWriter& value(double number);
  template <std::integral T>
  requires(!std::same_as<T, bool>) JsonWriter& value(T number) {
    return raw(std::to_string(number));
  }

  template <typename T>
  JsonWriter& member(std::string_view name, const T& content) {
    return key(name).value(content);
  }

 private:
  JsonWriter& begin(char open, char close);
  JsonWriter& raw(std::string_view text);
  void separate();
  void write_string(std::string_view text);

  std::ostream& out_;
  std::vector<char> open_;  // what closes each open object or array
  bool is_first_ = true;    // no comma before the next value
  bool after_key_ = false;
};

}  // namespace gradcore::io
