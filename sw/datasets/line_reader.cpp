// SPDX-License-Identifier: Apache-2.0
#include "sw/datasets/line_reader.h"

#include <fmt/format.h>
#include <zlib.h>

#include <cerrno>
#include <cstring>
#include <system_error>

#include "sw/io/error.h"

namespace gradcore::datasets {
namespace fs = std::filesystem;
namespace {

constexpr std::size_t kLongestLine = std::size_t{1} << 20;

}  // namespace

// zlib gives the bytes of a file that is not compressed as they are.
struct LineReader::File {
  explicit File(const fs::path& path) : handle(gzopen(path.c_str(), "rb")) {}
  ~File() {
    if (handle != nullptr) gzclose(handle);
  }
  File(const File&) = delete;
  File& operator=(const File&) = delete;

  gzFile handle;
};

LineReader::LineReader(const fs::path& path) : name_(path.string()) {
  errno = 0;
  file_ = std::make_unique<File>(path);
  std::error_code ignored;
  const bool is_folder = fs::is_directory(path, ignored);
  if (file_->handle == nullptr || is_folder) {
    throw io::FileError(fmt::format("cannot read '{}': {}", name_,
                                    std::generic_category().message(is_folder ? EISDIR : errno)));
  }
  gzbuffer(file_->handle, 1u << 17);
  // Room for the longest line and another read.
  buffer_.resize(kLongestLine + (std::size_t{1} << 18));
}

LineReader::~LineReader() = default;

std::string LineReader::place() const { return fmt::format("{}:{}", name_, number_); }

// More of the file behind what is there; false at its end.
bool LineReader::fill() {
  std::memmove(buffer_.data(), buffer_.data() + begin_, end_ - begin_);
  end_ -= begin_;
  begin_ = 0;
  errno = 0;
  const int count =
      gzread(file_->handle, buffer_.data() + end_, static_cast<unsigned>(buffer_.size() - end_));
  int code = Z_OK;
  const char* const why = gzerror(file_->handle, &code);
  if (count < 0 || code < 0) {
    std::string reason = code == Z_ERRNO ? std::generic_category().message(errno) : why;
    // zlib's sentences begin with the name of the file.
    if (reason.starts_with(name_ + ": ")) reason.erase(0, name_.size() + 2);
    throw io::FileError(
        fmt::format("'{}' could not be read after line {}: {}", name_, number_, reason));
  }
  end_ += static_cast<std::size_t>(count);
  return count > 0;
}

bool LineReader::next(std::string_view& line) {
  std::size_t searched = 0;
  for (;;) {
    const char* const from = buffer_.data() + begin_;
    const void* const found = std::memchr(from + searched, '\n', end_ - begin_ - searched);
    std::size_t length = end_ - begin_;
    bool is_line = false;
    if (found != nullptr) {
      length = static_cast<std::size_t>(static_cast<const char*>(found) - from);
      is_line = true;
    }
    searched = end_ - begin_;
    if (length > kLongestLine) {
      throw io::FileError(fmt::format("{}:{}: a line of more than 1 MiB", name_, number_ + 1));
    }
    if (!is_line && fill()) continue;
    if (!is_line && length == 0) return false;
    ++number_;
    line = std::string_view(buffer_.data() + begin_, length);
    begin_ += length + (is_line ? 1 : 0);
    if (line.ends_with('\r')) line.remove_suffix(1);
    return true;
  }
}

}  // namespace gradcore::datasets
