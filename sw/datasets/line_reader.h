// SPDX-License-Identifier: Apache-2.0
// Lines of text files of any size, compressed with gzip or not.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>

namespace gradcore::datasets {

class LineReader {
 public:
  // Throws io::FileError when the file cannot be opened.
  explicit LineReader(const std::filesystem::path& path);
  ~LineReader();
  LineReader(const LineReader&) = delete;
  LineReader& operator=(const LineReader&) = delete;

  // The next line without its end, LF or CRLF; valid until the next call. False when there is none;
  // a file's last line need not have an end. Throws io::FileError when the file cannot be read,
  // what is compressed is damaged or cut off, or a line is longer than 1 MiB.
  bool next(std::string_view& line);

  // Of the line that next() gave, from 1.
  std::uint64_t number() const { return number_; }
  // "file:number", for messages.
  std::string place() const;

 private:
  struct File;

  bool fill();

  std::string name_;
  std::unique_ptr<File> file_;
  std::string buffer_;
  std::size_t begin_ = 0, end_ = 0;  // of what is in the buffer and not yet given
  std::uint64_t number_ = 0;
};

}  // namespace gradcore::datasets
