// SPDX-License-Identifier: Apache-2.0
// Text for a language model of characters: what nanoGPT does with Shakespeare.
#pragma once

#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace gradcore::datasets {

// Sequences side by side: row b has `length` tokens and, of each, the one that follows.
struct TokenBatch {
  std::uint32_t batch = 0, length = 0;
  std::vector<std::uint32_t> tokens, next;  // batch x length
  bool operator==(const TokenBatch&) const = default;
};

// A character is a byte: any file is text, UTF-8 is several characters, and the CR of a file with
// CRLF is one too. Its id is its place in the vocabulary, the bytes that occur in ascending order.
class Text {
 public:
  // The GNU General Public License, which every Debian has.
  static std::filesystem::path default_path();

  // Reads a file; an empty path stands for the default. Throws io::FileError when it cannot be read
  // or is empty.
  static Text load(const std::filesystem::path& path = {});
  // `name` is for messages. Throws io::FileError when there are no characters.
  Text(std::string name, std::string_view characters);

  const std::string& vocabulary() const { return vocabulary_; }  // 1 to 256 bytes
  // Ids of the characters in order: the last tenth (rounded down) is for validation.
  std::span<const std::uint8_t> train() const {
    return all().first(ids_.size() - ids_.size() / 10);
  }
  std::span<const std::uint8_t> validation() const { return all().last(ids_.size() / 10); }

  // Throws io::FileError, with file and sizes, unless both parts have a sequence of `length`
  // characters and one more, which follows the last.
  void require_sequences(std::size_t length) const;

  // Throws std::invalid_argument, in a sentence, for a character that is not in the vocabulary.
  std::vector<std::uint8_t> encode(std::string_view characters) const;
  // Throws std::out_of_range for an id that is none.
  std::string decode(std::span<const std::uint32_t> ids) const;

 private:
  std::span<const std::uint8_t> all() const { return ids_; }

  std::string name_, vocabulary_;
  std::vector<std::uint8_t> ids_;
};

// The sequences that begin at these places. Throws std::out_of_range when one has not `length`
// tokens and another behind them.
TokenBatch token_batch(std::span<const std::uint8_t> ids, std::span<const std::uint64_t> starts,
                       std::uint32_t length);

// For training: `batch` sequences at random places, all alike, a function of (seed, step). Throws
// std::out_of_range when there is no place for one.
TokenBatch random_tokens(std::span<const std::uint8_t> ids, std::uint32_t batch,
                         std::uint32_t length, std::uint64_t seed, std::uint64_t step);

// For validation: where sequences begin that have every token once as one to predict, but the first
// and up to length - 1 at the end. Empty when there is none.
std::vector<std::uint64_t> consecutive_starts(std::size_t ids, std::uint32_t length);

}  // namespace gradcore::datasets
