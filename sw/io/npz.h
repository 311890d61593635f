// SPDX-License-Identifier: Apache-2.0
// Named arrays in one .npz file, as numpy.savez writes and numpy.load reads them: weights to and
// from other programs, and checkpoints.
//
// A .npz is a zip archive of .npy files. What is written here is stored, not compressed, and ends
// in a comment with a CRC of every byte before it, so that any damage is noticed, also where zip
// has no checksum of its own. The same arrays make the same bytes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "sw/io/array.h"
#include "sw/io/error.h"

namespace gradcore::io {

struct NamedArray {
  std::string name;
  Array array;
  bool operator==(const NamedArray&) const = default;
};

// An array that is written without being in memory as a whole, such as a table in a chip's DRAM.
struct NpzEntry {
  std::string name;  // printable ASCII, 1 to 1000 characters, no backslash; without ".npy"
  ElementType type = ElementType::kFloat32;
  std::vector<std::size_t> shape;
  // Fills the piece with the array's bytes from `offset` on. Is called until the last byte has been
  // asked for, in ascending order, with pieces of some KiB. What it throws ends the writing.
  std::function<void(std::uint64_t offset, std::span<std::byte> piece)> fill;
};

// Refers to the array's bytes: they must stay until it is written.
NpzEntry npz_entry(std::string name, const Array& array);

// Writes all of them in this order, whole or not at all (AtomicFile). Throws FileError when the
// file cannot be written, std::invalid_argument when there is no entry, a name twice or none that
// is allowed, or an array contradicts itself.
void save_npz(const std::filesystem::path& path, std::span<const NpzEntry> entries);
void save_npz(const std::filesystem::path& path, std::span<const NamedArray> arrays);

// A .npz file to read from, one array after another in any order, so that no more than one need be
// in memory at a time. Takes what save_npz, numpy.savez and numpy.savez_compressed write: entries
// that are stored or deflated, arrays of the types of ElementType (sw/io/npy.h).
//
// Whatever is not intact is refused with a FileError: on opening a file that was cut off or whose
// directory contradicts itself, and one of save_npz with any byte changed; on loading an array with
// another CRC than it was written with. Files of NumPy have no checksum but those of the arrays'
// bytes, so a change of, say, a file's date goes unnoticed, never one of a name, type, shape or
// value. Memory is asked for only after lengths were checked.
class NpzFile {
 public:
  explicit NpzFile(const std::filesystem::path& path);
  ~NpzFile();
  NpzFile(const NpzFile&) = delete;
  NpzFile& operator=(const NpzFile&) = delete;

  // In the order of the file, without ".npy".
  const std::vector<std::string>& names() const;
  bool contains(const std::string& name) const;
  // Throws FileError also when there is no array of that name.
  Array load(const std::string& name);

 private:
  class Archive;
  std::unique_ptr<Archive> archive_;
};

// All arrays of a file.
std::vector<NamedArray> load_npz(const std::filesystem::path& path);

}  // namespace gradcore::io
