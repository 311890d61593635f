// SPDX-License-Identifier: Apache-2.0
#include "sw/io/atomic_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <streambuf>
#include <system_error>

namespace gradcore::io {
namespace fs = std::filesystem;
namespace {

[[noreturn]] void fail(const fs::path& path, const std::string& why) {
  throw FileError(fmt::format("cannot write '{}': {}", path.string(), why));
}

std::string error_text(int error) { return std::generic_category().message(error); }

// A stream buffer over a descriptor that remembers why writing failed (std::ofstream does not).
class DescriptorBuffer : public std::streambuf {
 public:
  explicit DescriptorBuffer(int fd) : fd_(fd) { setp(buffer_.data(), end()); }
  int error() const { return error_; }

 protected:
  int_type overflow(int_type c) override {
    if (sync() != 0) return traits_type::eof();
    if (!traits_type::eq_int_type(c, traits_type::eof())) sputc(traits_type::to_char_type(c));
    return traits_type::not_eof(c);
  }

  int sync() override {
    const bool written = write_all(pbase(), static_cast<std::size_t>(pptr() - pbase()));
    setp(buffer_.data(), end());
    return written ? 0 : -1;
  }

  pos_type seekoff(off_type offset, std::ios::seekdir from, std::ios::openmode) override {
    if (sync() != 0) return pos_type(off_type(-1));
    const int whence = from == std::ios::beg   ? SEEK_SET
                       : from == std::ios::cur ? SEEK_CUR
                                               : SEEK_END;
    const off_t position = ::lseek(fd_, offset, whence);
    if (position < 0) error_ = errno;
    return pos_type(off_type(position));
  }

  pos_type seekpos(pos_type position, std::ios::openmode mode) override {
    return seekoff(off_type(position), std::ios::beg, mode);
  }

  std::streamsize xsputn(const char* data, std::streamsize count) override {
    if (count <= epptr() - pptr()) return std::streambuf::xsputn(data, count);
    if (sync() != 0 || !write_all(data, static_cast<std::size_t>(count))) return 0;
    return count;
  }

 private:
  char* end() { return buffer_.data() + buffer_.size(); }

  bool write_all(const char* data, std::size_t count) {
    while (error_ == 0 && count > 0) {
      const ssize_t written = ::write(fd_, data, count);
      if (written < 0) {
        if (errno != EINTR) error_ = errno;
        continue;
      }
      data += written;
      count -= static_cast<std::size_t>(written);
    }
    return error_ == 0;
  }

  int fd_;
  int error_ = 0;
  std::array<char, 65536> buffer_;
};

}  // namespace

class AtomicFile::Descriptor {
 public:
  Descriptor(fs::path path, int fd) : path_(std::move(path)), fd_(fd), buffer_(fd) {}
  ~Descriptor() {
    if (fd_ >= 0) ::close(fd_);
    if (!renamed_) ::unlink(path_.c_str());
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;

  // 0, or the errno of what went wrong.
  int finish(const fs::path& target) {
    stream_.flush();
    if (buffer_.error() != 0) return buffer_.error();
    if (!stream_) return EIO;  // whoever wrote it gave up
    // Some file systems report a full disk only now.
    if (::fsync(fd_) != 0 && errno != EINVAL) return errno;
    const int fd = fd_;
    fd_ = -1;
    if (::close(fd) != 0) return errno;
    if (std::rename(path_.c_str(), target.c_str()) != 0) return errno;
    renamed_ = true;
    // Without this a power failure may undo the renaming. It cannot be undone here, and some file
    // systems do not know it, so nobody is told when it fails.
    const fs::path folder = target.has_parent_path() ? target.parent_path() : fs::path(".");
    const int directory = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (directory >= 0) {
      ::fsync(directory);
      ::close(directory);
    }
    return 0;
  }

  const fs::path& path() const { return path_; }
  std::ostream& stream() { return stream_; }

 private:
  fs::path path_;
  int fd_;
  bool renamed_ = false;
  DescriptorBuffer buffer_;
  std::ostream stream_{&buffer_};
};

AtomicFile::AtomicFile(const fs::path& path) : name_(path), target_(path) {
  if (path.empty() || !path.has_filename()) fail(path, "that is not the name of a file");
  std::error_code ignored;
  if (fs::is_symlink(path, ignored)) {
    const fs::path real = fs::weakly_canonical(path, ignored);
    if (!real.empty()) target_ = real;
  }
  const fs::path folder = target_.has_parent_path() ? target_.parent_path() : fs::path(".");
  std::error_code error;
  const fs::file_status status = fs::status(target_, error);
  if (fs::is_directory(status)) fail(path, "it is a directory");
  if (fs::exists(status) && !fs::is_regular_file(status)) fail(path, "it is not a regular file");
  if (fs::exists(status) && ::access(target_.c_str(), W_OK) != 0) fail(path, error_text(errno));
  if (!fs::is_directory(folder, error)) {
    fail(path, fmt::format("there is no directory '{}'", folder.string()));
  }

  for (int attempt = 0; file_ == nullptr; ++attempt) {
    const fs::path temporary = folder / fmt::format(".gradcore-{}-{}.tmp", ::getpid(), attempt);
    const int fd = ::open(temporary.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    if (fd >= 0) {
      file_ = std::make_unique<Descriptor>(temporary, fd);
      if (fs::exists(status)) ::fchmod(fd, static_cast<mode_t>(status.permissions()));
    } else if (errno != EEXIST || attempt == 1000) {
      fail(path, error_text(errno));
    }
  }
}

AtomicFile::~AtomicFile() = default;

std::ostream& AtomicFile::stream() { return file_->stream(); }

const fs::path& AtomicFile::temporary_path() const { return file_->path(); }

void AtomicFile::commit() {
  const int error = file_->finish(target_);
  if (error != 0) fail(name_, error_text(error));
}

void require_writable(const fs::path& path) { const AtomicFile probe(path); }

void make_folder(const fs::path& path) {
  std::error_code error;
  fs::create_directories(path, error);
  if (error) {
    throw FileError(fmt::format("cannot make the folder '{}': {}", path.string(), error.message()));
  }
}

}  // namespace gradcore::io
