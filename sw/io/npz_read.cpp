// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>
#include <zip.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <fstream>
#include <streambuf>
#include <string_view>
#include <unordered_map>

#include "sw/io/npy.h"
#include "sw/io/npz.h"
#include "sw/io/npz_checksum.h"

namespace gradcore::io {
namespace fs = std::filesystem;
namespace {

constexpr std::string_view kSuffix = ".npy";
constexpr std::size_t kEndRecord = 22;    // bytes of zip's last record without the comment
constexpr std::uint64_t kDeflate = 1032;  // no byte of deflated data stands for more bytes

[[noreturn]] void fail(const std::string& name, const std::string& why) {
  throw FileError(fmt::format("'{}' {}", name, why));
}

// The bytes of an entry. Throws FileError.
class EntryBuffer : public std::streambuf {
 public:
  EntryBuffer(zip_t* archive, zip_uint64_t index, std::string name)
      : file_(zip_fopen_index(archive, index, 0)), name_(std::move(name)) {
    if (file_ == nullptr) fail(name_, fmt::format("cannot be read: {}", zip_strerror(archive)));
  }

  // Zip's CRC is that of the whole entry: libzip compares it when the end is met.
  void expect_end() {
    if (sgetc() != traits_type::eof()) fail(name_, "is longer than its directory says");
  }

 protected:
  int_type underflow() override {
    const std::streamsize count = read(buffer_.data(), buffer_.size());
    setg(buffer_.data(), buffer_.data(), buffer_.data() + count);
    return count == 0 ? traits_type::eof() : traits_type::to_int_type(buffer_[0]);
  }

  std::streamsize xsgetn(char* out, std::streamsize count) override {
    std::streamsize done = std::min<std::streamsize>(count, egptr() - gptr());
    std::copy_n(gptr(), done, out);
    gbump(static_cast<int>(done));
    // The rest goes straight to where it is wanted.
    while (done < count) {
      const std::streamsize more = read(out + done, static_cast<zip_uint64_t>(count - done));
      if (more == 0) break;
      done += more;
    }
    return done;
  }

 private:
  struct Close {
    void operator()(zip_file_t* file) const { zip_fclose(file); }
  };

  std::streamsize read(char* out, zip_uint64_t count) {
    const zip_int64_t got = zip_fread(file_.get(), out, std::min<zip_uint64_t>(count, 1u << 20));
    if (got < 0) {
      zip_error_t* const error = zip_file_get_error(file_.get());
      fail(name_, zip_error_code_zip(error) == ZIP_ER_CRC
                      ? "is damaged: its CRC is another one"
                      : fmt::format("is damaged: {}", zip_error_strerror(error)));
    }
    return got;
  }

  std::unique_ptr<zip_file_t, Close> file_;
  std::string name_;
  std::array<char, 4096> buffer_{};
};

// Everything that can be said of a file before zip looks at it.
void check_whole(const fs::path& path) {
  const std::string name = path.string();
  std::error_code error;
  const fs::file_status status = fs::status(path, error);
  if (!fs::exists(status)) {
    throw FileError(
        fmt::format("cannot read '{}': {}", name, error ? error.message() : "no such file"));
  }
  if (!fs::is_regular_file(status)) fail(name, "is not a regular file, expected a .npz file");
  errno = 0;
  std::ifstream file(path, std::ios::binary);
  if (!file) {
    throw FileError(
        fmt::format("cannot read '{}': {}", name, std::generic_category().message(errno)));
  }
  const std::uint64_t bytes = fs::file_size(path);
  std::string begin(4, '\0');
  if (!file.read(begin.data(), 4) || (begin != "PK\x03\x04" && begin != "PK\x05\x06")) {
    fail(name, "is not a .npz file (it does not begin as zip archives do)");
  }
  const auto read_end = [&](std::size_t count) {
    std::string text(std::min<std::uint64_t>(count, bytes), '\0');
    file.seekg(-static_cast<std::streamoff>(text.size()), std::ios::end);
    file.read(text.data(), static_cast<std::streamsize>(text.size()));
    return text;
  };
  const std::string end = read_end(kChecksumLabel.size() + kChecksumDigits);
  if (end.starts_with(kChecksumLabel)) {
    const std::string digits = end.substr(kChecksumLabel.size());
    file.seekg(0);
    const auto crc = crc32_of(file, bytes - kChecksumDigits);
    if (!crc) fail(name, "could not be read to its end");
    if (digits != fmt::format("{:08x}", *crc)) {
      fail(name, fmt::format("is damaged: its CRC is {:08x}, expected {}", *crc, digits));
    }
    return;
  }
  // NumPy writes no comment: what has one is not from here or not whole.
  const std::string record = read_end(kEndRecord);
  if (!record.starts_with("PK\x05\x06") || !record.ends_with(std::string(2, '\0'))) {
    fail(name, "is damaged or truncated: it does not end as archives of NumPy or GradCore do");
  }
}

}  // namespace

class NpzFile::Archive {
 public:
  explicit Archive(const fs::path& path) : path_(path.string()) {
    check_whole(path);
    int code = 0;
    zip_.reset(zip_open(path.c_str(), ZIP_RDONLY | ZIP_CHECKCONS, &code));
    if (zip_ == nullptr) {
      zip_error_t error;
      zip_error_init_with_code(&error, code);
      const std::string why = zip_error_strerror(&error);
      zip_error_fini(&error);
      fail(path_, fmt::format("is damaged or truncated: {}", why));
    }
    const auto count = static_cast<zip_uint64_t>(zip_get_num_entries(zip_.get(), 0));
    for (zip_uint64_t i = 0; i < count; ++i) add(i, fs::file_size(path));
  }

  const std::vector<std::string>& names() const { return names_; }
  bool contains(const std::string& name) const { return entries_.contains(name); }

  Array load(const std::string& name) {
    const auto found = entries_.find(name);
    if (found == entries_.end()) {
      fail(path_, fmt::format("has no array '{}'; it has {}", name, fmt::join(names_, ", ")));
    }
    const auto [index, bytes] = found->second;
    const std::string title = fmt::format("{}:{}", path_, name);
    EntryBuffer buffer(zip_.get(), index, title);
    std::istream stream(&buffer);
    stream.exceptions(std::ios::badbit);  // lets what the buffer throws pass
    Array array = read_npy(stream, bytes, title);
    buffer.expect_end();
    return array;
  }

 private:
  struct Close {
    void operator()(zip_t* archive) const { zip_discard(archive); }
  };
  struct Entry {
    zip_uint64_t index, bytes;
  };

  void add(zip_uint64_t index, std::uint64_t file_bytes) {
    zip_stat_t status;
    if (zip_stat_index(zip_.get(), index, 0, &status) != 0) {
      fail(path_, fmt::format("is damaged: {}", zip_strerror(zip_.get())));
    }
    const std::string file = status.name;
    if (!file.ends_with(kSuffix) ||
        std::any_of(file.begin(), file.end(), [](unsigned char c) { return c < ' '; })) {
      fail(path_,
           fmt::format("holds something else than arrays (entry {} is no .npy file)", index));
    }
    if (status.encryption_method != ZIP_EM_NONE ||
        (status.comp_method != ZIP_CM_STORE && status.comp_method != ZIP_CM_DEFLATE)) {
      fail(path_, fmt::format("has '{}' in a way that NumPy does not write, expected stored or "
                              "deflated data",
                              file));
    }
    // So that nobody asks for memory for an entry that cannot be as long as it says.
    const std::uint64_t most =
        status.comp_method == ZIP_CM_STORE ? status.comp_size : status.comp_size * kDeflate;
    if (status.comp_size > file_bytes || status.size > most) {
      fail(path_, fmt::format("is damaged: '{}' cannot have {} bytes", file, status.size));
    }
    const std::string name = file.substr(0, file.size() - kSuffix.size());
    names_.push_back(name);
    if (!entries_.emplace(name, Entry{index, status.size}).second) {
      fail(path_, fmt::format("has two arrays '{}'", name));
    }
  }

  std::string path_;
  std::unique_ptr<zip_t, Close> zip_;
  std::vector<std::string> names_;
  std::unordered_map<std::string, Entry> entries_;
};

NpzFile::NpzFile(const fs::path& path) : archive_(std::make_unique<Archive>(path)) {}
NpzFile::~NpzFile() = default;

const std::vector<std::string>& NpzFile::names() const { return archive_->names(); }
bool NpzFile::contains(const std::string& name) const { return archive_->contains(name); }
Array NpzFile::load(const std::string& name) { return archive_->load(name); }

std::vector<NamedArray> load_npz(const fs::path& path) {
  NpzFile file(path);
  std::vector<NamedArray> arrays;
  arrays.reserve(file.names().size());
  for (const std::string& name : file.names()) arrays.push_back({name, file.load(name)});
  return arrays;
}

}  // namespace gradcore::io
