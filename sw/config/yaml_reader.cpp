// SPDX-License-Identifier: Apache-2.0
#include "sw/config/yaml_reader.h"

#include <fmt/format.h>
#include <yaml-cpp/eventhandler.h>

#include <algorithm>
#include <cctype>
#include <cerrno>
#include <charconv>
#include <cmath>
#include <fstream>
#include <numeric>
#include <sstream>
#include <system_error>

namespace gradcore::config {
namespace fs = std::filesystem;
namespace {

constexpr std::size_t kMaxBytes = std::size_t{16} << 20;

std::size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (const char letter : a) {
    std::size_t diagonal = row[0]++;
    for (std::size_t j = 0; j < b.size(); ++j) {
      const std::size_t changed = diagonal + (letter == b[j] ? 0 : 1);
      diagonal = row[j + 1];
      row[j + 1] = std::min({changed, row[j] + 1, row[j + 1] + 1});
    }
  }
  return row.back();
}

// "a, b or c".
std::string join_or(const std::vector<std::string>& words) {
  std::string text;
  for (std::size_t i = 0; i < words.size(); ++i) {
    if (i > 0) text += i + 1 == words.size() ? " or " : ", ";
    text += words[i];
  }
  return text;
}

// Long or odd text of a file, fit for a message of one line.
std::string quoted(std::string text) {
  constexpr std::size_t kLongest = 40;
  if (text.size() > kLongest) text = text.substr(0, kLongest) + "...";
  std::replace_if(
      text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) < ' '; }, ' ');
  return "'" + text + "'";
}

std::string read_text(const fs::path& path) {
  const auto fail = [&](const std::string& why) {
    throw ConfigError(fmt::format("cannot read '{}': {}", path.string(), why));
  };
  std::error_code error;
  if (fs::is_directory(path, error)) fail("it is a directory");
  errno = 0;
  std::ifstream stream(path, std::ios::binary);
  if (!stream) fail(std::generic_category().message(errno));
  std::string text(kMaxBytes + 1, '\0');
  stream.read(text.data(), static_cast<std::streamsize>(text.size()));
  if (stream.bad()) fail("reading failed");
  text.resize(static_cast<std::size_t>(stream.gcount()));
  if (text.size() > kMaxBytes) fail("it is larger than 16 MiB");
  text.shrink_to_fit();
  return text;
}

// Sees where documents begin, and nothing else.
class DocumentStarts : public YAML::EventHandler {
 public:
  std::optional<YAML::Mark> last;

  void OnDocumentStart(const YAML::Mark& mark) override { last = mark; }
  void OnDocumentEnd() override {}
  void OnNull(const YAML::Mark&, YAML::anchor_t) override {}
  void OnAlias(const YAML::Mark&, YAML::anchor_t) override {}
  void OnScalar(const YAML::Mark&, const std::string&, YAML::anchor_t,
                const std::string&) override {}
  void OnSequenceStart(const YAML::Mark&, const std::string&, YAML::anchor_t,
                       YAML::EmitterStyle::value) override {}
  void OnSequenceEnd() override {}
  void OnMapStart(const YAML::Mark&, const std::string&, YAML::anchor_t,
                  YAML::EmitterStyle::value) override {}
  void OnMapEnd() override {}
};

// Where a second document begins, or what the parser left after the first. (YAML::LoadAll of
// yaml-cpp 0.7 never returns for a document that begins with a comma: it is parsed as empty and
// stays where it is.)
std::optional<YAML::Mark> second_document(const std::string& text) {
  std::istringstream stream(text);
  YAML::Parser parser(stream);
  DocumentStarts starts;
  if (!parser.HandleNextDocument(starts) || !parser.HandleNextDocument(starts)) return std::nullopt;
  return starts.last;
}

}  // namespace

std::optional<std::string> nearest(std::string_view word,
                                   const std::vector<std::string>& candidates) {
  std::optional<std::string> best;
  std::size_t best_distance = std::max<std::size_t>((word.size() + 1) / 2, 1);
  for (const std::string& candidate : candidates) {
    const std::size_t distance = edit_distance(word, candidate);
    if (distance < best_distance || (distance == best_distance && !best)) {
      best = candidate;
      best_distance = distance;
    }
  }
  return best;
}

Value::Value(std::shared_ptr<const std::string> file, const YAML::Node& node, std::string name,
             Place place)
    : file_(std::move(file)), node_(node), name_(std::move(name)), place_(place) {}

Value Value::load(const fs::path& path) { return parse(read_text(path), path.string()); }

Value Value::parse(const std::string& text, const std::string& name) {
  auto file = std::make_shared<const std::string>(name);
  try {
    if (const auto mark = second_document(text)) {
      const Value place(file, {}, "", {mark->line, mark->column});
      place.fail("text after the end of the document, expected a single YAML document");
    }
    return Value(file, YAML::Load(text), "", {0, 0});
  } catch (const YAML::Exception& error) {
    const Place place{std::max(error.mark.line, 0), std::max(error.mark.column, 0)};
    Value(file, {}, "", place).fail("not well-formed YAML, " + error.msg);
  }
}

std::string Value::place() const {
  return fmt::format("{}:{}:{}", *file_, place_.line + 1, place_.column + 1);
}

void Value::fail(const std::string& what) const { throw ConfigError(place() + ": " + what); }

void Value::wrong_type(const std::string& expected) const {
  std::string found;
  if (node_.IsNull()) {
    found = "nothing";
  } else if (node_.IsMap()) {
    found = "a mapping";
  } else if (node_.IsSequence()) {
    found = "a list";
  } else {
    found = (node_.Tag() == "!" ? "the string " : "") + quoted(node_.Scalar());
  }
  const std::string where = name_.empty() ? "the file" : name_;
  fail(fmt::format("{} is {}, expected {}", where, found, expected));
}

std::string Value::scalar(const std::string& expected, bool plain) const {
  if (!node_.IsScalar() || (plain && node_.Tag() == "!")) wrong_type(expected);
  return node_.Scalar();
}

std::string Value::child_name(const std::string& key) const {
  return name_.empty() ? key : name_ + "." + key;
}

std::uint64_t Value::integer_within(std::uint64_t lowest, std::uint64_t highest) const {
  const std::string expected = fmt::format("an integer from {} to {}", lowest, highest);
  const std::string text = scalar(expected, true);
  const bool hexadecimal = text.starts_with("0x");
  const char* const begin = text.data() + (hexadecimal ? 2 : 0);
  const char* const end = text.data() + text.size();
  std::uint64_t value = 0;
  const auto [stop, error] = std::from_chars(begin, end, value, hexadecimal ? 16 : 10);
  if (error != std::errc() || stop != end || value < lowest || value > highest) {
    wrong_type(expected);
  }
  return value;
}

double Value::number(double lowest, double highest) const {
  const std::string expected = fmt::format("a number from {} to {}", lowest, highest);
  const std::string text = scalar(expected, true);
  double value = 0;
  const auto [stop, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  const bool is_number = error == std::errc() && stop == text.data() + text.size();
  if (!is_number || !(value >= lowest && value <= highest) || !std::isfinite(value)) {
    wrong_type(expected);
  }
  return value;
}

bool Value::boolean() const {
  const std::string expected = "true or false";
  const std::string text = scalar(expected, true);
  if (text != "true" && text != "false") wrong_type(expected);
  return text == "true";
}

std::string Value::text() const {
  const std::string expected = "a text";
  std::string text = scalar(expected, false);
  if (text.empty()) wrong_type(expected);
  if (text.find('\0') != std::string::npos) fail(name_ + " contains a zero byte");
  return text;
}

std::size_t Value::choice(const std::vector<std::string>& choices) const {
  const std::string expected = join_or(choices);
  const std::string text = scalar(expected, false);
  const auto found = std::find(choices.begin(), choices.end(), text);
  if (found != choices.end()) return static_cast<std::size_t>(found - choices.begin());
  const bool is_word = !text.empty() && std::isdigit(static_cast<unsigned char>(text[0])) == 0;
  const std::optional<std::string> near = is_word ? nearest(text, choices) : std::nullopt;
  wrong_type(near ? fmt::format("{} (nearest: {})", expected, *near) : expected);
}

std::vector<Value> Value::list() const {
  if (!node_.IsSequence()) wrong_type("a list");
  if (node_.size() == 0)
    fail((name_.empty() ? "the file" : name_) + " is an empty list, expected at least one entry");
  std::vector<Value> values;
  for (const YAML::Node& node : node_) {
    const YAML::Mark mark = node.Mark();
    values.push_back(Value(file_, node, fmt::format("{}[{}]", name_, values.size()),
                           mark.is_null() ? place_ : Place{mark.line, mark.column}));
  }
  return values;
}

Mapping Value::mapping(std::vector<std::string> keys) const {
  if (!node_.IsMap())
    wrong_type(fmt::format("a mapping with keys among {}", fmt::join(keys, ", ")));
  return Mapping(*this, std::move(keys));
}

Mapping::Mapping(Value value, std::vector<std::string> keys)
    : value_(std::move(value)), keys_(std::move(keys)) {
  const std::string within = value_.name_.empty() ? "" : fmt::format(" in {}", value_.name_);
  for (const auto& entry : value_.node_) {
    const YAML::Mark mark = entry.first.Mark();
    const Value::Place key_place{mark.line, mark.column};
    const Value key_value(value_.file_, entry.first, "a key" + within, key_place);
    const std::string key = key_value.scalar("a text", false);
    if (std::find(keys_.begin(), keys_.end(), key) == keys_.end()) {
      const std::optional<std::string> near = nearest(key, keys_);
      key_value.fail(fmt::format("unknown key {}{}, expected {}{}", quoted(key), within,
                                 join_or(keys_),
                                 near ? fmt::format(" (nearest valid key: {})", *near) : ""));
    }
    if (find(key)) {
      key_value.fail(fmt::format("key '{}' is given twice{}, expected once", key, within));
    }
    // An absent value has no place of its own.
    const YAML::Mark value_mark = entry.second.Mark();
    const bool placed = !value_mark.is_null() && !entry.second.IsNull();
    entries_.emplace_back(
        key, Value(value_.file_, entry.second, value_.child_name(key),
                   placed ? Value::Place{value_mark.line, value_mark.column} : key_place));
  }
}

std::optional<Value> Mapping::find(const std::string& key) const {
  if (std::find(keys_.begin(), keys_.end(), key) == keys_.end()) {
    throw std::logic_error("key '" + key + "' was not announced");
  }
  for (const auto& [name, value] : entries_) {
    if (name == key) return value;
  }
  return std::nullopt;
}

Value Mapping::require(const std::string& key) const {
  if (const std::optional<Value> value = find(key)) return *value;
  value_.fail(fmt::format("{} has no '{}', expected the key '{}'",
                          value_.name_.empty() ? "the file" : value_.name_, key, key));
}

}  // namespace gradcore::config
