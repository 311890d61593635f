// SPDX-License-Identifier: Apache-2.0
// libzip asks for the entries' bytes and gives those of the archive through callbacks, a command
// each: Reading and Writing below.
#include <fmt/format.h>
#include <zip.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <exception>
#include <fstream>
#include <set>
#include <stdexcept>

#include "sw/io/atomic_file.h"
#include "sw/io/npy.h"
#include "sw/io/npz.h"
#include "sw/io/npz_checksum.h"

namespace gradcore::io {
namespace fs = std::filesystem;
namespace {

constexpr std::uint16_t kDosDate1980 = 0x21;  // the first day there is; NumPy dates its entries so
constexpr std::size_t kLongestName = 1000;

bool is_name(const std::string& name) {
  return !name.empty() && name.size() <= kLongestName &&
         std::all_of(name.begin(), name.end(),
                     [](char c) { return c >= ' ' && c <= '~' && c != '\\'; });
}

// A libzip source: what it was created with, and the error that its owner wants to know.
class Source {
 public:
  virtual ~Source() { zip_error_fini(&error_); }
  Source(const Source&) = delete;
  Source& operator=(const Source&) = delete;

  zip_source_t* create() {
    zip_source_t* const source = zip_source_function_create(&Source::callback, this, nullptr);
    if (source == nullptr) throw std::bad_alloc();
    return source;
  }
  // What a callback threw, which may not pass through C.
  void rethrow() const {
    if (thrown_) std::rethrow_exception(thrown_);
  }

 protected:
  Source() { zip_error_init(&error_); }
  virtual zip_int64_t handle(zip_source_cmd_t command, void* data, zip_uint64_t length) = 0;

  zip_int64_t refuse(int zip_code, int system_code) {
    zip_error_set(&error_, zip_code, system_code);
    return -1;
  }

 private:
  static zip_int64_t callback(void* self, void* data, zip_uint64_t length,
                              zip_source_cmd_t command) {
    auto& source = *static_cast<Source*>(self);
    if (command == ZIP_SOURCE_ERROR) return zip_error_to_data(&source.error_, data, length);
    try {
      return source.handle(command, data, length);
    } catch (...) {
      source.thrown_ = std::current_exception();
      return source.refuse(ZIP_ER_INTERNAL, 0);
    }
  }

  zip_error_t error_{};
  std::exception_ptr thrown_;
};

// The .npy file of an entry.
class Reading : public Source {
 public:
  explicit Reading(const NpzEntry& entry)
      : entry_(entry),
        header_(npy_header_bytes(entry.type, entry.shape)),
        bytes_(header_.size() + data_bytes(entry.type, entry.shape).value()) {}

 protected:
  zip_int64_t handle(zip_source_cmd_t command, void* data, zip_uint64_t length) override {
    switch (command) {
      case ZIP_SOURCE_SUPPORTS:
        return ZIP_SOURCE_SUPPORTS_READABLE;
      case ZIP_SOURCE_OPEN:
        position_ = 0;
        return 0;
      case ZIP_SOURCE_READ:
        return read(static_cast<std::byte*>(data), length);
      case ZIP_SOURCE_STAT: {
        auto* const status = static_cast<zip_stat_t*>(data);
        zip_stat_init(status);
        status->valid = ZIP_STAT_SIZE;
        status->size = bytes_;
        return sizeof(zip_stat_t);
      }
      case ZIP_SOURCE_CLOSE:
      case ZIP_SOURCE_FREE:
        return 0;
      default:
        return refuse(ZIP_ER_OPNOTSUPP, 0);
    }
  }

 private:
  zip_int64_t read(std::byte* out, std::uint64_t length) {
    const std::uint64_t count = std::min(length, bytes_ - position_);
    const std::uint64_t head =
        position_ < header_.size() ? std::min<std::uint64_t>(count, header_.size() - position_) : 0;
    if (head > 0) std::memcpy(out, header_.data() + position_, head);
    if (count > head) {
      entry_.fill(position_ + head - header_.size(), std::span(out + head, count - head));
    }
    position_ += count;
    return static_cast<zip_int64_t>(count);
  }

  const NpzEntry& entry_;
  std::string header_;
  std::uint64_t bytes_;
  std::uint64_t position_ = 0;
};

// The archive, which libzip writes with a header changed now and then after its entry.
class Writing : public Source {
 public:
  explicit Writing(std::ostream& out) : out_(out) {}

 protected:
  zip_int64_t handle(zip_source_cmd_t command, void* data, zip_uint64_t length) override {
    switch (command) {
      case ZIP_SOURCE_SUPPORTS:
        return ZIP_SOURCE_SUPPORTS_WRITABLE;
      case ZIP_SOURCE_STAT:
        return refuse(ZIP_ER_READ, ENOENT);  // an archive that is not there yet
      case ZIP_SOURCE_WRITE:
        out_.write(static_cast<const char*>(data), static_cast<std::streamsize>(length));
        return out_ ? static_cast<zip_int64_t>(length) : refuse(ZIP_ER_WRITE, errno);
      case ZIP_SOURCE_TELL_WRITE:
        return static_cast<zip_int64_t>(out_.tellp());
      case ZIP_SOURCE_SEEK_WRITE: {
        const auto* const to = ZIP_SOURCE_GET_ARGS(zip_source_args_seek_t, data, length, nullptr);
        if (to == nullptr) return refuse(ZIP_ER_INVAL, 0);
        out_.seekp(to->offset, to->whence == SEEK_SET   ? std::ios::beg
                               : to->whence == SEEK_CUR ? std::ios::cur
                                                        : std::ios::end);
        return out_ ? 0 : refuse(ZIP_ER_SEEK, errno);
      }
      case ZIP_SOURCE_BEGIN_WRITE:
      case ZIP_SOURCE_COMMIT_WRITE:
      case ZIP_SOURCE_ROLLBACK_WRITE:
      case ZIP_SOURCE_REMOVE:
      case ZIP_SOURCE_FREE:
        return 0;
      default:
        return refuse(ZIP_ER_OPNOTSUPP, 0);
    }
  }

 private:
  std::ostream& out_;
};

// Whatever happens, the archive gives its sources back before they end.
struct Discard {
  void operator()(zip_t* archive) const { zip_discard(archive); }
};
using ArchivePointer = std::unique_ptr<zip_t, Discard>;

ArchivePointer new_archive(Writing& writing) {
  zip_source_t* const source = writing.create();
  zip_t* const archive = zip_open_from_source(source, ZIP_CREATE | ZIP_TRUNCATE, nullptr);
  if (archive == nullptr) {
    zip_source_free(source);
    throw std::bad_alloc();
  }
  return ArchivePointer(archive);
}

void add(zip_t* archive, const NpzEntry& entry, Reading& reading) {
  zip_source_t* const source = reading.create();
  const std::string name = entry.name + ".npy";
  const zip_int64_t index = zip_file_add(archive, name.c_str(), source, ZIP_FL_ENC_UTF_8);
  if (index < 0) {
    zip_source_free(source);
    throw std::bad_alloc();
  }
  const auto number = static_cast<zip_uint64_t>(index);
  if (zip_set_file_compression(archive, number, ZIP_CM_STORE, 0) != 0 ||
      zip_file_set_dostime(archive, number, 0, kDosDate1980, 0) != 0) {
    throw std::bad_alloc();
  }
}

// Puts the digits at the end of what was written so far.
void write_checksum(AtomicFile& file, const fs::path& path) {
  file.stream().seekp(-static_cast<std::streamoff>(kChecksumDigits), std::ios::end);
  const auto bytes = file.stream().tellp();
  file.stream().flush();
  if (!file.stream()) return;
  std::ifstream written(file.temporary_path(), std::ios::binary);
  const auto crc = crc32_of(written, static_cast<std::uint64_t>(bytes));
  if (!crc) {
    throw FileError(fmt::format("cannot write '{}': it could not be read again", path.string()));
  }
  file.stream() << fmt::format("{:08x}", *crc);
}

void check(std::span<const NpzEntry> entries) {
  if (entries.empty()) throw std::invalid_argument("save_npz: no arrays");
  std::set<std::string> names;
  for (const NpzEntry& entry : entries) {
    if (!is_name(entry.name)) {
      throw std::invalid_argument(fmt::format("save_npz: '{}' is no name", entry.name));
    }
    if (!names.insert(entry.name).second) {
      throw std::invalid_argument(fmt::format("save_npz: '{}' is there twice", entry.name));
    }
    if (!data_bytes(entry.type, entry.shape)) {
      throw std::invalid_argument(fmt::format("save_npz: '{}' is too large", entry.name));
    }
  }
}

}  // namespace

NpzEntry npz_entry(std::string name, const Array& array) {
  if (data_bytes(array.type, array.shape) != array.bytes.size()) {
    throw std::invalid_argument(
        fmt::format("save_npz: the shape of '{}' does not match its number of bytes", name));
  }
  return {std::move(name), array.type, array.shape,
          [bytes = std::span(array.bytes)](std::uint64_t offset, std::span<std::byte> piece) {
            std::copy_n(bytes.begin() + static_cast<std::ptrdiff_t>(offset), piece.size(),
                        piece.begin());
          }};
}

void save_npz(const fs::path& path, std::span<const NpzEntry> entries) {
  check(entries);
  AtomicFile file(path);
  Writing writing(file.stream());
  std::vector<std::unique_ptr<Reading>> readings;
  for (const NpzEntry& entry : entries) readings.push_back(std::make_unique<Reading>(entry));
  {
    ArchivePointer archive = new_archive(writing);
    for (std::size_t i = 0; i < entries.size(); ++i) add(archive.get(), entries[i], *readings[i]);
    const std::string comment = std::string(kChecksumLabel) + std::string(kChecksumDigits, '0');
    if (zip_set_archive_comment(archive.get(), comment.data(),
                                static_cast<zip_uint16_t>(comment.size())) != 0) {
      throw std::bad_alloc();
    }
    if (zip_close(archive.get()) == 0) {
      static_cast<void>(archive.release());
    } else {
      for (const auto& reading : readings) reading->rethrow();
      file.stream().setstate(std::ios::badbit);  // so that commit() below says why
    }
  }
  if (file.stream()) write_checksum(file, path);
  file.commit();
}

void save_npz(const fs::path& path, std::span<const NamedArray> arrays) {
  std::vector<NpzEntry> entries;
  entries.reserve(arrays.size());
  for (const NamedArray& named : arrays) entries.push_back(npz_entry(named.name, named.array));
  save_npz(path, entries);
}

}  // namespace gradcore::io
