// SPDX-License-Identifier: Apache-2.0
// YAML files read strictly: whatever is not expected is an error with its place in the file.
//
//   const Value file = Value::load("chip.yaml");
//   const Mapping root = file.mapping({"n", "name"});         // any other key is an error
//   if (const auto n = root.find("n")) size = n->integer<unsigned>(1, 64);
//   name = root.require("name").text();
#pragma once

#include <yaml-cpp/yaml.h>

#include <concepts>
#include <cstdint>
#include <filesystem>
#include <initializer_list>
#include <limits>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace gradcore::config {

// what() is one line: "file:line:column: what is wrong, expected what, ...".
class ConfigError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

// The candidate with the smallest edit distance, if it is near enough to be a slip of the pen.
std::optional<std::string> nearest(std::string_view word,
                                   const std::vector<std::string>& candidates);

class Mapping;

// One value of a YAML file: knows where it is and how messages call it. All readers throw
// ConfigError when the value is of another type or out of range.
class Value {
 public:
  // The file's only document; an empty file is a null value.
  static Value load(const std::filesystem::path& path);
  // The same from a text; `name` stands for the file in messages.
  static Value parse(const std::string& text, const std::string& name);

  // "<place>: <what>"; `what` is a clause without a full stop.
  [[noreturn]] void fail(const std::string& what) const;
  const std::string& name() const { return name_; }

  bool is_null() const { return node_.IsNull(); }
  bool is_scalar() const { return node_.IsScalar(); }
  std::string place() const;  // "file:line:column"

  template <std::unsigned_integral T>
  T integer(T lowest, T highest = std::numeric_limits<T>::max()) const {
    return static_cast<T>(integer_within(lowest, highest));
  }
  // Inclusive limits; never infinite or NaN.
  double number(double lowest, double highest) const;
  bool boolean() const;
  std::string text() const;
  // Index of the text among `choices`.
  std::size_t choice(const std::vector<std::string>& choices) const;
  // Not empty.
  std::vector<Value> list() const;
  // Keys other than these, and keys given twice, are errors.
  Mapping mapping(std::vector<std::string> keys) const;

 private:
  friend class Mapping;
  struct Place {
    int line, column;
  };
  Value(std::shared_ptr<const std::string> file, const YAML::Node& node, std::string name,
        Place place);

  std::uint64_t integer_within(std::uint64_t lowest, std::uint64_t highest) const;
  // The text of a scalar; `plain` refuses one in quotes, which is a string whatever it says.
  std::string scalar(const std::string& expected, bool plain) const;
  [[noreturn]] void wrong_type(const std::string& expected) const;
  std::string child_name(const std::string& key) const;

  std::shared_ptr<const std::string> file_;
  YAML::Node node_;
  std::string name_;  // "hardware.n"; empty for the whole file
  Place place_;
};

class Mapping {
 public:
  // Nothing if the key is absent. Asking for a key that was not announced is a std::logic_error.
  std::optional<Value> find(const std::string& key) const;
  Value require(const std::string& key) const;
  const Value& value() const { return value_; }

 private:
  friend class Value;
  Mapping(Value value, std::vector<std::string> keys);

  Value value_;
  std::vector<std::string> keys_;
  std::vector<std::pair<std::string, Value>> entries_;
};

}  // namespace gradcore::config
