// SPDX-License-Identifier: Apache-2.0
#include "sw/datasets/text.h"

#include <fmt/format.h>

#include <array>
#include <cerrno>
#include <fstream>
#include <iterator>
#include <stdexcept>
#include <system_error>

#include "sw/datasets/random_stream.h"
#include "sw/io/error.h"

namespace gradcore::datasets {
namespace fs = std::filesystem;
namespace {

constexpr std::uint64_t kStartStream = 0x5000;

std::string printed(unsigned char character) {
  const bool is_printable = character > ' ' && character <= '~';
  return is_printable ? fmt::format("'{}'", static_cast<char>(character))
                      : fmt::format("byte 0x{:02x}", character);
}

}  // namespace

fs::path Text::default_path() { return "/usr/share/common-licenses/GPL-3"; }

Text Text::load(const fs::path& path) {
  const fs::path from = path.empty() ? default_path() : path;
  errno = 0;
  std::ifstream file(from, std::ios::binary);
  if (!file || fs::is_directory(from)) {
    const std::string why = std::generic_category().message(file ? EISDIR : errno);
    throw io::FileError(
        fmt::format("cannot read the text '{}': {}{}", from.string(), why,
                    path.empty() ? " (it comes with Debian; please name another text)" : ""));
  }
  const std::string characters(std::istreambuf_iterator<char>(file), {});
  if (file.bad()) {
    throw io::FileError(fmt::format("'{}' could not be read to its end", from.string()));
  }
  return {from.string(), characters};
}

Text::Text(std::string name, std::string_view characters) : name_(std::move(name)) {
  if (characters.empty()) {
    throw io::FileError(fmt::format("'{}' is empty, expected text", name_));
  }
  std::array<bool, 256> occurs{};
  for (const char c : characters) occurs[static_cast<unsigned char>(c)] = true;
  std::array<std::uint8_t, 256> id{};
  for (std::size_t byte = 0; byte < occurs.size(); ++byte) {
    if (!occurs[byte]) continue;
    id[byte] = static_cast<std::uint8_t>(vocabulary_.size());
    vocabulary_ += static_cast<char>(byte);
  }
  ids_.reserve(characters.size());
  for (const char c : characters) ids_.push_back(id[static_cast<unsigned char>(c)]);
}

void Text::require_sequences(std::size_t length) const {
  if (validation().size() > length) return;  // the smaller part
  throw io::FileError(fmt::format(
      "'{}' has {} characters to train with and {} for validation, expected at least {} in each: a "
      "sequence of {} and the one that follows",
      name_, train().size(), validation().size(), length + 1, length));
}

std::vector<std::uint8_t> Text::encode(std::string_view characters) const {
  std::vector<std::uint8_t> ids;
  ids.reserve(characters.size());
  for (std::size_t i = 0; i < characters.size(); ++i) {
    const std::size_t id = vocabulary_.find(characters[i]);
    if (id == std::string::npos) {
      throw std::invalid_argument(
          fmt::format("character {} of the text to encode is {}, which '{}' does not have", i + 1,
                      printed(static_cast<unsigned char>(characters[i])), name_));
    }
    ids.push_back(static_cast<std::uint8_t>(id));
  }
  return ids;
}

std::string Text::decode(std::span<const std::uint32_t> ids) const {
  std::string characters;
  for (const std::uint32_t id : ids) {
    if (id >= vocabulary_.size()) {
      throw std::out_of_range(
          fmt::format("token {} of a vocabulary of {}", id, vocabulary_.size()));
    }
    characters += vocabulary_[id];
  }
  return characters;
}

TokenBatch token_batch(std::span<const std::uint8_t> ids, std::span<const std::uint64_t> starts,
                       std::uint32_t length) {
  TokenBatch out{static_cast<std::uint32_t>(starts.size()), length, {}, {}};
  out.tokens.reserve(starts.size() * length);
  out.next.reserve(starts.size() * length);
  for (const std::uint64_t start : starts) {
    if (ids.size() <= length || start >= ids.size() - length) {
      throw std::out_of_range(fmt::format("a sequence of {} and one more token from {} on of {}",
                                          length, start, ids.size()));
    }
    const auto row = ids.subspan(start, std::size_t{length} + 1);
    out.tokens.insert(out.tokens.end(), row.begin(), row.end() - 1);
    out.next.insert(out.next.end(), row.begin() + 1, row.end());
  }
  return out;
}

TokenBatch random_tokens(std::span<const std::uint8_t> ids, std::uint32_t batch,
                         std::uint32_t length, std::uint64_t seed, std::uint64_t step) {
  RandomStream random(seed, kStartStream, step);
  std::vector<std::uint64_t> starts(batch, 0);
  if (ids.size() > length) {
    for (std::uint64_t& start : starts) start = random.below(ids.size() - length);
  }
  return token_batch(ids, starts, length);
}

std::vector<std::uint64_t> consecutive_starts(std::size_t ids, std::uint32_t length) {
  std::vector<std::uint64_t> starts;
  if (length == 0) return starts;
  for (std::uint64_t start = 0; start + length < ids; start += length) starts.push_back(start);
  return starts;
}

}  // namespace gradcore::datasets
