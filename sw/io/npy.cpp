// SPDX-License-Identifier: Apache-2.0
#include "sw/io/npy.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cerrno>
#include <fstream>
#include <stdexcept>

#include "sw/io/atomic_file.h"

namespace gradcore::io {
namespace fs = std::filesystem;
namespace {

static_assert(std::endian::native == std::endian::little, ".npy data is read as it lies");

struct DtypeName {
  ElementType type;
  const char* descr;
};
constexpr std::array<DtypeName, 7> kDtypes = {{
    {ElementType::kFloat32, "<f4"},
    {ElementType::kBfloat16, "<u2"},
    {ElementType::kUint8, "|u1"},
    {ElementType::kInt32, "<i4"},
    {ElementType::kUint32, "<u4"},
    {ElementType::kInt64, "<i8"},
    {ElementType::kUint64, "<u8"},
}};

// What a reader takes.
struct Accepted {
  std::span<const DtypeName> dtypes;
  const char* types;  // in words
  std::size_t least_dimensions, most_dimensions;
  bool may_be_empty;
};
constexpr Accepted kTensors = {std::span(kDtypes).first(2),
                               "expected float32, or uint16 with the bits of bfloat16", 1, 3,
                               false};
constexpr Accepted kArrays = {
    kDtypes,
    "expected float32, uint16 with the bits of bfloat16, uint8, int32, uint32, int64 or uint64", 0,
    kMaxNpyDimensions, true};

[[noreturn]] void fail(const std::string& name, const std::string& why) {
  throw FileError(fmt::format("'{}' {}", name, why));
}

ElementType element_type(const NpyHeader& header, const Accepted& accepted,
                         const std::string& name) {
  const std::string& descr = header.descr;
  for (const DtypeName& dtype : accepted.dtypes) {
    if (descr == dtype.descr) return dtype.type;
  }
  if (descr.empty()) fail(name, fmt::format("holds records, {}", accepted.types));
  if (descr == "|O") fail(name, fmt::format("holds pickled Python objects, {}", accepted.types));
  if (descr[0] == '>') {
    fail(name, fmt::format("is big-endian (dtype {}), expected little-endian data", descr));
  }
  if (descr.ends_with("V2")) {
    fail(name, fmt::format("has dtype {}, {} (for a bfloat16 array: array.view(numpy.uint16))",
                           descr, accepted.types));
  }
  fail(name, fmt::format("has dtype {}, {}", descr, accepted.types));
}

// The bytes of the data, which are all that follows the header.
std::uint64_t check_size(const NpyHeader& header, ElementType type, const Accepted& accepted,
                         std::uint64_t all_bytes, const std::string& name) {
  const std::vector<std::size_t>& shape = header.shape;
  if (shape.size() < accepted.least_dimensions || shape.size() > accepted.most_dimensions) {
    fail(name, fmt::format("has shape {}, expected {} to {} dimensions", shape_text(shape),
                           accepted.least_dimensions, accepted.most_dimensions));
  }
  const std::optional<std::uint64_t> expected = data_bytes(type, shape);
  if (expected == 0 && !accepted.may_be_empty) {
    fail(name, fmt::format("has shape {}, expected at least one element", shape_text(shape)));
  }
  const std::uint64_t present = all_bytes - std::min<std::uint64_t>(all_bytes, header.data_offset);
  if (!expected || present < *expected) {
    fail(name, fmt::format("is truncated: shape {} needs {} bytes of data, the file has {}",
                           shape_text(shape), expected ? fmt::to_string(*expected) : "2^63 or more",
                           present));
  }
  if (present > *expected) {
    fail(name, fmt::format("has {} bytes after the data of shape {}", present - *expected,
                           shape_text(shape)));
  }
  return *expected;
}

void read_bytes(std::istream& stream, std::span<std::byte> out, const std::string& name) {
  stream.read(reinterpret_cast<char*>(out.data()), static_cast<std::streamsize>(out.size()));
  if (static_cast<std::size_t>(stream.gcount()) != out.size()) {
    fail(name, "could not be read to its end");
  }
}

// The elements in row-major order, in whichever order the stream has them.
void read_elements(std::istream& stream, const NpyHeader& header, std::size_t width,
                   std::span<std::byte> out, const std::string& name) {
  const std::vector<std::size_t>& shape = header.shape;
  if (!header.fortran_order || shape.size() < 2) return read_bytes(stream, out, name);
  std::vector<std::byte> columns(out.size());
  read_bytes(stream, columns, name);
  // Walks through the stream's elements, whose first index counts fastest.
  std::vector<std::size_t> stride(shape.size(), width), index(shape.size(), 0);
  for (std::size_t d = shape.size() - 1; d > 0; --d) stride[d - 1] = stride[d] * shape[d];
  std::size_t at = 0;
  for (std::size_t from = 0; from < columns.size(); from += width) {
    std::copy_n(columns.begin() + static_cast<std::ptrdiff_t>(from), width,
                out.begin() + static_cast<std::ptrdiff_t>(at));
    for (std::size_t d = 0; d < shape.size(); ++d) {
      at += stride[d];
      if (++index[d] < shape[d]) break;
      at -= stride[d] * shape[d];
      index[d] = 0;
    }
  }
}

struct OpenFile {
  std::ifstream stream;
  std::uint64_t bytes = 0;
};

OpenFile open_file(const fs::path& path) {
  const std::string name = path.string();
  std::error_code error;
  const fs::file_status status = fs::status(path, error);
  if (!fs::exists(status)) {
    throw FileError(
        fmt::format("cannot read '{}': {}", name, error ? error.message() : "no such file"));
  }
  if (!fs::is_regular_file(status)) fail(name, "is not a regular file, expected a .npy file");
  errno = 0;
  OpenFile file{std::ifstream(path, std::ios::binary), fs::file_size(path, error)};
  if (!file.stream || error) {
    const int code = error ? error.value() : errno;
    throw FileError(
        fmt::format("cannot read '{}': {}", name, std::generic_category().message(code)));
  }
  return file;
}

}  // namespace

Array read_npy(std::istream& stream, std::uint64_t bytes, const std::string& name) {
  const NpyHeader header = read_npy_header(stream, name);
  Array array;
  array.type = element_type(header, kArrays, name);
  array.shape = header.shape;
  array.bytes.resize(check_size(header, array.type, kArrays, bytes, name));
  read_elements(stream, header, element_bytes(array.type), array.bytes, name);
  return array;
}

std::string npy_header_bytes(ElementType type, std::span<const std::size_t> shape) {
  if (shape.size() > kMaxNpyDimensions) {
    throw std::invalid_argument("an array of more dimensions than a .npy file may have here");
  }
  const auto* const dtype = std::find_if(kDtypes.begin(), kDtypes.end(),
                                         [&](const DtypeName& row) { return row.type == type; });
  std::string text = fmt::format("{{'descr': '{}', 'fortran_order': False, 'shape': {}, }}",
                                 dtype->descr, shape_text({shape.begin(), shape.end()}));
  // Magic, version and length take 10 bytes, the last byte is the end of the line.
  text.resize((text.size() + 11 + 63) / 64 * 64 - 11, ' ');
  text += '\n';
  std::string bytes("\x93NUMPY\x01\x00", 8);
  bytes += static_cast<char>(text.size() & 0xFFu);
  bytes += static_cast<char>(text.size() >> 8);
  return bytes + text;
}

Tensor load_npy(const fs::path& path) {
  const std::string name = path.string();
  OpenFile file = open_file(path);
  const NpyHeader header = read_npy_header(file.stream, name);
  Tensor tensor;
  tensor.type = element_type(header, kTensors, name);
  tensor.shape = header.shape;
  const std::size_t width = element_bytes(tensor.type);
  tensor.values.resize(check_size(header, tensor.type, kTensors, file.bytes, name) / width);
  if (tensor.type == ElementType::kFloat32) {
    // As integers: no bit of a NaN passes through floating-point code.
    read_elements(file.stream, header, width, std::as_writable_bytes(std::span(tensor.values)),
                  name);
  } else {
    std::vector<std::uint16_t> halves(tensor.values.size());
    read_elements(file.stream, header, width, std::as_writable_bytes(std::span(halves)), name);
    std::transform(halves.begin(), halves.end(), tensor.values.begin(),
                   [](std::uint16_t half) { return std::uint32_t{half} << 16; });
  }
  return tensor;
}

void save_npy(const fs::path& path, const Tensor& tensor) {
  const bool is_float = tensor.type == ElementType::kFloat32;
  if (!is_float && tensor.type != ElementType::kBfloat16) {
    throw std::invalid_argument("save_npy: neither float32 nor bfloat16");
  }
  const std::optional<std::uint64_t> bytes = data_bytes(tensor.type, tensor.shape);
  if (tensor.values.empty() || bytes != tensor.values.size() * element_bytes(tensor.type)) {
    throw std::invalid_argument("save_npy: the shape does not match the number of values");
  }
  if (!is_float && std::any_of(tensor.values.begin(), tensor.values.end(),
                               [](std::uint32_t bits) { return (bits & 0xFFFFu) != 0; })) {
    throw std::invalid_argument("save_npy: a value is no bfloat16");
  }
  AtomicFile file(path);
  file.stream() << npy_header_bytes(tensor.type, tensor.shape);
  const auto write = [&](std::span<const std::byte> data) {
    file.stream().write(reinterpret_cast<const char*>(data.data()),
                        static_cast<std::streamsize>(data.size()));
  };
  if (is_float) {
    write(std::as_bytes(std::span(tensor.values)));
  } else {
    std::vector<std::uint16_t> halves(tensor.values.size());
    std::transform(tensor.values.begin(), tensor.values.end(), halves.begin(),
                   [](std::uint32_t bits) { return static_cast<std::uint16_t>(bits >> 16); });
    write(std::as_bytes(std::span(halves)));
  }
  file.commit();
}

}  // namespace gradcore::io
