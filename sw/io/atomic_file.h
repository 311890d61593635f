// SPDX-License-Identifier: Apache-2.0
// Result files that are there whole or not at all.
#pragma once

#include <filesystem>
#include <memory>
#include <ostream>

#include "sw/io/error.h"

namespace gradcore::io {

// Writes beside the target under a temporary name; commit() renames. Without a commit (an
// exception, an early return) the destructor removes the temporary file and the target keeps what
// it had. A program that writes the content itself, such as gnuplot, is given temporary_path().
//
// A target that is a symbolic link is replaced where it points to; an existing file keeps its
// permissions; what is no regular file (a directory, /dev/null) is refused.
class AtomicFile {
 public:
  // Throws FileError when the file cannot be made there.
  explicit AtomicFile(const std::filesystem::path& path);
  ~AtomicFile();
  AtomicFile(const AtomicFile&) = delete;
  AtomicFile& operator=(const AtomicFile&) = delete;

  // One may seek in it.
  std::ostream& stream();
  const std::filesystem::path& temporary_path() const;

  // Throws FileError, and leaves no file, when not every byte reached the disk.
  void commit();

 private:
  class Descriptor;
  std::filesystem::path name_;    // as the user wrote it, for messages
  std::filesystem::path target_;  // where it really is
  std::unique_ptr<Descriptor> file_;
};

// Throws the FileError that an AtomicFile would throw now, and leaves nothing. To be called before
// long work whose result goes to `path`.
void require_writable(const std::filesystem::path& path);

// The folder and those it is in, if they are not there. Throws FileError.
void make_folder(const std::filesystem::path& path);

}  // namespace gradcore::io
